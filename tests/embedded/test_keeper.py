"""Who dies is started again: at once the first time, then after growing pauses; who was stopped stays stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from embedded.children import Children
from embedded.keeper import Keeper, pause, state_of
from embedded.lock import FileLock

STAYS = [sys.executable, "-c", "import time; time.sleep(600)"]
LEAVES = [sys.executable, "-c", "pass"]
NOON = datetime(2027, 8, 15, 12, tzinfo=UTC)
AGAIN = """
import pathlib, sys
from embedded.children import Children
for name in sys.argv[1:]:
    Children(pathlib.Path({home!r})).start(name, {argv!r})
"""


def eventually(holds: Callable[[], bool], within: float = 30) -> None:
    """Wait until the condition holds, or fail."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """Children of a home of their own."""
    children = Children(tmp_path)
    yield children
    for name in children.names():
        children.stop(name, within=2)


def after(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def dead(children: Children, name: str) -> None:
    """Wait until the child is gone."""
    eventually(lambda: children.alive(name) is None)


def killed(children: Children, name: str) -> int:
    """As by `kill -9`; the pid that it had."""
    pid = children.alive(name)
    assert pid
    os.kill(pid, signal.SIGKILL)
    dead(children, name)
    return pid


def test_pauses_grow_from_none_to_a_minute() -> None:
    assert [pause(tries) for tries in range(1, 10)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert pause(5000) == 60


def test_who_dies_at_once_again_and_again_is_started_after_growing_pauses(children: Children, tmp_path: Path) -> None:
    tried: list[float] = []
    now = 0.0

    def revive(names: list[str]) -> None:
        tried.append(now)
        children.start(names[0], LEAVES)
        dead(children, names[0])

    children.start("brief", LEAVES)
    dead(children, "brief")
    keeper = Keeper(tmp_path, revive)
    for second in range(120):
        now = float(second)
        keeper.look(after(now))
    assert [round(b - a) for a, b in pairwise(tried)] == [2, 3, 5, 9, 17, 33], tried
    told = state_of(tmp_path).children["brief"]
    assert (told.deaths, told.tries) == (8, 8) and told.next_at == told.last_at + timedelta(seconds=60)


def test_who_cannot_be_started_is_no_further_death(children: Children, tmp_path: Path) -> None:
    children.start("brief", LEAVES)
    dead(children, "brief")
    asked: list[list[str]] = []
    keeper = Keeper(tmp_path, asked.append)
    for second in range(10):
        keeper.look(after(second))
    told = state_of(tmp_path).children["brief"]
    assert (told.deaths, told.last_at, len(asked)) == (1, NOON, 3)


def test_after_a_quiet_time_the_next_death_is_a_first_one(children: Children, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, lambda names: [children.start(name, STAYS) for name in names] and None)
    children.start("worker", STAYS)
    for second in (0, 10):
        killed(children, "worker")
        keeper.look(after(second))
        keeper.look(after(second + 2))
        assert children.alive("worker")
    assert state_of(tmp_path).children["worker"].tries == 2
    keeper.look(after(200))
    killed(children, "worker")
    keeper.look(after(201))
    told = state_of(tmp_path).children["worker"]
    assert (told.deaths, told.tries) == (3, 1) and children.alive("worker"), "at once"


def test_nothing_is_counted_or_started_while_somebody_starts_or_stops(children: Children, tmp_path: Path) -> None:
    asked: list[list[str]] = []
    keeper = Keeper(tmp_path, asked.append)
    children.start("worker", STAYS)
    with FileLock(tmp_path / "lock", within=0, on_wait=lambda: None):
        killed(children, "worker")
        keeper.look(NOON)
        children.stop("worker")
    keeper.look(NOON)
    assert (asked, state_of(tmp_path).children) == ([], {}), "whoever was stopped in order did not die"


def test_the_process_brings_back_who_was_killed_until_it_is_stopped(children: Children, tmp_path: Path) -> None:
    again = [sys.executable, "-c", AGAIN.format(home=str(tmp_path), argv=STAYS)]
    children.start("worker", STAYS)
    children.start("keeper", [sys.executable, "-P", "-m", "embedded.keeper", tmp_path, *again])
    before = killed(children, "worker")
    eventually(lambda: children.alive("worker") is not None)
    assert children.alive("worker") != before
    eventually(lambda: state_of(tmp_path).children["worker"].next_at is None)
    assert children.stop("keeper")
    said = children.log_of("keeper").read_text()
    assert '"event": "died", "child": "worker"' in said and "keeper stopped" in said and "Traceback" not in said
    killed(children, "worker")
    with pytest.raises(subprocess.TimeoutExpired):  # three looks' time, and nobody looks
        subprocess.run(STAYS, timeout=3, check=False)
    assert children.alive("worker") is None
