"""One at a time: the kernel keeps the lock and lets go of it when its holder dies; who waits is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.errors import StackError
from embedded.lock import FileLock

HOLDS = """
import subprocess, sys, time
from pathlib import Path
from embedded.lock import FileLock

with FileLock(Path(sys.argv[1]), within=0, on_wait=lambda: None):
    print(subprocess.Popen(["/bin/sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL).pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds `lock`, and started another that outlives it."""
    held = subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path / "lock"], stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    with held, held.stdout:
        started = int(held.stdout.readline())
        yield held
        held.kill()
        os.kill(started, signal.SIGKILL)


def waited(path: Path, within: float) -> list[str]:
    """What was said while the lock was waited for in vain."""
    said: list[str] = []
    with pytest.raises(StackError) as refused, FileLock(path, within=within, on_wait=lambda: said.append("waits")):
        pass
    assert refused.value.code == "busy" and str(path) in str(refused.value)
    return said


@pytest.mark.parametrize(("within", "said"), [(0.0, []), (0.2, []), (0.7, ["waits"])])
def test_who_comes_second_waits_is_told_of_more_than_a_moment_and_refused_in_the_end(
    holder: subprocess.Popen[str], tmp_path: Path, within: float, said: list[str]
) -> None:
    assert waited(tmp_path / "lock", within) == said


def test_the_lock_is_let_go_when_its_holder_is_killed_though_a_child_of_its_lives(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.kill()
    holder.wait()
    for _ in range(2):  # and again, after an end in order
        with FileLock(tmp_path / "lock", within=0, on_wait=lambda: None):
            assert waited(tmp_path / "lock", 0) == []
    assert (tmp_path / "lock").stat().st_mode & 0o077 == 0


def test_a_lock_is_never_opened_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for content in (None, "of root"):
        if content:
            target.write_text(content)
        (tmp_path / "lock").unlink(missing_ok=True)
        (tmp_path / "lock").symlink_to(target)
        with pytest.raises(OSError, match="symbolic links"), FileLock(tmp_path / "lock", within=0, on_wait=print):
            pass
        assert (target.read_text() if content else target.exists()) == (content or False)
