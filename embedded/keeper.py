"""The keeper: a small process that looks every second whether each child lives, and has the dead started again.

`python -P -m embedded.keeper HOME ARGV…` runs ARGV with the names of the dead behind it. Who dies again and again is
started after growing pauses. What it did stands in its log, a JSON object a line, and in `keeper.json` of the home.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from embedded.account import give_file
from embedded.children import Child, Children
from embedded.errors import StackError
from embedded.lock import FileLock

NAME = "keeper"
_LOOKS_EVERY = 1.0
_LONGEST_PAUSE = 60.0
_QUIET = 120.0
"""A child that lived so long after it was started again is well: its next death is a first one."""
_REVIVED_WITHIN = 900.0
_FINISHES_WITHIN = 12.0
Revive = Callable[[list[str]], None]


class Deaths(BaseModel):
    """What the keeper knows of a child that died."""

    model_config = ConfigDict(frozen=True)

    deaths: int
    last_at: datetime
    last_pid: int
    """The pid that was counted last: a child that cannot be started is no further death."""
    tries: int
    """How often it was started again without living long."""
    next_at: datetime | None
    """When it is started again; None once that was done."""


class KeeperState(BaseModel):
    """Who died since the stack was started, by name."""

    model_config = ConfigDict(frozen=True)

    children: dict[str, Deaths] = {}


def state_file(home: Path) -> Path:
    """Return where the keeper writes what it knows."""
    return home / "keeper.json"


def state_of(home: Path) -> KeeperState:
    """Return what the keeper of the home knows."""
    try:
        return KeeperState.model_validate_json(state_file(home).read_text())
    except (FileNotFoundError, ValidationError):
        return KeeperState()


def pause(tries: int) -> float:
    """Seconds before a child is started again: at once the first time, then 1, 2, 4 and so on to a minute."""
    return 0.0 if tries <= 1 else min(2.0 ** min(tries - 2, 10), _LONGEST_PAUSE)


class Keeper:
    """Looks after the children of one home; `revive` starts again those that it is given by name."""

    def __init__(self, home: Path, revive: Revive) -> None:
        self._home = home
        self._children = Children(home)
        self._revive = revive
        self._known = dict(state_of(home).children)

    def look(self, now: datetime | None = None) -> None:
        """Count the dead, and have those started again whose time has come; not while somebody starts or stops."""
        try:
            with FileLock(self._home / "lock", within=0, on_wait=lambda: None):
                dead = self._dead(now or datetime.now(UTC))
        except StackError:  # busy
            return
        due = [name for name in dead if (at := self._known[name].next_at) and at <= (now or datetime.now(UTC))]
        if not due:
            return
        for name in due:
            _tell("starting again", child=name, deaths=self._known[name].deaths, tries=self._known[name].tries)
            self._known[name] = self._known[name].model_copy(update={"next_at": None})
        self._revive(due)
        self._keep()

    def _dead(self, now: datetime) -> list[str]:
        """The names of the dead, each with a time at which it is started again."""
        before, dead = dict(self._known), list[str]()
        for name in self._children.names():
            child = self._children.recorded(name)
            if child is None or name == NAME:
                continue
            if self._children.alive(name) is None:
                dead.append(name)
                self._known[name] = _after_death(self._known.get(name), child, now)
            elif name in self._known:
                self._known[name] = _while_alive(self._known[name], now)
        if self._known != before:
            self._keep()
        return dead

    def _keep(self) -> None:
        give_file(state_file(self._home), KeeperState(children=self._known).model_dump_json(indent=2))


def _after_death(known: Deaths | None, child: Child, now: datetime) -> Deaths:
    if known is not None and known.next_at is not None:
        return known
    tries = (known.tries if known else 0) + 1
    is_new = known is None or known.last_pid != child.pid
    told = Deaths(
        deaths=(known.deaths if known else 0) + is_new,
        last_at=now if known is None or is_new else known.last_at,
        last_pid=child.pid,
        tries=tries,
        next_at=now + timedelta(seconds=pause(tries)),
    )
    _tell("died" if is_new else "could not be started", child=child.name, pid=child.pid, pause_seconds=pause(tries))
    return told


def _while_alive(known: Deaths, now: datetime) -> Deaths:
    """Somebody else may have started it; after a quiet time its next death is a first one."""
    if known.tries and now - known.last_at > timedelta(seconds=_QUIET + pause(known.tries)):
        return known.model_copy(update={"tries": 0, "next_at": None})
    return known.model_copy(update={"next_at": None})


def _tell(event: str, **facts: object) -> None:
    said = {"event": event, **facts, "timestamp": datetime.now(UTC).isoformat()}
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def run(home: Path, argv: Sequence[str]) -> None:
    """Look after the home until SIGTERM; a start that was begun is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    tend(home, argv, stop)


def tend(home: Path, argv: Sequence[str], stop: threading.Event, lives: Callable[[], None] = lambda: None) -> None:
    """Look after the home until `stop`; `lives` is called every second at least."""

    def revive(names: list[str]) -> None:
        process = subprocess.Popen([*argv, *names], stdin=subprocess.DEVNULL)
        ends_at = time.monotonic() + _REVIVED_WITHIN
        while process.poll() is None:
            lives()
            if stop.is_set():
                ends_at = min(ends_at, time.monotonic() + _FINISHES_WITHIN)
            if time.monotonic() > ends_at:
                process.terminate()
                process.wait()
            time.sleep(0.05)
        _tell("started again" if process.returncode == 0 else "not started", children=names, code=process.returncode)

    keeper = Keeper(home, revive)
    _tell("keeper started", home=str(home))
    while not stop.wait(_LOOKS_EVERY):
        lives()
        try:
            keeper.look()
        except OSError as trouble:  # a full disk, say: what it cannot write it will write later
            _tell("trouble", what=str(trouble))
    _tell("keeper stopped")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
