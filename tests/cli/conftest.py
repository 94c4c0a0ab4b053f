"""A home in which nothing runs, and one whose stack `rectify up` started."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.instants import show_instant
from tests.cli.run import PLAN, SCRIPT, rectify

_DATES = {
    'begins = "05-05"': -30, 'ends = "05-31"': -20, 'begins = "06-01"': -20, 'ends = "10-31"': 30,
    'begins = "11-01"': 30, 'ends = "12-31"': 60, 'plan_due = "05-17"': -25, 'look_back_on = "12-15"': 45,
}  # fmt: skip


@dataclass(frozen=True)
class Installation:
    """A running stack with two campaigns that are in their second phase today, whatever the day."""

    env: dict[str, str]
    folder: Path
    plan: Path
    other_campaign: str
    campaign: str  # the newest


def plan_around(now: datetime, name: str) -> str:
    """The shipped plan under another name, its phases moved around the instant."""
    text = PLAN.read_text(encoding="utf-8").replace('id = "karamay-2013"', f'id = "{name}"', 1)
    for written, days in _DATES.items():
        assert text.count(written) == 1
        key = written.split(" = ")[0]
        text = text.replace(written, f'{key} = "{show_instant(now + timedelta(days=days))}"')
    return text


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which no stack was ever started, for processes and for this one."""
    home = tmp_path / "home"
    for name in ("RECTIFY_LANG", "RECTIFY_DATABASE_URL", "RECTIFY_TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECTIFY_HOME", str(home))
    return home


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script with a refused step."""
    file = tmp_path / "case.yaml"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def cli_home() -> Iterator[Installation]:
    """An installation that the command line started and the command line stops."""
    folder = Path(tempfile.mkdtemp(prefix="rectify-"))
    folder.chmod(0o711)
    ports = {f"RECTIFY_{name}_PORT": "0" for name in ("POSTGRES", "TEMPORAL", "UI", "WEB")}
    env = {"RECTIFY_HOME": str(folder / "home"), "RECTIFY_DURABLE": "false", **ports}
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        up = rectify("up", "--json", env=env, within=280)
        assert up.code == 0, up
        started: list[str] = []
        for name in ("other", "trial"):
            plan = folder / f"{name}.toml"
            plan.write_text(plan_around(now, name), encoding="utf-8")
            told = rectify("campaign", "start", str(plan), "--json", env=env)
            assert told.code == 0, told
            started.append(told.json["campaign"])
        yield Installation(env, folder, plan, *started)
    finally:
        down = rectify("down", "--lang", "en", env=env)
        shutil.rmtree(folder, ignore_errors=True)
        assert (down.code, down.out) == (0, "stopped\n"), down
