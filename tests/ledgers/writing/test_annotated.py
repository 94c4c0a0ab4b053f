"""The workbook that goes back: every part of the sender's kept, or a fresh one that says so; nothing written over."""

import re
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ledgers.book import LedgerProblem
from ledgers.fields import SUMMARY
from ledgers.planned import Checked
from ledgers.writing.annotate import FRESH, write_annotated
from ledgers.writing.notes import PROBLEMS
from tests.ledgers.books import HEADER, SHEET_PART, check, codes, line, rezipped, with_sheet, xlsx

CHANGED = {
    "[Content_Types].xml",
    "xl/_rels/workbook.xml.rels",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/worksheets/rectify-summary.xml",
}
"""Parts that must say that there is one sheet more, and how it looks."""


def annotated(path: Path, kept: str = "own") -> tuple[Any, Checked]:
    answer = check(path)
    assert write_annotated(path, path.with_name("annotated.xlsx"), answer) == kept
    return openpyxl.load_workbook(BytesIO(path.with_name("annotated.xlsx").read_bytes())), answer


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_senders_workbook_comes_back_with_its_problems(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["隐患台账"], HEADER, line(category="H77"), line(name="某厂二", grade=None)])
    source = openpyxl.load_workbook(path)
    source.active["B3"].number_format = "0.000"  # pyright: ignore
    source.save(path)
    book, answer = annotated(path)
    assert book.sheetnames == [SUMMARY, "台账"]
    sheet = book["台账"]
    assert sheet["K2"].value == PROBLEMS
    assert answer.errors[0].zh in sheet["K3"].value
    assert sheet["F3"].fill.fgColor.rgb.endswith("FFC7CE")
    assert sheet["G4"].fill.fgColor.rgb.endswith("FFEB9C")
    assert sheet["A3"].fill.fill_type is None
    assert sheet["B3"].number_format == "0.000"
    summary = [[cell.value for cell in row] for row in book[SUMMARY].iter_rows()]
    assert ["错误", "台账", 3, "F", answer.errors[0].zh, answer.errors[0].en] in summary


def test_an_annotated_workbook_can_be_mended_and_sent_again(tmp_path: Path) -> None:
    book, _ = annotated(xlsx(tmp_path / "a.xlsx", [HEADER, line(category="H77")]))
    book["台账"]["F2"].value = "H07"
    book.save(tmp_path / "again.xlsx")
    answer = check(tmp_path / "again.xlsx")
    assert (codes(answer.errors), len(answer.planned), answer.unknown_columns) == ([], 1, (PROBLEMS,))
    second, _ = annotated(tmp_path / "again.xlsx")
    assert second["台账"]["K2"].value is None
    assert [c.value for c in second["台账"][1]].count(PROBLEMS) == 1


def test_a_text_file_comes_back_as_a_workbook(tmp_path: Path) -> None:
    rows = [HEADER, line(category="H77", description="+8613 x")]
    text = "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows)
    (tmp_path / "a.csv").write_text(text, encoding="gb18030")
    book, answer = annotated(tmp_path / "a.csv", "fresh")
    sheet = book.worksheets[1]
    assert (sheet["E2"].value, sheet["E2"].data_type) == ("+8613 x", "s")
    assert answer.errors[0].zh in sheet["K2"].value
    assert sheet["F2"].fill.fgColor.rgb.endswith("FFC7CE")


def test_formulas_of_the_sender_stay_and_nothing_new_is_one(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line(serial="=ROW()-1", district="=1+1"), line(name="=cmd")])
    book, _ = annotated(path)
    assert book["台账"]["A2"].value == "=ROW()-1"
    formulas = {(s.title, c.coordinate) for s in book for row in s.iter_rows() for c in row if c.data_type == "f"}
    assert formulas == {("台账", "A2"), ("台账", "D2"), ("台账", "B3")}


def test_a_merged_header_does_not_hinder_the_notes(tmp_path: Path) -> None:
    rows = [["隐患台账"], HEADER, line(category="H77"), line(name=None, category="H88")]
    book, answer = annotated(xlsx(tmp_path / "a.xlsx", rows, ["A1:N1", "B3:B4", "F3:F4"]))
    assert answer.errors[0].zh in book["台账"]["K3"].value


def test_a_file_that_cannot_be_read_is_not_annotated(tmp_path: Path) -> None:
    answer = check(xlsx(tmp_path / "a.xlsx", [HEADER, line()]))
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04")
    problem = write_annotated(tmp_path / "b.xlsx", tmp_path / "c.xlsx", answer)
    assert isinstance(problem, LedgerProblem)
    assert not (tmp_path / "c.xlsx").exists()


def photo() -> BytesIO:
    """A picture of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    return BytesIO(b"\x89PNG\r\n\x1a\n" + data)


def illustrated(path: Path) -> Path:
    """A ledger as offices keep it: photos, a text box, a bar of data, a comment, words in two colours, a print area."""
    made: Any = xlsxwriter.Workbook(str(path))  # its types are partial
    with made as book:
        book.add_worksheet("封面").write(0, 0, "某区")
        sheet = book.add_worksheet("台账")
        red = book.add_format({"color": "red"})
        for row, cells in enumerate([[*HEADER, "整改前照片"], line(category="H77"), line(name="乙厂")]):
            sheet.write_row(row, 0, cells)
        sheet.insert_image("K2", "before.png", {"image_data": photo()})
        sheet.insert_image("M3", "after.png", {"image_data": photo()})
        sheet.insert_textbox("K5", "请附照片")
        sheet.conditional_format("A2:A3", {"type": "data_bar", "data_bar_2010": True})
        sheet.write_comment("B2", "请核实")
        sheet.write_rich_string("A5", "备", red, "注")
        sheet.print_area("A1:K3")
        sheet.activate()
    wps = '<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>'
    return rezipped(path, {"xl/cellimages.xml": wps})


@pytest.mark.clause("3.1.ledger")
def test_every_part_of_the_senders_workbook_is_kept(tmp_path: Path) -> None:
    path = illustrated(tmp_path / "a.xlsx")
    before = parts(path)
    with pytest.warns(UserWarning, match="not supported and will be removed"):  # openpyxl would lose the bar of data
        book, answer = annotated(path)
    after = parts(tmp_path / "annotated.xlsx")
    assert set(after) - set(before) == {"xl/worksheets/rectify-summary.xml"} and not set(before) - set(after)
    same = {name for name in before if before[name] == after[name]}
    assert set(before) - same == CHANGED - {"xl/worksheets/rectify-summary.xml"} | {"xl/worksheets/sheet2.xml"}
    own = after["xl/worksheets/sheet2.xml"]
    for kept in (b"<drawing ", b"<legacyDrawing ", b"dataBar", b"<pageMargins"):
        assert own.count(kept) == before["xl/worksheets/sheet2.xml"].count(kept) > 0
    assert book.sheetnames == [SUMMARY, "封面", "台账"]
    [place] = [cell.column for cell in book["台账"][1] if cell.value == PROBLEMS]
    assert place > 13 and answer.errors[0].zh in book["台账"].cell(2, place).value, "right of the photos too"
    assert book["台账"].print_area == "'台账'!$A$1:$K$3", "names of a sheet are those of the same sheet"
    selected = [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected]
    assert (book.active.title, selected) == (SUMMARY, [SUMMARY])


def test_pictures_and_text_boxes_are_told_as_not_imported(tmp_path: Path) -> None:
    told = {w.code: w.zh for w in check(illustrated(tmp_path / "a.xlsx")).warnings}
    assert "2 张图片" in told["pictures_not_imported"] and "1 个" in told["text_boxes_not_imported"]
    rows = [[*HEADER, "照片"], [*line(), '=DISPIMG("ID_1",1)'], [*line(name="乙厂"), '=DISPIMG("ID_2",1)']]
    path = xlsx(tmp_path / "b.xlsx", rows)
    sheet = parts(path)[SHEET_PART].decode()
    sheet, count = re.subn(r'<f>(DISPIMG\("ID_\d",1\))</f><v ?(?:/>|></v>)', r"<f>_xlfn.\1</f><v>=\1</v>", sheet)
    assert count == 2
    found = check(rezipped(path, {SHEET_PART: sheet}))
    assert codes(found.warnings) == ["pictures_not_imported"] and "2 张图片" in found.warnings[0].zh
    assert len(found.planned) == 2


def test_no_filled_cell_is_written_over(tmp_path: Path) -> None:
    header = [*HEADER, None, None]
    rows = [
        header,
        [*line(category="H77"), "复查人已到场"],
        [*line(name="乙厂", category="H77"), None, "另见附件"],
        [None] * 14 + ["页脚"],
    ]
    path = xlsx(tmp_path / "a.xlsx", rows)
    book, answer = annotated(path)
    before = openpyxl.load_workbook(path)["台账"]
    sheet = book["台账"]
    for row in before.iter_rows():
        for cell in row:
            assert cell.value is None or sheet[cell.coordinate].value == cell.value
    assert sheet["P1"].value == PROBLEMS and answer.errors[0].zh in sheet["P2"].value


FIRST = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>存在问题</t></is></c>'
)
HEAD = f'{FIRST}<c r="C1" t="inlineStr"><is><t>隐患类别</t></is></c></row>'
CELLS = (
    '<c r="A2" t="inlineStr"><is><t>甲厂 &gt; 乙厂</t></is></c><c r="B2" t="inlineStr"><is><t>灭火器过期</t></is></c>'
)


@pytest.mark.parametrize(
    "inside",
    [
        f'{HEAD}<row r="2">{CELLS}</row>',
        f"{HEAD}<row r='2' spans='1:3' ht='20' customHeight='1'>{CELLS}<c r='C2'/></row><row r='3'/>",
        f'{HEAD}<row r="2">{CELLS}<c r="D2"/><c r="E2" s="0"/></row>',
        f'{HEAD}<row r="2">{CELLS}</row>'.replace(' r="1"', "").replace(' r="2"', "").replace(' r="A1"', ""),
        f'<!-- <row/> > -->{HEAD}\n  <row r="2" >\n{CELLS}<c r="C2"  >\n</c ></row >',
    ],
)
def test_however_the_sheet_is_written_the_notes_stand_where_they_belong(tmp_path: Path, inside: str) -> None:
    path = with_sheet(tmp_path / "a.xlsx", inside, '<cols><col min="3" max="16384" hidden="1" width="3"/></cols>')
    book, answer = annotated(path)
    sheet = book.worksheets[1]
    assert sheet["A2"].value == "甲厂 > 乙厂" and sheet["B2"].value == "灭火器过期"
    [place] = [cell for cell in sheet[1] if cell.value == PROBLEMS]
    assert place.column in (4, 6)
    text = sheet.cell(2, place.column).value
    assert all(error.zh in text for error in answer.errors)
    assert sheet["C2"].fill.fgColor.rgb.endswith("FFC7CE"), "no category: its empty cell"
    again = check(tmp_path / "annotated.xlsx")
    assert codes(again.errors) == codes(answer.errors), "what we wrote is read as it was"


def test_a_workbook_that_cannot_be_written_into_comes_back_in_a_fresh_one_that_says_so(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line(category="H77")])
    sheet = parts(path)[SHEET_PART].decode()
    body = sheet[sheet.index("<worksheet") :]
    other = rezipped(path, {SHEET_PART: f'<?xml version="1.0" encoding="UTF-16"?>{body}'.encode("utf-16")})
    book, answer = annotated(other, "fresh")
    assert [cell.value for cell in book[SUMMARY][1]][:2] == list(FRESH)
    assert answer.errors[0].zh in book["台账"]["K2"].value


def test_of_a_workbook_that_opens_on_a_chart_only_the_summary_is_selected(tmp_path: Path) -> None:
    made: Any = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    with made as book:
        sheet = book.add_worksheet("台账")
        for row, cells in enumerate([HEADER, line(category="H77")]):
            sheet.write_row(row, 0, cells)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=台账!$A$2:$A$2"})
        alone = book.add_chartsheet("图")
        alone.set_chart(chart)
        alone.activate()
    annotated(tmp_path / "a.xlsx")
    selected = [name for name, part in parts(tmp_path / "annotated.xlsx").items() if b"tabSelected" in part]
    assert selected == ["xl/worksheets/rectify-summary.xml"]


def test_a_large_workbook_keeps_its_looks_too(tmp_path: Path) -> None:
    lines = [line(description=f"第{n}处漏油") for n in range(6_000)]
    book, answer = annotated(xlsx(tmp_path / "a.xlsx", [HEADER, *lines, line(category="H77")]))
    assert answer.errors[0].zh in book["台账"].cell(6_002, 11).value


def test_what_is_alike_is_one_line_of_the_summary(tmp_path: Path) -> None:
    rows = [line(name=f"甲{n}厂", category="触电") for n in range(9)]
    book, _ = annotated(xlsx(tmp_path / "a.xlsx", [HEADER, *rows]))
    said = [[cell.value for cell in row] for row in book[SUMMARY].iter_rows() if row[0].value == "错误"]
    assert [row[2] for row in said] == ["2–10 (9)"] and "--value '触电=…'" in said[0][4]
