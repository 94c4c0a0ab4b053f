"""Reads an .xls: what its records say is judged first, then python-calamine gives the values. Child only."""

import io
import struct
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ledgers.cells import column_letters
from ledgers.reading.biff import SheetRecords, walk
from ledgers.reading.emit import Emitter
from ledgers.reading.ole import CompoundFile
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import ERROR, FORMULA, SERIAL, Travelling, clean, struck_out

_EPOCH = datetime(1899, 12, 30)
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
_MOST_GRID = 6_000_000
"""Cells of the grid that calamine would lay out, 32 bytes each; the records tell how far it reaches."""


def read_xls(file: BinaryIO, emitter: Emitter) -> None:
    """Every sheet of the workbook, to the emitter."""
    content = file.read()
    compound = CompoundFile(content)
    names = compound.names()
    if "EncryptedPackage" in names:
        raise Refusal("encrypted")
    if names & {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "Macros"}:
        raise Refusal("macros", part="VBA")
    stream = compound.stream("Workbook")
    if stream is None:
        what = "Excel 95 及更早 / Excel 95 or older" if "Book" in names else "Word 等 / Word or the like"
        raise Refusal("unsupported_format", found=what)
    try:
        sheets = walk(stream)
    except struct.error:
        raise Refusal("damaged", reason="records") from None
    _sheets(content, sheets, emitter)


def _sheets(content: bytes, sheets: tuple[SheetRecords, ...], emitter: Emitter) -> None:
    for found in sheets:
        if found.last_column >= emitter.limits.columns:
            raise Refusal("too_many_columns", column=column_letters(found.last_column), limit=emitter.limits.columns)
        if (found.last_row + 1) * (found.last_column + 1) > _MOST_GRID:
            raise Refusal("too_many_cells", limit=emitter.limits.cells)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            listed = book.sheets_metadata
            if len(listed) > emitter.limits.sheets:
                raise Refusal("too_many_sheets", count=len(listed), limit=emitter.limits.sheets)
            for place, sheet in enumerate(listed):
                if sheet.typ is SheetTypeEnum.MacroSheet:
                    raise Refusal("macros", part=sheet.name)
                if sheet.typ is SheetTypeEnum.WorkSheet and place < len(sheets):
                    hidden = sheet.visible is not SheetVisibleEnum.Visible
                    _sheet(book, sheet.name, hidden, sheets[place], emitter)
    except CalamineError as error:
        raise Refusal("damaged", reason=str(error)[:80]) from None


def _sheet(book: CalamineWorkbook, name: str, hidden: bool, found: SheetRecords, emitter: Emitter) -> None:
    emitter.begin(name, hidden=hidden)
    sheet = book.get_sheet_by_name(name)
    left = sheet.start[1] if sheet.start else 0
    for number, values in enumerate(sheet.iter_rows() if sheet.start else ()):  # from row 1, but from the first column
        cells: list[Travelling] = [None] * (left if len(values) == sheet.width else 0)
        cells += [_cell(value, found, (number, column)) for column, value in enumerate(values, len(cells))]
        while cells and cells[-1] is None:
            cells.pop()
        if filled := sum(cell is not None for cell in cells):
            for cell in cells:
                if isinstance(cell, str):
                    emitter.text(cell)
            emitter.row(number + 1, number in found.hidden_rows, cells, filled)
    merges = [(a[0] + 1, a[1], b[0] + 1, b[1]) for a, b in sheet.merged_cell_ranges or ()]
    emitter.end(merges, found.hidden_columns)


def _cell(value: object, found: SheetRecords, place: tuple[int, int]) -> Travelling:
    if found.is_formula(*place):
        return FORMULA + ("" if value is None else str(value))[:60]
    if place in found.months and isinstance(value, datetime | date) and value.day == 1:
        read: Travelling = f"{value.year}年{value.month}月"  # what is shown: the first is Excel's addition
    else:
        read = _value(value)
    return struck_out(read) if place in found.struck else read


def _value(value: object) -> Travelling:
    match value:
        case None | "":
            return None
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"{SERIAL}{(value - _EPOCH) / timedelta(days=1)!r}"
        case date():
            return f"{SERIAL}{(datetime.combine(value, time()) - _EPOCH).days!r}"
        case time() | timedelta():
            return str(value)
        case int() | float():
            return int(value) if float(value).is_integer() else float(value)
        case _:
            text = clean(str(value))
            return ERROR + text if text in _ERRORS else text
