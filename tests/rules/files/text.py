"""Editing the text of a plan the way a person does: a line changed, a block cut; and where that line then stands."""

import re
from functools import cache
from pathlib import Path

from rules.files.plan_check import PlanError, PlanFile, read_plan

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
KARAMAY = (CAMPAIGNS / "karamay-2013.toml").read_text(encoding="utf-8")
FOOD_SAFETY = (CAMPAIGNS / "food-safety-mid-autumn.toml").read_text(encoding="utf-8")
FILE = "plan.toml"

Place = tuple[str, str | None]


@cache
def plan_file(text: str = KARAMAY) -> PlanFile:
    """A plan that is valid."""
    read = read_plan(text, FILE)
    assert isinstance(read, PlanFile), read
    return read


def errors_of(text: str) -> tuple[PlanError, ...]:
    """The errors of a plan that is not."""
    read = read_plan(text, FILE)
    assert not isinstance(read, PlanFile), "the plan was accepted"
    return read


def block(text: str, place: Place) -> tuple[int, int]:
    """The lines (from 0, end excluded) of `[[table]]` with that id, of `[table]`, or of the head of the file."""
    table, wanted = place
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("[")]
    if not table:
        return 0, starts[0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        named = lines[start].strip("[]") == table
        if named and (wanted is None or f'id = "{wanted}"' in lines[start:end]):
            return start, end
    raise LookupError(place)


def header_of(text: str, place: Place) -> int:
    """The line (from 1) of the block's header."""
    return block(text, place)[0] + 1


def put(text: str, place: Place, key: str, value: str) -> tuple[str, int]:
    """The text with the key set in the block, and the line (from 1) on which it stands."""
    start, end = block(text, place)
    lines = text.split("\n")
    at = next((n for n in range(start, end) if re.match(rf"{re.escape(key)}\s*=", lines[n])), None)
    if at is None:
        at = start + 1
        lines.insert(at, "")
    lines[at] = f"{key} = {value}"
    return "\n".join(lines), at + 1


def drop(text: str, place: Place, key: str) -> tuple[str, int]:
    """The text without the key, and the line (from 1) of its block's header."""
    start, end = block(text, place)
    lines = text.split("\n")
    at = next(n for n in range(start, end) if re.match(rf"{re.escape(key)}\s*=", lines[n]))
    del lines[at]
    return "\n".join(lines), start + 1


def cut(text: str, *places: Place) -> str:
    """The text without these blocks."""
    for place in places:
        start, end = block(text, place)
        lines = text.split("\n")
        text = "\n".join(lines[:start] + lines[end:])
    return text


def paste(text: str, addition: str) -> tuple[str, int]:
    """The text with a block added at its end, and the line (from 1) of the first line of the block."""
    whole = text.rstrip("\n") + "\n\n" + addition.strip("\n") + "\n"
    return whole, whole.split("\n").index(addition.strip("\n").split("\n")[0], text.count("\n")) + 1
