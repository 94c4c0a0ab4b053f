"""On which line of a TOML text a field stands: headers and keys are followed, nested values are not entered."""

import re
from collections import defaultdict

PlanPath = tuple[int | str, ...]
_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([A-Za-z0-9_.\"'-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\"'.-]+)\s*=")


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
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            names: PlanPath = tuple(part.strip("\"'") for part in header[2].split("."))
            table = _entered(names, counts)
            if header[1] == "[[":
                lines.setdefault(names, number)
                table = (*names, counts[names])
                counts[names] += 1
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            parts = tuple(part.strip("\"'") for part in key[1].split("."))
            for length in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:length]), number)
    return lines


def _entered(names: PlanPath, counts: dict[PlanPath, int]) -> PlanPath:
    """A table below an array of tables belongs to the array's last item."""
    path: PlanPath = ()
    for depth, name in enumerate(names, start=1):
        path = (*path, name)
        if depth < len(names) and counts.get(names[:depth]):
            path = (*path, counts[names[:depth]] - 1)
    return path
