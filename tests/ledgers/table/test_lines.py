"""Lines as offices leave them: merged and continued units, 同上, totals, signatures, several findings in a cell."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ledgers.meaning.findings import split_findings
from ledgers.meaning.nothing import says_nothing_found
from tests.ledgers.books import HEADER, check, checked, codes, line, xlsx

NO_UNIT = {"serial": None, "name": None, "code": None, "district": None, "inspected_on": None}


def _names(answer: Any) -> list[tuple[int, str]]:
    return [(row.row, row.subject.name) for row in answer.planned]


def test_a_unit_merged_over_rows_is_the_unit_of_each(tmp_path: Path) -> None:
    rows = [
        line(),
        line(**NO_UNIT, description="通道被堵塞了"),
        line(**NO_UNIT, description="配电箱未接地"),
        line(name="某厂二"),
    ]
    merges = [f"{c}2:{c}4" for c in "ABCDJ"]
    answer = check(xlsx(tmp_path / "a.xlsx", [HEADER, *rows], merges))
    assert _names(answer) == [(n, "某某化工有限公司") for n in (2, 3, 4)] + [(5, "某厂二")]
    assert codes(answer.warnings) == []
    assert (answer.rows, answer.subjects, answer.new_subjects) == (4, 2, 2)


def test_a_blank_unit_below_one_continues_it_and_is_said(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), line(**NO_UNIT, description="通道被堵塞了"))
    assert _names(answer) == [(2, "某某化工有限公司"), (3, "某某化工有限公司")]
    assert [(w.code, w.row) for w in answer.warnings] == [("subject_continued", 3)]


@pytest.mark.parametrize(
    "own", [{"district": "独山子区"}, {"street": "天山路街道"}, {"sector": "烟花爆竹"}], ids=lambda own: next(iter(own))
)
def test_a_line_without_a_unit_but_of_another_place_or_trade_is_no_continuation(
    tmp_path: Path, own: dict[str, str]
) -> None:
    """Once its finding was recorded against the unit above, in a district where that unit has never been."""
    header, above = [*HEADER, "所属街道", "行业领域"], [*line(), "别处", None]
    below = {**NO_UNIT, "description": "通道被堵塞了", "district": own.get("district")}
    rows = [above, [*line(**below), own.get("street"), own.get("sector")]]
    answer = check(xlsx(tmp_path / "a.xlsx", [header, *rows]))
    assert ("subject_missing", 3) in [(e.code, e.row) for e in answer.errors]
    assert 3 not in [row.row for row in answer.planned]


def test_a_numbered_line_without_a_unit_is_an_error_not_a_continuation(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), line(serial=2, name=None))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [("subject_missing", 3, "B")]


def test_a_first_line_without_a_unit_continues_nothing(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(**{**NO_UNIT, "inspected_on": "2013-06-20"}), line(name="某厂二"))
    assert [(e.code, e.row) for e in answer.errors] == [("subject_missing", 2)]


@pytest.mark.parametrize("mark", ["同上", "″", "〃", "同 上", '"'])
def test_ditto_repeats_what_stands_above(tmp_path: Path, mark: str) -> None:
    answer = checked(tmp_path, line(), line(serial=2, name=mark, district=mark, description="门锁坏了", due=mark))
    assert _names(answer) == [(2, "某某化工有限公司"), (3, "某某化工有限公司")]
    assert answer.planned[1].findings[0].due == answer.planned[0].findings[0].due


def test_ditto_with_nothing_above_is_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(district="同上"))
    assert ("ditto_without_above", 2, "D") in [(e.code, e.row, e.column) for e in answer.errors]
    assert answer.planned == ()


@pytest.mark.parametrize("blank", ["—", "——", "无", "/", "-", " ", "\u3000", "N/A", "暂无"])
def test_dashes_and_nothing_mean_nothing(tmp_path: Path, blank: str) -> None:
    answer = checked(tmp_path, line(code=blank, responsible=blank, due=blank))
    (row,) = answer.planned
    assert (row.findings[0].responsible, row.findings[0].due) == (None, None)
    assert not isinstance(row.subject, str)
    assert row.subject.code is None


@pytest.mark.parametrize(
    "last",
    [
        ["合计", None, None, None, 12],
        ["合  计：12 项"],
        ["小计", None, None, None, "3"],
        [None, "总计", None, None, "3"],
        ["填表人：张某", None, "审核人：王某", None, "填表日期：2013年6月30日"],
        ["单位负责人（签字）：", None, None, "联系电话："],
        ["填报单位（盖章）："],
        ["注：本表一式两份。"],
        ["备注：等级分一般、重大"],
    ],
)
def test_totals_and_signatures_are_passed_over_and_said(tmp_path: Path, last: list[Any]) -> None:
    answer = checked(tmp_path, line(), [], last)
    assert (answer.rows, len(answer.planned), codes(answer.errors)) == (1, 1, [])
    assert [(w.code, w.row) for w in answer.warnings] == [("line_passed_over", 4)]


def test_a_unit_whose_name_begins_like_a_total_is_a_unit(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(serial=None, name="合计会计师事务所"), line(serial=None, name="说明书印刷厂"))
    assert _names(answer) == [(2, "合计会计师事务所"), (3, "说明书印刷厂")]


def test_a_total_between_is_no_unit_to_continue(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), ["小计", None, None, None, 1], line(serial=2, name="某厂二"))
    assert _names(answer) == [(2, "某某化工有限公司"), (4, "某厂二")]


def test_a_header_repeated_on_each_page_is_passed_over(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), HEADER, line(serial=2, name="某厂二"))
    assert _names(answer) == [(2, "某某化工有限公司"), (4, "某厂二")]
    assert codes(answer.warnings) == ["header_repeated"]


def test_blank_lines_and_prepared_serials_are_no_lines(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), [], [2], ["  "], [3, None, None, " "])
    assert (answer.rows, codes(answer.errors), codes(answer.warnings)) == (1, [], [])


def test_the_same_line_twice_is_skipped_and_said(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), line(serial=2, due="2013年7月20日"), line(serial=3, description="另一处问题"))
    assert (answer.rows, answer.skipped, len(answer.planned)) == (3, 1, 2)
    assert [(w.code, w.row) for w in answer.warnings] == [("duplicate_row", 3)]


def test_the_same_line_on_two_sheets_is_skipped(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in ("一", "二"):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        sheet.append(line())
    book.save(tmp_path / "a.xlsx")
    assert check(tmp_path / "a.xlsx").skipped == 1


def test_a_digest_depends_on_what_a_line_says_not_on_where_it_stands(tmp_path: Path) -> None:
    first = checked(tmp_path, line(), line(name="某厂二"))
    other = checked(tmp_path, [], line(name="某厂二", serial=9), line(due="2013/7/20"))
    changed = checked(tmp_path, line(description="别的问题在此"))
    digests = {row.digest for row in first.planned}
    assert digests == {row.digest for row in other.planned}
    assert digests.isdisjoint(row.digest for row in changed.planned)


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("1.灭火器过期；2.通道堵塞。", ("灭火器过期", "通道堵塞。")),
        ("1、灭火器过期\n2、通道堵塞", ("灭火器过期", "通道堵塞")),
        ("①灭火器过期②通道堵塞③无标志", ("灭火器过期", "通道堵塞", "无标志")),
        ("（1）灭火器过期；（2）通道堵塞", ("灭火器过期", "通道堵塞")),
        ("(一)灭火器过期；(二)通道堵塞", ("灭火器过期", "通道堵塞")),
        ("一是灭火器过期；二是通道堵塞", ("灭火器过期", "通道堵塞")),
        ("存在以下问题：1.灭火器过期 2.通道堵塞", ("灭火器过期", "通道堵塞")),
        ("灭火器过期；\n通道堵塞；", ("灭火器过期", "通道堵塞")),
        ("1．电压 3.5 伏；2．间距 1.2 米", ("电压 3.5 伏", "间距 1.2 米")),
        ("压力 1.2 兆帕，温度 2.5 度", ("压力 1.2 兆帕，温度 2.5 度",)),
        ("1.只有一项", ("1.只有一项",)),
        ("第1、2号罐未接地", ("第1、2号罐未接地",)),
        ("2013年1.1日检查", ("2013年1.1日检查",)),
        ("距离不足\n1米", ("距离不足1米",)),
        ("⒈灭火器过期⒉通道堵塞", ("灭火器过期", "通道堵塞")),
        ("㈠灭火器过期㈡通道堵塞", ("灭火器过期", "通道堵塞")),
        ("●灭火器过期●通道堵塞", ("灭火器过期", "通道堵塞")),
        ("存在问题：◆灭火器过期\n◆通道堵塞", ("灭火器过期", "通道堵塞")),
        ("- 灭火器过期\n- 通道堵塞", ("灭火器过期", "通道堵塞")),
        ("A、灭火器过期；Ｂ、通道堵塞", ("灭火器过期", "通道堵塞")),
        ("A、B、C三区未隔离", ("A、B、C三区未隔离",)),
        ("灭火器●过期●缺失", ("灭火器●过期●缺失",)),
    ],
)
def test_findings_in_one_cell(cell: str, texts: tuple[str, ...]) -> None:
    assert split_findings(cell).texts == texts


def test_split_findings_are_said_and_share_the_rest(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(description="1.灭火器过期；2.通道堵塞"))
    (row,) = answer.planned
    assert [(f.description, f.category, f.responsible) for f in row.findings] == [
        ("灭火器过期", "H08", "责任人1"),
        ("通道堵塞", "H08", "责任人1"),
    ]
    assert (answer.findings, codes(answer.warnings)) == (2, ["several_findings"])


@pytest.mark.parametrize("categories", ["H07、H08", "H07\nH08", "1.H07 2.H08", "（三）7；（三）8"])
def test_as_many_categories_as_findings_go_one_to_one(tmp_path: Path, categories: str) -> None:
    (row,) = checked(tmp_path, line(description="1.锅炉未检；2.通道堵塞", category=categories)).planned
    assert [f.category for f in row.findings] == ["H07", "H08"]


def test_more_findings_than_categories_are_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(description="1.甲甲；2.乙乙；3.丙丙", category="H07、H08"))
    assert codes(answer.errors) == ["categories_do_not_match"]


def test_two_categories_for_one_finding_are_never_the_first_of_them(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(category="H07、H08"))
    assert codes(answer.errors) == ["categories_do_not_match"]
    assert answer.planned == ()


@pytest.mark.parametrize("text", ["无", "未发现问题", "经检查，未发现安全隐患。", "无隐患", "未见异常"])
def test_nothing_found_is_an_inspection_without_findings(tmp_path: Path, text: str) -> None:
    assert says_nothing_found(text)
    answer = checked(tmp_path, line(description=text, category=None, grade=None, due=None))
    assert [row.findings for row in answer.planned] == [()]
    assert codes(answer.warnings) == ["nothing_found"]


@pytest.mark.parametrize("text", ["无证经营", "未发现隐患排查记录", "无安全警示标志", "没有灭火器", "未建立台账"])
def test_a_lack_is_a_finding(tmp_path: Path, text: str) -> None:
    assert not says_nothing_found(text)
    (row,) = checked(tmp_path, line(description=text)).planned
    assert row.findings[0].description == text


def test_no_description_beside_other_cells_is_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(description=None))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [("description_missing", 2, "E")]


def test_progress_is_said_not_to_be_imported(tmp_path: Path) -> None:
    answer = checked(tmp_path, [*line(), "未整改"], header=[*HEADER, "整改情况"])
    assert codes(answer.warnings) == ["column_not_applied"]
    assert len(answer.planned) == 1


def test_an_unclean_line_is_kept_out_and_the_clean_ones_planned(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(category="没有的类"), line(name="某厂二"), line(district="火星区"))
    assert [row.row for row in answer.planned] == [3]
    assert [e.row for e in answer.errors] == [2, 4]
