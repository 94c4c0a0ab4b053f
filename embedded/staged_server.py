"""A restored cluster, unpacked aside and started there alone: for its marks and checks, before it takes its place."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded import postgres
from embedded.account import Account
from embedded.backup_errors import backup_failed, damaged
from embedded.children import Children
from embedded.databases import APP_ROLE, OURS, Login, ensure_readers, ensure_role
from embedded.errors import cluster_version
from embedded.passwords import Passwords, passwords_of
from embedded.ports import choose
from embedded.postgres_binary import PostgresBinaries
from embedded.settings import StackSettings

_STOPS_WITHIN = 600.0


def unpack_cluster(content: Iterator[bytes], home: Path, binaries: PostgresBinaries) -> None:
    """Unpack the copy of a cluster into the home; BackupRefused where it is not whole, by PostgreSQL's own check."""
    data = home / postgres.NAME / "data"
    data.mkdir(parents=True, mode=0o700)
    unpack(content, data, "cluster.part")
    if (made_by := (data / "PG_VERSION").read_text().strip()) != str(binaries.major):
        raise cluster_version(data, made_by, str(binaries.major))
    verify = [binaries.folder / "pg_verifybackup", "--quiet", data]
    said = subprocess.run(verify, env=_env(binaries), capture_output=True, text=True, check=False)
    if said.returncode:
        why = " ".join((said.stdout + said.stderr).split())[-300:]
        raise damaged("cluster.part", f"is not whole ({why})", f"不完整（{why}）")
    (data / "postmaster.pid").unlink(missing_ok=True)


def unpack(content: Iterator[bytes], folder: Path, part: str) -> None:
    """Unpack a tar into the folder; BackupRefused where it is not whole."""
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Pieces(content), 1 << 20), mode="r|") as tar:
            for entry in tar:
                _unpack_one(tar, entry, folder)
    except tarfile.TarError:
        raise damaged(part, "cannot be unpacked", "无法解包") from None
    for _ in content:  # its end says that nothing is missing
        pass


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    """Files and folders within the folder alone. By hand: Python before 3.11.4 has no filter that sees to it."""
    place = (folder / entry.name).resolve()
    content = tar.extractfile(entry) if entry.isreg() else None
    if not place.is_relative_to(folder.resolve()) or (content is None and not entry.isdir()):
        raise tarfile.ExtractError(entry.name)
    (place if content is None else place.parent).mkdir(parents=True, exist_ok=True, mode=0o700)
    if content is not None:
        with content, place.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        place.chmod(0o600)


def give_tree(folder: Path, account: Account | None) -> None:
    """What we unpacked belongs to the account that the servers run as, and nobody else looks in."""
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o700)
        if account:
            for path in (Path(parent), *(Path(parent) / name for name in files)):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)


@contextmanager
def staged_server(
    settings: StackSettings, home: Path, binaries: PostgresBinaries, account: Account | None
) -> Generator[tuple[Login, Login]]:
    """The server of the cluster in the home, with passwords of its own: the logins of our owner and of our application.

    It recovers to the instant of the backup, listens on a free port of loopback, and is stopped at the end.
    """
    aside = settings.model_copy(update={"home": home, "postgres_port": 0, "web": False, "ui": False})
    passwords, children = passwords_of(home), Children(home)
    _set_password(home, binaries, account, passwords)
    port = choose(aside, {}, trial=True).postgres
    assert port is not None
    try:
        postgres.start_postgres(aside, children, binaries, account, passwords, port)
        admin = Login("127.0.0.1", port, postgres.SUPERUSER, passwords.superuser, "postgres")
        with admin.connect() as connection:
            ensure_role(connection, OURS, passwords.owner, "CREATEDB")
            ensure_role(connection, APP_ROLE, passwords.app)
            ensure_readers(connection, OURS, APP_ROLE)
        owner = admin.to(OURS).as_role(OURS, passwords.owner)
        yield owner, owner.as_role(APP_ROLE, passwords.app)
    finally:
        stop_staged(settings, home)


def stop_staged(settings: StackSettings, home: Path) -> None:
    """Stop the server, also one that an interrupted restore left behind, and remove what only it needed."""
    Children(home).stop(postgres.NAME, within=_STOPS_WITHIN)
    postgres.remove_socket_folder(settings.model_copy(update={"home": home}))
    for name in ("run", "logs"):
        shutil.rmtree(home / name, ignore_errors=True)


def _set_password(home: Path, binaries: PostgresBinaries, account: Account | None, passwords: Passwords) -> None:
    """The superuser's: by the server's single-user mode, which asks for none, and brings the cluster to its instant."""
    said = subprocess.run(
        [binaries.folder / "postgres", "--single", "-D", home / postgres.NAME / "data", "postgres"],
        input=f"ALTER ROLE {postgres.SUPERUSER} PASSWORD '{passwords.superuser}'\n",
        env=_env(binaries),
        cwd=home / postgres.NAME,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if said.returncode or "ERROR" in said.stderr:
        raise backup_failed("postgres --single", " ".join(said.stderr.split())[-600:])


def _env(binaries: PostgresBinaries) -> dict[str, str]:
    return binaries.env | {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class _Pieces(io.RawIOBase):
    """Pieces of bytes, read as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] -- a narrower buffer is all that io gives
        while not self._rest:
            following = next(self._pieces, None)
            if following is None:
                return 0
            self._rest = following
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
