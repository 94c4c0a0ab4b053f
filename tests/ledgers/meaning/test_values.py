"""What a cell means: categories, places, sectors, grades; what is not sure is said or refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.cells import column_letters, column_number
from ledgers.meaning.findings import split_findings
from ledgers.meaning.vocabulary import Vocabulary, list_label, read_grade
from ledgers.words import chinese_numeral, folded, numeral, tidy
from tests.ledgers.books import HEADER, PLAN, TODAY, check, checked, codes, line, xlsx

FULLWIDTH = str.maketrans("0123456789.-/", "０１２３４５６７８９．－／")


@given(st.integers(1, 99))
def test_chinese_numerals_are_read_back(number: int) -> None:
    assert numeral(chinese_numeral(number)) == number


@given(st.integers(0, 20_000))
def test_columns_have_the_names_of_excel(column: int) -> None:
    assert column_number(column_letters(column)) == column


@given(st.text("企业 ABcd１２ａ（）()\u3000\n\t：:①", max_size=20))
def test_folding_is_done_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_tidying_is_done_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.lists(st.text("甲乙丙丁戊己庚辛，", min_size=2, max_size=12), min_size=2, max_size=9))
def test_numbered_findings_come_apart_as_they_were_put_together(texts: list[str]) -> None:
    texts = [f"油{t}漏" for t in texts]
    for shape in ("{}.", "{}、", "（{}）", "({})"):
        cell = "；".join(shape.format(n) + t for n, t in enumerate(texts, start=1))
        assert split_findings(cell).texts == tuple(texts)


@given(st.text())
def test_splitting_never_raises_and_never_loses_a_cell(text: str) -> None:
    parts = split_findings(text).texts
    assert parts
    assert all(parts) or not tidy(text)


CATEGORIES = [*PLAN.illegal_conduct, *PLAN.hazards]
NOTICE = {
    "V01": "无证无照、证照不全或过期失效仍从事生产经营建设的；",
    "V02": "关闭取缔后又死灰复燃擅自生产经营建设的",
    "V04": "生产经营建设单位超许可和资质范围进行非法生产经营建设的",
    "V06": "不遵守建设项目安全设施和职业卫生“三同时”规定，违法组织生产经营建设的",
    "V08": "非客运车辆非法载客、非危货车辆非法载运危险品、烟花爆竹的",
    "V09": "非法违法用工的",
    "V10": "拒不执行安全监管监察指令、抗拒安全执法及其他非法违法生产经营建设行为",
    "H01": "安全生产责任体系不健全的",
    "H06": "违反规定使用国家明令淘汰的不安全工艺、设备、设施的",
    "H08": "安全距离不够、安全通道不畅通、安全警示标志不完善的",
    "H10": "违章指挥、违规操作和违反劳动纪律的",
    "H11": "道路交通超速、超载、疲劳驾驶、酒后驾驶，车站不落实“三不进站、六不出站”制度的",
}


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda c: c.id)
def test_a_category_is_read_in_every_exact_way(category: Any) -> None:
    words = Vocabulary(PLAN)
    number = category.clause.rpartition(".")[2]
    of_list = "conduct" if category.id.startswith("V") else "hazard"
    part = "二" if of_list == "conduct" else "三"
    ways = [
        category.id,
        category.id.lower(),
        category.id.replace("0", ""),
        f" {category.id}\u3000",
        category.id.translate(FULLWIDTH),
        category.clause,
        category.zh,
        category.zh + "的",
        category.en,
        f"{category.id} {category.zh}",
        f"{category.id}-{category.zh}",
        list_label(category.clause),
        f"({part}){number}",
        f"（{part}）第{number}项",
        f"{part}、{number}",
    ]
    if category.id == "V10":
        ways.remove("V1")
    elif category.id == "H10":
        ways.remove("H1")
    for way in ways:
        reading = words.category(way)
        assert (reading.value, reading.near) == (category.id, False), way
    assert words.category(number, of_list).value == category.id
    assert words.category(f"第{number}类", of_list).value == category.id


@pytest.mark.parametrize(("category", "text"), NOTICE.items())
def test_the_words_of_the_notice_are_near(category: str, text: str) -> None:
    reading = Vocabulary(PLAN).category(text)
    assert reading.value == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("无证无照", "V01"),
        ("特种设备未定期检验", "H07"),
        ("违章指挥", "H10"),
        ("劳动防护用品", "H04"),
        ("安全距离不足", "H08"),
    ],
)
def test_a_near_name_is_read_and_said(tmp_path: Path, text: str, category: str) -> None:
    answer = checked(tmp_path, line(category=text))
    assert answer.planned[0].findings[0].category == category
    (warning,) = answer.warnings
    assert (warning.code, warning.row, warning.column) == ("category_near", 2, "F")
    assert category in warning.zh


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("23", "category_unknown"),
        ("13", "category_unknown"),
        ("2.3", "category_unknown"),  # the list 2.3, or item 3 of the second list
        (3.1, "category_unknown"),  # 3.1 or 3.10
        (-7, "category_unknown"),  # what Excel makes of (7)
        ("灭火器过期", "category_unknown"),
        ("V11", "category_unknown"),
        ("（三）13", "category_unknown"),
        ("（四）1", "category_unknown"),
        ("V01 特种设备未定期检测检验", "category_contradict"),
        (None, "category_missing"),
    ],
)
def test_a_category_that_is_not_sure_is_an_error(tmp_path: Path, text: Any, code: str) -> None:
    answer = checked(tmp_path, line(category=text))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [(code, 2, "F")]


@pytest.mark.parametrize("text", ["7", 7, "第7项", "11", "十一", "23"])
@pytest.mark.parametrize("title", ["类别", "问题类别"])
def test_a_plain_number_under_a_header_that_names_no_list_is_an_error(tmp_path: Path, text: Any, title: str) -> None:
    header = [title if h == "隐患类别" else h for h in HEADER]
    answer = checked(tmp_path, line(category=text), header=header)
    assert [(e.code, e.row) for e in answer.errors] == [("category_number_alone", 2)]


@pytest.mark.parametrize(
    ("title", "text", "category"),
    [
        ("隐患类别", "7", "H07"), ("隐患类别", 7, "H07"), ("隐患类别", "第7项", "H07"), ("隐患类别", "十一", "H11"),
    ],
)  # fmt: skip
def test_a_plain_number_is_counted_in_the_list_of_its_header_and_said(
    tmp_path: Path, title: str, text: Any, category: str
) -> None:
    header = [title if h == "隐患类别" else h for h in HEADER]
    answer = checked(tmp_path, line(category=text), header=header)
    assert answer.planned[0].findings[0].category == category
    assert ("category_by_header", 2, "F") in [(w.code, w.row, w.column) for w in answer.warnings]


def test_a_ledger_without_inspection_dates_is_read_as_of_today_and_said_once(tmp_path: Path) -> None:
    rows = [[c for h, c in zip(HEADER, line(name=n), strict=True) if h != "检查日期"] for n in ("甲厂", "乙厂")]
    answer = checked(tmp_path, *rows, header=[h for h in HEADER if h != "检查日期"])
    assert [row.inspected_on for row in answer.planned] == [TODAY, TODAY]
    assert [w.code for w in answer.warnings if w.code == "inspected_today"] == ["inspected_today"]


@pytest.mark.parametrize(("of_list", "category"), [("非法违法行为", "V07"), ("安全隐患", "H07"), ("（三）", "H07")])
def test_a_plain_number_means_what_its_list_says(tmp_path: Path, of_list: str, category: str) -> None:
    answer = checked(tmp_path, [*line(category=7), of_list], header=[*HEADER, "所属清单"])
    assert answer.planned[0].findings[0].category == category


@given(st.text())
def test_reading_a_category_never_raises_and_never_guesses_two(text: str) -> None:
    reading = Vocabulary(PLAN).category(text)
    assert bool(reading.value) != bool(reading.error)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("650202", "650202"),
        (650202, "650202"),
        ("独山子区", "650202"),
        ("独山子", "650202"),
        ("克拉玛依市独山子区", "650202"),
        ("新疆克拉玛依市 独山子区", "650202"),
        ("Dushanzi", "650202"),
        ("650202 独山子区", "650202"),
        ("克拉玛依区", "650203"),
    ],
)
def test_a_district_by_code_full_or_short_name(tmp_path: Path, text: Any, district: str) -> None:
    (row,) = checked(tmp_path, line(district=text)).planned
    assert not isinstance(row.subject, str)
    assert row.subject.district == district


@pytest.mark.parametrize("text", ["乌鲁木齐", "克拉玛依市", "650299", "区"])
def test_an_unknown_district_is_an_error_that_lists_the_known(tmp_path: Path, text: str) -> None:
    (error,) = checked(tmp_path, line(district=text)).errors
    assert (error.code, error.row, error.column) == ("district_unknown", 2, "D")
    assert "650203" in error.zh


def test_a_street_may_stand_behind_its_district(tmp_path: Path) -> None:
    (row,) = checked(tmp_path, line(district="克拉玛依区天山路街道")).planned
    assert not isinstance(row.subject, str)
    assert (row.subject.district, row.subject.street) == ("650203", "天山路街道")


def test_a_street_is_completed_or_kept_with_a_warning(tmp_path: Path) -> None:
    lines = [[*line(), "天山路"], [*line(name="某厂二"), "不知名街道"]]
    answer = checked(tmp_path, *lines, header=[*HEADER, "街道"])
    assert [row.subject.street for row in answer.planned if not isinstance(row.subject, str)] == [
        "天山路街道",
        "不知名街道",
    ]
    assert [(w.code, w.row) for w in answer.warnings] == [("street_unknown", 3)]


def test_a_title_names_the_district_of_a_ledger_without_the_column(tmp_path: Path) -> None:
    header, cells = HEADER.copy(), line()
    del header[3], cells[3]
    answer = check(xlsx(tmp_path / "a.xlsx", [["乌尔禾区隐患排查台账"], header, cells]))
    assert codes(answer.warnings) == ["district_from_title"]
    assert [row.subject.district for row in answer.planned if not isinstance(row.subject, str)] == ["650205"]


@pytest.mark.parametrize(
    ("text", "sector", "near"),
    [
        ("消防", "fire_safety", False),
        ("fire_safety", "fire_safety", False),
        ("危化品", "hazardous_chemicals", True),
        ("危险化学品", "hazardous_chemicals", False),
        ("建筑", "construction", True),
        ("餐饮燃气", "catering_gas", True),
    ],
)
def test_a_sector_by_id_name_or_near_name(tmp_path: Path, text: str, sector: str, near: bool) -> None:
    answer = checked(tmp_path, [*line(), text], header=[*HEADER, "行业"])
    assert [row.subject.sector for row in answer.planned if not isinstance(row.subject, str)] == [sector]
    assert codes(answer.warnings) == (["sector_near"] if near else [])


@pytest.mark.parametrize(("text", "code"), [("工贸", "sector_unknown"), ("危险化学品和烟花爆竹", "sector_ambiguous")])
def test_a_sector_that_is_not_sure_is_an_error(tmp_path: Path, text: str, code: str) -> None:
    assert codes(checked(tmp_path, [*line(), text], header=[*HEADER, "行业"]).errors) == [code]


@pytest.mark.parametrize(
    ("text", "grade"),
    [("一般", "general"), ("重大隐患", "major"), (" 重 大 ", "major"), ("Major", "major"), ("一般事故隐患", "general")],
)
def test_grades(text: str, grade: str) -> None:
    assert read_grade(text) == grade


def test_an_unknown_grade_is_an_error_and_none_is_general_and_said(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(grade="较大"), line(name="某厂二", grade=None))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [("grade_unknown", 2, "G")]
    assert [(w.code, w.row) for w in answer.warnings] == [("grade_assumed", 3)]
    assert answer.planned[0].findings[0].grade == "general"


def test_a_ledger_without_grades_says_so_once(tmp_path: Path) -> None:
    header = [h for h in HEADER if h != "等级"]
    lines = [[c for c in line(description=f"第{n}处问题") if c != "一般"] for n in range(3)]
    answer = checked(tmp_path, *lines, header=header)
    assert (codes(answer.warnings), len(answer.planned)) == (["grade_column_missing"], 3)


@pytest.mark.clause("3.1.register")
@pytest.mark.parametrize(
    ("facts", "code", "column"),
    [
        ({"inspected_on": "2013-05-04"}, "inspected_outside", "J"),
        ({"inspected_on": "2014-01-01"}, "inspected_outside", "J"),
        ({"inspected_on": "2013-07-02"}, "inspected_in_future", "J"),
        ({"inspected_on": None}, "inspected_missing", "J"),
        ({"inspected_on": "昨天"}, "date_unreadable", "J"),
        ({"due": "2013-06-19"}, "due_before_inspection", "I"),
        ({"due": "2013-11-01"}, "due_past_cap", "I"),
        ({"due": "2013-06-30"}, "due_not_ahead", "I"),
        ({"due": "尽快"}, "date_unreadable", "I"),
        ({"due": "立即整改"}, "due_not_ahead", "I"),
    ],
)
def test_days_against_the_calendar(tmp_path: Path, facts: dict[str, Any], code: str, column: str) -> None:
    answer = checked(tmp_path, line(**facts))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [(code, 2, column)]
    assert answer.planned == ()


@pytest.mark.clause("3.2")
def test_the_bounds_of_days_are_days_too(tmp_path: Path) -> None:
    facts = [
        {"inspected_on": "2013-05-05"},
        {"inspected_on": "2013-07-01"},
        {"due": "2013-07-01"},
        {"due": "2013-10-31"},
    ]
    answer = checked(tmp_path, *(line(name=f"某厂{n}", **one) for n, one in enumerate(facts)))
    assert codes(answer.errors) == []


@pytest.mark.clause("3.2")
def test_after_october_the_cap_is_the_end_of_the_year(tmp_path: Path) -> None:
    lines = [line(due="2013-12-31"), line(name="某厂二", due="2014-01-01")]
    answer = checked(tmp_path, *lines, today=date(2013, 11, 2))
    assert [(e.code, e.row) for e in answer.errors] == [("due_past_cap", 3)]
    assert "2013-12-31" in answer.errors[0].zh


def test_a_number_plate_is_a_vehicle_and_said(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(name="新J·A1234"), [*line(name="张某"), "驾驶员"], header=[*HEADER, "对象类型"])
    assert [row.subject.kind for row in answer.planned if not isinstance(row.subject, str)] == ["vehicle", "person"]
    assert codes(answer.warnings) == ["kind_assumed"]


def test_a_text_beyond_what_a_finding_holds_is_an_error(tmp_path: Path) -> None:
    assert codes(checked(tmp_path, line(description="长" * 4001)).errors) == ["text_too_long"]
