"""Walks the records of an .xls for what xlrd does not tell: formulas, links, macros, how far it reaches. Child only."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgers.reading.limits import Limits
from ledgers.reading.refusal import Refusal

_BOF, _EOF = 0x0809, 0x000A
_FILEPASS, _BOUNDSHEET, _SUPBOOK = 0x002F, 0x0085, 0x01AE
_FORMULA, _ARRAY, _TABLE = 0x0006, 0x0221, 0x0236
_SINGLE = {0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x00D6, _FORMULA}
_MULTIPLE = 0x00BD
_WORKSHEET, _MACRO_SHEET, _BASIC_MODULE = 0, 1, 6
_OWN = (b"\x01\x04", b"\x01\x3a")
"""A SUPBOOK that means the workbook itself, or add-in functions."""


@dataclass(slots=True)
class SheetRecords:
    """Of one worksheet, rows and columns from 0: formula cells, blocks of results, the furthest cell."""

    formulas: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    arrays: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    last_row: int = -1
    last_column: int = -1

    def is_formula(self, row: int, column: int) -> bool:
        """Whether the cell's value was computed."""
        block = any(t <= row <= b and first <= column <= last for t, b, first, last in self.arrays)
        return block or (row, column) in self.formulas


def walk(stream: bytes, limits: Limits) -> tuple[SheetRecords, ...]:
    """The worksheets in the order of the workbook; refuses a password, links to elsewhere, macros, too many sheets."""
    sheets: list[SheetRecords] = []
    listed = 0
    try:
        for kind, data in _records(stream, 0):
            if kind == _FILEPASS:
                raise Refusal("encrypted")
            if kind == _SUPBOOK and data[2:4] not in _OWN:
                raise Refusal("external_links", part="SUPBOOK")
            if kind == _BOUNDSHEET:
                listed += 1
                place, _, holds = struct.unpack_from("<IBB", data, 0)
                if holds in (_MACRO_SHEET, _BASIC_MODULE):
                    raise Refusal("macros", part=_name(data))
                if holds == _WORKSHEET:
                    sheets.append(_sheet(stream, place))
            if kind == _EOF:
                break
    except struct.error:
        raise Refusal("damaged", reason="records") from None
    if listed > limits.sheets:
        raise Refusal("too_many_sheets", count=listed, limit=limits.sheets)
    return tuple(sheets)


def _name(data: bytes) -> str:
    length, wide = struct.unpack_from("<BB", data, 6)
    return (
        data[8 : 8 + length * 2].decode("utf-16-le", "replace") if wide & 1 else data[8 : 8 + length].decode("latin-1")
    )


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Every record from a place on: its kind, its bytes."""
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _sheet(stream: bytes, place: int) -> SheetRecords:
    found = SheetRecords()
    depth = 0  # a chart on the sheet is a stream within it
    for kind, data in _records(stream, place):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1:
            _take(found, kind, data)
    return found


def _take(found: SheetRecords, kind: int, data: bytes) -> None:
    if kind in _SINGLE:
        row, column = struct.unpack_from("<HH", data, 0)
        if kind == _FORMULA:
            found.formulas.add((row, column))
    elif kind == _MULTIPLE:
        row, column = struct.unpack_from("<H", data, 0)[0], struct.unpack_from("<H", data, len(data) - 2)[0]
    else:
        if kind in (_ARRAY, _TABLE):
            found.arrays.append(struct.unpack_from("<HHBB", data, 0))
        return
    found.last_row, found.last_column = max(found.last_row, row), max(found.last_column, column)
