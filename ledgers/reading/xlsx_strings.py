"""Shared strings of an .xlsx. Child only."""

import re
import zipfile

from ledgers.reading.emit import Emitter
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import STRUCK, clean
from ledgers.reading.xlsx_parts import Attributes, new_parser, parse
from ledgers.reading.xlsx_styles import is_struck

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """`_x000D_` and the like as the characters that they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def shared_strings(package: zipfile.ZipFile, part: str | None, emitter: Emitter) -> list[str]:
    """All shared texts in order; rich text joined, phonetic readings left out; marked where a part is struck out."""
    strings: list[str] = []
    if part is None or part not in package.namelist():
        return strings
    pieces: list[str] = []
    collecting = phonetic = striking = struck = False
    prefix = length = 0
    longest = emitter.limits.cell_characters

    def start(name: str, attributes: Attributes) -> None:
        nonlocal collecting, phonetic, striking, struck, prefix, length
        if not strings and name.endswith("sst"):
            prefix = len(name) - 3
        match name[prefix:]:
            case "si":
                pieces.clear()
                length, struck = 0, False
            case "strike":
                striking = is_struck(attributes)
            case "t":
                collecting = not phonetic
            case "rPh":
                phonetic = True
            case _:
                pass

    def end(name: str) -> None:
        nonlocal collecting, phonetic, striking
        match name[prefix:]:
            case "si":
                text = pieces[0] if len(pieces) == 1 else "".join(pieces)
                emitter.text(text)
                strings.append((STRUCK if struck else "") + clean(unescaped(text)))
            case "t":
                collecting = False
            case "rPh":
                phonetic = False
            case "r":
                striking = False
            case _:
                pass

    def characters(text: str) -> None:
        nonlocal length, struck
        if collecting:
            pieces.append(text)
            struck |= striking and not text.isspace()
            length += len(text)
            if length > longest:
                raise Refusal("cell_too_long", limit=longest)

    parser = new_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    for _ in parse(package, part, parser):
        pass
    return strings
