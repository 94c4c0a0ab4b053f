"""The sender's workbook back, with what is wrong beside each row (3.1.ledger)."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ledgers.book import Book, LedgerProblem, Sheet
from ledgers.cells import column_number, shown
from ledgers.issues import Issue
from ledgers.limits import Limits
from ledgers.notes import (
    ERROR_FILL,
    ERROR_WORD,
    PROBLEMS,
    SUMMARY,
    SUMMARY_HEADER,
    WARNING_FILL,
    WARNING_WORD,
    Notes,
    SheetNotes,
)
from ledgers.planned import Checked
from ledgers.read import command, environment, read_book
from ledgers.template import new_sheet, new_workbook

MOST_OWN_ROWS = 5_000
"""Rows up to which the sender's own workbook is written into; a larger one, or a text file, gets a new workbook."""
_LONGEST = 32_000


def write_annotated(
    path_in: Path, path_out: Path, checked: Checked, limits: Limits | None = None
) -> LedgerProblem | None:
    """`path_out` (.xlsx): the sheets of `path_in`, a column of problems, coloured cells, a summary in front.

    The sender's own formats are kept in an .xlsx of at most MOST_OWN_ROWS rows; otherwise values only. A problem is
    returned if the file cannot be read.
    """
    limits = limits or Limits()
    book = read_book(path_in, limits)
    if isinstance(book, LedgerProblem):
        return book
    notes = notes_of(checked)
    if book.format == "xlsx" and sum(len(sheet.rows) for sheet in book.sheets) <= MOST_OWN_ROWS:
        content = _into_own(path_in, notes, limits)
        if content is not None:
            path_out.write_bytes(content)
            return None
    _write_fresh(path_out, book, notes)
    return None


def notes_of(checked: Checked) -> Notes:
    """The notes of a checked ledger, by sheet and row."""
    counts = [
        ("数据行 rows", str(checked.rows)),
        ("问题 findings", str(checked.findings)),
        ("单位 subjects", f"{checked.subjects}（新 new {checked.new_subjects}）"),
        ("略过 skipped", str(checked.skipped)),
        ("错误 errors", str(len(checked.errors))),
        ("提示 warnings", str(len(checked.warnings))),
        ("未识别的列 unknown columns", "、".join(checked.unknown_columns) or "—"),
    ]
    sheets: dict[str, SheetNotes] = {}
    for column in checked.columns:
        of_sheet = sheets.setdefault(column.sheet, SheetNotes(column.row, 0))
        if column.header != PROBLEMS:  # a workbook that we annotated before
            of_sheet.column = max(of_sheet.column, column_number(column.column) + 1)
    problems: list[tuple[str, str, int | None, str | None, str, str]] = []
    for wrong, issues in ((True, checked.errors), (False, checked.warnings)):
        for one in issues:
            word = ERROR_WORD if wrong else WARNING_WORD
            problems.append((word, one.sheet, one.row, one.column, one.zh, one.en))
            _note(sheets, one, wrong)
    return Notes(counts, sheets, problems)


def _note(sheets: dict[str, SheetNotes], one: Issue, wrong: bool) -> None:
    if one.row is not None and one.sheet in sheets:
        sheets[one.sheet].rows.setdefault(one.row, []).append((one.column, wrong, one.zh))


def _into_own(path: Path, notes: Notes, limits: Limits) -> bytes | None:
    """The workbook with the notes in it, by the child; None if the child could not."""
    with tempfile.TemporaryFile() as told, path.open("rb") as file:
        told.write(json.dumps(notes.as_data()).encode())
        told.seek(0)
        arguments = (str(told.fileno()), str(2 * limits.memory_bytes), str(limits.cpu_seconds))
        try:
            done = subprocess.run(
                command("ledgers.annotate_child", *arguments),
                stdin=file,
                capture_output=True,
                env=environment(),
                cwd=os.sep,
                pass_fds=(told.fileno(),),
                timeout=limits.wall_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    return done.stdout if done.returncode == 0 and done.stdout else None


def _write_fresh(path: Path, book: Book, notes: Notes) -> None:
    with new_workbook(path, constant_memory=True) as out:
        bold = out.add_format({"bold": True})
        fills = {
            wrong: out.add_format({"bg_color": f"#{colour}", "text_wrap": True, "valign": "top"})
            for wrong, colour in ((True, ERROR_FILL), (False, WARNING_FILL))
        }
        summary = new_sheet(out, SUMMARY)
        summary.set_column(0, 3, 12)
        summary.set_column(4, 5, 70)
        for row, values in enumerate((*notes.counts, (), SUMMARY_HEADER, *notes.problems)):
            for place, value in enumerate(values):
                if value is not None:
                    summary.write_string(row, place, str(value), bold if values is SUMMARY_HEADER else None)
        for sheet in book.sheets:
            if sheet.rows and sheet.name != SUMMARY:
                _fresh_sheet(out, sheet, notes.sheets.get(sheet.name), fills)


def _fresh_sheet(out: Any, sheet: Sheet, notes: SheetNotes | None, fills: dict[bool, Any]) -> None:
    written = new_sheet(out, sheet.name or None)
    head = next((row for row in sheet.rows if notes and row.number == notes.header), None)
    again = next((n for n, cell in enumerate(head.cells) if cell == PROBLEMS), None) if head else None
    place = max(*(len(row.cells) for row in sheet.rows), notes.column if notes else 0) if again is None else again
    written.set_column(0, place - 1, 16)
    written.set_column(place, place, 60)
    for row in sheet.rows:
        about = notes.rows.get(row.number, []) if notes else []
        colours = {letters: wrong for letters, wrong, _ in sorted(about, key=lambda note: note[1]) if letters}
        by_place = {column_number(letters): fills[wrong] for letters, wrong in colours.items()}
        for column in range(max(len(row.cells), max(by_place, default=-1) + 1)):
            text = shown(row.at(column))
            if column != place and (text or column in by_place):
                written.write_string(row.number - 1, column, text[:_LONGEST], by_place.get(column))
        if notes and row.number == notes.header:
            written.write_string(row.number - 1, place, PROBLEMS)
        elif notes and about:
            wrong = any(w for _, w, _ in about)
            written.write_string(row.number - 1, place, notes.text(row.number)[:_LONGEST], fills[wrong])
