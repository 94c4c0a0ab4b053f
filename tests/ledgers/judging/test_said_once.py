"""What is said once for all lines: values that the plan does not know, a column, an empty cell; due dates in words."""

from datetime import date
from pathlib import Path

import pytest

from ledgers.issues import grouped
from ledgers.meaning.due_words import read_period
from ledgers.meaning.vocabulary import Vocabulary
from tests.ledgers.books import HEADER, PLAN, checked, codes, document_of, line, without

ACCIDENTS = [
    "物体打击",
    "车辆伤害",
    "机械伤害",
    "起重伤害",
    "触电",
    "淹溺",
    "灼烫",
    "火灾",
    "高处坠落",
    "坍塌",
    "冒顶片帮",
    "透水",
    "放炮",
    "火药爆炸",
    "瓦斯爆炸",
    "锅炉爆炸",
    "容器爆炸",
    "其他爆炸",
    "中毒和窒息",
    "其他伤害",
]
"""Kinds of accidents (GB 6441), which many offices write as the kind of a hazard."""
OTHERS = [
    "用电安全",
    "消防安全",
    "现场管理",
    "脚手架",
    "基坑",
    "文明施工",
    "设备设施",
    "电气安全",
    "人的不安全行为",
    "物的不安全状态",
]


def accidents() -> list[list[str]]:
    values = ["高处坠落"] * 5 + ["触电"] * 4 + ["火灾"] * 4 + ["起重伤害"] * 3 + ["坍塌"] * 2 + ["高处坠落、火灾"]
    return [line(name=f"戊{n}号工地", category=value) for n, value in enumerate(values)]


@pytest.mark.clause("3.1.ledger")
def test_one_line_for_each_unknown_value_with_its_rows_and_the_option(tmp_path: Path) -> None:
    found = checked(tmp_path, *accidents())
    assert len(found.errors) == 19, "by row, for machines"
    lines = grouped(found.errors)
    assert [(len(g.rows), g.shown_rows) for g in lines] == [
        (5, "2–6 (5)"), (4, "7–10 (4)"), (4, "11–14 (4)"), (3, "15–17 (3)"), (2, "18–19 (2)"), (1, "20"),
    ]  # fmt: skip
    assert all("--value '触电=…'" in said for said in (lines[1].zh, lines[1].en))
    unknown = document_of(found)["unknown_values"]
    assert unknown[1] == {"field": "category", "value": "触电", "count": 4, "rows": [7, 8, 9, 10]}
    assert len(unknown) == 6


def test_values_that_are_said_are_read_so_alone_and_several_in_a_cell(tmp_path: Path) -> None:
    said = {"高处坠落": "H09", "触电": "H09", "火灾": "H09", "起重伤害": "H10", "坍塌": "其他"}
    found = checked(tmp_path, *accidents(), values=said)
    assert not found.errors
    read = [f.category for row in found.planned for f in row.findings]
    assert read == ["H09"] * 13 + ["H10"] * 3 + ["other"] * 2 + ["H09"]


@pytest.mark.parametrize("word", [*ACCIDENTS, *OTHERS])
def test_no_hint_where_the_nearest_is_another_kind_of_word(word: str) -> None:
    reading = Vocabulary(PLAN).category(word)
    assert reading.error == "category_unknown" and dict(reading.facts)["near"] == ""


@pytest.mark.parametrize(
    ("word", "near"),
    [("无证经营", "V01"), ("违章操作", "H10"), ("动火作业", "H12"), ("应急预案", "H05"), ("安全责任", "H01")],
)
def test_a_hint_where_the_nearest_is_near(word: str, near: str) -> None:
    facts = dict(Vocabulary(PLAN).category(word).facts)
    assert near in facts["near"] and facts["option"] == f"--value '{word}={near}'"


@pytest.mark.parametrize(
    ("field", "text", "meaning", "read"),
    [
        ("grade", "较大", "重大", "major"),
        ("grade", "中", "一般", "general"),
        ("responsible", "待定", "", None),
        ("due", "尽快", "", None),
        ("due", "尽快", "2013-07-30", date(2013, 7, 30)),
    ],
)
def test_other_values_are_said_alike(tmp_path: Path, field: str, text: str, meaning: str, read: object) -> None:
    rows = [line(**{field: text}), line(name="乙厂", **{field: text})]
    refused = checked(tmp_path, *rows)
    assert len(refused.errors) == 2 and len(grouped(refused.errors)) == 1
    assert f"--value '{text}=" in refused.errors[0].zh and f"--value '{text}=" in refused.errors[0].en
    found = checked(tmp_path, *rows, values={text: meaning})
    assert not found.errors
    assert [getattr(f, field) for row in found.planned for f in row.findings] == [read, read]


def test_a_district_and_a_sector_are_said_alike(tmp_path: Path) -> None:
    header, row = [*HEADER, "行业"], [*line(district="市本级"), "建筑业及其他"]
    assert codes(checked(tmp_path, row, header=header).errors) == ["district_unknown", "sector_unknown"]
    found = checked(tmp_path, row, header=header, values={"市本级": "650203", "建筑业及其他": "construction"})
    assert not found.errors and [r.district for r in found.planned] == ["650203"]


def test_an_empty_cell_and_a_missing_column_may_mean_one_thing(tmp_path: Path) -> None:
    [error] = checked(tmp_path, line(district=None)).errors
    assert "--value '=" in error.zh and "650203" in error.zh
    nothing = line(name="丙厂", category=None, description="未发现问题")
    rows = [line(category=None, district=None), nothing]
    found = checked(tmp_path, *rows, values={"": "H08"})
    assert codes(found.errors) == ["district_missing"] and len(found.planned) == 1
    place = HEADER.index("隐患类别")
    short = [h for h in HEADER if h != "隐患类别"]
    [error] = checked(tmp_path, without(place), header=short).errors
    assert error.code == "column_missing" and "--value '=…'" in error.zh
    found = checked(tmp_path, without(place), header=short, values={"": "H08"})
    assert not found.errors and [f.category for r in found.planned for f in r.findings] == ["H08"]


def test_a_meaning_that_is_none_is_an_error_and_a_text_that_stands_nowhere_is_told(tmp_path: Path) -> None:
    found = checked(tmp_path, line(), values={"触电": "H99", "火灾": "H09"})
    assert codes(found.errors) == ["value_unknown"] and codes(found.warnings) == ["value_nowhere"]


@pytest.mark.parametrize("header", ["责任单位", "整改责任单位", "施工单位", "项目部"])
def test_the_only_column_that_may_name_the_unit_is_offered(tmp_path: Path, header: str) -> None:
    code = HEADER.index("统一社会信用代码")
    named = [header if h == "企业名称" else h for h in HEADER if h != "统一社会信用代码"]
    rows = [without(code, category="触电"), without(code, name="乙厂", category="触电")]
    found = checked(tmp_path, *rows, header=named)
    first, *others = found.errors
    assert first.code == "column_missing" and f"--map '{header}=name'" in first.zh and header in first.en
    assert codes(others) == ["category_unknown"] * 2, "what else is wrong is told in the same run"
    assert found.rows == 2 and not found.planned
    mended = checked(tmp_path, without(code), header=named, mapping={header: "name"})
    assert not mended.errors and len(mended.planned) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("7日内", "2013-07-05"), ("10天内", "2013-07-08"), ("限5日", "2013-07-03"),
        ("限期十五日内整改完成", "2013-07-13"),
        ("5个工作日内", "2013-07-05"), ("一个月内", "2013-07-28"), ("2周内", "2013-07-12"), ("72小时内", "2013-07-01"),
    ],
)  # fmt: skip
def test_a_period_is_counted_from_the_inspection_and_said(tmp_path: Path, text: str, day: str) -> None:
    found = checked(tmp_path, line(due=text, inspected_on="2013-06-28"))
    assert not found.errors and codes(found.warnings) == ["due_from_words"] and day in found.warnings[0].zh
    assert [str(f.due) for row in found.planned for f in row.findings] == [day]


@pytest.mark.parametrize("text", ["立即整改", "立即", "当场整改", "现场整改完毕", "立行立改", "当日"])
def test_at_once_is_the_day_of_the_inspection(tmp_path: Path, text: str) -> None:
    found = checked(tmp_path, line(due=text, inspected_on="2013-07-01"))
    assert [str(f.due) for row in found.planned for f in row.findings] == ["2013-07-01"]
    later = [line(due=text, inspected_on=f"2013-06-2{n}", name=f"甲{n}厂") for n in range(5)]
    found = checked(tmp_path, *later)
    assert set(codes(found.errors)) == {"due_not_ahead"}
    assert len(grouped(found.errors)) == len(grouped(found.warnings)) == 1, "one line for all"
    found = checked(tmp_path, *later, past_due="plan")
    assert not found.errors and found.findings == 5


@pytest.mark.parametrize("text", ["5日", "6月", "20日", "3月前", "尽快", "长期", "限期整改", "2013-06-30", "6月30日前"])
def test_what_is_no_period(text: str) -> None:
    assert read_period(text) is None
