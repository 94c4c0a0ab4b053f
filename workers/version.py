"""Which code this is: the package's version and a digest of its files, computed once a process."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "activities", "api", "campaigns", "cli", "demo", "deploy", "desk", "embedded", "engine", "ledgers", "models",
    "rules", "serving", "store", "views", "web", "workers", "workflows",
)  # fmt: skip
_KINDS = frozenset({".py", ".toml", ".yaml", ".html", ".css", ".js", ".svg"})
_NOT_OURS = frozenset({"node_modules", "build", "__pycache__"})


@cache
def code_version() -> str:
    """Such as `0.1.0+3f1c09ab52`: the same for the same files, wherever they lie."""
    try:
        named = version("rectify")
    except PackageNotFoundError:  # run from a folder
        named = "0"
    return f"{named}+{digest_of(_ROOT)}"


def digest_of(root: Path) -> str:
    """Ten hexadecimal digits over the names and contents of the product's files below the folder."""
    found = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            inside = file.relative_to(root)
            if file.suffix not in _KINDS or not file.is_file() or _NOT_OURS.intersection(inside.parts):
                continue
            found.update(f"{inside.as_posix()}\0{file.stat().st_size}\0".encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:10]
