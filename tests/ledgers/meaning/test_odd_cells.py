"""Cells that fill a place and do not say what belongs there, or more than belongs there: never taken in silence."""

from datetime import date
from pathlib import Path

import pytest

from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.findings import split_findings
from ledgers.meaning.nothing import describes_nothing, names_no_unit, names_nobody, says_nothing_found
from tests.ledgers.books import HEADER, check, checked, codes, line

YEAR = Season(date(2013, 5, 5), date(2013, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "该单位未发现安全隐患",
        "当日检查未发现问题",
        "没有发现问题",
        "没问题",
        "暂未发现问题",
        "零隐患",
        "未发现隐患，继续保持",
        "符合安全生产条件",
        "未发现非法违法生产经营建设行为",
        "未发现其他问题",
    ],
)
def test_nothing_found_in_many_words_is_nothing_found(tmp_path: Path, text: str) -> None:
    assert says_nothing_found(text)
    told = checked(tmp_path, line(description=text, category=None, grade=None))
    assert codes(told.errors) == [] and [row.findings for row in told.planned] == [()]


@pytest.mark.parametrize("text", ["未发现安全出口标志", "没有安全出口", "无证上岗", "未开展隐患排查", "未建立隐患台账"])
def test_what_is_lacking_is_a_finding(text: str) -> None:
    assert not says_nothing_found(text) and not describes_nothing(text)


@pytest.mark.parametrize(
    "text", ["3处", "一般隐患3项", "有", "是", "见附件", "详见现场检查记录", "已整改", "停业", "未检查", "略", "12"]
)
def test_what_stands_for_a_problem_and_describes_none_is_refused(tmp_path: Path, text: str) -> None:
    told = checked(tmp_path, line(description=text))
    why = "description_done" if text == "已整改" else "description_unreadable"
    assert codes(told.errors) == [why] and text in told.errors[0].zh and not told.planned


def test_nothing_else_found_among_findings_is_refused(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(description="1.灭火器过期；2.未发现其他问题")).errors) == [
        "nothing_found_among"
    ]


@pytest.mark.parametrize("text", ["同左", "见左", "已整改", "待补充", "空缺", "有", "是", "无责任人", "责任人"])
def test_a_word_that_names_nobody_is_refused(tmp_path: Path, text: str) -> None:
    assert names_nobody(text)
    assert codes(checked(tmp_path, line(responsible=text)).errors) == ["responsible_nobody"]


def test_the_telephone_of_who_rectifies_is_left_out_and_said(tmp_path: Path) -> None:
    texts = ("责任人1 13800000000", "责任人1\n13800000000", "责任人1（电话：0990-6800000）", "责任人1")
    told = checked(tmp_path, *(line(description=f"缺{n}号灯", responsible=text) for n, text in enumerate(texts)))
    assert {row.findings[0].responsible for row in told.planned} == {"责任人1"}
    assert codes(told.warnings) == ["phone_left_out"] * 3 and "138" not in told.warnings[0].zh


@pytest.mark.parametrize("text", ["同1", "同第1行", "上", "……", "XX公司", "×××厂", "同左"])
def test_what_is_no_name_of_a_unit_is_refused(tmp_path: Path, text: str) -> None:
    assert names_no_unit(text)
    told = checked(tmp_path, line(), line(name=text, description="通道堵塞"))
    assert codes(told.errors) == ["name_unreadable"] and told.new_subjects == 1


@pytest.mark.parametrize("text", ["同", "与上同", "同上述单位", "ˊˊ"])
def test_other_words_for_the_same_as_above(tmp_path: Path, text: str) -> None:
    told = checked(tmp_path, line(), line(name=text, description="通道堵塞"))
    assert (codes(told.errors), told.findings, told.new_subjects) == ([], 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "甲有限公司/乙有限公司",
        "甲有限公司 乙有限公司",
        "甲有限公司和乙有限公司",
        "甲厂等3家企业",
        "新J12345、新J54321",
        "新J12345 新J54321",
        "新J·12345/新J·1234挂",
    ],
)
def test_several_units_in_a_cell_are_refused(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(name=text)).errors) == ["two_names"]


@pytest.mark.parametrize("text", ["和平有限公司", "石化公司 第一加油站", "建和物资公司", "等距仪器厂"])
def test_a_name_with_a_space_or_an_and_within_is_one(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(name=text)).errors) == []


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("一、灭火器过期二、通道堵塞", ("灭火器过期", "通道堵塞")),
        ("【1】灭火器过期【2】通道堵塞", ("灭火器过期", "通道堵塞")),
        ("1 . 灭火器过期 2 . 通道堵塞", ("灭火器过期", "通道堵塞")),
        ("灭火器过期\n通道堵塞", ("灭火器过期", "通道堵塞")),
    ],
)
def test_other_ways_to_count_findings(cell: str, texts: tuple[str, ...]) -> None:
    assert split_findings(cell).texts == texts


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1、灭火器过期；2、通道堵塞；4、无围堰；5、无标志", "numbers_kept_together"),
        ("1、灭火器过期；2、通道堵塞；2、无围堰；3、无台账", "numbers_kept_together"),
        ("2.灭火器过期3.通道堵塞", "numbers_kept_together"),
        ("1、2.5米护栏缺失2、1.6级压力表未检", "numbers_kept_together"),
        ("1灭火器过期2通道堵塞3无标志", "numbers_kept_together"),
        ("A、灭火器过期B、通道堵塞", "numbers_kept_together"),
        ("1-灭火器过期 2-通道堵塞", "numbers_kept_together"),
        ("灭火器过期\n整改要求：立即更换", "lines_kept_together"),
        ("灭火器过期。\n依据：GB50140第5.1条", "lines_kept_together"),
        ("灭火器过期\n（已整改）", "lines_kept_together"),
        ("灭火器过期\n责令限期改正", "lines_kept_together"),
        ("二号联合站\n灭火器过期2具", "lines_kept_together"),
        ("配电室电缆沟盖板缺失未及时\n修复存在触电危险", "lines_kept_together"),
        ("①号罐液位计失灵；②号罐无围堰", "clauses_kept_together"),
    ],
)
def test_what_may_be_one_or_several_is_kept_whole_and_said(cell: str, why: str) -> None:
    described = split_findings(cell)
    assert len(described.texts) == 1 and described.unsure == why


@pytest.mark.parametrize("cell", ["1、2、3号罐未接地", "1.5t叉车未检，2.5t叉车无证", "压力表1.6级不够", "A、B两区堵塞"])
def test_numbers_that_count_nothing_are_no_numbers(cell: str) -> None:
    assert split_findings(cell).texts == (cell,) and split_findings(cell).unsure == ""


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2013-06-19T16:00:00.000Z", date(2013, 6, 20)),
        ("2013-06-19T20:00:00+00:00", date(2013, 6, 20)),
        ("2013-06-20T00:00:00+08:00", date(2013, 6, 20)),
        ("2013-07-20前整改完毕。", date(2013, 7, 20)),
        ("2013年7月20日。", date(2013, 7, 20)),
        ("7月31日以前完成整改", date(2013, 7, 31)),
        ("于7月20日前完成", date(2013, 7, 20)),
        ("七月二十日", date(2013, 7, 20)),
    ],
)
def test_a_day_in_other_words(cell: str, day: date) -> None:
    read = read_day(cell, YEAR)
    assert isinstance(read, DayRead) and read.day == day


@pytest.mark.parametrize("text", ["（例）", "(示例)", "例如", "样本", "样表", "示例行", "填表示例", "举例说明", "例一"])
def test_a_sample_line_under_any_word_is_passed_over(tmp_path: Path, text: str) -> None:
    told = checked(tmp_path, [text, *line()[1:]], line(description="通道堵塞"))
    assert len(told.planned) == 1 and codes(told.warnings) == ["sample_passed_over"]


def test_a_whole_line_in_one_cell_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "quoted.csv"
    rows = [",".join(HEADER), '"' + ",".join(str(cell or "") for cell in line()) + '"']
    file.write_text("\n".join(rows), encoding="utf-8")
    assert codes(check(file).errors) == ["line_in_one_cell"]
