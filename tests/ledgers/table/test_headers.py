"""The header is found wherever an office puts it, under whatever usual name; what is missing or twice is said."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ledgers.fields import FIELDS, NEEDED, field_of, plain_header
from ledgers.synonyms import PATTERNS, SYNONYMS
from ledgers.words import folded
from tests.ledgers.books import HEADER, check, checked, codes, document_of, line, xlsx


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("企业名称", "name"),
        ("单位名称", "name"),
        ("*企业\n名称", "name"),
        ("企 业 名 称", "name"),
        ("企业名称（全称）", "name"),
        ("被检查单位", "name"),
        ("1.企业名称", "name"),
        ("统一社会信用代码", "code"),
        ("信用代码", "code"),
        ("统一社会信用代码(18位)", "code"),
        ("所属区", "district"),
        ("属地", "district"),
        ("街道", "street"),
        ("街道/乡镇", "street"),
        ("存在问题", "description"),
        ("隐患描述", "description"),
        ("检查发现的问题", "description"),
        ("存在的问题（隐患）", "description"),
        ("类别", "category"),
        ("隐患类别", "category"),
        ("隐患类别（见附表）", "category"),
        ("等级", "grade"),
        ("隐患级别", "grade"),
        ("隐患等级（一般/重大）", "grade"),
        ("整改责任人", "responsible"),
        ("责任人", "responsible"),
        ("整改期限", "due"),
        ("完成时限", "due"),
        ("整改期限\n（年月日）", "due"),
        ("检查日期", "inspected_on"),
        ("排查时间", "inspected_on"),
        ("行业", "sector"),
        ("整改情况", "progress"),
        ("序号", "serial"),
        ("ＣＯＤＥ", "code"),
        ("Name", "name"),
        ("姓名", None),
        ("联系电话", None),
        ("", None),
    ],
)
def test_usual_headers_are_understood(header: str, field: str | None) -> None:
    assert field_of(header) == field


COMPOSED = {
    "name": "被检查企业 被检单位 受检企业名称 受检查单位名称 企业或单位名称 企业（单位）名称 隐患单位 工程名称",
    "code": "企业信用代码 统一社会信用代码证号 统一社会信用代码 社会信用代码",
    "inspected_on": "检查发现时间 现场检查日期 排查（检查）时间 自查自纠时间 发现隐患时间 巡查日期 检查(排查)日期",
    "description": "检查发现的主要问题 检查中发现的问题 自查自纠发现的问题 存在的安全隐患及问题描述 排查出的隐患 "
    "存在问题（隐患） 违法违规行为描述 违法事实 隐患具体内容 存在的主要问题 查出的问题和隐患 隐患（问题）描述 问题",
    "category": "违法违规行为类别 非法违法行为类型 隐患所属类别 问题类别编号 隐患或违法行为类别 事故隐患类型",
    "grade": "隐患分级 安全隐患等级 风险等级 隐患程度 问题级别",
    "responsible": "隐患整改负责人 整改责任人员姓名 隐患责任人 问题整改责任人",
    "due": "计划整改完成时间 要求整改时限 治理时限 整改截止日期 预计完成日期 限期整改日期 应完成时间 整改限期",
    "progress": "复查结果 复查日期 复查时间 复查人 隐患状态 问题状态 状态 验收时间 验收意见 销号日期 是否已整改 "
    "是否闭环 整改复查情况 实际完成时间 处理结果 整改进度 隐患整改状态",
    None: "负责人 排查情况 隐患部位 整改措施 整改时间 检查人 检查单位 检查内容 整改意见 整改要求 处理意见 检查结果 "
    "责任单位 单位地址 隐患数量 重大隐患数 事故类型 危险程度 违法行为 排查人 隐患地点 隐患来源",
}


@pytest.mark.parametrize(("field", "headers"), COMPOSED.items())
def test_headers_put_together_of_the_usual_parts_are_understood_and_others_are_not(
    field: str | None, headers: str
) -> None:
    assert [h for h in headers.split() if field_of(h) != field] == []


def test_no_header_means_two_things() -> None:
    composed = [plain_header(h) for headers in COMPOSED.values() for h in headers.split()]
    usual = [folded(word) for words in SYNONYMS.values() for word in words.split()]
    for text in (*composed, *usual):
        assert sum(re.fullmatch(of, text) is not None for of in PATTERNS.values()) <= 1, text
    words = [folded(word) for field in FIELDS for word in SYNONYMS[field].split()]
    assert sorted({w for w in words if words.count(w) > 1}) == []


@pytest.mark.parametrize("above", [0, 1, 2, 5, 18])
def test_the_header_may_stand_below_titles(tmp_path: Path, above: int) -> None:
    titles: list[list[Any]] = [[f"标题{n}", None, "填报单位：某办"] for n in range(above)]
    answer = check(xlsx(tmp_path / "a.xlsx", [*titles, HEADER, line()]))
    assert [(row.row, len(row.findings)) for row in answer.planned] == [(above + 2, 1)]


def test_columns_in_any_order_with_unknown_ones_between(tmp_path: Path) -> None:
    header, cells = ["备注", *reversed(HEADER), "联系电话"], ["x", *reversed(line()), "0000"]
    answer = checked(tmp_path, cells, header=header)
    assert len(answer.planned) == 1
    assert answer.unknown_columns == ("备注", "联系电话")


def _two_rows(path: Path, *, merged: bool) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["隐患排查治理台账"])
    sheet.append(["序号", "被检查单位", None, None, "隐患", None, None, "整改", None, "检查日期"])
    sheet.append([None, "名称", "信用代码", "所属区", "描述", "类别", "等级", "责任人", "期限", None])
    sheet.append(line())
    if merged:
        for block in ("A1:J1", "A2:A3", "B2:D2", "E2:G2", "H2:I2", "J2:J3"):
            sheet.merge_cells(block)
    book.save(path)
    return path


@pytest.mark.parametrize("merged", [True, False])
def test_two_header_rows_are_one(tmp_path: Path, merged: bool) -> None:
    answer = check(_two_rows(tmp_path / "a.xlsx", merged=merged))
    assert codes(answer.errors) == []
    (row,) = answer.planned
    assert row.row == 4
    assert row.findings[0].responsible == "责任人1"
    assert {c.field for c in answer.columns} == {*(field_of(h) for h in HEADER)}


def test_a_line_of_data_is_no_second_header_row(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(code=None, responsible=None), line(name="某厂二"))
    assert [row.row for row in answer.planned] == [2, 3]


@pytest.mark.parametrize("missing", [*NEEDED])
def test_a_needed_column_that_is_missing_is_refused_with_what_was_found(tmp_path: Path, missing: str) -> None:
    place = next(n for n, header in enumerate(HEADER) if field_of(header) == missing)
    header, cells = HEADER.copy(), line()
    del header[place], cells[place]
    answer = checked(tmp_path, cells, header=header)
    (error,) = answer.errors
    assert (error.code, error.row, answer.planned) == ("column_missing", 1, ())
    assert answer.rows == (missing != "description"), "the lines are judged as far as they can be"
    assert "企业名称" in error.zh
    assert f"={missing}" in error.en


def test_without_name_and_code_there_is_no_unit(tmp_path: Path) -> None:
    answer = checked(tmp_path, line()[3:], header=HEADER[3:])
    assert codes(answer.errors) == ["column_missing"]


def test_the_same_field_twice_names_both(tmp_path: Path) -> None:
    answer = checked(tmp_path, [*line(), "责任人2"], header=[*HEADER, "责任人"])
    (error,) = answer.errors
    assert error.code == "column_twice"
    assert "整改责任人" in error.zh
    assert "“责任人”" in error.zh


def test_a_mapping_leaves_one_of_two_out(tmp_path: Path) -> None:
    answer = checked(tmp_path, [*line(), "责任人2"], header=[*HEADER, "责任人"], mapping={"整改责任人": ""})
    assert answer.planned[0].findings[0].responsible == "责任人2"
    assert answer.unknown_columns == ("整改责任人",)


def test_a_mapping_names_what_nobody_could_guess(tmp_path: Path) -> None:
    header = [("存在的毛病" if h == "存在问题" else h) for h in HEADER]
    assert codes(checked(tmp_path, line(), header=header).errors) == ["column_missing"]
    answer = checked(tmp_path, line(), header=header, mapping={"存在的毛病": "description"})
    assert [f.description for row in answer.planned for f in row.findings] == ["灭火器过期未检"]


def test_a_mapping_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), mapping={"没有的列": "due", "等级": "rank"})
    assert sorted(codes(answer.errors)) == ["mapping_no_field", "mapping_no_header"]


def test_a_mapping_need_not_fit_every_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, description in (("一", "存在的毛病"), ("二", "存在问题")):
        sheet = book.create_sheet(name)
        sheet.append([description if h == "存在问题" else h for h in HEADER])
        sheet.append(line(name=f"某厂{name}"))
    book.save(tmp_path / "a.xlsx")
    answer = check(tmp_path / "a.xlsx", mapping={"存在的毛病": "description"})
    assert (codes(answer.errors), len(answer.planned)) == ([], 2)


def test_the_document_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), line(category="H77"))
    document = document_of(answer, "zh")
    fixed = ["rows", "findings", "subjects", "new_subjects", "skipped", "errors", "warnings"]
    assert list(document)[: len(fixed)] == fixed
    (error,) = document["errors"]
    assert list(error) == ["sheet", "row", "column", "code", "message"]
    assert (error["sheet"], error["row"], error["column"]) == ("台账", 3, "F")
    assert answer.errors[0].en in document_of(answer)["errors"][0]["message"]
