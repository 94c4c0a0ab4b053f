"""What a form handed in: read by its own fields, so that nothing else gets into a command; or shown again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from models.files import AttachedFile
from rules.words.naming import Both
from views.forms.fields import ONE_A_ROW, Asked, FormField

Posted = dict[str, list[str]]
"""What was written into a form, by the names of its fields."""


def posted_value(posted: Posted, name: str) -> str:
    """What was written into the field, the last of several; empty where nothing was."""
    return (posted.get(name) or [""])[-1]


class Filled(NamedTuple):
    """The facts of the command, and where on the form a row of them stands: `verdicts.0` → `verdicts.3`."""

    facts: dict[str, Any]
    places: dict[str, str]


def read(fields: tuple[FormField, ...], posted: Posted) -> Filled:
    """What is filled in; rows that are left empty are none."""
    places: dict[str, str] = {}
    return Filled(_facts(fields, posted, places), places)


def _facts(fields: tuple[FormField, ...], posted: Posted, places: dict[str, str]) -> dict[str, Any]:
    read_fields = ((f.name.rpartition(".")[2], _value(f, posted, places)) for f in fields)
    return {name: value for name, value in read_fields if value is not None}


def _value(field: FormField, posted: Posted, places: dict[str, str]) -> Any:
    """None for what is left empty."""
    given = [v.strip() for v in posted.get(field.name, ()) if v.strip()]
    match field.kind:
        case "group":
            return _facts(field.parts, posted, places) or None
        case "rows":
            return _rows(field, posted, places)
        case "ticks" | "lines":
            return [line.strip() for value in given for line in value.splitlines() if line.strip()] or None
        case "yes_no":
            return {"true": True, "false": False}.get(given[-1]) if given else None
        case "tick":
            return True if given else None
        case "files":  # taken in on their own: web/acting/taken.py; a row names those that are about it alone
            return [file.sha256 for file in field.kept] or None if "." in field.name else None
        case _:
            return given[-1] if given else None


def _rows(field: FormField, posted: Posted, places: dict[str, str]) -> list[dict[str, Any]]:
    filled: list[dict[str, Any]] = []
    for row in field.parts:
        says = [p for p in row.parts if not p.preset]
        if _facts(tuple(says), posted, places):
            places[f"{field.name}.{len(filled)}"] = row.name
            filled.append(_facts(row.parts, posted, places))
    return filled


def as_asked(asked: Asked, posted: Posted) -> Asked:
    """The form with the rows that it had: what the case no longer takes is refused by the rules, and not left out."""
    rows = [n for n in posted if n.startswith(ONE_A_ROW) and n.endswith(".ref")]
    refs = tuple(dict.fromkeys(posted[n][-1] for n in sorted(rows, key=lambda name: _number(name) or 0)))
    return replace(asked, refs=refs) if refs else asked


def _number(name: str) -> int | None:
    """Which row the field of `verdicts.3.ref` stands in."""
    number = name.partition(".")[2].partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 5 else None


def as_posted(fields: tuple[FormField, ...], posted: Posted) -> tuple[FormField, ...]:
    """The fields with what was filled in, to be mended."""
    return tuple(
        replace(f, parts=as_posted(f.parts, posted))
        if f.parts
        else f
        if f.kind == "hidden"
        else replace(f, value=tuple(posted.get(f.name, f.value if f.preset else ())))
        for f in fields
    )


def with_kept(fields: tuple[FormField, ...], kept: Mapping[str, tuple[AttachedFile, ...]]) -> tuple[FormField, ...]:
    """The fields with the files that came in them, by the names of the fields."""
    return tuple(
        replace(f, parts=with_kept(f.parts, kept)) if f.parts else replace(f, kept=kept.get(f.name, ())) for f in fields
    )


def written(fields: tuple[FormField, ...], posted: Posted) -> tuple[tuple[Both, Both], ...]:
    """What somebody wrote, each with the name of its field, where the form itself is none any more."""
    said: list[tuple[Both, Both]] = []
    for field in fields:
        if field.parts:
            above = Both(f"{field.label.zh} · ", f"{field.label.en} · ") if field.kind == "row" else Both("", "")
            inside = written(field.parts, posted)
            said += [(Both(above.zh + what.zh, above.en + what.en), told) for what, told in inside]
        elif field.kind not in ("hidden", "files") and not field.preset:
            names = {option.value: Both(option.zh, option.en) for option in field.options}
            given = [names.get(v, Both(v, v)) for v in posted.get(field.name, ()) if v.strip()]
            told = Both("、".join(v.zh for v in given), ", ".join(v.en for v in given))
            said += [(field.label, told)] if given else []
    return tuple(said)


def number_in(posted: Posted, name: str) -> int:
    """A whole number that a hidden field brought; 0 for anything else."""
    text = (posted.get(name) or ["0"])[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def prefilled(fields: tuple[FormField, ...], values: Posted) -> tuple[FormField, ...]:
    """The fields, of which some have these values already."""
    return tuple(
        replace(f, parts=prefilled(f.parts, values))
        if f.parts
        else replace(f, value=tuple(values.get(f.name, f.value)))
        for f in fields
    )


def rows_posted(posted: Posted, most: int) -> dict[str, int]:
    """How many rows each list had on the form, and one more where that was asked for (`more`)."""
    rows: dict[str, int] = {}
    for name in posted:
        of, number = name.partition(".")[0], _number(name)
        if number is not None:
            rows[of] = max(rows.get(of, 0), number + 1)
    for of in posted.get("more", ()):
        rows[of] = rows.get(of, 0) + 1
    return {of: min(count, most) for of, count in rows.items()}


def place_of(field: str, places: Mapping[str, str]) -> str:
    """Where on the form a field of the command stands."""
    for told, place in places.items():
        if field == told or field.startswith(f"{told}."):
            return place + field[len(told) :]
    return field
