"""Headers, titles and pairs of columns that say more than a name: read as they say, or refused."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledgers.fields import field_of
from ledgers.planned import Checked
from tests.ledgers.books import check, codes, xlsx

PAIR = ["企业名称", "所属区", "检查日期", "存在问题", "隐患类别", "一般隐患", "重大隐患"]
PLAIN = ["企业名称", "所属区", "存在问题", "隐患类别"]


def of(folder: Path, *rows: Sequence[Any], name: str = "台账", merges: Sequence[str] = ()) -> Checked:
    return check(xlsx(folder / "ledger.xlsx", rows, merges, name=name))


def paired(minor: Any, major: Any, text: str = "灭火器过期") -> list[Any]:
    return ["甲厂", "独山子区", "2013-06-20", text, "H08", minor, major]


@pytest.mark.parametrize(
    ("minor", "major", "grade"),
    [("√", None, "general"), (None, "√", "major"), (1, 0, "general"), (0, 1, "major"), ("是", "否", "general")],
)
def test_a_tick_in_one_of_two_columns_is_the_grade(tmp_path: Path, minor: Any, major: Any, grade: str) -> None:
    told = of(tmp_path, PAIR, paired(minor, major))
    assert codes(told.errors) == [] and [f.grade for row in told.planned for f in row.findings] == [grade]


@pytest.mark.parametrize(
    ("minor", "major", "code"),
    [
        ("√", "√", "grade_twice"),
        (3, 1, "major_is_a_count"),
        (2, 0, "major_is_a_count"),
        ("灭火器过期", None, "grade_unknown"),
    ],
)
def test_two_ticks_counts_and_words_in_such_columns_are_refused(
    tmp_path: Path, minor: Any, major: Any, code: str
) -> None:
    told = of(tmp_path, PAIR, paired(minor, major))
    assert codes(told.errors) == [code] and not told.planned


def test_no_tick_in_either_is_general_and_said(tmp_path: Path) -> None:
    told = of(tmp_path, PAIR, paired(None, None))
    assert codes(told.warnings) == ["grade_assumed"] and told.planned[0].findings[0].grade == "general"


def test_the_pair_may_stand_under_one_merged_header(tmp_path: Path) -> None:
    above = ["企业名称", "所属区", "检查日期", "存在问题", "隐患类别", "隐患等级", None]
    rows = (above, [None] * 5 + ["一般", "重大"], paired(None, "√"), paired("√", None, "通道堵塞"))
    told = of(tmp_path, *rows, merges=["F1:G1"])
    assert [row.findings[0].grade for row in told.planned] == ["major", "general"]


def test_a_vague_column_beside_the_description_is_told_and_not_read(tmp_path: Path) -> None:
    header = ["企业名称", "所属区", "检查日期", "检查情况", "存在问题", "隐患类别"]
    told = of(tmp_path, header, ["甲厂", "独山子区", "2013-06-20", "现场检查", "灭火器过期", "H08"])
    assert told.unknown_columns == ("检查情况",) and told.planned[0].findings[0].description == "灭火器过期"


def test_general_hazards_alone_are_the_description(tmp_path: Path) -> None:
    header = ["企业名称", "所属区", "检查日期", "一般隐患", "隐患类别"]
    told = of(tmp_path, header, ["甲厂", "独山子区", "2013-06-20", "灭火器过期", "H08"])
    assert [f.description for row in told.planned for f in row.findings] == ["灭火器过期"]


@pytest.mark.parametrize(
    "header",
    [
        "责任人（监管部门）",
        "责任人（属地）",
        "整改责任人（检查人）",
        "日期（上报）",
        "时间（填报）",
        "整改期限（复查）",
        "单位（检查）",
        "存在问题（已整改）",
    ],
)
def test_a_bracket_that_names_somebody_else_is_believed(header: str) -> None:
    assert field_of(header) is None


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("企业名称（被检查单位）", "name"),
        ("检查日期（年月日）", "inspected_on"),
        ("责任人（姓名）", "responsible"),
        ("单位名称（盖章）", "name"),
    ],
)
def test_a_bracket_that_explains_is_passed_over(header: str, field: str) -> None:
    assert field_of(header) == field


def test_the_day_under_a_group_of_the_inspection_is_its_day(tmp_path: Path) -> None:
    above = ["企业名称", "所属区", "检查情况", None, "隐患类别"]
    rows = (above, [None, None, "时间", "发现问题", None], ["甲厂", "独山子区", "2013-06-20", "灭火器过期", "H08"])
    told = of(tmp_path, *rows, merges=["C1:D1", "A1:A2", "B1:B2", "E1:E2"])
    assert [row.inspected_on for row in told.planned] == [date(2013, 6, 20)]


def test_the_day_of_inspection_may_stand_above_the_table_and_is_said(tmp_path: Path) -> None:
    told = of(tmp_path, ["检查日期：2013年6月20日"], PLAIN, ["甲厂", "独山子区", "灭火器过期", "H08"])
    assert [row.inspected_on for row in told.planned] == [date(2013, 6, 20)]
    assert "inspected_from_title" in codes(told.warnings) and "inspected_today" not in codes(told.warnings)


def test_a_day_above_the_table_that_is_no_day_is_refused(tmp_path: Path) -> None:
    told = of(tmp_path, ["检查时间：6月20日至25日"], PLAIN, ["甲厂", "独山子区", "灭火器过期", "H08"])
    assert codes(told.errors) == ["date_is_a_range"]


def test_a_heading_with_a_day_ends_the_reading_where_no_column_has_it(tmp_path: Path) -> None:
    row = ["甲厂", "独山子区", "灭火器过期", "H08"]
    told = of(tmp_path, PLAIN, ["6月20日检查情况"], row, ["6月25日检查情况"], [*row[:2], "通道堵塞", "H08"])
    assert codes(told.errors) == ["section_row"] and not told.planned


@pytest.mark.parametrize("where", ["description", "sheet", "title"])
def test_a_list_of_major_hazards_without_grades_is_never_general(tmp_path: Path, where: str) -> None:
    header = [*PLAIN[:2], "重大隐患描述" if where == "description" else "存在问题", "隐患类别"]
    title = [["独山子区重大安全隐患挂牌督办台账"]] if where == "title" else []
    rows = (*title, header, ["甲厂", "独山子区", "灭火器过期", "H08"])
    told = of(tmp_path, *rows, name="重大隐患" if where == "sheet" else "台账")
    assert codes(told.errors) == ["grade_of_title"] and not told.planned


def test_a_group_at_the_right_end_of_the_header_is_one_without_merged_cells(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    rows = (
        "序号,企业名称,所属区,检查情况,,,,整改情况,",
        ",,,检查日期,存在问题,类别,等级,责任人,期限",
        "1,甲厂,独山子区,2013-06-20,灭火器过期,H08,一般,责任人1,2013-07-20",
    )
    file.write_text("\n".join(rows), encoding="utf-8")
    told = check(file)
    assert codes(told.errors) == [] and told.planned[0].findings[0].responsible == "责任人1"


def test_one_finding_that_is_ticked_twice_is_refused(tmp_path: Path) -> None:
    rows = (PAIR, paired(None, "√"), [None] * 5 + ["√", None])
    told = of(tmp_path, *rows, merges=[f"{column}2:{column}3" for column in "ABCDE"])
    assert codes(told.errors) == ["description_merged"] and told.findings == 1


def test_one_finding_that_is_merged_over_two_lines_is_one(tmp_path: Path) -> None:
    header = ["企业名称", "所属区", "检查日期", "存在问题", "隐患类别", "整改措施"]
    rows = (header, ["甲厂", "独山子区", "2013-06-20", "灭火器过期", "H08", "更换"], [None] * 5 + ["培训"])
    told = of(tmp_path, *rows, merges=[f"{column}2:{column}3" for column in "ABCDE"])
    assert told.findings == 1 and "duplicate_row" in codes(told.warnings)
