"""Installations that the command line starts and stops, gone at the end; a plan that is in its second phase today."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embedded.throwaway import throwaway_folder
from models.instants import show_instant
from tests.cli.run import PLAN, rectify

_DATES = {
    'begins = "05-05"': -30, 'ends = "05-31"': -20, 'begins = "06-01"': -20, 'ends = "10-31"': 30,
    'begins = "11-01"': 30, 'ends = "12-31"': 60, 'plan_due = "05-17"': -25, 'look_back_on = "12-15"': 45,
}  # fmt: skip


@dataclass(frozen=True)
class Home:
    """A stack that runs: the settings of whoever works there, and a folder beside its home."""

    env: dict[str, str]
    folder: Path

    def plan(self, name: str) -> Path:
        """The file of a plan of that name that is in its second phase today."""
        file = self.folder / f"{name}.toml"
        file.write_text(plan_around(datetime.now(UTC).replace(microsecond=0), name), encoding="utf-8")
        return file

    def started_campaign(self, name: str) -> str:
        """The id of a campaign under that plan, just started."""
        started = rectify("campaign", "start", str(self.plan(name)), "--json", env=self.env, within=120)
        assert started.code == 0, started
        return started.json["campaign"]


@contextmanager
def home_up(*, durable: bool = False, **settings: str) -> Generator[Home]:
    """`rectify up` in a home of its own, `rectify down` at the end; `settings`: others, without RECTIFY_."""
    with throwaway_folder(durable=durable) as folder:
        ports = {f"RECTIFY_{name}_PORT": "0" for name in ("POSTGRES", "TEMPORAL", "UI", "WEB")}
        own = {f"RECTIFY_{name}": value for name, value in settings.items()}
        env = {"RECTIFY_HOME": str(folder / "home"), "RECTIFY_DURABLE": str(durable).lower(), **ports, **own}
        try:
            up = rectify("up", "--json", env=env, within=280)
            assert up.code == 0, up
            yield Home(env, folder)
        finally:
            down = rectify("down", "--lang", "en", env=env)
        assert (down.code, down.out) == (0, "stopped\n"), down


def work_in(env: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
    """From now on this process works in the home that the settings name."""
    for name, value in env.items():
        patch.setenv(name, value)


def plan_around(now: datetime, name: str) -> str:
    """The shipped plan under another name, its phases moved around the instant."""
    text = PLAN.read_text(encoding="utf-8").replace('id = "karamay-2013"', f'id = "{name}"', 1)
    for written, days in _DATES.items():
        assert text.count(written) == 1
        key = written.split(" = ")[0]
        text = text.replace(written, f'{key} = "{show_instant(now + timedelta(days=days))}"')
    return text
