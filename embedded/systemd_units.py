"""What systemd is given: units, a timer, log rotation and a file of settings, written for one installation."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from embedded.account import Account, may_read, write_private
from embedded.machine_errors import program_closed
from embedded.settings import StackSettings

_TEMPLATES = Path(__file__).resolve().parent.parent / "deploy" / "systemd"
_SHARE = _TEMPLATES.parents[1]
_SERVER = ("rectify.service", "rectify-backup.service", "rectify-backup.timer")
_MEMBER = ("rectify-web.service", "rectify-worker@.service")
_KEPT = 30


class Placed(NamedTuple):
    """A file for the machine: where it lies, what it says, and who may read it."""

    path: Path
    text: str
    mode: int = 0o644
    keep: bool = False
    """Somebody's own settings: never written over."""


class Plan(NamedTuple):
    """An installation as a service: as whom, and where its things lie."""

    settings: StackSettings
    account: str
    backups: Path
    etc: Path = Path("/etc/rectify")
    units: Path = Path("/etc/systemd/system")
    rotation: Path = Path("/etc/logrotate.d")
    member: bool = False

    @property
    def program(self) -> Path:
        """The program that the units call, beside this interpreter."""
        return Path(sys.executable).with_name("rectify")

    @property
    def enabled(self) -> tuple[str, ...]:
        """The units that start with the machine."""
        if self.member:
            return ("rectify-web.service", "rectify-worker@cases.service")
        return ("rectify.service", "rectify-backup.timer")


def planned(plan: Plan) -> tuple[Placed, ...]:
    """Every file as it would be written."""
    return tuple(_planned(plan))


def _planned(plan: Plan) -> Iterator[Placed]:
    words = {
        "PROGRAM": plan.program,
        "ACCOUNT": plan.account,
        "HOME": plan.settings.home,
        "CACHE": plan.settings.cache,
        "BACKUPS": plan.backups,
        "ETC": plan.etc,
        "SHARE": _SHARE,
        "KEEP": _KEPT,
        "PROTECT_HOME": "read-only" if plan.program.is_relative_to("/home") else "yes",
    }
    common = (_TEMPLATES / "common.conf").read_text().rstrip()

    def filled(name: str) -> str:
        text = (_TEMPLATES / name).read_text().replace("@COMMON@", common)
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        return text

    for name in _MEMBER if plan.member else _SERVER:
        yield Placed(plan.units / name, filled(name))
    if not plan.member:  # a member's processes write to the journal
        yield Placed(plan.rotation / "rectify", filled("rectify.logrotate"))
    yield Placed(plan.etc / "rectify.env", filled("rectify.env"), 0o640, keep=True)


def require_program(plan: Plan, account: Account | None) -> None:
    """StackError where the account could not run the program, or read the code behind it."""
    for file in (plan.program, Path(sys.executable), Path(__file__)):
        if not file.exists() or (account is not None and not may_read(file, account)):
            raise program_closed(file, plan.account)


def place(file: Placed, root: Path, account: Account | None) -> bool:
    """Write it below the root, whole or not at all; whether it is another than before."""
    target = root / file.path.relative_to("/")
    if target.exists() and (file.keep or target.read_text() == file.text):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    write_private(target, file.text.encode())
    target.chmod(file.mode)
    if account is not None and file.keep:  # root's, and read by the account: it may hold a password
        os.chown(target, 0, account.gid)
    return True
