"""Loopback ports: the fixed ones that settings name, or free ones that are kept from start to start."""

import random
import secrets
import socket
import sys
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from embedded.account import give_file
from embedded.errors import port_taken
from embedded.settings import StackSettings

# Below the range from which systems take ports for outgoing connections.
_FREE_RANGE = (20_000, 32_000)
_INTERNAL = ("frontend_peer", "history", "history_peer", "matching", "matching_peer", "worker", "worker_peer")


class Ports(BaseModel):
    """The ports of one home; None is one not chosen yet."""

    model_config = ConfigDict(frozen=True)

    postgres: int | None = None
    temporal: int | None = None
    ui: int | None = None
    """Where the web process hands the Temporal UI on."""
    ui_inner: int | None = None
    """Where the UI itself listens, on `inner_host`."""
    inner_host: str | None = None
    """A loopback address of this home alone: the UI answers to any name, so a page elsewhere must not guess it."""
    web: int | None = None
    internal: dict[str, int] = {}
    """Ports between the Temporal server's own parts. Kept, for the server remembers its peers' addresses."""


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when nothing listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """One of loopback that is free now, of those that the system gives away itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def frees_up(port: int, host: str = "127.0.0.1", within: float = 5.0) -> bool:
    """True when the port is free, or is so within some seconds.

    The kernel takes the sockets of a killed server down a moment after the process is gone; whoever still knows the
    server by this port must find the next one there.
    """
    deadline = time.monotonic() + within
    while not is_free(port, host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def remembered(home: Path) -> Ports:
    """Return the ports of the last start."""
    try:
        return Ports.model_validate_json((home / "ports.json").read_text())
    except (FileNotFoundError, ValueError):
        return Ports()


def remember(home: Path, ports: Ports) -> None:
    """Keep the ports for the next start."""
    give_file(home / "ports.json", ports.model_dump_json())


def elsewhere(settings: StackSettings, ports: Ports) -> list[tuple[str, int, int]]:
    """The servers that do not listen where they usually do: the name, the usual port, the present one."""
    usual = {"postgres": settings.postgres_port, "temporal": settings.temporal_port, "ui": settings.ui_port}
    usual["web"] = settings.web_port
    found = [(name, port, getattr(ports, name)) for name, port in usual.items() if port]
    return [(name, port, now) for name, port, now in found if now not in (None, port)]


def _own_loopback() -> str:
    """Return an address nobody can guess: all of 127.0.0.0/8 is loopback on Linux, elsewhere only 127.0.0.1."""
    if sys.platform != "linux":
        return "127.0.0.1"
    return f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def choose(settings: StackSettings, running: dict[str, int], *, trial: bool = False) -> Ports:
    """Return a port for each server: its own if it runs (`running`), else the setting's, else a free one.

    The trial engine serves the UI itself, and has no parts that need ports of their own. Raises StackError
    `port_taken` for a port that somebody set.
    """
    before = remembered(settings.home)
    inner_host = before.inner_host or _own_loopback()
    taken = set(running.values())
    own = {name: port for name, port in running.items() if name != "ui"}
    if "web" in running and before.ui:  # the web process listens there
        own["ui"] = before.ui

    def free(last: int | None, host: str = "127.0.0.1") -> int:
        if last and last not in taken and frees_up(last, host):
            picked = last
        else:
            picked = random.randint(*_FREE_RANGE)
            while picked in taken or not is_free(picked, host):
                picked = random.randint(*_FREE_RANGE)
        taken.add(picked)
        return picked

    def one(name: str, service: str, wanted: int, last: int | None) -> int:
        if name in own:
            return own[name]
        if not wanted:
            return free(last)
        if wanted in taken or not (frees_up(wanted) if wanted == last else is_free(wanted)):
            if not settings.names_port(name):
                return free(last)
            raise port_taken(service, wanted, f"RECTIFY_{name.upper()}_PORT")
        taken.add(wanted)
        return wanted

    embeds_ui = settings.ui and settings.embeds_temporal
    ui_runs = "ui" in running or (trial and "temporal" in running)
    return Ports(
        postgres=one("postgres", "PostgreSQL", settings.postgres_port, before.postgres)
        if settings.embeds_postgres
        else None,
        temporal=one("temporal", "Temporal", settings.temporal_port, before.temporal)
        if settings.embeds_temporal
        else None,
        ui=one("ui", "Temporal UI", settings.ui_port, before.ui) if embeds_ui else None,
        ui_inner=before.ui_inner if ui_runs else free(before.ui_inner, inner_host) if embeds_ui else None,
        inner_host=inner_host,
        web=one("web", "web pages", settings.web_port, before.web) if settings.web else None,
        internal=before.internal
        if "temporal" in running or trial
        else {name: free(before.internal.get(name)) for name in _INTERNAL},
    )
