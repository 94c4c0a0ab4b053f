"""What a backup is made of, as streams of bytes: a copy of the embedded cluster, dumps, the trial engine's file."""

import io
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from embedded.backup_errors import backup_failed
from embedded.databases import Login
from embedded.postgres_binary import PostgresBinaries

_PIECE = 1 << 20
SQLITE = Path("temporal") / "trial.sqlite"
"""The trial engine's file, below the home."""


def cluster_stream(binaries: PostgresBinaries, admin: Login) -> Iterator[bytes]:
    """The whole embedded cluster as a tar, with the log that brings it to the instant at which the copy ended.

    All its databases are of that one instant. A slot, which goes with this process, keeps the log that is needed.
    """
    with admin.connect() as holding:
        slot = f"rectify_backup_{os.getpid()}"
        holding.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (slot,))
        argv = [binaries.folder / "pg_basebackup", "--pgdata=-", "--format=tar", "--wal-method=fetch"]
        argv += ["--checkpoint=fast", "--manifest-checksums=SHA256", "--no-password"]
        yield from _said_by(argv, binaries, admin)


def dump_stream(binaries: PostgresBinaries, login: Login) -> Iterator[bytes]:
    """One database as it is at one instant, in the custom form of pg_dump."""
    argv = [binaries.folder / "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-unlogged-table-data"]
    yield from _said_by([*argv, "--no-password", f"--dbname={login.database}"], binaries, login)


def put_dump(binaries: PostgresBinaries, login: Login, content: Iterator[bytes]) -> None:
    """Put a dump into an empty database, whole or not at all."""
    argv = [binaries.folder / "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", "--no-password"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*argv, f"--dbname={login.database}"], env=_env(binaries, login), stdin=subprocess.PIPE, stderr=errors
        )
        assert process.stdin
        try:
            with process.stdin as target:
                for piece in content:
                    target.write(piece)
        except BrokenPipeError:
            pass  # it says why
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            raise backup_failed("pg_restore", _tail(errors))


def sqlite_stream(file: Path) -> Iterator[bytes]:
    """The file as it is at one instant, whoever writes to it meanwhile; never in the open on a disk."""
    source = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    with closing(source), closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        content = io.BytesIO(copy.serialize())
    while piece := content.read(_PIECE):
        yield piece


def tar_stream(named: Iterable[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
    """Contents by their names as a tar."""
    for name, content in named:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = content.seek(0, os.SEEK_END), 0o600
        content.seek(0)
        yield entry.tobuf()
        while piece := content.read(_PIECE):
            yield piece
        yield bytes(-entry.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _said_by(argv: Sequence[str | Path], binaries: PostgresBinaries, login: Login) -> Iterator[bytes]:
    """What the program writes, piece by piece; StackError `backup_failed` where it did not end well."""
    name = Path(argv[0]).name
    with tempfile.TemporaryFile() as errors, _ended(argv, binaries, login, errors) as process:
        assert process.stdout
        while piece := process.stdout.read(_PIECE):
            yield piece
        if process.wait():
            raise backup_failed(name, _tail(errors))


@contextmanager
def _ended(
    argv: Sequence[str | Path], binaries: PostgresBinaries, login: Login, errors: io.BufferedRandom
) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(argv, env=_env(binaries, login), stdout=subprocess.PIPE, stderr=errors)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _env(binaries: PostgresBinaries, login: Login) -> dict[str, str]:
    return binaries.env | {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGSSLMODE": login.sslmode,
        "PGCONNECT_TIMEOUT": "10",
    }


def _tail(errors: io.BufferedRandom) -> str:
    errors.seek(0)
    return " ".join(errors.read().decode(errors="replace").split())[-600:]
