"""The lines of data below a header: merged cells carried down, 同上 resolved, totals and signatures passed over."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledgers.book import Merge, Row, Sheet
from ledgers.cells import Cell, Spoilt, column_letters, shown
from ledgers.fields import IDENTIFYING, SUBJECT, Field, field_of, plain_header
from ledgers.header import Column, Header, row_texts
from ledgers.issues import Issue, issue
from ledgers.synonyms import SYNONYMS
from ledgers.words import folded, is_blank, is_ditto

_TOTALS = re.compile(r"(?:合计|小计|总计|共计|累计|总合计|本页合计|本月合计)(?:[:：(\d].*)?")
_PART_TOTALS = re.compile(r".{1,12}(?:合计|小计|总计|共计)(?:[:：(\d].*)?")
_SIGNED = re.compile(
    r"(?:填表人|制表人|填报人|制表|审核人|审核|审批人|报送人|经办人|检查人员?|检查人员?签字|检查组长|检查组|企业确认签字|企业签字|以下空白|以上共.*|单位负责人|主要负责人|企业负责人|分管领导|"
    r"分管负责人|负责人|负责人签字|主管领导|签字|签名|盖章|单位盖章|\(?盖章\)?|填表日期|填报日期|填表时间|填报时间|制表日期|上报日期|"
    r"报送日期|填报单位|填表单位|报送单位|联系人|联系电话|注|备注|说明|填表说明|填报说明)(?:\(?签字\)?|\(?签章\)?|\(?盖章\)?)?(?:[:：].*)?"
)
_NOT_IMPORTED: tuple[Field, ...] = ("serial", "progress")
_CARRIED: tuple[Field, ...] = (*SUBJECT, "inspected_on")
_SHORT = 6
_FEWEST_HEADERS = 3
_MOST_WIDE, _SHOWN = 2_000, 40
_LONGEST_HEADER = 16
_HEADERS = frozenset(plain_header(header) for headers in SYNONYMS.values() for header in headers.split())
_COUNTING = re.compile(r"[(]?(\d{1,2})[)]?")
_SAYS_WHERE, _SAYS_MAJOR = re.compile(r"[区县市镇乡]|街道"), re.compile("重大|一般")
_IDENTIFYING = frozenset(IDENTIFYING)


@dataclass(slots=True)
class Line:
    """One line of data: its row in Excel, its cells by field; `continued`: the unit is that of the line above.

    `aside` tells apart lines that differ only in columns that were not understood.
    """

    row: int
    cells: dict[Field, Cell]
    aside: int = 0
    continued: bool = False

    def text(self, field: Field) -> str:
        """The text of a field, empty for one that says nothing (—, 无)."""
        cell = self.cells.get(field)
        if cell is None:
            return ""
        text = (cell if isinstance(cell, str) else shown(cell)).strip()
        return "" if len(text) < _SHORT and is_blank(text) else text


def lines(sheet: Sheet, header: Header, report: Callable[[Issue], None]) -> Iterator[Line]:
    """Every line of data, in order; what is passed over or cannot be taken is reported."""
    read: list[tuple[int, Field]] = [
        (c.place, c.field) for c in header.columns if c.field and c.field not in _NOT_IMPORTED
    ]
    unknown = [c.place for c in header.columns if c.field is None and not c.left_out]
    beyond = _Beyond(sheet, header)
    serial = header.of("serial")
    merged = _Merged(sheet.merges, header.row)
    formulas_told: set[int] = set()
    previous: Line | None = None
    previous_serial = title = ""
    heading: tuple[int, str] | None = None
    for row in sheet.rows:
        if row.number <= header.row:
            continue
        _tell_ignored(sheet, row, header, formulas_told, report)
        carried = merged.over(row)
        again = _is_header(row, header)
        if not again and _other_table(row, header.columns):
            report(issue(sheet.name, row.number, None, "other_table"))
            return
        why = ("header_repeated", "") if again else _passed_over(row, header)
        if why is None and row.number == header.row + 1 and _counts_columns(row):
            why = "line_passed_over", "1 2 3"
        if why:
            code, text = why
            if code == "header_repeated" and title and header.of("district") is None:
                report(issue(sheet.name, row.number, None, "other_table"))
                return
            report(issue(sheet.name, row.number, None, code, **({"text": text} if code == "line_passed_over" else {})))
            continue
        cells: dict[Field, Cell] = {field: carried.get(place, row.at(place)) for place, field in read}
        aside = beyond.of(row, report)
        if unknown:
            aside += tuple(shown(carried.get(place, row.at(place))).strip() for place in unknown)
        line = Line(row.number, cells, hash(aside) if any(aside) else 0)
        number = shown(row.at(serial.place)).strip() if serial else ""
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells.values()):
            title = "" if number.isdigit() else number
            if title and _decides(title, header):
                heading = heading or (row.number, title)
            elif title:
                report(issue(sheet.name, row.number, None, "line_passed_over", text=title))
                previous = None  # what follows does not continue the unit above
            continue  # a prepared line: a serial number and nothing else; or a title between two tables
        if heading:
            report(issue(sheet.name, heading[0], None, "section_row", text=heading[1]))
            return
        title = ""
        _repeat(sheet, line, previous, header, report)
        if previous is not None and not number.strip() and _without_unit(line):
            _continue(line, previous)
            if line.continued:
                text = shown(previous.cells.get("name")) or shown(previous.cells.get("code"))
                report(issue(sheet.name, row.number, None, "subject_continued", name=text))
        previous, previous_serial = line, number or previous_serial
        yield line
    if heading:  # nothing follows: a note
        report(issue(sheet.name, heading[0], None, "line_passed_over", text=heading[1]))


def _decides(title: str, header: Header) -> bool:
    """Whether a heading says of the lines below it what no column says: where they are, or how grave."""
    if header.of("district") is None and _SAYS_WHERE.search(title):
        return True
    return header.of("grade") is None and header.of("major") is None and _SAYS_MAJOR.search(title) is not None


class _Beyond:
    """Cells that stand under no header: told once a column; an error where it may be part of one that was read."""

    def __init__(self, sheet: Sheet, header: Header):
        self.sheet = sheet
        self.known = {c.place for c in header.columns}
        self.last = max(self.known)
        self.dense = next(place for place in range(self.last + 2) if place not in self.known)
        self.told: set[int] = set()
        merges = [m for m in sheet.merges if header.first_row <= m.top <= header.row and m.right > m.left]
        self.shared = {
            place: column.header
            for m in merges
            for column in header.columns
            if column.place == m.left and column.field and column.field not in _NOT_IMPORTED
            for place in range(m.left + 1, min(m.right, _MOST_WIDE) + 1)
            if place not in self.known
        }

    def of(self, row: Row, report: Callable[[Issue], None]) -> tuple[str, ...]:
        """The texts of the row's cells that have no header."""
        if len(row.cells) <= self.dense:
            return ()
        found = [(p, text) for p, c in enumerate(row.cells) if p not in self.known and (text := shown(c).strip())]
        for place, text in found:
            letters = column_letters(place)
            if place in self.shared:
                facts = {"header": self.shared[place], "text": text[:_SHOWN]}
                report(issue(self.sheet.name, row.number, letters, "two_under_one_header", **facts))
            elif not self.sheet.name and place > self.last:  # a text file
                report(issue(self.sheet.name, row.number, letters, "row_longer", text=text[:_SHOWN]))
            elif place not in self.told:
                self.told.add(place)
                facts = {"column": letters, "text": text[:_SHOWN]}
                report(issue(self.sheet.name, row.number, letters, "cells_under_no_header", **facts))
        return tuple(text for _, text in found)


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


def _tell_ignored(sheet: Sheet, row: Row, header: Header, told: set[int], report: Callable[[Issue], None]) -> None:
    """One warning a column that is not imported and holds something that could be missed."""
    for column in header.columns:
        if column.place in told or (column.field is not None and column.field not in _NOT_IMPORTED):
            continue
        cell = row.at(column.place)
        if isinstance(cell, Spoilt) and cell.kind == "formula" and column.field != "serial":
            told.add(column.place)
            report(issue(sheet.name, row.number, column.letters, "formula_ignored", header=column.header))
        elif column.field == "progress" and cell is not None:
            told.add(column.place)
            report(issue(sheet.name, header.row, column.letters, "column_not_applied", header=column.header))


def _passed_over(row: Row, header: Header) -> tuple[str, str] | None:
    first = next((cell for cell in row.cells if cell is not None and cell != ""), None)
    if not isinstance(first, str):
        return None
    word = folded(first)
    if len(word) <= 60 and (_TOTALS.fullmatch(word) or (_ends(word) and _sparse(row, header, word))):
        return "line_passed_over", first.strip()
    if len(word) <= 60 and _repeats(row, header.columns):
        return "header_repeated", ""
    return None


def _ends(word: str) -> bool:
    return _SIGNED.fullmatch(word) is not None or _PART_TOTALS.fullmatch(word) is not None


def _counts_columns(row: Row) -> bool:
    """1 2 3 … or (1) (2) (3) …: the numbers of the columns, under the header."""
    texts = [folded(shown(cell)) for cell in row.cells if cell is not None and cell != ""]
    found = [_COUNTING.fullmatch(text) for text in texts]
    return len(texts) > _FEWEST_HEADERS and [m and m[1] for m in found] == [str(n + 1) for n in range(len(texts))]


def _sparse(row: Row, header: Header, word: str) -> bool:
    """Whether a line that begins like a signature has no description of its own beside it."""
    description = header.of("description")
    said = "" if description is None else shown(row.at(description.place)).strip()
    return ":" in word or not said or said.isdigit()


def _other_table(row: Row, columns: tuple[Column, ...]) -> bool:
    """Whether this is a header with columns in other places: what follows is no more what the header above says."""
    for cell in row.cells:  # asked of every line: a header has no numbers and no days
        if cell is not None and (not isinstance(cell, str) or cell.isdigit()):
            return False
    texts = [
        (place, cell)
        for place, cell in enumerate(row.cells)
        if isinstance(cell, str) and len(cell) <= _LONGEST_HEADER and "".join(cell.split()).upper() in _HEADERS
    ]
    filled = sum(cell is not None and cell != "" for cell in row.cells)
    if len(texts) < max(_FEWEST_HEADERS, filled / 2):  # by the usual spellings only; data may say 隐患 and 重大
        return False
    named = {place: field for place, cell in texts if (field := field_of(cell))}
    above = {column.place: column.field for column in columns}
    moved = any(above.get(place) != field for place, field in named.items())
    return moved and len(set(named.values())) >= _FEWEST_HEADERS and not _IDENTIFYING.isdisjoint(named.values())


def _is_header(row: Row, header: Header) -> bool:
    """The header once more, at a page break: all of it or, of one with two rows, either."""
    for texts in header.texts:
        place = next((place for place, text in enumerate(texts) if text), 0)
        cell = row.at(place)
        if isinstance(cell, str) and cell.strip()[:1].upper() == texts[place][:1] and row_texts(row) == texts:
            return True
    return False


def _repeats(row: Row, columns: tuple[Column, ...]) -> bool:
    """Almost the header once more."""
    named = [c for c in columns if c.field]
    same = sum(plain_header(shown(row.at(c.place))) == plain_header(c.header) for c in named[:3])
    return len(named) >= 2 and same == len(named[:3])


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


def _continue(line: Line, previous: Line) -> None:
    if not previous.text("name") and not previous.text("code"):
        return
    for field in _CARRIED:
        if not line.text(field):
            line.cells[field] = previous.cells.get(field)
    line.continued = True
