"""The ledger that an enterprise keeps about itself (自查自纠), read from its own file: no unit or category needed."""

from datetime import date

from ledgers.book import Book
from ledgers.cells import cell_text
from ledgers.fields import OWN_SHEETS
from ledgers.issues import Issue
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.nothing import says_nothing_found
from ledgers.table.header import find_header
from ledgers.table.lines import Line, lines
from models.base import Frozen


class OwnRow(Frozen):
    """A row as it is read, to be looked at before it is kept; days are empty where the file has none that is one."""

    row: int
    found_on: date | None
    description: str
    measure: str
    responsible: str
    due_on: date | None


def own_rows(book: Book, begins: date, ends: date, most: int) -> list[OwnRow]:
    """What was found, in order, at most so many; of sheets without a column for it nothing."""
    season, found = Season(begins, ends), list[OwnRow]()
    for sheet in book.sheets:
        if sheet.hidden or not sheet.rows or sheet.name in OWN_SHEETS:
            continue
        header = find_header(sheet, {})
        if header is None or header.of("description") is None:
            continue
        for line in lines(sheet, header, _passed_over):
            if len(found) < most and (row := _row(line, season)):
                found.append(row)
    return found


def _row(line: Line, season: Season) -> OwnRow | None:
    description = line.text("description")
    if not description or says_nothing_found(description):
        return None
    return OwnRow(
        row=line.row,
        found_on=_day(line, "inspected_on", season),
        description=description[:4000],
        measure=" ".join(cell_text(cell) for cell in line.progress if cell is not None)[:4000],
        responsible=line.text("responsible")[:4000],
        due_on=_day(line, "due", season),
    )


def _day(line: Line, field: str, season: Season) -> date | None:
    cell = next((cell for name, cell in line.cells.items() if name == field), None)
    read = read_day(cell, season) if cell is not None else None
    return read.day if isinstance(read, DayRead) else None


def _passed_over(_: Issue) -> None:
    """Whoever sent the file looks at the rows before they are kept."""
