"""Running a program as the account, and seeing to it that the account reaches what the program is made of.

An interpreter, its environment or the code may lie in a folder that is closed to the account, such as root's own home.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from embedded.account import Account, may_enter

_ENTER = Path(__file__).with_name("enter.py")
_CODE = Path(__file__).resolve().parents[1]


def as_account(argv: Sequence[str | Path], account: Account | None) -> list[str]:
    """The command line that becomes the account and then runs the program; without an account the program's own."""
    words = [str(word) for word in argv]
    if account is None:
        return words
    opened = [(str(closed), [str(folder) for folder in needed]) for closed, needed in account.opened]
    order = json.dumps({"uid": account.uid, "gid": account.gid, "opened": opened})
    return [sys.executable, "-I", "-S", str(_ENTER), order, *words]


def closed_above(path: Path, account: Account) -> Path | None:
    """The outermost folder on the way to the path that the account cannot enter."""
    return next((folder for folder in reversed(path.parents) if not may_enter(folder, account)), None)


def opened_for(folders: Iterable[Path], account: Account) -> Account:
    """The account with what it needs opened, where the way to these folders is closed to it."""
    opened: dict[Path, list[Path]] = {}
    for folder in sorted(set(folders)):
        closed = closed_above(folder, account)
        if closed is None:
            continue
        held = opened.setdefault(closed, [])
        if not any(folder.is_relative_to(other) for other in held):
            held.append(folder)
    return replace(account, opened=tuple((closed, tuple(needed)) for closed, needed in opened.items()))


def with_python(account: Account | None, env: Mapping[str, str], modules: Sequence[str]) -> Account | None:
    """The account, able to run this interpreter with this code: tried out with these modules. None when it cannot."""
    if account is None:
        return None
    able = opened_for(_of_python(env), account)
    found = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(name) for name in sys.argv[1:]))"
    argv = as_account([sys.executable, "-P", "-c", found, *modules], able)
    try:
        tried = subprocess.run(argv, env=dict(env), cwd="/", capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return able if tried.returncode == 0 else None


def _of_python(env: Mapping[str, str]) -> list[Path]:
    """The folders that hold this interpreter, its environment and the code."""
    named = [*_links(Path(sys.executable)), Path(sys.prefix), Path(sys.base_prefix), _CODE]
    named += [Path(word) for word in [*sys.path, *env.get("PYTHONPATH", "").split(os.pathsep)] if word]
    found = {Path(os.path.abspath(path)) for path in named} | {path.resolve() for path in named}  # noqa: PTH100 - keeps links
    return [path for path in found if path.is_dir() and path != Path("/")]


def _links(program: Path) -> list[Path]:
    """The folders on the way from a program's name to its file, link by link."""
    folders = [program.parent]
    while program.is_symlink():
        program = program.parent / program.readlink()
        folders.append(program.parent)
    return folders
