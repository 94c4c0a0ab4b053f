"""Reads an .xls: what its records say is judged first, then xlrd gives the values and their looks. Child only."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import olefile
import xlrd
from xlrd.biffh import error_text_from_code
from xlrd.sheet import Cell, Sheet

from ledgers.cells import cell_text, column_letters
from ledgers.reading.biff import SheetRecords, walk
from ledgers.reading.emit import Emitter
from ledgers.reading.number_formats import numeric, shows_date, shows_day
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import ERROR, FORMULA, MARK, Travelling, clean, marked, struck_out

_OLDER = "Excel 95 及更早 / Excel 95 or older"
_EXCEL_97 = 80
_MACROS = {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "Macros"}
_MOST_GRID = 6_000_000
"""Cells of the grid of a sheet, empty ones counted: the records tell how far it reaches."""
_DAYS_FROM_1904 = 1462


def read_xls(file: BinaryIO, emitter: Emitter) -> None:
    """Every sheet of the workbook, to the emitter."""
    stream = _workbook(file)
    records = walk(stream, emitter.limits)
    for found in records:
        if found.last_column >= emitter.limits.columns:
            raise Refusal("too_many_columns", column=column_letters(found.last_column), limit=emitter.limits.columns)
        if (found.last_row + 1) * (found.last_column + 1) > _MOST_GRID:
            raise Refusal("too_many_cells", limit=emitter.limits.cells)
    with _damaged(emitter):
        book = xlrd.open_workbook(
            file_contents=stream, logfile=sys.stderr, formatting_info=True, on_demand=True, ragged_rows=True
        )
    if book.biff_version < _EXCEL_97:
        raise Refusal("unsupported_format", found=_OLDER)
    looks = _Looks(book)
    for place, found in enumerate(records):
        with _damaged(emitter):
            sheet = book.sheet_by_index(place)
        _SheetReader(sheet, found, looks, emitter).read()
        book.unload_sheet(place)


def _workbook(file: BinaryIO) -> bytes:
    """The records, if the compound file holds a workbook of Excel 97 or younger, without password or macros."""
    with _damaged(), _compound(file) as compound:
        names = {name for path in compound.listdir(storages=True) for name in path}
        if "EncryptedPackage" in names:
            raise Refusal("encrypted")
        if names & _MACROS:
            raise Refusal("macros", part="VBA")
        if compound.get_type("Workbook") == olefile.STGTY_STREAM:
            return compound.openstream("Workbook").read()
        older = compound.exists("Book")
    what = _OLDER if older else "Word 等 / Word or the like"
    raise Refusal("unsupported_format", found=what)


def _compound(file: BinaryIO) -> "olefile.OleFileIO[str]":
    return olefile.OleFileIO(file)


@contextmanager
def _damaged(emitter: Emitter | None = None) -> Generator[None]:
    """One refusal for whatever a library raises where bytes lie: assertions, indices, depths, errors of its own."""
    try:
        yield
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        reason = f"{type(error).__name__} {error}".strip()
        raise Refusal("damaged", emitter.sheet if emitter else "", reason=reason[:80]) from None


class _Looks:
    """How cells look by the number of their format: struck out; as a date, and whether with its day."""

    def __init__(self, book: xlrd.Book) -> None:
        codes = {one.format_key: one.format_str for one in book.format_list}
        self.struck_fonts = {place for place, font in enumerate(book.font_list) if font.struck_out}
        self.struck = {place for place, xf in enumerate(book.xf_list) if xf.font_index in self.struck_fonts}
        self.dates: dict[int | None, bool] = {
            place: shows_day(xf.format_key, codes.get(xf.format_key))
            for place, xf in enumerate(book.xf_list)
            if shows_date(xf.format_key, codes.get(xf.format_key))
        }
        self.offset = _DAYS_FROM_1904 if book.datemode else 0


class _SheetReader:
    """One sheet, row by row."""

    def __init__(self, sheet: Sheet, found: SheetRecords, looks: _Looks, emitter: Emitter) -> None:
        self.sheet, self.found, self.looks, self.emitter = sheet, found, looks, emitter

    def read(self) -> None:
        """The whole sheet, to the emitter."""
        sheet, emitter = self.sheet, self.emitter
        emitter.begin(sheet.name, hidden=bool(sheet.visibility))
        hidden_rows = {row for row, info in sheet.rowinfo_map.items() if info.hidden}
        for row in range(sheet.nrows):
            cells = [self._cell(row, column, cell) for column, cell in enumerate(sheet.row(row))]
            while cells and cells[-1] is None:
                cells.pop()
            if filled := sum(cell is not None for cell in cells):
                for cell in cells:
                    if isinstance(cell, str):
                        emitter.text(cell)
                emitter.row(row + 1, row in hidden_rows, cells, filled)
        merges = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells]
        if len(merges) > emitter.limits.merges:
            raise Refusal("too_many_cells", sheet.name, limit=emitter.limits.merges)
        emitter.end(merges, [column for column, info in sheet.colinfo_map.items() if info.hidden])

    def _cell(self, row: int, column: int, cell: Cell) -> Travelling:
        value = self._value(cell)
        if self.found.is_formula(row, column):
            is_marked = isinstance(value, str) and value.startswith(MARK)
            return FORMULA + cell_text(marked(value) if is_marked else value)[:60]
        return struck_out(value) if value is not None and self._is_struck(row, column, cell) else value

    def _is_struck(self, row: int, column: int, cell: Cell) -> bool:
        """Whether the cell is struck out, or a part of its text that is more than space."""
        runs: Sequence[tuple[int, int]] = self.sheet.rich_text_runlist_map.get((row, column), ())
        ends = [*(begin for begin, _ in runs[1:]), len(str(cell.value))]
        return cell.xf_index in self.looks.struck or any(
            font in self.looks.struck_fonts and str(cell.value)[begin:end].strip()
            for (begin, font), end in zip(runs, ends, strict=False)
        )

    def _value(self, cell: Cell) -> Travelling:
        value = cell.value
        if isinstance(value, str):  # an empty cell holds an empty text
            return clean(value) or None
        match cell.ctype:
            case xlrd.XL_CELL_BOOLEAN:
                return "TRUE" if value else "FALSE"
            case xlrd.XL_CELL_ERROR:
                return ERROR + error_text_from_code.get(int(value), "#N/A")
            case _:
                return numeric(value, self.looks.dates.get(cell.xf_index), self.looks.offset)
