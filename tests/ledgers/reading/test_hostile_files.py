"""Whatever a file does to its reader, the one who asks gets a sentence, in time, and lives on (3.1.ledger)."""

import io
import os
import resource
import struct
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from ledgers.book import Book, LedgerProblem
from ledgers.reading.limits import Limits
from ledgers.reading.read import environment, read_book
from ledgers.reading.refusal import SENTENCES
from tests.ledgers.books import HEADER, SHEET_PART, check, line, read, refused, rezipped, with_sheet, xlsx


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.touch()
    assert refused(path).code == "file_empty"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.xlsx").code == "file_unreadable"
    assert refused(tmp_path).code == "file_unreadable"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert refused(tmp_path / "pipe.xlsx").code == "file_unreadable"


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    assert refused(path).code == "file_too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 something", "not_a_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n0000", "not_a_spreadsheet"),
        (b"Rar!\x1a\x07\x00", "not_a_spreadsheet"),
        (b"\x00\x01\x02\x03" * 100, "not_a_spreadsheet"),
        (b"abc\x07\x08def,1\n", "not_a_spreadsheet"),
        (b"<html><table><tr><td>\xe4\xbc\x81</td></tr></table></html>", "not_a_spreadsheet"),
        (b"<?xml version='1.0'?><Workbook/>", "not_a_spreadsheet"),
        (b"\xff\xff\xfa\xfb,\x81\x20", "encoding_unknown"),
        (b"PK\x03\x04 and no zip at all", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 1000, "damaged"),
        (b"\n\n\n ,,\n", "nothing_inside"),
    ],
)
def test_what_is_no_ledger_is_refused_by_what_it_is(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.xls"  # the name promises nothing
    path.write_bytes(content)
    told = refused(path)
    assert told.code == code and told.en.isascii(), "each language by itself"


@pytest.mark.parametrize("part", ["word/document.xml", "ppt/presentation.xml", "xl/workbook.bin", "content.xml"])
def test_another_kind_of_document_is_named(tmp_path: Path, part: str) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(part, "<x/>")
    assert refused(path).code == "unsupported_format"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/externalLinks/externalLink1.xml", "external_links"),
        ("xl/connections.xml", "external_links"),
    ],
)
def test_macros_and_links_to_elsewhere_are_refused(tmp_path: Path, part: str, code: str) -> None:
    path = rezipped(xlsx(tmp_path / "a.xlsx", [HEADER, line()]), {part: "<x/>"})
    assert refused(path).code == code


def test_a_dde_link_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line()])
    link = '<externalLink xmlns="x"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    assert refused(rezipped(path, {"xl/externalLinks/externalLink1.xml": link})).code == "external_links"


def test_an_encrypted_part_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line()])
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1  # the flag in the central directory
    path.write_bytes(bytes(content))
    assert refused(path).code == "encrypted"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["x"]])
    bomb = b"<worksheet>" + b" " * 150_000_000 + b"</worksheet>"
    began = time.monotonic()
    answer = refused(rezipped(path, {SHEET_PART: bomb}))
    assert answer.code == "zip_bomb"
    assert SHEET_PART in answer.zh
    assert time.monotonic() - began < 30


def test_a_part_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line()])
    with zipfile.ZipFile(path) as package:
        info = package.getinfo(SHEET_PART)
    content = bytearray(path.read_bytes())
    place = content.rindex(SHEET_PART.encode())
    struct.pack_into("<I", content, place - 46 + 24, 10)  # says 10 bytes, unpacks to more
    path.write_bytes(bytes(content))
    assert info.file_size > 10
    assert refused(path).code == "damaged"


def test_entities_are_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["x"]])
    laughs = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    answer = refused(rezipped(path, {SHEET_PART: laughs}))
    assert answer.code == "damaged"
    assert "DOCTYPE" in answer.zh


def test_a_cell_at_the_far_end_costs_nothing_and_is_named(tmp_path: Path) -> None:
    """The grid of this 1.4 kB file would take 549 GB."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = with_sheet(tmp_path / "a.xlsx", cells, '<dimension ref="A1:XFD1048576"/>')
    began = time.monotonic()
    answer = refused(path)
    assert (answer.code, answer.row, answer.column) == ("too_many_columns", 1_048_576, "XFD")
    assert time.monotonic() - began < 10


def test_a_claimed_dimension_is_not_believed(tmp_path: Path) -> None:
    path = with_sheet(
        tmp_path / "a.xlsx", '<row r="2"><c r="B2"><v>1</v></c></row>', '<dimension ref="A1:XFD1048576"/>'
    )
    (row,) = read(path).sheets[0].rows
    assert (row.number, row.cells) == (2, (None, 1))


def test_a_million_formatted_empty_rows_are_no_rows(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{n}" ht="15"><c r="A{n}" s="0"/></row>' for n in range(2, 300_000))
    path = with_sheet(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>7</v></c></row>' + empty)
    assert len(read(path).sheets[0].rows) == 1


def test_too_many_rows_are_refused_at_the_row(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[n] for n in range(50)])
    answer = refused(path, Limits(rows=10))
    assert (answer.code, answer.sheet, answer.row) == ("too_many_rows", "台账", 11)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(cells=5), "too_many_cells"),
        (Limits(text_characters=20), "too_much_text"),
        (Limits(cell_characters=3), "cell_too_long"),
        (Limits(columns=4), "too_many_columns"),
        (Limits(unpacked_bytes=1000), "zip_bomb"),
    ],
)
def test_every_count_has_an_end(tmp_path: Path, limits: Limits, code: str) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line(), line()])
    assert refused(path, limits).code == code


def test_too_many_sheets_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for _ in range(4):
        book.create_sheet()
    book.save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx", Limits(sheets=3)).code == "too_many_sheets"


def test_a_child_without_memory_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_column(0, 0, [f"{n}" * 200 for n in range(40_000)])  # shared texts, kept by a reader
    assert refused(path, Limits(memory_bytes=40_000_000)).code == "too_much_memory"
    assert isinstance(read_book(path), Book)


def test_a_child_without_time_is_a_sentence(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[n, str(n)] for n in range(30_000)])
    began = time.monotonic()
    assert refused(path, Limits(wall_seconds=0.05)).code == "too_slow"
    assert time.monotonic() - began < 5


def test_a_child_out_of_processor_time_is_a_sentence(tmp_path: Path) -> None:
    spaces = "<worksheet><sheetData>" + '<row r="1"></row>' * 6_000_000 + "</sheetData></worksheet>"
    path = rezipped(xlsx(tmp_path / "a.xlsx", [["x"]]), {SHEET_PART: spaces})
    assert refused(path, Limits(cpu_seconds=1, unpacked_ratio=10_000)).code == "too_slow"


def test_a_truncated_workbook_is_refused_at_every_length(tmp_path: Path) -> None:
    whole = xlsx(tmp_path / "a.xlsx", [HEADER, line()]).read_bytes()
    path = tmp_path / "b.xlsx"
    for length in (10, 100, 1000, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        assert refused(path).code in SENTENCES


def test_flipped_bytes_never_raise(tmp_path: Path) -> None:
    whole = xlsx(tmp_path / "a.xlsx", [HEADER, line()]).read_bytes()
    path = tmp_path / "b.xlsx"
    for place in range(0, len(whole), len(whole) // 25):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        read_book(path)  # a book, or a problem; nothing else


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1"><v>abc</v></c></row>',
        '<row r="1"><c r="A1"><v>1e999</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v>',
    ],
)
def test_a_sheet_that_makes_no_sense_is_damaged(tmp_path: Path, cells: str) -> None:
    assert refused(with_sheet(tmp_path / "a.xlsx", cells)).code == "damaged"


def test_control_characters_in_cells_are_taken_out(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲_x0001__x0007_乙_x000D__x000A_丙</t></is></c></row>'
    assert read(with_sheet(tmp_path / "a.xlsx", cells)).sheets[0].rows[0].cells == ("甲乙\n丙",)


def test_a_text_cannot_pass_for_a_mark_of_ours(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>_x0001_d41455</t></is></c></row>'
    assert read(with_sheet(tmp_path / "a.xlsx", cells)).sheets[0].rows[0].cells == ("d41455",)


def test_the_child_finds_the_product_where_it_stands() -> None:
    assert (Path(environment()["PYTHONPATH"]) / "ledgers" / "reading" / "child.py").is_file()


def test_the_child_knows_nothing_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECTIFY_DATABASE_URL", "postgresql://secret")
    assert "secret" not in "".join(environment().values())


def test_the_parent_keeps_its_memory_whatever_the_child_is_given(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", b" " * 80_000_000)
    path = tmp_path / "a.xlsx"
    path.write_bytes(buffer.getvalue())
    assert isinstance(read_book(path), LedgerProblem)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000  # kB, the 80 MB made here included


def test_unclosed_quotes_do_not_swallow_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('企业名称,存在问题\n某厂,"没有合上的引号\n某厂二,灭火器过期\n', encoding="utf-8")
    answer = refused(path)
    assert (answer.code, answer.row) == ("csv_quotes", 2)


def test_long_texts_in_every_column_are_judged_in_time(tmp_path: Path) -> None:
    """Comparing spellings must not be a way to keep us busy."""
    lines = [[n, *(f"{n}{letter}" * 600 for letter in "甲乙丙丁戊己庚辛壬")] for n in range(200)]
    path = xlsx(tmp_path / "a.xlsx", [HEADER, *lines])
    began = time.process_time()
    answer = check(path)
    assert time.process_time() - began < 10
    assert answer.planned == ()
    assert {e.row for e in answer.errors} == set(range(2, 202))


def test_many_merged_cells_are_read_in_time(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, line()])
    with zipfile.ZipFile(path) as package:
        sheet = package.read(SHEET_PART).decode()
    merges = "".join(f'<mergeCell ref="A{1 + n % 3}:J{1 + n % 3}"/>' for n in range(100_000))
    rezipped(path, {SHEET_PART: sheet.replace("</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>")})
    began = time.process_time()
    check(path)
    assert time.process_time() - began < 10


def test_a_path_that_cannot_be_is_refused() -> None:
    assert refused(Path("a\0b")).code == "file_unreadable"
