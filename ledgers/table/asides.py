"""Cells that are not imported, and what is said of them: under no header, or under one that nobody knows."""

from collections.abc import Callable, Mapping

from ledgers.book import Row, Sheet
from ledgers.cells import PICTURE, Cell, Spoilt, cell_text, column_letters
from ledgers.fields import Field
from ledgers.issues import Issue, issue
from ledgers.table.header import Header

NOT_IMPORTED: tuple[Field, ...] = ("serial", "progress")
_MOST_WIDE, _SHOWN = 2_000, 40


class Asides:
    """The cells of a sheet that are not imported: told once a column; an error if one may belong to what was read."""

    def __init__(self, sheet: Sheet, header: Header, report: Callable[[Issue], None]):
        self._sheet, self._header, self._report = sheet, header, report
        self._not_read = [c for c in header.columns if c.field is None or c.field in NOT_IMPORTED]
        self._unknown = [c.place for c in header.columns if c.field is None and not c.left_out]
        self._known = {c.place for c in header.columns}
        self._last = max(self._known)
        self._dense = next(place for place in range(self._last + 2) if place not in self._known)
        self._told: set[int] = set()
        merges = [m for m in sheet.merges if header.first_row <= m.top <= header.row and m.right > m.left]
        self._shared = {
            place: column.header
            for m in merges
            for column in header.columns
            if column.place == m.left and column.field and column.field not in NOT_IMPORTED
            for place in range(m.left + 1, min(m.right, _MOST_WIDE) + 1)
            if place not in self._known
        }

    def of(self, row: Row, carried: Mapping[int, Cell]) -> int:
        """A number for what the row says in columns that were not understood; 0 if that is nothing."""
        self._tell_not_read(row)
        said = self._beyond(row)
        if self._unknown:
            said += tuple(cell_text(carried.get(place, row.at(place))).strip() for place in self._unknown)
        return hash(said) if any(said) else 0

    def _beyond(self, row: Row) -> tuple[str, ...]:
        """The texts of the row's cells that have no header."""
        if len(row.cells) <= self._dense:
            return ()
        found = [(p, text) for p, c in enumerate(row.cells) if p not in self._known and (text := cell_text(c).strip())]
        for place, text in found:
            letters = column_letters(place)
            if place in self._shared:
                facts = {"header": self._shared[place], "text": text[:_SHOWN]}
                self._report(issue(self._sheet.name, row.number, letters, "two_under_one_header", **facts))
            elif not self._sheet.name and place > self._last:  # a text file
                self._report(issue(self._sheet.name, row.number, letters, "row_longer", text=text[:_SHOWN]))
            elif place not in self._told:
                self._told.add(place)
                facts = {"column": letters, "text": text[:_SHOWN]}
                self._report(issue(self._sheet.name, row.number, letters, "cells_under_no_header", **facts))
        return tuple(text for _, text in found)

    def _tell_not_read(self, row: Row) -> None:
        """A formula, whose result is not taken anyway; progress, which is declared and re-inspected."""
        for column in self._not_read:
            if column.place in self._told:
                continue
            cell = row.at(column.place)
            if isinstance(cell, Spoilt) and PICTURE in cell.shown:
                continue  # a picture in the cell: told for the sheet
            if isinstance(cell, Spoilt) and cell.kind == "formula" and column.field != "serial":
                self._told.add(column.place)
                facts = {"header": column.header}
                self._report(issue(self._sheet.name, row.number, column.letters, "formula_ignored", **facts))
            elif column.field == "progress" and cell is not None:
                self._told.add(column.place)
                facts = {"header": column.header}
                self._report(issue(self._sheet.name, self._header.row, column.letters, "column_not_applied", **facts))
