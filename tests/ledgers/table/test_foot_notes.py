"""Notes at the foot of a table are no findings; a line with a unit and a finding of its own is none of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.ledgers.books import checked, codes, line

NOTES = ["1、本表由项目安全部门每周填报，逐项销号。", "2、隐患类型按事故类别填写，可多选。"]


def note(text: str, **other: Any) -> list[Any]:
    empty = dict.fromkeys(("serial", "name", "district", "category", "grade", "responsible", "due", "inspected_on"))
    return line(**{**empty, "description": text, **other})


@pytest.mark.clause("3.1.ledger")
@pytest.mark.parametrize(
    "heading",
    [
        "说明：",
        "说明",
        "填写要求",
        "填表说明：",
        "填报要求：",
        "注：",
        "注",
        "备注：一式两份",
        "注意事项",
        "填写说明：" + "填写。" * 40,
    ],
)
@pytest.mark.parametrize("filled", [{}, {"category": "H09", "inspected_on": "2013-06-20", "grade": "一般"}])
def test_below_a_heading_of_notes_everything_is_notes(tmp_path: Path, heading: str, filled: dict[str, Any]) -> None:
    rows = [line(), [heading], *(note(text, **filled) for text in NOTES)]
    found = checked(tmp_path, *rows)
    assert not found.errors and [row.row for row in found.planned] == [2]
    [told] = found.warnings
    assert (told.code, told.row) == ("notes_passed_over", 3) and "3" in told.zh and "5" in told.zh


def test_one_line_of_notes_is_a_line_passed_over(tmp_path: Path) -> None:
    found = checked(tmp_path, line(), ["说明：每周填报"])
    assert codes(found.warnings) == ["line_passed_over"] and found.rows == 1


def test_a_whole_line_below_notes_is_read(tmp_path: Path) -> None:
    found = checked(tmp_path, ["填写说明："], note(NOTES[0]), line(), line(name="乙厂"))
    assert [row.row for row in found.planned] == [4, 5]
    assert codes(found.warnings) == ["notes_passed_over"]


def test_a_finding_that_begins_with_such_a_word_is_one(tmp_path: Path) -> None:
    found = checked(tmp_path, line(description="说明书缺失"), line(name="乙厂", description="备注栏未填写"))
    assert len(found.planned) == 2 and not found.warnings
