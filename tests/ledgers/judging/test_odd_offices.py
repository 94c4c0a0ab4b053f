"""Shapes that offices send and that were once read wrongly: each is read rightly, or refused by row with the reason."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.ledgers.books import HEADER, check, checked, codes, line, without, xlsx

NO_DISTRICT = [h for h in HEADER if h != "所属区"]


def without_district(**other: Any) -> list[Any]:
    return without(3, **other)


def test_a_title_merged_over_the_header_names_the_district_and_is_no_group_of_columns(tmp_path: Path) -> None:
    title = ["独山子区隐患排查治理台账"]
    found = check(xlsx(tmp_path / "a.xlsx", [title, NO_DISTRICT, without_district()], ["A1:I1"]))
    assert [row.district for row in found.planned] == ["650202"] and not found.errors
    assert found.unknown_columns == ()


def test_a_title_that_names_both_lists_says_of_no_number_which_list_it_counts(tmp_path: Path) -> None:
    header = ["类别" if h == "隐患类别" else h for h in HEADER]
    rows = [["非法违法行为和安全隐患排查台账"], header, line(category=7)]
    found = check(xlsx(tmp_path / "a.xlsx", rows, ["A1:J1"]))
    assert codes(found.errors) == ["category_number_alone"]
    both = ["隐患类别（违法行为类别）" if h == "隐患类别" else h for h in HEADER]
    assert codes(checked(tmp_path, line(category=7), header=both).errors) == ["category_number_alone"]


def test_a_group_over_some_columns_still_is_a_header_of_two_rows(tmp_path: Path) -> None:
    header = ["序号", "企业名称", "所属区", "问题情况", None, None, "检查日期"]
    below = [None, None, None, "描述", "类别", "等级", None]
    row = [1, "甲厂", "独山子区", "灭火器过期", "H08", "一般", "2013-06-20"]
    merges = [f"{c}1:{c}2" for c in "ABCG"] + ["D1:F1"]
    found = check(xlsx(tmp_path / "a.xlsx", [header, below, row], merges))
    assert not found.errors and [f.description for r in found.planned for f in r.findings] == ["灭火器过期"]


@pytest.mark.parametrize(("mark", "grade"), [("√", "major"), ("是", "major"), (None, "general"), ("否", "general")])
def test_a_tick_under_major_makes_it_major(tmp_path: Path, mark: str | None, grade: str) -> None:
    header = ["序号", "企业名称", "所属区", "存在问题", "隐患类别", "隐患等级", None, "检查日期"]
    below = [None] * 5 + ["一般", "重大"] + [None]
    row = [1, "甲厂", "独山子区", "罐区无围堰", "H08", None if grade == "major" else "√", mark, "2013-06-20"]
    merges = [f"{c}1:{c}2" for c in "ABCDEH"] + ["F1:G1"]
    found = check(xlsx(tmp_path / "a.xlsx", [header, below, row], merges))
    assert [f.grade for r in found.planned for f in r.findings] == [grade], found.errors
    single = [*HEADER[:6], "是否重大隐患", *HEADER[7:]]
    found = checked(tmp_path, line(grade=mark), header=single)
    assert [f.grade for r in found.planned for f in r.findings] == [grade]


def test_a_tick_that_contradicts_the_grade_or_is_none_is_an_error(tmp_path: Path) -> None:
    header = [*HEADER, "是否重大隐患"]
    assert codes(checked(tmp_path, [*line(grade="一般"), "是"], header=header).errors) == ["grade_unknown"]
    assert codes(checked(tmp_path, [*line(grade=None), "待定"], header=header).errors) == ["grade_unknown"]
    assert not checked(tmp_path, [*line(grade="重大"), "是"], header=header).errors


@pytest.mark.parametrize("text", ["未发现问题", "无隐患", "现场检查未发现问题", "自查无隐患", "未发现安全隐患和问题"])
def test_nothing_found_with_a_category_is_refused_and_without_one_read(tmp_path: Path, text: str) -> None:
    assert codes(checked(tmp_path, line(description=text)).errors) == ["nothing_found_but_category"]
    found = checked(tmp_path, line(description=text, category=None))
    assert not found.errors and [r.findings for r in found.planned] == [()]


@pytest.mark.parametrize("text", ["无证", "办理中", "个体户"])
def test_what_has_no_digit_is_no_code(tmp_path: Path, text: str) -> None:
    found = checked(tmp_path, line(code=text), line(serial=2, name="小摊二", code=text))
    assert not found.errors and codes(found.warnings).count("code_none") == 2
    assert [r.subject.code for r in found.planned] == [None, None]  # type: ignore[union-attr]


def test_two_districts_in_a_cell_are_refused_and_an_authority_is_no_street(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(district="独山子区、白碱滩区")).errors) == ["district_twice"]
    found = checked(tmp_path, line(district="独山子区安监局"))
    [row] = found.planned
    assert row.district == "650202" and row.subject.street is None and not found.errors  # type: ignore[union-attr]


def test_a_merged_cell_that_is_empty_takes_nothing_from_the_one_before(tmp_path: Path) -> None:
    rows = [
        HEADER, line(name="甲"), line(serial=2, name=None, description="第二处"), [],
        line(serial=3, name=None, description="第三处"),
    ]  # fmt: skip
    found = check(xlsx(tmp_path / "a.xlsx", rows, ["B2:B3", "B4:B5"]))
    assert [(e.row, e.code) for e in found.errors] == [(5, "subject_missing")]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_commas_of_chinese_text_are_no_columns(tmp_path: Path, delimiter: str) -> None:
    said = "，".join(["灭火器过期"] * 7)
    lines = [delimiter.join(["企业名称", "所属区", "存在问题", "隐患类别", "检查日期"])]
    lines += [delimiter.join([f"某厂{n}", "独山子区", said, "H08", "2013-06-20"]) for n in range(3)]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(lines).encode("gbk"))
    found = check(path)
    assert not found.errors and [f.description for r in found.planned for f in r.findings] == [said] * 3


def test_a_serial_number_and_a_number_of_the_office_may_stand_beside_each_other(tmp_path: Path) -> None:
    assert not checked(tmp_path, [*line(), "2013-7"], header=[*HEADER, "编号"]).errors


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("1、配电箱（编号2）未接地；2、通道堵塞", ["配电箱（编号2）未接地", "通道堵塞"]),
        ("1.配电室2、3号柜未接地；2.通道堵塞", ["配电室2、3号柜未接地", "通道堵塞"]),
        ("1.灭火器过期2.通道堵塞", ["灭火器过期", "通道堵塞"]),
        ("1、灭火器过期；2、3号罐区无围堰", ["灭火器过期", "3号罐区无围堰"]),
    ],
)
def test_a_number_within_a_finding_does_not_tear_it(tmp_path: Path, cell: str, texts: list[str]) -> None:
    found = checked(tmp_path, line(description=cell))
    assert [f.description for r in found.planned for f in r.findings] == texts


def test_a_second_table_with_other_columns_is_refused_where_it_begins(tmp_path: Path) -> None:
    first = ["序号", "企业名称", "所属区", "存在问题", "隐患类别", "整改责任人", "检查日期"]
    second = [*first[:3], "整改责任人", "隐患类别", "存在问题", "检查日期"]
    rows = [
        first, [1, "甲厂", "独山子区", "灭火器过期", "H08", "张某", "2013-06-20"],
        second, [1, "乙厂", "独山子区", "李某", "H08", "通道堵塞", "2013-06-20"],
    ]  # fmt: skip
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.row, e.code) for e in found.errors] == [(3, "other_table")]
    assert [f.description for r in found.planned for f in r.findings] == ["灭火器过期"]


def test_a_second_table_under_the_title_of_another_district_is_refused(tmp_path: Path) -> None:
    rows = [
        ["克拉玛依区台账"],
        NO_DISTRICT,
        without_district(),
        [],
        ["独山子区台账"],
        NO_DISTRICT,
        without_district(name="乙厂"),
    ]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.row, e.code) for e in found.errors] == [(6, "other_table")]
    assert [r.district for r in found.planned] == ["650203"]


def test_the_same_header_at_a_page_break_is_passed_over(tmp_path: Path) -> None:
    found = check(xlsx(tmp_path / "a.xlsx", [HEADER, line(), HEADER, line(serial=2, name="乙厂")]))
    assert not found.errors and len(found.planned) == 2 and "header_repeated" in codes(found.warnings)


def test_a_header_of_two_rows_at_a_page_break_is_passed_over(tmp_path: Path) -> None:
    header = ["序号", "企业名称", "所属区", "隐患", None, None, "检查日期"]
    below = [None, None, None, "描述", "类别", "等级", None]
    rows = [
        header, below, [1, "甲厂", "独山子区", "灭火器过期", "H08", "一般", "2013-06-20"],
        header, below, [2, "乙厂", "独山子区", "通道堵塞", "H08", "一般", "2013-06-21"],
    ]  # fmt: skip
    merges = [f"{c}{r}:{c}{r + 1}" for c in "ABCG" for r in (1, 4)] + ["D1:F1", "D4:F4"]
    found = check(xlsx(tmp_path / "a.xlsx", rows, merges))
    assert not found.errors and codes(found.warnings).count("header_repeated") == 2
    assert [(r.row, r.findings[0].description) for r in found.planned] == [(3, "灭火器过期"), (6, "通道堵塞")]


def test_lines_that_differ_in_an_unknown_column_are_two_findings_whatever_it_says_the_next_time(tmp_path: Path) -> None:
    def of(*places: str, **more: Any) -> Any:
        return checked(tmp_path, *([*line(), place] for place in places), header=[*HEADER, "检查部位"], **more)

    found = of("1号库", "2号库", "1号库")
    assert [r.row for r in found.planned] == [2, 3] and found.skipped == 1
    assert [(w.row, w.code) for w in found.warnings if "alike" in w.code or "duplicate" in w.code] == [
        (3, "alike_but_aside"),
        (4, "duplicate_row"),
    ]
    assert [r.digest for r in of("一号库", "二号库").planned] == [r.digest for r in found.planned]
    assert len(of("1号库", "2号库", mapping={"检查部位": ""}).planned) == 1, "left out by whoever imports"


def test_a_line_that_repeats_one_of_another_sheet_says_of_which(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("六月", "七月"):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        sheet.append(line())
    book.remove(book.worksheets[0])
    book.save(tmp_path / "a.xlsx")
    found = check(tmp_path / "a.xlsx")
    [told] = [w for w in found.warnings if w.code == "duplicate_row"]
    assert told.sheet == "七月" and "六月" in told.zh and "六月" in told.en


@pytest.mark.parametrize("text", ["危险品", "超范围", "带病", "检测"])
def test_a_fragment_of_a_category_is_no_category(tmp_path: Path, text: str) -> None:
    found = checked(tmp_path, line(category=text))
    assert codes(found.errors) in (["category_unknown"], ["category_ambiguous"]) and not found.planned


def test_a_telling_part_of_a_category_is_read_and_said(tmp_path: Path) -> None:
    found = checked(tmp_path, line(category="特种设备未定期检测检验"))
    assert [f.category for r in found.planned for f in r.findings] == ["H07"]
    assert "category_near" in codes(found.warnings)


def test_clauses_without_numbers_stay_together_and_it_is_said(tmp_path: Path) -> None:
    found = checked(tmp_path, line(description="灭火器过期；通道堵塞；电线私拉乱接"))
    assert [len(r.findings) for r in found.planned] == [1] and "clauses_kept_together" in codes(found.warnings)
    assert "clauses_kept_together" not in codes(checked(tmp_path, line(description="灭火器过期；")).warnings)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("2013年6月20日对该单位进行现场检查时，发现存在以下安全隐患问题：", ""),
        ("主要存在的问题及隐患：", ""),
        ("液化气罐区：", "液化气罐区："),
        (
            "经现场检查，三号库房东侧配电间及值班室存在以下问题：",
            "经现场检查，三号库房东侧配电间及值班室存在以下问题：",
        ),
    ],
)
def test_what_stands_before_the_first_number_is_kept_where_it_says_something(
    tmp_path: Path, before: str, kept: str
) -> None:
    found = checked(tmp_path, line(description=f"{before}1.灭火器过期；2.通道堵塞"))
    assert [f.description for r in found.planned for f in r.findings] == [f"{kept}灭火器过期", f"{kept}通道堵塞"]


def test_who_owns_an_enterprise_is_no_kind_of_subject(tmp_path: Path) -> None:
    found = checked(tmp_path, [*line(), "私营"], header=[*HEADER, "企业类型"])
    assert not found.errors and [r.subject.kind for r in found.planned] == ["enterprise"]  # type: ignore[union-attr]
    assert "kind_of_enterprise" in codes(found.warnings)
    assert codes(checked(tmp_path, [*line(), "私营"], header=[*HEADER, "对象类型"]).errors) == ["kind_unknown"]


def test_lists_beside_a_ledger_are_not_read_and_alone_they_are_refused(tmp_path: Path) -> None:
    roster = [["序号", "企业名称", "所属区", "联系人"], [1, "甲厂", "独山子区", "某人"]]
    book = openpyxl.load_workbook(xlsx(tmp_path / "a.xlsx", roster, name="名单"))
    sheet = book.create_sheet("台账")
    sheet.append(HEADER)
    sheet.append(line())
    book.save(tmp_path / "b.xlsx")
    found = check(tmp_path / "b.xlsx")
    assert not found.errors and len(found.planned) == 1
    assert [w.sheet for w in found.warnings if w.code == "sheet_not_read"] == ["名单"]
    assert set(codes(check(tmp_path / "a.xlsx").errors)) == {"column_missing"}


@pytest.mark.parametrize(
    ("sheet", "title", "district"),
    [
        ("白碱滩", "安全隐患台账", "650204"),
        ("独山子台账", "隐患台账", "650202"),
        ("Sheet1", "克拉玛依市乌尔禾区隐患台账", "650205"),
        ("Sheet1", "克拉玛依隐患台账", None),  # the city, or its district?
        ("克拉玛依", "隐患台账", None),
        ("白碱滩", "独山子区隐患台账", None),
        ("Sheet1", "独山子区和白碱滩隐患台账", None),
    ],
)
def test_the_district_of_a_sheet_without_one_is_said_by_its_name_or_title_or_by_neither(
    tmp_path: Path, sheet: str, title: str, district: str | None
) -> None:
    found = check(xlsx(tmp_path / "a.xlsx", [[title], NO_DISTRICT, without_district()], name=sheet))
    assert [row.district for row in found.planned] == ([district] if district else [])
    assert codes(found.errors) == ([] if district else ["district_missing"])
    assert ("district_from_title" in codes(found.warnings)) is bool(district)


def test_a_due_date_may_be_the_end_of_a_month_and_an_inspection_may_not(tmp_path: Path) -> None:
    found = checked(tmp_path, line(due="7月底前"))
    assert [f.due for r in found.planned for f in r.findings] == [date(2013, 7, 31)]
    assert "date_end_of_month" in codes(found.warnings)
    assert codes(checked(tmp_path, line(inspected_on="6月底")).errors) == ["date_incomplete"]


@pytest.mark.parametrize("count", [3, "3", "3.5", "12/4"])
def test_a_statistic_is_no_ledger(tmp_path: Path, count: Any) -> None:
    assert codes(checked(tmp_path, line(description=count)).errors) == ["description_unreadable"]


@pytest.mark.parametrize(
    ("heading", "at"), [("二、独山子区", 0), ("二、白碱滩", 0), ("独山子区", 1), ("（二）独山子区", 1)]
)
def test_a_heading_that_names_a_district_ends_the_reading_wherever_it_stands(
    tmp_path: Path, heading: str, at: int
) -> None:
    rows = [["克拉玛依区台账"], NO_DISTRICT, without_district(), [None] * at + [heading], without_district(name="乙厂")]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert codes(found.errors) == ["section_row"] and len(found.planned) == 1
    unknown_first = ["检查组", *NO_DISTRICT]
    rows = [["克拉玛依区台账"], unknown_first, ["一组", *without_district()], [heading], ["一组", *without_district()]]
    assert codes(check(xlsx(tmp_path / "b.xlsx", rows)).errors) == ["section_row"]


def test_a_page_break_with_the_title_once_more_is_no_other_table(tmp_path: Path) -> None:
    title = ["独山子区隐患台账"]
    for above in (title, ["第2页"], ["续表"]):
        rows = [title, NO_DISTRICT, without_district(), above, NO_DISTRICT, without_district(name="乙厂")]
        found = check(xlsx(tmp_path / "a.xlsx", rows))
        assert not found.errors and len(found.planned) == 2, above


def test_a_description_merged_over_lines_that_say_different_things_is_refused(tmp_path: Path) -> None:
    rows = [HEADER, line(), [None] * 7 + ["责任人2", None, None]]
    merges = [f"{c}2:{c}3" for c in "ABCDEFGIJ"]
    found = check(xlsx(tmp_path / "a.xlsx", rows, merges))
    assert codes(found.errors) == ["description_merged"] and len(found.planned) == 1


def test_who_supervises_is_not_who_rectifies(tmp_path: Path) -> None:
    header = ["序号", "企业名称", "所属区", "存在问题", "隐患类别", "整改", None, "监管", None, "检查日期"]
    below = [None] * 5 + ["措施", "期限", "责任单位", "责任人", None]
    row = [1, "甲厂", "独山子区", "灭火器过期", "H08", "更换", "2013-07-20", "安监局", "监管员", "2013-06-20"]
    merges = ["F1:G1", "H1:I1", *(f"{c}1:{c}2" for c in "ABCDEJ")]
    found = check(xlsx(tmp_path / "a.xlsx", [header, below, row], merges))
    assert [(f.responsible, f.due) for r in found.planned for f in r.findings] == [(None, date(2013, 7, 20))]
    assert "监管责任人" in found.unknown_columns


def test_two_things_in_one_column_are_not_read_as_one(tmp_path: Path) -> None:
    header = ["整改责任人/整改期限" if h == "整改责任人" else h for h in HEADER if h != "整改期限"]
    found = checked(tmp_path, without(8, responsible="张某/2013.7.20"), header=header)
    assert found.unknown_columns == ("整改责任人/整改期限",)


@pytest.mark.parametrize("sample", [{"serial": "示例"}, {"serial": "例1"}, {"name": "例：某公司"}])
def test_the_sample_line_of_a_form_is_passed_over(tmp_path: Path, sample: dict[str, str]) -> None:
    found = checked(tmp_path, line(**sample), line(name="乙厂"))
    assert len(found.planned) == 1 and "sample_passed_over" in codes(found.warnings)


def test_a_description_that_looks_like_a_signature_is_data_below_its_unit(tmp_path: Path) -> None:
    rows = [HEADER, line(), [None] * 4 + ["主要负责人：未取得安全资格证书", "H03", "一般", None, None, None]]
    found = check(xlsx(tmp_path / "a.xlsx", rows))
    assert not found.errors and len(found.planned) == 2


@pytest.mark.parametrize(
    ("cell", "read"),
    [("1.甲；2.乙", ["甲", "乙"]), ("甲", ["甲", "甲"]), ("甲、乙", ["甲、乙", "甲、乙"]), ("甲\n乙", None)],
)
def test_each_finding_of_a_cell_has_its_own_person_or_all_have_the_same(
    tmp_path: Path, cell: str, read: list[str] | None
) -> None:
    found = checked(tmp_path, line(description="1.灭火器过期；2.通道堵塞", responsible=cell))
    assert [f.responsible for r in found.planned for f in r.findings] == (read or [])
    assert codes(found.errors) == ([] if read else ["responsible_do_not_match"])


def test_what_is_major_is_said_of_each_and_never_by_a_count(tmp_path: Path) -> None:
    header = [*HEADER[:6], "重大隐患（项）", *HEADER[7:]]
    assert codes(checked(tmp_path, line(grade=1), header=header).errors) == ["major_is_a_count"]
    several = checked(tmp_path, line(description="1.灭火器过期；2.通道堵塞", grade="重大"))
    assert "major_for_all" in codes(several.warnings)
    both = [*HEADER, "是否重大隐患"]
    assert codes(checked(tmp_path, [*line(grade="重大"), "否"], header=both).errors) == ["grade_unknown"]
    nothing = checked(tmp_path, [*line(description="无", category=None), "罐区无围堰"], header=both)
    assert codes(nothing.errors) == ["nothing_found_but_major"]
    among = checked(tmp_path, line(description="1.证照：未发现问题；2.消防：灭火器过期"))
    assert codes(among.errors) == ["nothing_found_among"]


@pytest.mark.parametrize(
    ("name", "read", "code"),
    [
        ("甲公司、乙公司", None, "two_names"),
        ("1、甲公司", "甲公司", "name_number_dropped"),
        ("新J-12345", "新J-12345", "kind_assumed"),
    ],
)
def test_names_that_are_more_or_less_than_a_name(tmp_path: Path, name: str, read: str | None, code: str) -> None:
    found = checked(tmp_path, line(name=name))
    assert [r.subject.name for r in found.planned] == ([read] if read else [])  # type: ignore[union-attr]
    assert code in codes((*found.errors, *found.warnings))


def test_the_name_that_city_and_district_share_is_read_as_the_district_and_said(tmp_path: Path) -> None:
    found = checked(tmp_path, line(district="克拉玛依"))
    assert [r.district for r in found.planned] == ["650203"] and "district_near" in codes(found.warnings)


@pytest.mark.parametrize("shown_as", ['yyyy"年"m"月"', "mmm-yy"])
def test_a_cell_that_shows_a_month_is_no_first_of_the_month(tmp_path: Path, shown_as: str) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line(due=date(2013, 8, 1)), line(name="乙厂", due=date(2013, 8, 1))])
    book = openpyxl.load_workbook(path)
    book.active["I2"].number_format = shown_as  # type: ignore[index]
    book.save(path)
    found = check(path)
    assert [(e.row, e.code) for e in found.errors] == [(2, "date_incomplete")]
    assert [f.due for r in found.planned for f in r.findings] == [date(2013, 8, 1)]
