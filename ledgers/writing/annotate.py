"""The sender's workbook back, with what is wrong beside each row (3.1.ledger)."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

from ledgers.book import Book, LedgerProblem, Sheet
from ledgers.cells import cell_text, column_number
from ledgers.fields import SUMMARY
from ledgers.issues import Issue, grouped
from ledgers.planned import Checked
from ledgers.reading.limits import Limits
from ledgers.reading.read import command, environment, read_book
from ledgers.writing.notes import (
    ERROR_FILL,
    ERROR_WORD,
    PROBLEMS,
    SUMMARY_HEADER,
    WARNING_FILL,
    WARNING_WORD,
    Notes,
    SheetNotes,
)
from ledgers.writing.template import new_sheet, new_workbook

Annotated = Literal["own", "fresh"]
FRESH = (
    "新表 new workbook",
    "本文件是新建的，只有读入的内容和校验问题；原表的格式、图片、文本框不在其中，原表未作改动。"
    "This workbook is new: it holds what was read and what is wrong. Formats, pictures and text boxes of the sender's "
    "are not in it; that file is as it was.",
)
_LONGEST = 32_000


def write_annotated(
    path_in: Path, path_out: Path, checked: Checked, limits: Limits | None = None
) -> LedgerProblem | Annotated:
    """`path_out` (.xlsx): the sheets of `path_in`, a column of problems, coloured cells, a summary in front.

    `own`: the sender's workbook, with every part of it. `fresh`: a new one with what was read, which says so in front;
    for a text file, an .xls, and an .xlsx that is written in an unusual way. A problem if the file cannot be read.
    """
    limits = limits or Limits()
    book = read_book(path_in, limits)
    if isinstance(book, LedgerProblem):
        return book
    notes = notes_of(checked, book)
    if book.format == "xlsx" and (content := _into_own(path_in, notes, limits)) is not None:
        path_out.write_bytes(content)
        return "own"
    notes.counts.insert(0, FRESH)
    _write_fresh(path_out, book, notes)
    return "fresh"


def notes_of(checked: Checked, book: Book) -> Notes:
    """The notes of a checked ledger, by sheet and row."""
    counts = [
        ("数据行 rows", str(checked.rows)),
        ("问题 findings", str(checked.findings)),
        ("单位 subjects", f"{checked.subjects}（新 new {checked.new_subjects}）"),
        ("略过 skipped", str(checked.skipped)),
        ("已办结 closed", str(checked.closed)),
        ("错误 errors", str(len(checked.errors))),
        ("提示 warnings", str(len(checked.warnings))),
        ("未识别的列 unknown columns", "、".join(checked.unknown_columns) or "—"),
    ]
    headers = {column.sheet: column.row for column in checked.columns}
    sheets = {s.name: _empty_notes(s, headers[s.name]) for s in book.sheets if s.name in headers}
    problems: list[tuple[str, str, int | str | None, str | None, str, str]] = []
    for wrong, issues in ((True, checked.errors), (False, checked.warnings)):
        word = ERROR_WORD if wrong else WARNING_WORD
        for group in grouped(issues):
            first = group.first
            where = group.rows[0] if len(group.rows) == 1 else group.shown_rows or None
            problems.append((word, first.sheet, where, first.column, group.zh, group.en))
        for one in issues:
            _note(sheets, one, wrong)
    return Notes(counts, sheets, problems)


def _empty_notes(sheet: Sheet, header: int) -> SheetNotes:
    """The column of problems: that of the last time, or right of all that stands in any row or is merged or drawn."""
    head = next((row for row in sheet.rows if row.number == header), None)
    again = next((n for n, cell in enumerate(head.cells) if cell == PROBLEMS), None) if head else None
    if again is not None:
        return SheetNotes(header, again, again=True)
    wide = max((len(row.cells) for row in sheet.rows), default=0)
    merged = max((m.right + 1 for m in sheet.merges if m.bottom >= header), default=0)
    return SheetNotes(header, max(wide, merged, sheet.drawn.columns))


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
                command("ledgers.writing.annotate_child", *arguments),
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
    place = notes.column if notes else max(len(row.cells) for row in sheet.rows)
    written.set_column(0, place - 1, 16)
    written.set_column(place, place, 60)
    for row in sheet.rows:
        about = notes.rows.get(row.number, []) if notes else []
        colours = {letters: wrong for letters, wrong, _ in sorted(about, key=lambda note: note[1]) if letters}
        by_place = {column_number(letters): fills[wrong] for letters, wrong in colours.items()}
        for column in range(max(len(row.cells), max(by_place, default=-1) + 1)):
            text = cell_text(row.at(column))
            if column != place and (text or column in by_place):
                written.write_string(row.number - 1, column, text[:_LONGEST], by_place.get(column))
        if notes and row.number == notes.header:
            written.write_string(row.number - 1, place, PROBLEMS)
        elif notes and about:
            wrong = any(w for _, w, _ in about)
            written.write_string(row.number - 1, place, notes.text(row.number)[:_LONGEST], fills[wrong])
