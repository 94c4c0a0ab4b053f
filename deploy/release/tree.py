"""The checkout that a release is made from."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PAGES = Path("web") / "build"
_HEADING = re.compile(r"^## \[(?P<version>\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", re.MULTILINE)


def version() -> str:
    """The version that `pyproject.toml` tells."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def git(*words: str) -> str:
    """What git says; RuntimeError with its reason where this is no checkout."""
    asked = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *words]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    if said.returncode:
        raise RuntimeError(said.stderr.strip())
    return said.stdout


def tracked() -> list[Path]:
    """Every file of the checkout that git knows and that is there, relative to its root."""
    names = [Path(name) for name in git("ls-files", "-z").split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


def changed() -> list[str]:
    """What differs from the last commit, a line each; files that git ignores do not count."""
    return git("status", "--porcelain").splitlines()


def tags() -> list[str]:
    """The tags of this very commit."""
    return git("tag", "--points-at", "HEAD").split()


def newest_heading() -> str | None:
    """The version of the newest released heading in the changelog; None before the first."""
    found = _HEADING.search((ROOT / "CHANGELOG.md").read_text())
    return found["version"] if found else None


def export(folder: Path) -> Path:
    """Copy what git knows, as it lies here, and the packages of the pages: nothing that a build left behind."""
    for name in [*tracked(), *(file.relative_to(ROOT) for file in (ROOT / _PAGES).glob("[!.]*"))]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def source_date() -> dict[str, str]:
    """The environment of a build whose files carry the date of the last commit, whenever it is made."""
    return os.environ | {"SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").strip()}
