"""Child processes that outlive their starter: detached, known by pid and start time, stopped in order."""

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil
from pydantic import BaseModel, ConfigDict

from embedded.account import Account, give_file, own_folder, private
from embedded.reach import as_account

_LOG_KEPT_BYTES = 20_000_000
_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_ours: dict[int, subprocess.Popen[bytes]] = {}
"""Children of this very process: kept so that an ended one is reaped, not taken for a living one."""


@atexit.register
def _let_go() -> None:
    """What we started outlives us: those that ended are reaped, the others nobody has to wait for."""
    for child in _ours.values():
        if child.poll() is None:
            child.returncode = 0


class Child(BaseModel):
    """One started process, as its pid file tells it."""

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    started: str
    """When the process began, in the kernel's words: tells it from a stranger that got its pid later."""
    rank: int
    """Order of starting; stopped in the opposite order."""
    stop_signals: tuple[int, ...] = (signal.SIGTERM,)
    """Sent one after the other, each given its share of the time, before force."""
    port: int | None = None
    host: str = "127.0.0.1"
    """Where it listens on its port."""
    version: str = ""
    """Of what runs: a child of another version is restarted by `up`. Older pid files have none."""


def started_at(pid: int) -> str | None:
    """Return an opaque mark of when the process began, or None when no such process lives."""
    child = _ours.get(pid)
    if child is not None and child.poll() is not None:
        del _ours[pid]
        return None
    try:
        process = psutil.Process(pid)
        return None if process.status() in _ENDED else _began(process)
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return None


def _began(process: psutil.Process) -> str:
    """In the kernel's words on Linux, since psutil counts from a clock that may be set anew while the process runs."""
    if not psutil.LINUX:
        return str(process.create_time())
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()[19]}"


def uid_of(pid: int) -> int | None:
    """Return the account that the process runs as, or None when it is gone."""
    try:
        return psutil.Process(pid).uids().effective
    except psutil.NoSuchProcess:
        return None


def command_of(pid: int) -> str:
    """Return the process's command line, or "" when it is gone or hidden from us."""
    try:
        return " ".join(psutil.Process(pid).cmdline()).strip()
    except psutil.Error:
        return ""


def pid_of_command(ending: str) -> int | None:
    """Return the process whose command line ends so: one of ours whose pid file was lost."""
    return next((pid for pid in psutil.pids() if command_of(pid).endswith(ending) and started_at(pid)), None)


def mark_of(program: Path) -> str:
    """Return what tells this program from one of another version: its place, and when it was laid there."""
    try:
        return f"{program} {program.stat().st_mtime_ns}"
    except OSError:
        return str(program)


def is_of(mark: str, program: Path) -> bool:
    """Whether the mark is that of the program as it lies there now; without a mark, or a program, nobody can tell."""
    where, _, laid = mark.rpartition(" ")
    return not mark or (where == str(program) and (not program.exists() or laid == str(program.stat().st_mtime_ns)))


def log_tail(log: Path, characters: int = 600) -> str:
    """Return the end of a log, as one line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - characters))
            return " ".join(file.read().decode(errors="replace").split())
    except FileNotFoundError:
        return ""


class Children:
    """The processes of one home: pid files in `run/`, logs in `logs/`."""

    def __init__(self, home: Path) -> None:
        self._run = home / "run"
        self._logs = home / "logs"

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
        account: Account | None = None,
        stop_signals: tuple[int, ...] = (signal.SIGTERM,),
        port: int | None = None,
        host: str = "127.0.0.1",
        version: str = "",
    ) -> int:
        """Start a detached process unless one of this name lives, and return its pid.

        `env` is its whole environment; None hands on ours. `log` is `logs/<name>.log` unless named. With an account it
        becomes that one first, for good.
        """
        living = self.alive(name)
        if living is not None:
            return living
        with self._open_log(log or self.log_of(name)) as output:
            started = subprocess.Popen(
                as_account(argv, account),
                env=dict(env) if env is not None else None,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _ours[started.pid] = started
        self.adopt(name, started.pid, stop_signals=stop_signals, port=port, host=host, version=version)
        return started.pid

    def adopt(
        self,
        name: str,
        pid: int,
        *,
        stop_signals: tuple[int, ...] = (signal.SIGTERM,),
        port: int | None = None,
        host: str = "127.0.0.1",
        version: str = "",
    ) -> None:
        """Count a process that runs already as the child of this name. One that ended at once is known to have died."""
        rank = max((child.rank for child in self.all()), default=0) + 1
        child = Child(
            name=name,
            pid=pid,
            started=started_at(pid) or "",
            rank=rank,
            stop_signals=stop_signals,
            port=port,
            host=host,
            version=version,
        )
        own_folder(self._run)
        give_file(self._file(name), child.model_dump_json())

    def find(self, name: str) -> Child | None:
        """Return the living child of this name; a pid that a stranger has got since does not count."""
        child = self.recorded(name)
        return child if child and started_at(child.pid) == child.started else None

    def recorded(self, name: str) -> Child | None:
        """Return the child of this name as its pid file tells it, dead or alive; who was stopped in order has none."""
        try:
            return Child.model_validate_json(self._file(name).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def names(self) -> list[str]:
        """Return the names of all who were started and not stopped, dead or alive."""
        return sorted(file.stem for file in self._run.glob("*.json")) if self._run.is_dir() else []

    def alive(self, name: str) -> int | None:
        """Return the pid of the living child of this name, or None."""
        child = self.find(name)
        return child.pid if child else None

    def all(self) -> list[Child]:
        """Return the living children, first started first."""
        return sorted((child for name in self.names() if (child := self.find(name))), key=lambda child: child.rank)

    def stop(self, name: str, within: float = 20.0) -> bool:
        """End the child of this name, gently for `within` seconds, then by force; False when none lived."""
        child = self.find(name)
        if child is not None:
            for gentle in child.stop_signals:
                _send(child, gentle)
                if _ended(child, within / len(child.stop_signals)):
                    break
            else:
                _send(child, signal.SIGKILL)
                _ended(child, 10)
        self._file(name).unlink(missing_ok=True)
        return child is not None

    def log_of(self, name: str) -> Path:
        """Return the child's log file."""
        return self._logs / f"{name}.log"

    def _file(self, name: str) -> Path:
        return self._run / f"{name}.json"

    def _open_log(self, log: Path) -> IO[bytes]:
        own_folder(log.parent)
        if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        return open(log, "ab", opener=private)


def _send(child: Child, number: int) -> None:
    if started_at(child.pid) != child.started:
        return
    try:
        if number == signal.SIGKILL and os.getpgid(child.pid) == child.pid:
            os.killpg(child.pid, number)
        else:
            os.kill(child.pid, number)
    except ProcessLookupError:
        return


def _ended(child: Child, within: float) -> bool:
    """Wait until the child is gone, or the time is up."""
    deadline = time.monotonic() + within
    while started_at(child.pid) == child.started:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
