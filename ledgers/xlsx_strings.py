"""Shared strings and date formats of an .xlsx. Child only."""

import re
import zipfile

from ledgers.emit import Emitter
from ledgers.refusal import Refusal
from ledgers.wire import clean
from ledgers.xlsx_parts import Attributes, elements, new_parser, parse

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_IDS = frozenset((*range(14, 18), 22, *range(27, 32), 34, 35, 36, *range(50, 59)))
"""Built-in number formats that show a date, those of Chinese Excel included."""
_MONTH_IDS = frozenset((17, 27, 36, 50, 52, 57))
"""Of these, those that show a year and a month and no day."""


def unescaped(text: str) -> str:
    """`_x000D_` and the like as the characters that they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def shared_strings(package: zipfile.ZipFile, part: str | None, emitter: Emitter) -> list[str]:
    """All shared texts in order; rich text joined, phonetic readings left out."""
    strings: list[str] = []
    if part is None or part not in package.namelist():
        return strings
    pieces: list[str] = []
    collecting = phonetic = False
    prefix = length = 0
    longest = emitter.limits.cell_characters

    def start(name: str, _: Attributes) -> None:
        nonlocal collecting, phonetic, prefix, length
        if not strings and name.endswith("sst"):
            prefix = len(name) - 3
        match name[prefix:]:
            case "si":
                pieces.clear()
                length = 0
            case "t":
                collecting = not phonetic
            case "rPh":
                phonetic = True
            case _:
                pass

    def end(name: str) -> None:
        nonlocal collecting, phonetic
        match name[prefix:]:
            case "si":
                text = pieces[0] if len(pieces) == 1 else "".join(pieces)
                emitter.text(text)
                strings.append(clean(unescaped(text)))
            case "t":
                collecting = False
            case "rPh":
                phonetic = False
            case _:
                pass

    def characters(text: str) -> None:
        nonlocal length
        if collecting:
            pieces.append(text)
            length += len(text)
            if length > longest:
                raise Refusal("cell_too_long", limit=longest)

    parser = new_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    for _ in parse(package, part, parser):
        pass
    return strings


def date_styles(package: zipfile.ZipFile, part: str | None) -> dict[str, bool]:
    """The style numbers, as the cells write them, whose format shows a date, and whether it shows the day of it."""
    if part is None or part not in package.namelist():
        return {}
    formats: dict[str, str] = {}
    dates: dict[str, bool] = {}
    inside, number = False, 0
    for name, attributes in elements(package, part):
        if name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyles", "dxfs"):
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            format_id = attributes.get("numFmtId", "0")
            if _shows_date(format_id, formats):
                dates[str(number)] = _shows_day(format_id, formats)
            number += 1
    return dates


def _shows_day(format_id: str, formats: dict[str, str]) -> bool:
    if format_id in formats:
        return "d" in _QUOTED.sub("", formats[format_id]).lower() or "日" in formats[format_id]
    return int(format_id) not in _MONTH_IDS


def _shows_date(format_id: str, formats: dict[str, str]) -> bool:
    if format_id in formats:
        bare = _QUOTED.sub("", formats[format_id]).lower()
        return "y" in bare or "d" in bare or "年" in formats[format_id] or "月" in formats[format_id]
    return format_id.isdigit() and int(format_id) in _DATE_IDS
