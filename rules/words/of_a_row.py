"""The note that an import leaves with what it records: which row of which sheet, inspected on which day."""

import re
from datetime import date

from rules.words.naming import Both

_NOTE = re.compile(r"台账 ledger (?P<sheet>.*) (?P<row>\d+), 检查日期 inspected (?P<day>\S+)", re.DOTALL)


def note_of_row(sheet: str, row: int, day: date) -> str:
    """The note as it is recorded; its form is in the log of cases, and stays."""
    return f"台账 ledger {sheet} {row}, 检查日期 inspected {day}"


def note_said(note: str) -> Both:
    """A note as a reader is told it: that of an import in one language, any other as it was written."""
    of = _NOTE.fullmatch(note)
    if of is None:
        return Both(note, note)
    sheet_zh, sheet_en = (f"“{of['sheet']}”", f" {of['sheet']}") if of["sheet"] else ("", "")
    return Both(
        f"据台账{sheet_zh}第 {of['row']} 行，检查日期 {of['day']}",
        f"from row {of['row']} of the ledger{sheet_en}, inspected on {of['day']}",
    )
