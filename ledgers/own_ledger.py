"""The ledger that an enterprise keeps about itself (自查自纠), read from its own file: no unit or category needed.

Where the file names units all the same, only the rows of the own one are read, and how many others there were is told.

Its columns are those of the form on the page. What the centre's ledgers call progress is two columns here: what is done
about it, and since when it is put right.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from ledgers.book import Book, Row, Sheet
from ledgers.cells import Cell, cell_text, column_letters
from ledgers.fields import OWN_SHEETS, Field, plain_header
from ledgers.issues import Group, Issue, grouped, sentences
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.nothing import says_nothing_found
from ledgers.table.header import Header, find_header
from ledgers.table.lines import Line, lines
from ledgers.words import folded, is_blank
from ledgers.writing.plain_list import write_list
from models.base import Frozen
from rules.subjects.names import normalised_name
from rules.words.naming import Both

OwnColumn = Literal["description", "found_on", "measure", "responsible", "due_on", "rectified_on"]
OWN_COLUMNS: dict[OwnColumn, Both] = {
    "description": Both("发现的问题", "What was found"),
    "found_on": Both("发现日期", "Found on"),
    "measure": Both("整改措施", "What is done about it"),
    "responsible": Both("整改责任人", "Responsible"),
    "due_on": Both("计划完成日期", "To be done by"),
    "rectified_on": Both("整改完成日期（已完成的填写）", "Put right on, if it is"),
}
"""The columns, by the labels of the form."""
_ALSO: dict[OwnColumn, str] = {
    "measure": "采取措施 采取的措施 治理措施 防范措施 整改措施及要求 整改措施及时限 MEASURE MEASURES ACTION",
    "rectified_on": (
        "整改完成日期 整改完成时间 实际完成日期 实际完成时间 实际整改日期 完成日期 完成时间 整改日期 PUTRIGHTON "
        "RECTIFIEDON COMPLETEDON"
    ),
}
_AS_FIELD: dict[OwnColumn, Field] = {
    "description": "description",
    "found_on": "inspected_on",
    "responsible": "responsible",
    "due_on": "due",
}
_DAYS: tuple[OwnColumn, ...] = ("found_on", "due_on", "rectified_on")
_BRACKETED = re.compile(r"\([^)]*\)")
_NOT_YET = frozenset({"未完成", "未整改", "整改中", "进行中", "未到期", "正在整改"})
"""In the column of the day on which it was put right: it is not yet."""
_NO_FORMULA, _LONGEST = "", 4_000
_ROWS_LOST = frozenset({"other_table", "section_row", "line_in_one_cell", "description_merged", "sample_passed_over"})
"""What keeps rows of a sheet from being read, though something may stand in them."""


class WrongDay(NamedTuple):
    """A cell that holds no day, where one is wanted: as a person sees it in Excel, and what is wrong."""

    column: OwnColumn
    place: str
    zh: str
    en: str


class OwnRow(Frozen):
    """A row as it is read, to be looked at before it is kept; `wrong`: cells of it that should be days and are none."""

    row: int
    found_on: date | None
    description: str
    measure: str
    responsible: str
    due_on: date | None
    rectified_on: date | None
    wrong: tuple[WrongDay, ...] = ()


def _plain(header: str) -> str:
    return _BRACKETED.sub("", plain_header(header))


_MEANT: dict[str, OwnColumn] = {
    _plain(header): column
    for column in get_args(OwnColumn)
    for header in (*OWN_COLUMNS[column], *_ALSO.get(column, "").split())
}
_MAPPING: dict[str, str] = {
    header: _AS_FIELD.get(column, "")
    for column in get_args(OwnColumn)
    for header in (*OWN_COLUMNS[column], *_ALSO.get(column, "").split())
}


class OwnUnit(NamedTuple):
    """Whose ledger it is: the names and credit codes under which the register knows it."""

    names: tuple[str, ...]
    codes: tuple[str, ...]

    def is_meant(self, line: Line) -> bool:
        """Whether the line is about it: a line that names no unit is."""
        name, code = normalised_name(line.text("name")), folded(line.text("code"))
        if code and (self.codes or not name):
            return code in map(folded, self.codes)
        return not name or name in map(normalised_name, self.names)


class OwnLedger(NamedTuple):
    """What was read of a file, and what was left out of it; `units`: the header of its column of units, if any."""

    rows: list[OwnRow]
    units: str
    of_others: int
    nothing_found: int
    lost: list[Group]


def own_rows(book: Book, begins: date, ends: date, most: int, unit: OwnUnit) -> OwnLedger:
    """What the unit found, in order, at most so many; of sheets without a column for it nothing."""
    season, found, told = Season(begins, ends), list[OwnRow](), list[Issue]()
    units, of_others, nothing_found = "", 0, 0
    for sheet in book.sheets:
        if sheet.hidden or not sheet.rows or sheet.name in OWN_SHEETS:
            continue
        header = find_header(sheet, _MAPPING)
        if header is None or header.of("description") is None:
            continue
        reader = _Reader(sheet, header, season, len(book.sheets) > 1)
        named = header.of("name") or header.of("code")
        units = units or (named.header if named else "")
        for line in lines(sheet, header, told.append):
            says_nothing = says_nothing_found(line.text("description"))
            row = None if says_nothing else reader.row(line)
            if row is None and not says_nothing:
                continue
            if not unit.is_meant(line):
                of_others += 1
            elif row is None:
                nothing_found += 1
            elif len(found) < most:
                found.append(row)
    lost = grouped(one for one in told if one.code in _ROWS_LOST)
    return OwnLedger(found, units, of_others, nothing_found, lost)


def write_own_template(path: Path, place: int) -> None:
    """An empty ledger with the columns of the form; `place`: in Chinese 0, in English 1."""
    write_list(path, ("自查自纠台账", "Self-inspection")[place], [label[place] for label in OWN_COLUMNS.values()], ())


class _Reader:
    """Rows of one sheet, by the columns of the form."""

    def __init__(self, sheet: Sheet, header: Header, season: Season, several: bool) -> None:
        self._season, self._sheet = season, f"{sheet.name} " if several else ""
        self._rows: dict[int, Row] = {row.number: row for row in sheet.rows}
        self._places: dict[OwnColumn, int] = {}
        for column in header.columns:
            if (meant := _MEANT.get(_plain(column.header))) is not None:
                self._places.setdefault(meant, column.place)
        for own, field in _AS_FIELD.items():
            if own not in self._places and (read := header.of(field)):
                self._places[own] = read.place

    def row(self, line: Line) -> OwnRow | None:
        """None for a line that says nothing."""
        description = line.text("description")
        days = {column: self._day(line, column) for column in _DAYS}
        measure = " ".join(text for cell in (self._cell(line, "measure"), *line.progress) if (text := _text(cell)))
        responsible = line.text("responsible")
        if not (description or measure or responsible or any(days.values())):
            return None
        read = {column: day for column, day in days.items() if isinstance(day, date)}
        return OwnRow(
            row=line.row,
            found_on=read.get("found_on"),
            description=description[:_LONGEST],
            measure=measure[:_LONGEST],
            responsible=responsible[:_LONGEST],
            due_on=read.get("due_on"),
            rectified_on=read.get("rectified_on"),
            wrong=tuple(day for day in days.values() if isinstance(day, WrongDay)),
        )

    def _cell(self, line: Line, column: OwnColumn) -> Cell:
        """Of a field as its line has it, which knows merged cells; else as it stands in the sheet."""
        field = _AS_FIELD.get(column)
        if field is not None and field in line.cells:
            return line.cells[field]
        place, row = self._places.get(column), self._rows.get(line.row)
        return row.at(place) if row is not None and place is not None else None

    def _day(self, line: Line, column: OwnColumn) -> date | WrongDay | None:
        cell = self._cell(line, column)
        text = _text(cell)
        if not text or (column == "rectified_on" and folded(text) in _NOT_YET):
            return None
        read = read_day(cell, self._season)
        if isinstance(read, DayRead):
            return read.day
        zh, en = sentences(read, text=text, or_zh=_NO_FORMULA, or_en=_NO_FORMULA)
        place = f"{self._sheet}{column_letters(self._places[column])}{line.row}"
        return WrongDay(column, place, zh, en)


def _text(cell: Cell) -> str:
    """Nothing for a cell that says nothing: empty, a dash, 无."""
    text = cell_text(cell).strip()
    return "" if is_blank(text) else text


def wrong_days(rows: Sequence[OwnRow]) -> Iterable[tuple[int, WrongDay]]:
    """Every cell that should be a day and is none, with the number of its row in the form, from 0."""
    return ((number, wrong) for number, row in enumerate(rows) for wrong in row.wrong)
