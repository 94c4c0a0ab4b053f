"""The account that everything of the stack runs as when we are root, and what belongs to it."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import folder_closed, folder_foreign, folder_unwritable, no_account
from embedded.progress import Voice
from embedded.settings import StackSettings

_KNOWN_BY = ("passwords.json", "ports.json", "demo.txt", "keys.json")
"""A home that holds one of these is one of ours."""
_FIRST_WRITTEN = {"lock", "service.lock", ".restoring"}
"""What an `up` or a restore that was killed in its first moment leaves in an empty folder."""


@dataclass(frozen=True)
class Account:
    """An account other than root, and what is opened to those who run as it."""

    name: str
    uid: int
    gid: int
    opened: tuple[tuple[Path, tuple[Path, ...]], ...] = ()
    """A folder that is closed to it, and the folders below that it is to see all the same."""


def account_of(settings: StackSettings, voice: Voice | None = None) -> Account | None:
    """Return the account that children run as, or None when they run as we do. StackError when there is none.

    With a voice an account that is missing is made, as a system account that nobody can log in to; but not one that
    somebody named in a setting: that name may be mistyped.
    """
    if os.geteuid() != 0:
        return None
    name = settings.service_account
    entry = _entry(name)
    if entry is None and voice and "service_account" not in settings.model_fields_set:
        voice.say(
            f"making the system account {name}, which everything runs as", f"正在创建系统账户 {name}，供全部服务使用"
        )
        _make(name)
        entry = _entry(name)
    if entry is None or entry.pw_uid == 0:
        raise no_account(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def account_name(uid: int) -> str:
    """The name of the account of that number; the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> None:
    """Have the machine make the account; somebody else may have done so meanwhile."""
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return
    shell = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin:/bin") or "/bin/false"
    subprocess.run(
        [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", shell, name],
        capture_output=True,
        check=False,
        timeout=60,
    )


def prepare_folders(settings: StackSettings, account: Account | None) -> None:
    """Make home and cache, and make sure the account can pass through them."""
    _prepare(settings.home, "RECTIFY_HOME", 0o700, account)
    if account and settings.heads and not settings.heads.exists():
        settings.heads.mkdir(parents=True, mode=0o700)
        os.chown(settings.heads, account.uid, account.gid)
    prepare_cache(settings, account)


def prepare_cache(settings: StackSettings, account: Account | None) -> None:
    """Make the cache, and make sure the account can pass through it; one filled by an administrator is fine to read."""
    _prepare(settings.cache, "RECTIFY_CACHE", 0o755, account, os.X_OK)


def _prepare(folder: Path, setting: str, mode: int, account: Account | None, enough: int = os.W_OK) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode if account else 0o700)
    except (PermissionError, NotADirectoryError, FileExistsError):
        raise folder_unwritable(folder) from None
    if not os.access(folder, os.W_OK):
        if os.access(folder, enough):
            return
        raise folder_unwritable(folder)
    if account is None:
        return
    for parent in (*([folder.resolve()] if enough == os.X_OK else []), *folder.resolve().parents):
        if not may_enter(parent, account):
            raise folder_closed(parent, account.name, setting)


def may_reach(file: Path, account: Account) -> bool:
    """Whether the account can pass through all folders above the file."""
    return all(may_enter(parent, account) for parent in file.parents)


def take_home(home: Path, account: Account, voice: Voice) -> None:
    """The home, and what we keep in it, belong to the account from now on; nobody else can look in.

    Told where a home of ours belonged to somebody else before.
    """
    inside = [path for path, found in _below(home) if found.st_uid != account.uid]
    theirs = [home, *inside] if home.lstat().st_uid != account.uid else inside
    if any(path.name == "PG_VERSION" for path in theirs):
        voice.say(f"handing {home} over to the account {account.name}", f"正在将 {home} 移交账户 {account.name}")
    for path in theirs:
        with suppress(FileNotFoundError):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    home.chmod(0o700)


def refuse_foreign(home: Path, account: Account) -> None:
    """StackError for a folder that is none of ours: that of a person, or root's with other things in it.

    Asked by whoever holds the home's lock, before anything is written there: what another `up` has written by half
    would look like other things.
    """
    owner, names = home.stat().st_uid, {entry.name for entry in home.iterdir()} - _FIRST_WRITTEN
    inside = {name for name in names if not name.startswith(".passwords.json.")}
    if owner not in (0, account.uid) or (owner == 0 and inside and inside.isdisjoint(_KNOWN_BY)):
        raise folder_foreign(home, account.name)


def _below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything below the folder; a file that has a second name elsewhere is left alone.

    A server that runs there already may remove a file of its own at any moment.
    """
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent) / name for name in (*folders, *files)):
            with suppress(FileNotFoundError):
                found = path.lstat()
                if stat.S_ISDIR(found.st_mode) or found.st_nlink == 1:
                    yield path, found


def may_enter(folder: Path, account: Account) -> bool:
    """Whether the account may pass through this folder, its parents aside."""
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def may_read(file: Path, account: Account) -> bool:
    """Whether the account can pass through all folders above the file, and read it."""
    found = file.resolve().stat()
    of_others = stat.S_IRGRP if found.st_gid == account.gid else stat.S_IROTH
    bit = stat.S_IRUSR if found.st_uid == account.uid else of_others
    return may_reach(file.resolve(), account) and bool(found.st_mode & bit)


def own_folder(folder: Path) -> Path:
    """Make a folder that only its owner can look into: the owner of the folder that it lies in."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        above = folder.parent.stat()
        os.chown(folder, above.st_uid, above.st_gid, follow_symlinks=False)
    return folder


def give_file(path: Path, content: str) -> Path:
    """Write a text as `write_private` does."""
    return write_private(path, content.encode())


def write_private(path: Path, content: bytes, *, first: bool = False) -> Path:
    """Write a file that only the owner of its folder can read, whole or not at all, whoever writes it meanwhile.

    `first`: one that is there already stays, so that all who are first at once agree on one.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "xb", opener=private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if first:
            with suppress(FileExistsError):
                os.link(draft, path)
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def private(path: str | os.PathLike[str], flags: int) -> int:
    """An opener of files: a new one can be read by the owner of its folder only. Never through a link.

    So what root writes into the account's home is the account's.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    give_to_owner_above(descriptor, Path(path))
    return descriptor


def give_to_owner_above(descriptor: int, path: Path) -> None:
    """What root opened at this path is the account's that the folder belongs to."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.fchown(descriptor, above.st_uid, above.st_gid)


def short_folder(key: str, account: Account | None) -> Path:
    """Return a private folder with a short path, since a socket's path must be under 108 bytes.

    A folder of that name that belongs to somebody else is never used: a fresh one is made instead.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) if runtime and not account and len(runtime) < 60 and Path(runtime).is_dir() else None
    folder = (base or Path("/tmp")) / f"rectify-{key}"
    owner = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
            folder = Path(tempfile.mkdtemp(prefix="rectify-", dir=base or "/tmp"))
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder
