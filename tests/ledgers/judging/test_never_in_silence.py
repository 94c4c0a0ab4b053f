"""What was once read otherwise than it was meant, with no word about it: each is read rightly, refused or told."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from ledgers.meaning.findings import split_findings
from tests.ledgers.books import CODE, HEADER, check, checked, codes, line, without, xlsx

SHORT = ["序号", "企业名称", "所属区", "存在问题", "隐患类别", "检查日期"]
BOTH = "1.灭火器过期2.通道堵塞"


def row(number: int, name: str) -> list[Any]:
    return [number, name, "独山子区", "灭火器过期", "H08", "2013-06-20"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2013/6/1 15:05", 1),
        ("2013-6-2 10:30", 2),
        ("2013.6.2 11时", 2),
        ("6/1 15:00", 1),
        ("2013-6-3 14:30", 3),
        ("2013年6月1日15时", 1),
        ("2013-06-20T08:30", 20),
    ],
)
def test_the_hour_is_no_part_of_the_day(tmp_path: Path, text: str, day: int) -> None:
    [planned] = checked(tmp_path, line(inspected_on=text)).planned
    assert (planned.inspected_on.month, planned.inspected_on.day) == (6, day)


def test_a_day_and_an_hour_without_anything_between_are_refused(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(inspected_on="2013.6.215:05")).errors) == ["date_unreadable"]


@pytest.mark.parametrize("second", [[*SHORT, "等级", "整改责任人"], [*SHORT, "整改责任人"]])
def test_the_first_of_two_tables_is_read_and_the_second_refused(tmp_path: Path, second: list[str]) -> None:
    rows = [SHORT, row(1, "甲厂"), row(2, "乙厂"), [], second, [*row(1, "丙厂"), "重大", "某人"]]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.row, e.code) for e in found.errors] == [(5, "other_table")]
    assert [r.row for r in found.planned] == [2, 3]


def test_a_second_header_with_spaces_in_it_is_a_header_too(tmp_path: Path) -> None:
    first = ["序号", "企业名称", "所属区", "存在问题", "隐患类别", "整改责任人", "检查日期"]
    second = ["序 号", "企业\n名称", "所属区", "整改责任人", "隐患\n类别", "存在\n问题", "检查\n日期"]
    data = [1, "甲厂", "独山子区", "灭火器过期", "H08", "某人", "2013-06-20"]
    found = check(xlsx(tmp_path / "a.xlsx", [first, data, second, data]))
    assert [(e.row, e.code) for e in found.errors] == [(3, "other_table")]


@pytest.mark.parametrize("text", ["H01-03", "H07和8", "H08、消防", "H1 2"])
def test_numbers_after_a_category_are_not_dropped_nor_joined(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(category=text)).errors) == ["category_ambiguous"]
    assert codes(checked(tmp_path, line(category=text, description=BOTH)).errors) == ["category_ambiguous"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("H07、08", ["H07", "H08"]),
        ("H7,9", ["H07", "H09"]),
        ("H1\n2", ["H01", "H02"]),
        ("（三）1\n2", ["H01", "H02"]),
        ("1\n2", ["H01", "H02"]),
        ("7、8", ["H07", "H08"]),
    ],
)
def test_numbers_alone_in_a_list_count_as_their_header_says(tmp_path: Path, text: str, read: list[str]) -> None:
    assert codes(checked(tmp_path, line(category=text)).errors) == ["categories_do_not_match"]
    found = checked(tmp_path, line(category=text, description=BOTH))
    assert [f.category for r in found.planned for f in r.findings] == read
    assert "category_by_header" in codes(found.warnings)


def test_a_text_that_excel_guarded_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "企业名称,信用代码,所属区,隐患类别,检查日期,存在问题\n"
    path.write_text(f'{head}甲厂,="{CODE}",独山子区,H08,2013-06-20,灭火器过期\n')
    found = check(path)
    assert not found.errors and [r.subject.code for r in found.planned] == [CODE]  # type: ignore[union-attr]
    path.write_text(f'{head}甲厂,="1"+"2",独山子区,H08,2013-06-20,灭火器过期\n')
    assert codes(check(path).errors) == ["formula"]


def test_two_names_in_a_cell_are_refused_and_a_broken_line_is_not(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(name="甲厂\n乙厂")).errors) == ["two_names"]
    assert not checked(tmp_path, line(name="克拉玛依某某化工\n有限公司")).errors


@pytest.mark.parametrize("text", ["检查合格，未发现问题", "符合要求", "检查合格。"])
def test_what_is_in_order_is_no_finding(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(description=text)).errors) == ["nothing_found_but_category"]


def test_words_of_headers_in_the_data_make_no_header(tmp_path: Path) -> None:
    header = [*HEADER, "所属清单", "对象类型", "街道"]
    found = checked(tmp_path, [*line(description="隐患问题", grade="重大"), "隐患", "企业", "街道"], header=header)
    assert "other_table" not in codes(found.errors) and found.rows == 1


@pytest.mark.parametrize("text", ["H08 安全通道", "H08-通道", "H08(通道)"])
def test_words_after_a_category_may_stand(tmp_path: Path, text: str) -> None:
    assert [f.category for r in checked(tmp_path, line(category=text)).planned for f in r.findings] == ["H08"]


def test_two_cells_under_one_header_are_refused(tmp_path: Path) -> None:
    header = ["序号", "企业名称", "所属区", "存在问题", None, "隐患类别", "检查日期"]
    cells = [1, "甲厂", "独山子区", 1, "灭火器过期", "H08", "2013-06-20"]
    found = check(xlsx(tmp_path / "a.xlsx", [header, cells], ["D1:E1"]))
    assert (2, "E", "two_under_one_header") in [(e.row, e.column, e.code) for e in found.errors] and not found.planned


def test_a_line_of_text_that_is_longer_than_its_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "企业名称,所属区,隐患类别,检查日期,存在问题\n"
        "甲厂,独山子区,H08,2013-06-20,灭火器过期,通道堵塞\n"
        "乙厂,独山子区,H08,2013-06-20,灭火器过期,,\n"
    )
    found = check(path)
    assert [(e.row, e.code) for e in found.errors] == [(2, "row_longer")] and [r.row for r in found.planned] == [3]


def test_a_column_without_a_header_is_told_and_tells_lines_apart(tmp_path: Path) -> None:
    found = checked(tmp_path, [*line(), "一车间"], [*line(), "二车间"])
    assert codes(found.warnings).count("cells_under_no_header") == 1 and len(found.planned) == 2


@pytest.mark.parametrize(
    "text",
    [
        "一、现场：1.灭火器过期 2.通道堵塞 二、资料：1.无台账 2.未培训 3.无预案",
        "1.现场管理：（1）灭火器过期（2）通道堵塞 2.资料：（1）无台账（2）未培训",
        "问题：1.灭火器过期2.通道堵塞。整改要求：1.更换2.清理3.组织验收",
    ],
)
def test_nested_numbers_tear_nothing(text: str) -> None:
    assert split_findings(text).texts == (text,) and split_findings(text).unsure == "numbers_nested"


@pytest.mark.parametrize(
    "text", ["1.灭火器过期3.通道堵塞", "隐患1：灭火器过期 隐患2：通道堵塞", "1:灭火器过期；2:通道堵塞"]
)
def test_numbers_that_are_not_understood_are_told(text: str) -> None:
    assert split_findings(text).texts == (text,) and split_findings(text).unsure == "numbers_kept_together"


@pytest.mark.parametrize(
    "text", ["１．灭火器过期２．通道堵塞", "１、灭火器过期\n２、通道堵塞", "一是灭火器过期；二是通道堵塞"]
)
def test_wide_digits_are_digits(text: str) -> None:
    assert split_findings(text).texts == ("灭火器过期", "通道堵塞")


def test_metres_are_no_numbers_of_findings() -> None:
    assert split_findings("1.5米高围堰破损，2.3米处开裂").unsure == ""


def test_a_long_row_of_digits_before_the_first_number_is_read_at_all() -> None:
    before = "2" * 70 + "罐区："
    described = split_findings(before + BOTH)  # it took fourfold the time with every two digits, and so did not end
    assert described.texts == (f"{before}灭火器过期", f"{before}通道堵塞")


@pytest.mark.parametrize("name", ["（同上）", "同上。", "同上企业", "同上单位", "〃〃", "〞", "∥", "↑", "上同", "仝上"])
def test_the_same_as_above_is_no_name(tmp_path: Path, name: str) -> None:
    found = checked(tmp_path, line(), line(serial=2, name=name, description="通道堵塞"))
    assert {r.subject.name for r in found.planned} == {"某某化工有限公司"}  # type: ignore[union-attr]
    assert len(found.planned) == 2


def test_what_has_no_letter_is_no_name(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(name="……")).errors) == ["name_unreadable"]


def test_facts_of_a_new_unit_that_differ_are_told(tmp_path: Path) -> None:
    header = [*HEADER, "街道"]
    found = checked(tmp_path, [*line(), "天山路街道"], [*line(description="通道"), "胜利路街道"], header=header)
    [told] = [w for w in found.warnings if w.code == "subject_facts_differ"]
    assert told.row == 3 and "街道" in told.zh and "街道" in told.en


def test_a_heading_that_decides_how_its_lines_are_read_is_not_passed_over(tmp_path: Path) -> None:
    no_district, no_grade = (HEADER[:n] + HEADER[n + 1 :] for n in (3, 6))
    rows = [["克拉玛依区台账"], no_district, without(3), ["二、独山子区"], without(3, name="乙厂")]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.row, e.code) for e in found.errors] == [(4, "section_row")] and [r.row for r in found.planned] == [3]
    found = checked(tmp_path, without(6), ["二、重大隐患"], without(6, name="乙厂"), header=no_grade)
    assert [(e.row, e.code) for e in found.errors] == [(3, "section_row")] and [r.row for r in found.planned] == [2]


def test_a_note_below_the_lines_is_no_heading(tmp_path: Path) -> None:
    no_district = HEADER[:3] + HEADER[4:]
    rows = [["克拉玛依区台账"], no_district, without(3), ["本表一式三份，区安监局、镇街各留一份"]]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert not found.errors and (4, "heading_passed_over") in [(w.row, w.code) for w in found.warnings]


def test_a_line_under_a_heading_does_not_go_on_with_the_unit_above_it(tmp_path: Path) -> None:
    rows = [SHORT, row(1, "甲厂"), ["二、乙厂"], [None, None, None, "通道堵塞", "H08", "2013-06-20"]]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.row, e.code) for e in found.errors] == [(4, "subject_missing")]
    assert (3, "heading_passed_over") in [(w.row, w.code) for w in found.warnings]


@pytest.mark.parametrize("text", ["□重大", "☐重大", "重大×", "重大？"])
def test_a_box_that_is_not_ticked_is_no_grade(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(grade=text)).errors) == ["grade_unknown"]


def test_a_second_sheet_with_a_header_that_is_not_known_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(xlsx(tmp_path / "a.xlsx", [HEADER, line()]))
    sheet = book.create_sheet("七月")
    sheet.append(["序号", "企业名称", "所属区", "毛病", "隐患类别", "等级", "检查日期"])
    sheet.append([1, "乙厂", "独山子区", "通道堵塞", "H08", "重大", "2013-06-20"])
    book.save(tmp_path / "b.xlsx")
    assert [(e.sheet, e.code) for e in check(tmp_path / "b.xlsx").errors] == [("七月", "column_missing")]


@pytest.mark.parametrize("numbers", [list(range(1, 11)), [f"（{n}）" for n in range(1, 11)]])
def test_the_numbers_of_the_columns_are_no_line(tmp_path: Path, numbers: list[Any]) -> None:
    found = checked(tmp_path, numbers, line())
    assert not found.errors and [r.row for r in found.planned] == [3]


@pytest.mark.parametrize(
    "text", ["独山子区小计", "本页小计", "检查人员：某某", "检查组长：某", "以下空白", "企业确认签字："]
)
def test_what_stands_below_the_lines_is_no_unit(tmp_path: Path, text: str) -> None:
    found = checked(tmp_path, line(), [None, text, None, None, 5 if "小计" in text else None])
    assert not found.errors and len(found.planned) == 1 and "line_passed_over" in codes(found.warnings)


@pytest.mark.parametrize(
    "cell", ["1.灭火器●过期●缺失2.通道堵塞", "● 1.灭火器过期 2.通道堵塞 ● 无台账", "A.灭火器过期B.堵塞"]
)
def test_findings_that_are_kept_together_though_they_are_counted_are_told(tmp_path: Path, cell: str) -> None:
    found = checked(tmp_path, line(description=cell))
    assert [len(r.findings) for r in found.planned] == [1]
    assert {"numbers_nested", "numbers_kept_together"} & set(codes(found.warnings))


@pytest.mark.parametrize("name", ["某某化工有限公司（续）", "某某化工有限公司 (续表)", "某某化工有限公司（续1）"])
def test_a_unit_that_goes_on_over_the_page_is_the_same_and_said(tmp_path: Path, name: str) -> None:
    found = checked(tmp_path, line(), line(name=name, description="通道堵塞"))
    assert found.new_subjects == 1 and "name_continued" in codes(found.warnings)


def struck(path: Path, *places: str) -> Path:
    """A ledger of three lines in which these cells are struck out."""
    book = openpyxl.load_workbook(xlsx(path, [HEADER, line(), line(name="乙厂"), line(name="丙厂")]))
    for place in places:
        book["台账"][place].font = Font(strike=True)
    book.save(path)
    return path


def test_what_is_struck_out_is_refused_and_a_line_of_it_told_once(tmp_path: Path) -> None:
    """Deleted, or still to be done? Nobody knows but the office."""
    path = struck(tmp_path / "a.xlsx", "E2", *(f"{letter}3" for letter in "ABCDEFGHIJ"), "A4")
    found = check(path)
    assert [(e.row, e.column, e.code) for e in found.errors] == [(2, "E", "struck_out"), (3, "B", "struck_out")]
    assert [r.row for r in found.planned] == [4], "a number that is struck out says nothing of the line"


def test_words_struck_out_within_a_cell_are_refused(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(xlsx(tmp_path / "a.xlsx", [HEADER, line(), line(name="乙厂")]))
    for place, strike in (("E2", True), ("E3", False)):
        words = TextBlock(InlineFont(b=True, strike=strike), "通道堵塞")
        book["台账"][place] = CellRichText("灭火器过期；", words, "无标志")
    book.save(tmp_path / "a.xlsx")
    found = check(tmp_path / "a.xlsx")
    assert [(e.row, e.column, e.code) for e in found.errors] == [(2, "E", "struck_out")]
    assert [r.row for r in found.planned] == [3]


def test_words_struck_out_within_a_shared_text_are_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("台账")
        for number, cells in enumerate([HEADER, line(), line(name="乙厂")]):
            sheet.write_row(number, 0, cells)
        for number, looks in enumerate([{"font_strikeout": True}, {"bold": True}], start=1):
            sheet.write_rich_string(number, 4, "灭火器过期；", book.add_format(looks), "通道", "堵塞")
    found = check(tmp_path / "a.xlsx")
    assert [(e.row, e.column, e.code) for e in found.errors] == [(2, "E", "struck_out")]
    assert [r.findings[0].description for r in found.planned] == ["灭火器过期；通道堵塞"]


def test_an_old_xls_tells_what_is_struck_out_and_what_is_but_a_month(tmp_path: Path) -> None:
    """Made by xlwt: row 3 has its description struck out, row 4 is struck out, row 5 is due in a month."""
    found = check(Path(__file__).parents[1] / "reading" / "struck.xls")
    assert [(e.row, e.column, e.code) for e in found.errors] == [
        (3, "C", "struck_out"), (4, "A", "struck_out"), (5, "G", "date_incomplete"),
    ]  # fmt: skip
    assert [r.row for r in found.planned] == [2]


def test_words_struck_out_within_a_cell_of_an_old_xls_refuse_its_row(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账", cell_overwrite_ok=True)
    struck, bold = xlwt.easyfont("struck_out true"), xlwt.easyfont("bold true")
    for number, cells in enumerate([HEADER, line(), line(name="乙厂"), line(name="丙厂")]):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    for number, font in enumerate([struck, bold], start=1):
        sheet.write_rich_text(number, 4, ["灭火器过期；", ("通道", font), "堵塞"])
    book.save(str(tmp_path / "a.xls"))
    found = check(tmp_path / "a.xls")
    assert [(e.row, e.column, e.code) for e in found.errors] == [(2, "E", "struck_out")]
    assert [r.findings[0].description for r in found.planned] == ["灭火器过期；通道堵塞", "灭火器过期未检"]


@pytest.mark.parametrize(
    "text", ["待定", "待明确", "未落实", "尚未明确", "暂未确定", "另行指定", "不详", "TBD", "13800000000", "？"]
)
def test_who_is_not_settled_is_no_person_who_rectifies(tmp_path: Path, text: str) -> None:
    told = checked(tmp_path, line(responsible=text), line(description="未建台账", responsible="未来"))
    (error,) = told.errors
    assert (error.row, error.code) == (2, "responsible_nobody") and text in error.zh
    assert [row.findings[0].responsible for row in told.planned] == ["未来"]


def test_of_several_who_rectify_each_is_a_person(tmp_path: Path) -> None:
    told = checked(tmp_path, line(description="1.未建台账 2.灭火器过期", responsible="1.待定 2.责任人2"))
    assert codes(told.errors) == ["responsible_nobody"] and not told.planned
