"""The lines of data below a header: merged cells carried down, 同上 resolved, totals and signatures passed over."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ledgers.book import Merge, Row, Sheet
from ledgers.cells import Cell, cell_text
from ledgers.fields import SUBJECT, Field
from ledgers.issues import Issue, issue
from ledgers.table.asides import NOT_IMPORTED, Asides
from ledgers.table.foot_notes import Notes
from ledgers.table.header import Header
from ledgers.table.rows import kind_of
from ledgers.words import folded, is_blank, is_ditto

_CARRIED: tuple[Field, ...] = (*SUBJECT, "inspected_on")
SAID_OF_ONE: tuple[Field, ...] = ("category", "grade", "major", "minor", "responsible", "due")
"""What a line says of one finding."""
_NUMBERED = re.compile(r"[(（]?[一二三四五六七八九十]{1,3}(?:[)）]|[、.．])")
_PAGE = re.compile(r"第\s*\d+\s*页(?:.{0,3}共\s*\d+\s*页)?|续表?|[(（]续表?[)）]")
_SHORT, _PHRASE = 6, 20
_SAYS_WHERE, _SAYS_MAJOR = re.compile(r"[区县市镇乡]|街道"), re.compile("重大|一般")
_SEPARATORS = re.compile(r"[,，;；\t]")
_SAYS_WHEN = re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*[日号]|\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}")


@dataclass(slots=True)
class Line:
    """One line of data: its row in Excel, its cells by field.

    `aside` tells apart lines that differ only in columns that were not understood.
    """

    row: int
    cells: dict[Field, Cell]
    aside: int = 0
    progress: tuple[Cell, ...] = ()
    """What stands in the columns that say whether it is done with, in their order."""

    def text(self, field: Field) -> str:
        """The text of a field, empty for one that says nothing (—, 无)."""
        cell = self.cells.get(field)
        if cell is None:
            return ""
        text = (cell if isinstance(cell, str) else cell_text(cell)).strip()
        return "" if len(text) < _SHORT and is_blank(text) else text

    def is_empty(self) -> bool:
        """Whether no field that is imported has anything in it."""
        return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells.values())


def lines(
    sheet: Sheet,
    header: Header,
    report: Callable[[Issue], None],
    names_districts: Callable[[str], Collection[str]] = lambda _: (),
) -> Iterator[Line]:
    """Every line of data, in order; what is passed over or cannot be taken is reported.

    `names_districts`: the districts of the plan that a text names.
    """
    read: list[tuple[int, Field]] = [
        (c.place, c.field) for c in header.columns if c.field and c.field not in NOT_IMPORTED
    ]
    serial = header.of("serial")
    closing = [c.place for c in header.columns if c.field == "progress"]
    asides = Asides(sheet, header, report)
    merged = _Merged(sheet.merges, header.row)
    headings = _Headings(sheet, header, report, names_districts)
    description = header.of("description")
    notes = Notes(sheet, header, report)
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
        if kind == "sample":
            report(issue(sheet.name, row.number, None, "sample_passed_over"))
        if notes.take(row, kind, text):
            continue
        if kind == "passed_over":
            report(issue(sheet.name, row.number, None, "line_passed_over", text=text))
        if kind != "data":
            continue
        cells: dict[Field, Cell] = {field: carried.get(place, row.at(place)) for place, field in read}
        progress = tuple(carried.get(place, row.at(place)) for place in closing)
        line = Line(row.number, cells, asides.of(row, carried), progress)
        number = cell_text(row.at(serial.place)).strip() if serial else ""
        if line.is_empty() or headings.is_one(row, line):  # a prepared line: a number and nothing else; or a heading
            if headings.begin(row):
                previous = None  # what follows does not continue the unit above
            continue
        if headings.decide():
            break
        if description and description.place in carried and (own := _own(line, header, carried)):
            report(issue(sheet.name, row.number, description.letters, "description_merged", fields=own))
            continue
        if description and description.place in carried and previous:
            line.aside = previous.aside  # one finding, whatever the columns beside it say
        _repeat(sheet, line, previous, header, report)
        if previous is not None and not number and _without_unit(line):
            _continue(sheet, line, previous, report)
        previous = line
        yield line
    else:
        headings.end()
    notes.end()


class _Headings:
    """Headings between the lines: one that says what no column says ends the reading; another is told."""

    def __init__(
        self,
        sheet: Sheet,
        header: Header,
        report: Callable[[Issue], None],
        names_districts: Callable[[str], Collection[str]],
    ):
        self._sheet, self._titles, self._report = sheet, header.titles, report
        self._names_districts = names_districts
        self._no_district = header.of("district") is None
        self._columns = len(header.columns)
        self._no_date = header.of("inspected_on") is None
        self._no_grade = header.of("grade") is None and header.of("major") is None
        self._last = ""
        self._deciding: tuple[int, str] | None = None

    def is_one(self, row: Row, line: Line) -> bool:
        """Whether the only text of the row stands under the units and is a heading: 二、独山子区."""
        if line.cells.get("description") or line.cells.get("category"):
            return False
        text = _only_text(row)
        return bool(text) and (
            _NUMBERED.match(text) is not None
            or bool(self._names_districts(text) and len(text) < _SHORT)
            or (self._no_date and len(text) < _PHRASE and _SAYS_WHEN.search(text) is not None)
        )

    def begin(self, row: Row) -> bool:
        """A row with no fact of a finding: whether it is a heading that is passed over."""
        text = _only_text(row) or next((t for cell in row.cells if (t := cell_text(cell).strip())), "")
        self._last = "" if text.isdigit() else text
        if not self._last:
            return False
        if len(_SEPARATORS.findall(text)) >= max(3, self._columns // 2):
            self._report(issue(self._sheet.name, row.number, None, "line_in_one_cell", text=text[:60]))
            return False
        if text in self._titles or _PAGE.fullmatch(text):  # the title once more, at a page break
            self._last = ""
            self._tell(row.number, text)
            return False
        says_where = _SAYS_WHERE.search(text) or self._names_districts(text)
        says_when = self._no_date and _SAYS_WHEN.search(text)
        if (self._no_district and says_where) or (self._no_grade and _SAYS_MAJOR.search(text)) or says_when:
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
        self._report(issue(self._sheet.name, row, None, "heading_passed_over", text=text))


def _only_text(row: Row) -> str:
    """The text of a row in which one cell is filled; empty if more are, or none."""
    filled = [cell for _, cell in row.filled()]
    return cell_text(filled[0]).strip() if len(filled) == 1 else ""


def _own(line: Line, header: Header, carried: Mapping[int, Cell]) -> str:
    """What a line says for itself of a description that is merged from above; no finding is two."""
    columns = [c for f in SAID_OF_ONE if (c := header.of(f)) and c.place not in carried and line.text(f)]
    return "、".join(column.header for column in columns)


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
    if previous and any(isinstance(cell, str) and is_ditto(cell) for cell in line.progress):
        line.progress = tuple(
            above if isinstance(cell, str) and is_ditto(cell) else cell
            for cell, above in zip(line.progress, previous.progress, strict=True)
        )


def _without_unit(line: Line) -> bool:
    return not line.text("name") and not line.text("code") and line.cells.get("description") is not None


def _continue(sheet: Sheet, line: Line, previous: Line, report: Callable[[Issue], None]) -> None:
    """A line without a unit is the unit's above, unless it says another place or trade: then its unit is missing."""
    if not previous.text("name") and not previous.text("code"):
        return
    if any(line.text(f) and folded(line.text(f)) != folded(previous.text(f)) for f in SUBJECT):
        return
    for field in _CARRIED:
        if not line.text(field):
            line.cells[field] = previous.cells.get(field)
    name = cell_text(previous.cells.get("name")) or cell_text(previous.cells.get("code"))
    report(issue(sheet.name, line.row, None, "subject_continued", name=name))
