"""The child that writes into the sender's own workbook: the workbook on stdin, notes on a file, the result on stdout.

`python -P -m ledgers.annotate_child FD MEMORY CPU`; openpyxl reads a whole workbook into memory, so under limits too.
"""

import io
import json
import os
import resource
import sys
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.properties import PageSetupProperties

from ledgers.notes import (
    ERROR_FILL,
    ERROR_WORD,
    PROBLEMS,
    SUMMARY,
    SUMMARY_HEADER,
    WARNING_FILL,
    Notes,
    SheetNotes,
    notes_from,
)

_FURTHER = 50
"""Columns that may be looked at for an empty one."""
_LINE, _WIDTH = 15, 56
"""Points of a line; half-width characters that a column of problems holds in one."""
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def _fill(wrong: bool) -> PatternFill:
    return PatternFill("solid", fgColor=ERROR_FILL if wrong else WARNING_FILL)


def _height(text: str) -> int:
    """Points that a text needs when wrapped; a Chinese character is two wide."""
    wide = (sum(1 + (ord(c) > 0x2E80) for c in line) for line in text.split("\n"))
    return _LINE * sum(1 + width // _WIDTH for width in wide)


def annotate(book: Any, notes: Notes) -> None:
    """Colours, a column of problems in each sheet that was read, the summary in front."""
    for name, of_sheet in notes.sheets.items():
        if name in book.sheetnames:
            _sheet(book[name], of_sheet)
    if SUMMARY in book.sheetnames:
        del book[SUMMARY]
    sheet = book.create_sheet(SUMMARY, 0)
    for row in (*notes.counts, (), SUMMARY_HEADER, *notes.problems):
        sheet.append(row)
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text of the sender that begins with = stays text
            cell.alignment = _WRAPPED
        sheet.row_dimensions[row[0].row].height = max(_height(str(cell.value or "")) for cell in row)
        if row[0].value in (ERROR_WORD, SUMMARY_HEADER[0]):
            row[0].font = Font(bold=True, color="C00000" if row[0].value == ERROR_WORD else "000000")
    for letter, width in zip("ABCDEF", (16, 14, 8, 10, 70, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.active = 0
    for one in book.worksheets:
        one.sheet_view.tabSelected = one.title == SUMMARY


def _sheet(sheet: Any, notes: SheetNotes) -> None:
    column = notes.column + 1
    for _ in range(_FURTHER):
        if sheet.cell(notes.header, column).value in (None, PROBLEMS):
            break
        column += 1
    if sheet.cell(notes.header, column).value == PROBLEMS:
        for row in range(notes.header + 1, sheet.max_row + 1):  # what was said the last time
            sheet.cell(row, column).value, sheet.cell(row, column).fill = None, PatternFill()
    head = sheet.cell(notes.header, column, PROBLEMS)
    head.font, head.alignment = Font(bold=True, color="C00000"), _WRAPPED
    sheet.column_dimensions[head.column_letter].width = 60
    sheet.column_dimensions[head.column_letter].hidden = False
    for row, about in notes.rows.items():
        if row == notes.header:
            continue
        cell = sheet.cell(row, column, notes.text(row))
        cell.data_type, cell.alignment = "s", _WRAPPED
        dimension = sheet.row_dimensions[row]
        dimension.height = max(dimension.height or _LINE, _height(notes.text(row)))
        cell.fill = _fill(any(wrong for _, wrong, _ in about))
        for letters, wrong, _ in sorted(about, key=lambda note: note[1]):
            if letters:
                sheet.cell(row, column_index_from_string(letters)).fill = _fill(wrong)


def main() -> None:
    """Read, annotate, write; any trouble is an exit code, and the parent then writes a workbook of its own."""
    descriptor, memory, cpu = (int(argument) for argument in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(descriptor, "rb") as file:
        notes = notes_from(json.load(file))
    book = openpyxl.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    annotate(book, notes)
    result = io.BytesIO()
    book.save(result)
    sys.stdout.buffer.write(result.getvalue())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
