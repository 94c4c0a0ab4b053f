"""The embedded PostgreSQL: its cluster made once, its server started, adopted if it runs, waited for."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from embedded.account import Account, give_file, own_folder, short_folder
from embedded.children import Children, command_of, log_tail, mark_of, started_at
from embedded.errors import StackError, child_died, cluster_version, disk_full, port_taken
from embedded.passwords import Passwords
from embedded.postgres_binary import PostgresBinaries
from embedded.settings import StackSettings

NAME = "postgres"
SUPERUSER = "postgres"
_STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT)
"""Fast shutdown, then immediate; SIGTERM would wait for every client to leave."""

# For one machine that also runs the Temporal server and our workers.
_SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2s",
}


def data_folder(settings: StackSettings) -> Path:
    """Return the cluster's folder."""
    return settings.home / NAME / "data"


def admin_conninfo(port: int, passwords: Passwords, database: str = "postgres") -> str:
    """Return how the superuser of the embedded cluster connects."""
    return make_conninfo(
        host="127.0.0.1",
        port=port,
        user=SUPERUSER,
        password=passwords.superuser,
        dbname=database,
        connect_timeout=10,
    )


def adopt_postgres(settings: StackSettings, children: Children, passwords: Passwords) -> None:
    """Adopt this home's server if it runs though its pid file was lost."""
    if children.find(NAME):
        return
    data = data_folder(settings)
    own_pid_file = data / "postmaster.pid"
    try:
        lines = own_pid_file.read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, IndexError, ValueError):
        return
    if started_at(pid) is None:
        return  # the server sees for itself that this file is stale
    if str(data) not in command_of(pid):
        own_pid_file.unlink()  # its pid was given to a stranger, which the server would take for itself
        return
    with contextlib.suppress(psycopg.OperationalError):
        with psycopg.connect(admin_conninfo(port, passwords)) as connection:
            shown = connection.execute("SHOW data_directory").fetchone()
        if shown and Path(shown[0]) == data:
            children.adopt(NAME, pid, stop_signals=_STOP_SIGNALS, port=port)


def start_postgres(
    settings: StackSettings,
    children: Children,
    binaries: PostgresBinaries,
    account: Account | None,
    passwords: Passwords,
    port: int,
) -> None:
    """Make the cluster if there is none, start its server, and wait until it takes queries."""
    data = data_folder(settings)
    if not (data / "PG_VERSION").exists():
        _make_cluster(settings, binaries, account, passwords)
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(binaries.major):
        raise cluster_version(data, made_by, str(binaries.major))
    options = (
        _SERVER_SETTINGS
        | _size_of(settings)
        | {
            "port": str(port),
            "unix_socket_directories": str(short_folder(_socket_key(data), account)),
            "unix_socket_permissions": "0700",
        }
    )
    if not settings.durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    argv: list[str | Path] = [binaries.folder / "postgres", "-D", data]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    # After a killed postmaster its children need a moment to leave; until then a new one refuses to start.
    retry_until = time.monotonic() + 30
    while True:
        begins_at = _size(children.log_of(NAME))
        children.start(
            NAME,
            argv,
            env=_env(binaries, data),
            cwd=data,
            account=account,
            stop_signals=_STOP_SIGNALS,
            port=port,
            version=mark_of(binaries.folder / "postgres"),
        )
        if _takes_queries(children, admin_conninfo(port, passwords)):
            return
        said = _read_from(children.log_of(NAME), begins_at)
        if "shared memory block" not in said or time.monotonic() > retry_until:
            raise _why_not(children.log_of(NAME), said, settings, port)


def _size_of(settings: StackSettings) -> dict[str, str]:
    """What grows with the city. The system's own cache is taken to hold three times as much as PostgreSQL's."""
    amount, unit = settings.postgres_memory[:-2], settings.postgres_memory[-2:]
    return {
        "max_connections": str(settings.postgres_connections),
        "shared_buffers": settings.postgres_memory,
        "effective_cache_size": f"{int(amount) * 4}{unit}",
    }


def remove_socket_folder(settings: StackSettings) -> None:
    """Remove the folder of the socket of a server that has ended."""
    for base in (Path("/tmp"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")):
        with contextlib.suppress(OSError):
            (base / f"rectify-{_socket_key(data_folder(settings))}").rmdir()


def _socket_key(data: Path) -> str:
    return hashlib.sha256(str(data).encode()).hexdigest()[:10]


def _make_cluster(
    settings: StackSettings, binaries: PostgresBinaries, account: Account | None, passwords: Passwords
) -> None:
    """Run initdb aside and move the whole into place, so that an interrupted one leaves no half cluster."""
    parent = own_folder(settings.home / NAME)
    aside = own_folder(Path(tempfile.mkdtemp(prefix=".making-", dir=parent)))
    try:
        password_file = give_file(aside / "password", passwords.superuser)
        argv = [binaries.folder / "initdb", "-D", aside / "data", "-U", SUPERUSER, "--pwfile", password_file]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums"]
        said = subprocess.run(
            argv,
            env=_env(binaries, aside),
            cwd=aside,
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if said.returncode:
            log = settings.home / "logs" / "initdb.log"
            give_file(own_folder(log.parent) / log.name, said.stdout + said.stderr)
            raise _why_not(log, said.stderr, settings, 0)
        (aside / "data").rename(data_folder(settings))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _env(binaries: PostgresBinaries, home: Path) -> dict[str, str]:
    return binaries.env | {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}


def _takes_queries(children: Children, conninfo: str) -> bool:
    """Wait while the server lives (recovery after a crash may take minutes); False when it ended."""
    deadline = time.monotonic() + 300
    while children.alive(NAME) and time.monotonic() < deadline:
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError as trouble:
            if "password authentication failed" in str(trouble):
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _why_not(log: Path, said: str, settings: StackSettings, port: int) -> StackError:
    if "No space left on device" in said:
        return disk_full(settings.home)
    if "could not bind" in said or "Address already in use" in said:
        return port_taken("PostgreSQL", port, "RECTIFY_POSTGRES_PORT")
    return child_died("PostgreSQL", log, " ".join(said.split())[-600:] or log_tail(log))


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _read_from(log: Path, begins_at: int) -> str:
    with log.open("rb") as file:
        file.seek(begins_at if begins_at <= log.stat().st_size else 0)
        return file.read().decode(errors="replace")
