"""Notes at the foot of a table: below 说明, 填写要求 or 注 nothing is a finding, until a whole line comes."""

from collections.abc import Callable

from ledgers.book import Row, Sheet
from ledgers.cells import cell_text
from ledgers.issues import Issue, issue
from ledgers.table.header import Header
from ledgers.table.rows import Kind


class Notes:
    """The rows of a sheet as they pass: which of them belong to notes; told once, with their stretch."""

    def __init__(self, sheet: Sheet, header: Header, report: Callable[[Issue], None]):
        self._sheet, self._report = sheet.name, report
        self._unit = [c.place for f in ("name", "code") if (c := header.of(f)) is not None]
        self._finding = [c.place for f in ("description", "category") if (c := header.of(f)) is not None]
        self._text = ""
        self._first = self._last = 0

    def take(self, row: Row, kind: Kind, text: str) -> bool:
        """Whether the row is a note: a heading of notes, or below one, and no line with unit and finding of its own."""
        if kind == "notes":
            if not self._text:
                self._text, self._first = text, row.number
            self._last = row.number
            return True
        if not self._text:
            return False
        if kind in ("header", "other_table") or (kind == "data" and self._is_whole(row)):
            self.end()
            return False
        self._last = row.number
        return True

    def end(self) -> None:
        """No more notes: tell what was passed over."""
        if not self._text:
            return
        if self._first == self._last:
            self._report(issue(self._sheet, self._first, None, "line_passed_over", text=self._text))
        else:
            facts = {"first": self._first, "last": self._last, "text": self._text}
            self._report(issue(self._sheet, self._first, None, "notes_passed_over", **facts))
        self._text = ""

    def _is_whole(self, row: Row) -> bool:
        return any(_says(row, p) for p in self._unit) and all(_says(row, p) for p in self._finding)


def _says(row: Row, place: int) -> bool:
    return bool(cell_text(row.at(place)).strip())
