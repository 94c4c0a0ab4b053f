"""The lines of data below a header: merged cells carried down, 同上 resolved, totals and signatures passed over."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledgers.asides import NOT_IMPORTED, Asides
from ledgers.book import Merge, Row, Sheet
from ledgers.cells import Cell, shown
from ledgers.fields import SUBJECT, Field
from ledgers.header import Header
from ledgers.issues import Issue, issue
from ledgers.rows import kind_of
from ledgers.words import is_blank, is_ditto

_CARRIED: tuple[Field, ...] = (*SUBJECT, "inspected_on")
_SHORT = 6
_SAYS_WHERE, _SAYS_MAJOR = re.compile(r"[区县市镇乡]|街道"), re.compile("重大|一般")


@dataclass(slots=True)
class Line:
    """One line of data: its row in Excel, its cells by field.

    `aside` tells apart lines that differ only in columns that were not understood.
    """

    row: int
    cells: dict[Field, Cell]
    aside: int = 0

    def text(self, field: Field) -> str:
        """The text of a field, empty for one that says nothing (—, 无)."""
        cell = self.cells.get(field)
        if cell is None:
            return ""
        text = (cell if isinstance(cell, str) else shown(cell)).strip()
        return "" if len(text) < _SHORT and is_blank(text) else text

    def is_empty(self) -> bool:
        """Whether no field that is imported has anything in it."""
        return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells.values())


def lines(sheet: Sheet, header: Header, report: Callable[[Issue], None]) -> Iterator[Line]:
    """Every line of data, in order; what is passed over or cannot be taken is reported."""
    read: list[tuple[int, Field]] = [
        (c.place, c.field) for c in header.columns if c.field and c.field not in NOT_IMPORTED
    ]
    serial = header.of("serial")
    asides = Asides(sheet, header, report)
    merged = _Merged(sheet.merges, header.row)
    headings = _Headings(sheet, header, report)
    previous: Line | None = None
    for row in sheet.rows:
        if row.number <= header.row:
            continue
        carried = merged.over(row)
        kind, text = kind_of(row, header)
        if kind == "other_table" or (kind == "header" and headings.name_a_table()):
            report(issue(sheet.name, row.number, None, "other_table"))
            return
        if kind == "header":
            report(issue(sheet.name, row.number, None, "header_repeated"))
        if kind == "passed_over":
            report(issue(sheet.name, row.number, None, "line_passed_over", text=text))
        if kind != "data":
            continue
        cells: dict[Field, Cell] = {field: carried.get(place, row.at(place)) for place, field in read}
        line = Line(row.number, cells, asides.of(row, carried))
        number = shown(row.at(serial.place)).strip() if serial else ""
        if line.is_empty():  # a prepared line: a serial number and nothing else; or a heading
            if headings.begin(row, number):
                previous = None  # what follows does not continue the unit above
            continue
        if headings.decide():
            return
        _repeat(sheet, line, previous, header, report)
        if previous is not None and not number and _without_unit(line):
            _continue(sheet, line, previous, report)
        previous = line
        yield line
    headings.end()


class _Headings:
    """Headings between the lines: one that says what no column says ends the reading; another is told."""

    def __init__(self, sheet: Sheet, header: Header, report: Callable[[Issue], None]):
        self._sheet, self._report = sheet, report
        self._no_district = header.of("district") is None
        self._no_grade = header.of("grade") is None and header.of("major") is None
        self._last = ""
        self._deciding: tuple[int, str] | None = None

    def begin(self, row: Row, text: str) -> bool:
        """Under a column of numbers stands a text, and nothing else in the row: a heading that is passed over?"""
        self._last = "" if text.isdigit() else text
        if not self._last:
            return False
        if (self._no_district and _SAYS_WHERE.search(text)) or (self._no_grade and _SAYS_MAJOR.search(text)):
            self._deciding = self._deciding or (row.number, text)
            return False
        self._tell(row.number, text)
        return True

    def name_a_table(self) -> bool:
        """Whether a header that comes now begins another district's table, named just above it."""
        return bool(self._last) and self._no_district

    def decide(self) -> bool:
        """A line of data comes: whether a heading above it says of it what no column says."""
        self._last = ""
        if self._deciding:
            row, text = self._deciding
            self._report(issue(self._sheet.name, row, None, "section_row", text=text))
        return self._deciding is not None

    def end(self) -> None:
        """No line follows: what looked like a heading is a note."""
        if self._deciding:
            self._tell(*self._deciding)

    def _tell(self, row: int, text: str) -> None:
        self._report(issue(self._sheet.name, row, None, "line_passed_over", text=text))


class _Merged:
    """Vertically merged cells as the rows pass: their value belongs to every row that they span."""

    def __init__(self, merges: tuple[Merge, ...], header_row: int):
        self.by_column: dict[int, list[Merge]] = {}
        self.values: dict[int, Cell] = {}
        for merge in sorted((m for m in merges if m.bottom > m.top > header_row), key=lambda m: m.top, reverse=True):
            self.by_column.setdefault(merge.left, []).append(merge)

    def over(self, row: Row) -> dict[int, Cell]:
        """The values that a row takes from merged cells, by column."""
        found: dict[int, Cell] = {}
        for column, waiting in self.by_column.items():
            while waiting and waiting[-1].bottom < row.number:
                waiting.pop()
                self.values.pop(column, None)
            if waiting and waiting[-1].top == row.number:
                self.values[column] = row.at(column)
            elif waiting and waiting[-1].top < row.number:
                found[column] = self.values.get(column)
        return found


def _repeat(sheet: Sheet, line: Line, previous: Line | None, header: Header, report: Callable[[Issue], None]) -> None:
    """同上 and ″ become what stands above them; an exported row says what it says."""
    if line.cells.get("key"):
        return
    for field, cell in line.cells.items():
        if isinstance(cell, str) and len(cell) < _SHORT and is_ditto(cell):
            above = previous.cells.get(field) if previous else None
            if above is None:
                column = header.of(field)
                place = column.letters if column else None
                report(issue(sheet.name, line.row, place, "ditto_without_above", text=cell.strip()))
            line.cells[field] = above


def _without_unit(line: Line) -> bool:
    return not line.text("name") and not line.text("code") and line.cells.get("description") is not None


def _continue(sheet: Sheet, line: Line, previous: Line, report: Callable[[Issue], None]) -> None:
    if not previous.text("name") and not previous.text("code"):
        return
    for field in _CARRIED:
        if not line.text(field):
            line.cells[field] = previous.cells.get(field)
    name = shown(previous.cells.get("name")) or shown(previous.cells.get("code"))
    report(issue(sheet.name, line.row, None, "subject_continued", name=name))
