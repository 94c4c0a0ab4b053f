"""Files of code stay as short as CONTRIBUTING.md promises."""

import re
from pathlib import Path

from docs import generate
from tests.docs.documents import name_of, text_of

ROOT = generate.ROOT
CODE = {".py", ".html", ".css", ".js", ".sh"}
NOT_OURS = {"node_modules", "build", "__pycache__"}


def promised() -> int:
    """The number of lines below which a file of code stays."""
    [number] = re.findall(r"[Ff]iles of code stay under (\d+) lines", text_of(ROOT / "CONTRIBUTING.md"))
    return int(number)


def files_of_code() -> list[Path]:
    """Every file that we write by hand to be run or shown."""
    rooms = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    files = (file for room in rooms for file in room.rglob("*") if file.suffix in CODE)
    return [file for file in files if not NOT_OURS & set(file.relative_to(ROOT).parts)]


def test_no_file_of_code_is_longer_than_promised() -> None:
    lengths = {name_of(file): len(text_of(file).splitlines()) for file in files_of_code()}
    assert len(lengths) > 400, "the rooms were not found"
    too_long = {name: lines for name, lines in lengths.items() if lines >= promised()}
    assert not too_long, "cut them along what they are about"
