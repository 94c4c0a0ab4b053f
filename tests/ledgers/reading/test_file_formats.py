"""Workbooks and text files in the forms that offices have them: formats, encodings, separators, hidden parts."""

import codecs
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

from ledgers.book import Merge
from ledgers.cells import Spoilt
from tests.ledgers.books import (
    HEADER,
    SHEET_PART,
    check,
    checked,
    codes,
    line,
    read,
    refused,
    rezipped,
    with_sheet,
    xlsx,
)

TEXT = [
    [str(cell) if cell is not None else "" for cell in row] for row in (HEADER, line(), line(name="某餐馆，二号店"))
]


def _csv(path: Path, encoding: str, delimiter: str = ",", mark: bytes = b"") -> Path:
    quoted = [delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in TEXT]
    path.write_bytes(mark + "\r\n".join(quoted).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("gbk", b""),
        ("gb18030", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_every_usual_encoding_and_separator(tmp_path: Path, encoding: str, mark: bytes, delimiter: str) -> None:
    answer = check(_csv(tmp_path / "台账.csv", encoding, delimiter, mark))
    assert codes(answer.errors) == []
    assert [row.subject.name for row in answer.planned if not isinstance(row.subject, str)] == [
        "某某化工有限公司",
        "某餐馆，二号店",
    ]


def test_utf16_without_a_mark_is_seen_by_its_zeros(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("name\tdescription\nabc factory\tbroken lamp\n".encode("utf-16-le"))
    assert read(tmp_path / "a.txt").sheets[0].rows[1].cells == ("abc factory", "broken lamp")


def test_sep_of_excel_is_obeyed_and_rows_count_as_in_excel(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('sep=;\n名称;问题\n某厂;"甲,\n乙"\n某厂二;丙\n', encoding="utf-8")
    rows = read(tmp_path / "a.csv").sheets[0].rows
    assert [(row.number, row.cells) for row in rows][1:] == [(3, ("某厂", "甲,\n乙")), (4, ("某厂二", "丙"))]


def test_a_character_beyond_gbk_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("企业名称,存在问题\n㐂𠮷饭店,缺灭火器\n".encode("gb18030"))
    assert read(tmp_path / "a.csv").sheets[0].rows[1].cells[0] == "㐂𠮷饭店"


def test_a_formula_in_text_is_a_formula(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('企业名称,存在问题\n"=HYPERLINK(""x"")",甲\n', encoding="utf-8")
    assert isinstance(read(tmp_path / "a.csv").sheets[0].rows[1].cells[0], Spoilt)


def test_a_stray_cell_far_to_the_right_in_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("企业名称,存在问题\n某厂" + "," * 300 + "x\n", encoding="utf-8")
    assert refused(tmp_path / "a.csv").column == "KO"


def test_numbers_dates_rich_text_and_truth_are_read_as_they_are(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write(0, 0, 12)
        sheet.write(0, 1, 1.5)
        sheet.write_datetime(0, 2, datetime(2013, 6, 30, 9, 30), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
        sheet.write_number(0, 3, 41455, book.add_format({"num_format": 31}))  # built-in of Chinese Excel
        sheet.write_rich_string(0, 4, "甲", bold, "乙")
        sheet.write_boolean(0, 5, True)
        sheet.write_number(0, 6, 41455, book.add_format({"num_format": '0.00"day"'}))
    cells = read(tmp_path / "a.xlsx").sheets[0].rows[0].cells
    assert cells == (12, 1.5, datetime(2013, 6, 30, 9, 30), datetime(2013, 6, 30), "甲乙", "TRUE", 41455)


def test_serials_of_the_1904_system_are_the_same_days(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"date_1904": True}) as book:
        book.add_worksheet().write_datetime(0, 0, datetime(2013, 6, 30), book.add_format({"num_format": "yyyy-mm-dd"}))
    assert read(tmp_path / "a.xlsx").sheets[0].rows[0].cells == (datetime(2013, 6, 30),)


def test_prefixed_names_and_missing_references_are_read(tmp_path: Path) -> None:
    """As some exporters of office systems write them."""
    space = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    inside = '<x:row><x:c t="inlineStr"><x:is><x:t>甲</x:t></x:is></x:c><x:c><x:v>2</x:v></x:c></x:row>'
    part = f"<x:worksheet {space}><x:sheetData>{inside}</x:sheetData></x:worksheet>"
    path = rezipped(xlsx(tmp_path / "a.xlsx", [["x"]]), {SHEET_PART: part})
    assert read(path).sheets[0].rows[0].cells == ("甲", 2)


def test_phonetic_readings_are_no_text(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>重庆</t><rPh sb="0" eb="1"><t>zhong</t></rPh></is></c></row>'
    assert read(with_sheet(tmp_path / "a.xlsx", cells)).sheets[0].rows[0].cells == ("重庆",)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><f>1+1</f><v>2</v></c>',
        '<c r="A1" t="str"><f>"a"</f><v>a</v></c>',
        '<c r="A1"><f t="shared" si="0"/><v>2</v></c>',
        '<c r="A1"><f>NOW()</f></c>',
    ],
)
def test_a_cached_value_of_a_formula_is_never_taken(tmp_path: Path, cell: str) -> None:
    (found,) = read(with_sheet(tmp_path / "a.xlsx", f'<row r="1">{cell}</row>')).sheets[0].rows[0].cells
    assert isinstance(found, Spoilt)
    assert found.kind == "formula"


def test_the_results_of_an_array_formula_are_formulas_too(tmp_path: Path) -> None:
    cells = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A2">X</f><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    )
    rows = read(with_sheet(tmp_path / "a.xlsx", cells)).sheets[0].rows
    assert all(isinstance(row.cells[0], Spoilt) for row in rows)


def test_a_formula_in_a_needed_column_is_an_error_of_its_cell(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(), line(name='=CONCATENATE("某","厂")'))
    assert [(e.code, e.row, e.column) for e in answer.errors if e.code == "formula"] == [("formula", 3, "B")]
    assert [row.row for row in answer.planned] == [2]


def test_a_formula_that_numbers_the_rows_harms_nobody(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(serial="=ROW()-1"))
    assert (codes(answer.errors), codes(answer.warnings), len(answer.planned)) == ([], [], 1)


def test_a_formula_in_a_column_that_is_not_imported_is_told_once(tmp_path: Path) -> None:
    rows = [[*line(description=f"问题{n}在这里"), "=1+1"] for n in range(3)]
    answer = checked(tmp_path, *rows, header=[*HEADER, "打分"])
    assert (codes(answer.warnings), answer.unknown_columns) == (["formula_ignored"], ("打分",))


def test_an_excel_error_is_an_error_of_its_cell(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(description="#N/A"))
    assert [(e.code, e.row, e.column) for e in answer.errors][:1] == [("cell_error", 2, "E")]


def test_filtered_out_rows_are_data_and_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, line(), line(description="配电箱未接地"), line(description="通道被堵塞了")):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["E"].hidden = True
    book.save(tmp_path / "a.xlsx")
    answer = check(tmp_path / "a.xlsx")
    assert len(answer.planned) == 3
    assert [(w.code, w.row, w.column) for w in answer.warnings] == [
        ("hidden_column_read", 1, "E"),
        ("hidden_rows_read", 3, None),
    ]


def test_hidden_sheets_are_not_read_and_said_if_they_look_like_a_ledger(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for name, state in (("旧台账", "hidden"), ("更旧", "veryHidden"), ("字典", "hidden")):
        other = book.create_sheet(name)
        other.sheet_state = state
        other.append(["V01", "V02"] if name == "字典" else HEADER)
        other.append(line())
    sheet.append(HEADER)
    sheet.append(line())
    book.save(tmp_path / "a.xlsx")
    answer = check(tmp_path / "a.xlsx")
    assert (answer.rows, len(answer.planned)) == (1, 1)
    assert [(w.code, w.sheet) for w in answer.warnings] == [
        ("hidden_sheet_not_read", "旧台账"),
        ("hidden_sheet_not_read", "更旧"),
    ]


def test_every_ledger_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in ("克拉玛依区", "独山子区", "封面"):
        sheet = book.create_sheet(name)
        for row in [["台账封面"]] if name == "封面" else [HEADER, line(district=name)]:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    answer = check(tmp_path / "a.xlsx")
    assert [(row.sheet, row.row) for row in answer.planned] == [("克拉玛依区", 2), ("独山子区", 2)]
    assert codes(answer.warnings) == ["sheet_not_read"]


def test_nothing_that_looks_like_a_ledger_says_what_was_found(tmp_path: Path) -> None:
    answer = check(xlsx(tmp_path / "a.xlsx", [["通讯录"], ["姓名", "电话"], ["张某", "0000"]]))
    assert codes(answer.errors) == ["no_ledger"]
    assert "通讯录" in answer.errors[0].zh
    assert answer.planned == ()


def test_an_old_xls_is_read_like_its_newer_brother(tmp_path: Path) -> None:
    """Made by LibreOffice: a title, a header in row 3, merged units, a hidden row, a formula, a date."""
    path = Path(__file__).parent / "old.xls"
    book = read(path)
    assert book.format == "xls"
    sheet = book.sheets[0]
    assert [row.number for row in sheet.rows if row.hidden] == [5]
    answer = check(path)
    days: set[Any] = {row.inspected_on for row in answer.planned}
    assert days == {date(2013, 6, 20)}
    assert [row.row for row in answer.planned] == [4, 5]
    assert {row.subject.name for row in answer.planned if not isinstance(row.subject, str)} == {"某某化工有限公司"}
    assert [(e.code, e.row, e.column) for e in answer.errors] == [("formula", 6, "E")]


def test_an_old_xls_says_what_its_newer_brother_says(tmp_path: Path) -> None:
    """Numbers, days of both systems, months, truth, errors, merged cells, hidden rows, columns and sheets."""
    day, month = xlwt.easyxf(num_format_str="yyyy-mm-dd"), xlwt.easyxf(num_format_str='yyyy"年"m"月"')
    for name, system in (("a.xls", False), ("b.xls", True)):
        book = xlwt.Workbook()
        book.dates_1904 = system
        sheet = book.add_sheet("台账")
        sheet.write_merge(0, 1, 0, 1, "甲")
        sheet.write(2, 0, 12)
        sheet.write(2, 1, 1.5)
        sheet.write(2, 2, 41455 - 1462 * system, day)
        sheet.write(2, 3, 41426 - 1462 * system, month)
        sheet.write(2, 4, True)
        sheet.row(2).set_cell_error(5, 0x2A)
        sheet.write(2, 6, xlwt.Formula("1+1"))
        sheet.row(2).hidden = True
        sheet.col(3).hidden = True
        book.add_sheet("旧").visibility = 2
        book.save(str(tmp_path / name))
        first, second = read(tmp_path / name).sheets
        assert first.merges == (Merge(1, 0, 2, 1),) and first.hidden_columns == {3}
        assert [(row.number, row.hidden) for row in first.rows] == [(1, False), (3, True)]
        assert first.rows[1].cells == (
            12, 1.5, datetime(2013, 6, 30), "2013年6月", "TRUE", Spoilt("error", "#N/A"), Spoilt("formula", ""),
        )  # fmt: skip
        assert (second.name, second.hidden) == ("旧", True)
