"""The unprivileged account that servers run as when we are root, and folders it can use."""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import folder_closed, folder_unwritable, no_account
from embedded.settings import StackSettings


@dataclass(frozen=True)
class Account:
    """An account other than root."""

    name: str
    uid: int
    gid: int


def account_of(settings: StackSettings) -> Account | None:
    """Return the account servers run as, or None when they run as we do."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(settings.service_account)
    except KeyError:
        raise no_account(settings.service_account) from None
    if entry.pw_uid == 0:
        raise no_account(settings.service_account)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def prepare_folders(settings: StackSettings, account: Account | None) -> None:
    """Make home and cache, and make sure the account can pass through them."""
    _prepare(settings.home, "RECTIFY_HOME", 0o711, account)
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
    for parent in (folder.resolve(), *folder.resolve().parents):
        if not _may_enter(parent, account):
            raise folder_closed(parent, account.name, setting)


def may_reach(file: Path, account: Account) -> bool:
    """Whether the account can pass through all folders above the file."""
    return all(_may_enter(parent, account) for parent in file.parents)


def _may_enter(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def own_folder(folder: Path, account: Account | None) -> Path:
    """Make a folder that only the account (or we, without one) can look into."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def give_file(path: Path, content: str, account: Account | None) -> Path:
    """Write a file that only the account (or we, without one) can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
    if account:
        os.chown(draft, account.uid, account.gid)
    return draft.replace(path)


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
    return own_folder(folder, account)
