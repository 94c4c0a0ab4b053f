"""Under a service manager (systemd): what it is told, and who else is told that it has the home in hand."""

import os
import socket
import time
from pathlib import Path

from embedded.errors import StackError
from embedded.lock import FileLock
from embedded.machine_errors import service_has_it

_LOCK = "service.lock"


def systemd_lives() -> bool:
    """Whether this machine is run by systemd."""
    return Path("/run/systemd/system").is_dir()


def tell_manager(state: str) -> None:
    """Tell the service manager, if one asked for it (NOTIFY_SOCKET): READY=1, WATCHDOG=1, RELOADING=1, STOPPING=1."""
    at = os.environ.get("NOTIFY_SOCKET")
    if not at:
        return
    address = "\0" + at[1:] if at.startswith("@") else at
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(address)
        channel.sendall(state.encode())


def reloading() -> str:
    """What is told before the process renews itself; the manager wants the instant too."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"


def service_lock(home: Path) -> FileLock:
    """Held by the service as long as it lives: others start and stop nothing in its home. Raises `service_has_it`."""
    return FileLock(home / _LOCK, within=0, on_wait=lambda: None, refusal=lambda _: service_has_it(home))


def service_lives(home: Path) -> bool:
    """Whether a service has the home in hand."""
    if not (home / _LOCK).exists():
        return False
    try:
        with service_lock(home):
            return False
    except StackError:
        return True
