"""A home in which nothing runs, and one whose stack `rectify up` started."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.homes import home_up, work_in
from tests.cli.run import SCRIPT


@dataclass(frozen=True)
class Installation:
    """A running stack with two campaigns that are in their second phase today, whatever the day."""

    env: dict[str, str]
    folder: Path
    plan: Path
    other_campaign: str
    campaign: str  # the newest


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
    with home_up() as home:
        other, newest = home.started_campaign("other"), home.started_campaign("trial")
        yield Installation(home.env, home.folder, home.folder / "trial.toml", other, newest)


@pytest.fixture
def here(cli_home: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process works in the installation."""
    work_in(cli_home.env, monkeypatch)
