"""A list as it is shown, as a file: one row of heads, then the rows; no cell becomes a formula."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from ledgers.writing.export import guarded
from ledgers.writing.template import new_sheet, new_workbook, styles

_WIDEST = 40


def write_list(path: Path, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """The rows at `path`, as .csv (UTF-8 with a mark, for Excel) or else as .xlsx; gives how many. Streams the rows."""
    if path.suffix.lower() == ".csv":
        return _write_csv(path, heads, rows)
    with new_workbook(path, constant_memory=True) as book:
        looks = styles(book)
        sheet = new_sheet(book, title)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        for place, head in enumerate(heads):
            sheet.set_column(place, place, min(_WIDEST, 12 + len(head)))
            sheet.write_string(0, place, head, looks.header)
        count = 0
        for count, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                sheet.write_string(count, place, value, looks.text)
        sheet.autofilter(0, 0, count, len(heads) - 1)
    return count


def _write_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([guarded(head) for head in heads])
        for row in rows:
            writer.writerow([guarded(value) for value in row])
            count += 1
    return count
