"""Walks the records of an .xls workbook stream: formulas, hidden rows and columns, how far cells reach. Child only."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgers.refusal import Refusal

_BOF, _EOF = 0x0809, 0x000A
_FILEPASS, _BOUNDSHEET, _SUPBOOK, _DATE1904 = 0x002F, 0x0085, 0x01AE, 0x0022
_ROW, _COLINFO = 0x0208, 0x007D
_FORMULA, _ARRAY, _TABLE = 0x0006, 0x0221, 0x0236
_SINGLE = {0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x00D6, _FORMULA}
_MULTIPLE = 0x00BD
_WORKSHEET = 0x0010
_OWN = (b"\x01\x04", b"\x01\x3a")
"""A SUPBOOK that means the workbook itself, or add-in functions."""


@dataclass(slots=True)
class SheetRecords:
    """Of one sheet, rows and columns from 0: formula cells, blocks of results, hidden ones, the furthest cell."""

    formulas: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    arrays: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    hidden_rows: set[int] = field(default_factory=set[int])
    hidden_columns: set[int] = field(default_factory=set[int])
    last_row: int = -1
    last_column: int = -1

    def is_formula(self, row: int, column: int) -> bool:
        """Whether the cell's value was computed."""
        block = any(t <= row <= b and first <= column <= last for t, b, first, last in self.arrays)
        return block or (row, column) in self.formulas


def walk(stream: bytes) -> tuple[SheetRecords, ...]:
    """The sheets in the order of the workbook; refuses encrypted ones and links to elsewhere."""
    places: list[int] = []
    for kind, data in records(stream, 0):
        if kind == _FILEPASS:
            raise Refusal("encrypted")
        if kind == _SUPBOOK and data[2:4] not in _OWN:
            raise Refusal("external_links", part="SUPBOOK")
        if kind == _BOUNDSHEET:
            places.append(struct.unpack_from("<I", data, 0)[0])
        if kind == _EOF:
            break
    return tuple(_sheet(stream, place) for place in places)


def records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Every record from a place on: its kind, its bytes."""
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _sheet(stream: bytes, place: int) -> SheetRecords:
    found = SheetRecords()
    depth = 0
    for kind, data in records(stream, place):
        if kind == _BOF:
            depth += 1
            if depth == 1 and struct.unpack_from("<H", data, 2)[0] not in (_WORKSHEET, 0x0005):
                return found  # a chart, or a sheet of macros, which is refused elsewhere
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
        _reach(found, row, column)
        if kind == _FORMULA:
            found.formulas.add((row, column))
    elif kind == _MULTIPLE:
        row, last = struct.unpack_from("<H", data, 0)[0], struct.unpack_from("<H", data, len(data) - 2)[0]
        _reach(found, row, last)
    elif kind in (_ARRAY, _TABLE):
        top, bottom, first, last = struct.unpack_from("<HHBB", data, 0)
        found.arrays.append((top, bottom, first, last))
    elif kind == _ROW:
        row, flags = struct.unpack_from("<H", data, 0)[0], struct.unpack_from("<H", data, 12)[0]
        if flags & 0x20:
            found.hidden_rows.add(row)
    elif kind == _COLINFO:
        first, last, _, _, flags = struct.unpack_from("<HHHHH", data, 0)
        if flags & 0x1:
            found.hidden_columns.update(range(first, min(last, 255) + 1))


def _reach(found: SheetRecords, row: int, column: int) -> None:
    found.last_row, found.last_column = max(found.last_row, row), max(found.last_column, column)
