"""Walks the records of an .xls workbook stream: what its values do not tell, and how far cells reach. Child only."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgers.reading.number_formats import shows_date, shows_day
from ledgers.reading.refusal import Refusal

_BOF, _EOF = 0x0809, 0x000A
_FILEPASS, _BOUNDSHEET, _SUPBOOK, _DATE1904 = 0x002F, 0x0085, 0x01AE, 0x0022
_ROW, _COLINFO = 0x0208, 0x007D
_FORMULA, _ARRAY, _TABLE = 0x0006, 0x0221, 0x0236
_SINGLE = {0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x00D6, _FORMULA}
_MULTIPLE = 0x00BD
_FONT, _FORMAT, _XF = 0x0031, 0x041E, 0x00E0
_STRIKES = 0x0008
_NO_FONT = 4
"""A number that no font has: those from the fifth on are counted one higher."""
_WORKSHEET = 0x0010
_OWN = (b"\x01\x04", b"\x01\x3a")
"""A SUPBOOK that means the workbook itself, or add-in functions."""


@dataclass(slots=True)
class SheetRecords:
    """Of one sheet, rows and columns from 0: formula cells, blocks of results, hidden ones, the furthest cell.

    `struck`: cells that are struck out; `months`: those that show a year and a month.
    """

    looks: "Looks"
    formulas: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    arrays: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    hidden_rows: set[int] = field(default_factory=set[int])
    hidden_columns: set[int] = field(default_factory=set[int])
    struck: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    months: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    last_row: int = -1
    last_column: int = -1

    def is_formula(self, row: int, column: int) -> bool:
        """Whether the cell's value was computed."""
        block = any(t <= row <= b and first <= column <= last for t, b, first, last in self.arrays)
        return block or (row, column) in self.formulas


@dataclass(slots=True)
class Looks:
    """The numbers of the formats of cells that are struck out, and of those that show a year and a month and no day."""

    struck: set[int] = field(default_factory=set[int])
    months: set[int] = field(default_factory=set[int])
    _fonts: list[bool] = field(default_factory=list[bool])
    _formats: dict[int, str] = field(default_factory=dict[int, str])
    _number: int = 0

    def take(self, kind: int, data: bytes) -> None:
        """One record of the workbook: fonts and number formats come before the formats that use them."""
        if kind == _FONT:
            self._fonts.append(bool(struct.unpack_from("<H", data, 2)[0] & _STRIKES))
        elif kind == _FORMAT:
            number, length, wide = struct.unpack_from("<HHB", data, 0)
            code = (
                data[5 : 5 + length * 2].decode("utf-16-le", "replace")
                if wide & 1
                else data[5 : 5 + length].decode("latin-1")
            )
            self._formats[number] = code
        elif kind == _XF:
            font, number = struct.unpack_from("<HH", data, 0)
            font -= font > _NO_FONT
            if font < len(self._fonts) and self._fonts[font]:
                self.struck.add(self._number)
            shown_as = number, self._formats.get(number)
            if shows_date(*shown_as) and not shows_day(*shown_as):
                self.months.add(self._number)
            self._number += 1


def walk(stream: bytes) -> tuple[SheetRecords, ...]:
    """The sheets in the order of the workbook; refuses encrypted ones and links to elsewhere."""
    places: list[int] = []
    looks = Looks()
    for kind, data in records(stream, 0):
        if kind == _FILEPASS:
            raise Refusal("encrypted")
        if kind == _SUPBOOK and data[2:4] not in _OWN:
            raise Refusal("external_links", part="SUPBOOK")
        if kind == _BOUNDSHEET:
            places.append(struct.unpack_from("<I", data, 0)[0])
        if kind == _EOF:
            break
        looks.take(kind, data)
    return tuple(_sheet(stream, place, looks) for place in places)


def records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Every record from a place on: its kind, its bytes."""
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _sheet(stream: bytes, place: int, looks: Looks) -> SheetRecords:
    found = SheetRecords(looks)
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
        row, column, look = struct.unpack_from("<HHH", data, 0)
        _reach(found, row, column)
        _look(found, row, column, look)
        if kind == _FORMULA:
            found.formulas.add((row, column))
    elif kind == _MULTIPLE:
        row, last = struct.unpack_from("<H", data, 0)[0], struct.unpack_from("<H", data, len(data) - 2)[0]
        _reach(found, row, last)
        for place, column in enumerate(range(struct.unpack_from("<H", data, 2)[0], last + 1)):
            _look(found, row, column, struct.unpack_from("<H", data, 4 + 6 * place)[0])
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


def _look(found: SheetRecords, row: int, column: int, look: int) -> None:
    if look in found.looks.struck:
        found.struck.add((row, column))
    if look in found.looks.months:
        found.months.add((row, column))


def _reach(found: SheetRecords, row: int, column: int) -> None:
    found.last_row, found.last_column = max(found.last_row, row), max(found.last_column, column)
