"""A table is read at every width of a terminal: nothing is cut, no id or instant is broken; else it becomes blocks."""

from io import StringIO

import pytest
from rich.console import Console

from cli import output

HEADERS = ("subject", "case", "what was missed", "whose turn", "district", "due")
_IDS = ("case/karamay-2013-2027/demo-160", "case/karamay-2013-2027/s-701040c0a546")
ROWS = [
    ("乌尔禾区餐馆160号（演示）", _IDS[0], "F1 逾期未整改到位", "enterprise", "Urho", "2027-09-06 24:00"),
    ("A factory of many words", _IDS[1], "re-inspection was not in time", "inspector", None, "2027-07-04 24:00"),
]
WHOLE = (1, 5)


def printed(width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is shown on a terminal of that width."""
    console = Console(file=StringIO(), width=width, highlight=False, soft_wrap=False)
    monkeypatch.setattr(output, "out", lambda: console)
    output.table("Overdue", HEADERS, ROWS, whole=WHOLE)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 160])
def test_ids_instants_and_words_are_whole_at_every_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(width, monkeypatch)
    for row in ROWS:
        for place in WHOLE:
            assert str(row[place]) in shown
        assert str(row[3]) in shown, "a role is one word"
    is_table = "┃" in shown
    assert is_table == (width >= 120)
    assert is_table or all(f"{header}: " in shown for header in HEADERS)


def test_without_rows_the_headers_stand_where_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "out", lambda: Console(file=StringIO(), width=80))
    output.table("Overdue", HEADERS, [], whole=WHOLE)
