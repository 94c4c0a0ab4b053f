"""On which line of a TOML text a field stands: headers and keys are followed, nested values are not entered."""

import re
from collections import defaultdict
from collections.abc import Iterator

PlanPath = tuple[int | str, ...]
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*(\[\[|\[)\s*({_NAME})\s*\]")
_KEY = re.compile(rf"^\s*({_NAME})\s*=")
_PARTS = re.compile(_PART)
_LONG_TEXT = re.compile(r'"""|\'\'\'')


def line_of(text: str, path: PlanPath) -> int:
    """The line (from 1) of the longest known beginning of the path; 1 if nothing of it is there."""
    known = _lines(text)
    for length in range(len(path), 0, -1):
        if line := known.get(path[:length]):
            return line
    return 1


def _lines(text: str) -> dict[PlanPath, int]:
    lines: dict[PlanPath, int] = {}
    counts: dict[PlanPath, int] = defaultdict(int)
    table: PlanPath = ()
    for number, line in _outside_long_texts(text):
        if header := _HEADER.match(line):
            names = _split(header[2])
            table = _entered(names, counts)
            if header[1] == "[[":
                lines.setdefault(names, number)
                table = (*names, counts[names])
                counts[names] += 1
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            parts = _split(key[1])
            for length in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:length]), number)
    return lines


def _outside_long_texts(text: str) -> Iterator[tuple[int, str]]:
    """The lines, numbered as an editor does, that do not begin inside a text over several lines."""
    closing: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if closing is None:
            yield number, line
        for mark in _LONG_TEXT.findall(line):
            if closing is None:
                closing = mark
            elif mark == closing:
                closing = None


def _split(name: str) -> PlanPath:
    return tuple(part.strip("\"'") for part in _PARTS.findall(name))


def _entered(names: PlanPath, counts: dict[PlanPath, int]) -> PlanPath:
    """A table below an array of tables belongs to the array's last item."""
    path: PlanPath = ()
    for depth, name in enumerate(names, start=1):
        path = (*path, name)
        if depth < len(names) and counts.get(names[:depth]):
            path = (*path, counts[names[:depth]] - 1)
    return path
