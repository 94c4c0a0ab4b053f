"""The note of an import is told in one language, whichever sheet, row and day it is of; other notes as they are."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rules.words.of_a_row import note_of_row, note_said


@given(st.text(max_size=31), st.integers(1, 999_999), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_note_of_a_row_is_told_in_one_language(sheet: str, row: int, day: date) -> None:
    zh, en = note_said(note_of_row(sheet, row, day))
    assert f"第 {row} 行" in zh and str(day) in zh and "inspected" not in zh.replace(sheet, "")
    assert f"row {row} of the ledger" in en and f"inspected on {day}" in en and "台账" not in en.replace(sheet, "")


@given(st.text(max_size=50))
def test_any_other_note_is_told_as_it_was_written(note: str) -> None:
    assert note_said(note) == (note, note)
