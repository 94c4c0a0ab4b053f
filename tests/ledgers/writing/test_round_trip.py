"""What we write comes back as it was: template, export, annotated workbook; an edit is seen field by field."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers.fields import LABELS
from ledgers.meaning.exported import EXPORTED
from ledgers.planned import Checked
from ledgers.writing.export import EXPORT_FIELDS, ExportRow, guarded, write_export
from ledgers.writing.template import HELP, LEDGER, LISTS, TEMPLATE_FIELDS, choices, write_template
from models.typed import printable
from tests.ledgers.books import CODE, PHASES, PLAN, check, codes, read

ROW = ExportRow(
    key="case/karamay-2013-2013/s1#F1",
    version="7",
    name="某某化工有限公司",
    district="650203",
    inspected_on=date(2013, 6, 10),
    category="H07",
    grade="major",
    description="锅炉未定期检验",
    code=CODE,
    street="天山路街道",
    sector="special_equipment",
    responsible="责任人1",
    due=date(2013, 6, 25),
)
LATER = date(2013, 8, 1)


def _exported(path: Path, *rows: ExportRow) -> Path:
    assert write_export(path, PLAN, PHASES, rows) == len(rows)
    return path


def _edit(path: Path, change: Callable[[Any, dict[str, int]], None]) -> Checked:
    """The workbook opened by a person, changed and saved, then checked."""
    book = openpyxl.load_workbook(path)
    change(book[LEDGER], {field: place for place, field in enumerate(EXPORT_FIELDS, start=1)})
    book.save(path)
    return check(path, today=LATER)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize(
    "description",
    [
        "锅炉未定期检验",
        "1.甲；2.乙",
        "同上",
        "无",
        "—",
        "第一行\n第二行",
        "甲\r\n乙\t丙\r丁",
        "=1+1",
        "+8613",
        "-3℃ 冷库",
        "@SUM(A1)",
        "'=x",
        "''-x",
        "  两端有空格  ",
        "_x0041_ 不是转义",
        "http://example.invalid/x",
        "007",
        "<b>&amp;</b>\"'",
        "2013-06-30",
        "长" * 4000,
    ],
)
def test_an_export_comes_back_unchanged(tmp_path: Path, suffix: str, description: str) -> None:
    rows = [replace(ROW, description=description), replace(ROW, key="k2", due=None, responsible=None, street=None)]
    answer = check(_exported(tmp_path / f"a{suffix}", *rows), today=LATER)
    assert (answer.rows, answer.skipped, answer.planned) == (2, 2, ())
    assert codes(answer.errors) == []


def _holds(text: str) -> bool:
    """Whether a finding can hold the text: not empty, no control characters but tabs and line ends."""
    try:
        return bool(printable(text))
    except ValueError:
        return False


@given(
    text=st.text(max_size=60).map(str.strip).filter(_holds),
    due=st.none() | st.dates(date(2013, 5, 5), date(2013, 12, 31)),
    category=st.sampled_from([c.id for c in (*PLAN.illegal_conduct, *PLAN.hazards, PLAN.other)]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_finding_comes_back_unchanged(tmp_path: Path, text: str, due: date | None, category: str) -> None:
    row = replace(ROW, description=text, due=due, category=category)
    for suffix in (".xlsx", ".csv"):
        answer = check(_exported(tmp_path / f"a{suffix}", row), today=LATER)
        assert (answer.skipped, codes(answer.errors)) == (1, []), (suffix, text)


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("description", "锅炉及管道未定期检验", "问题描述"),
        ("category", "H08", "类别"),
        ("grade", "一般", "等级"),
        ("responsible", "责任人2", "整改责任人"),
        ("responsible", None, "整改责任人"),
        ("due", date(2013, 9, 1), "整改期限"),
        ("street", "胜利路街道", "街道"),
        ("inspected_on", date(2013, 6, 11), "检查日期"),
    ],
)
def test_an_edit_is_seen_with_its_field_and_old_version(tmp_path: Path, field: str, value: Any, label: str) -> None:
    path = _exported(tmp_path / "a.xlsx", ROW, replace(ROW, key="k2"))
    answer = _edit(path, lambda sheet, at: sheet.cell(2, at[field]).__setattr__("value", value))
    assert codes(answer.errors) == []
    (row,) = answer.planned
    assert row.exported is not None
    assert (row.exported.key, row.exported.version, row.exported.changed) == (ROW.key, "7", (field,))
    assert (answer.skipped, codes(answer.warnings)) == (1, ["exported_changed"])
    assert label in answer.warnings[0].zh


def test_the_same_value_in_another_spelling_is_no_edit(tmp_path: Path) -> None:
    def change(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at["due"]).value = "2013年6月25日"
        sheet.cell(2, at["category"]).value = "（三）7"
        sheet.cell(2, at["district"]).value = "650203"
        sheet.cell(2, at["name"]).value = "某某化工有限责任公司"

    assert _edit(_exported(tmp_path / "a.xlsx", ROW), change).skipped == 1


def test_a_row_added_to_an_export_is_new(tmp_path: Path) -> None:
    def change(sheet: Any, at: dict[str, int]) -> None:
        for field, value in (
            ("name", "某餐馆"),
            ("district", "独山子区"),
            ("category", "H08"),
            ("description", "无标志"),
        ):
            sheet.cell(3, at[field]).value = value
        sheet.cell(3, at["inspected_on"]).value = date(2013, 7, 1)
        sheet.cell(3, at["grade"]).value = "一般"

    answer = _edit(_exported(tmp_path / "a.xlsx", ROW), change)
    assert [(row.row, row.exported) for row in answer.planned] == [(3, None)]
    assert answer.skipped == 1


def test_an_unchanged_due_date_that_has_passed_is_no_error_a_changed_one_is(tmp_path: Path) -> None:
    path = _exported(tmp_path / "a.xlsx", ROW)
    assert codes(check(path, today=LATER).errors) == []
    answer = _edit(path, lambda sheet, at: sheet.cell(2, at["due"]).__setattr__("value", date(2013, 7, 20)))
    assert codes(answer.errors) == ["due_not_ahead"]


def test_a_copied_row_keeps_its_key_and_is_an_error(tmp_path: Path) -> None:
    def change(sheet: Any, at: dict[str, int]) -> None:
        for place in at.values():
            sheet.cell(3, place).value = sheet.cell(2, place).value
        sheet.cell(3, at["description"]).value = "另一处锅炉未检"

    answer = _edit(_exported(tmp_path / "a.xlsx", ROW), change)
    assert [(e.code, e.row) for e in answer.errors] == [("key_twice", 3)]


@pytest.mark.parametrize(("field", "value"), [("key", "别的 键"), ("key", None), ("version", "8"), ("version", None)])
def test_a_changed_key_or_version_is_an_error(tmp_path: Path, field: str, value: Any) -> None:
    path = _exported(tmp_path / "a.xlsx", ROW)
    answer = _edit(path, lambda sheet, at: sheet.cell(2, at[field]).__setattr__("value", value))
    assert codes(answer.errors) == ["key_unreadable"]


def test_an_exported_row_cannot_move_to_another_unit(tmp_path: Path) -> None:
    path = _exported(tmp_path / "a.xlsx", ROW)
    answer = _edit(path, lambda sheet, at: sheet.cell(2, at["name"]).__setattr__("value", "某餐馆"))
    assert codes(answer.errors) == ["exported_subject_changed"]


def test_a_version_holds_a_check_of_every_exported_field() -> None:
    assert set(EXPORTED) == set(EXPORT_FIELDS) - {"key", "version", "kind"}


def test_no_cell_of_an_export_is_a_formula_and_the_key_is_locked(tmp_path: Path) -> None:
    rows = [replace(ROW, description="=cmd|'/c calc'!A1", name="=1+1"), replace(ROW, key="k2", responsible="@SUM(A1)")]
    book = openpyxl.load_workbook(_exported(tmp_path / "a.xlsx", *rows))
    sheet = book[LEDGER]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "d", "n"}
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not sheet["J2"].protection.locked
    assert sheet["A2"].value == ROW.key


@given(st.text())
def test_a_guarded_text_is_no_formula_for_a_spreadsheet(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_csv_export_is_guarded(tmp_path: Path) -> None:
    path = _exported(tmp_path / "a.csv", replace(ROW, description="=1+1"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1][EXPORT_FIELDS.index("description")] == "'=1+1"


def test_the_template_opens_with_its_lists_dates_and_help(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", PLAN, PHASES)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == [LEDGER, HELP, LISTS]
    sheet = book[LEDGER]
    assert [cell.value.lstrip("*") for cell in sheet[1]] == [LABELS[f] for f in TEMPLATE_FIELDS]
    assert all(cell.comment and "\n" in cell.comment.text for cell in sheet[1])
    rules = sheet.data_validations.dataValidation
    assert sorted(v.type for v in rules) == ["date", "date", "list", "list", "list", "list", "list"]
    for rule in rules:
        if rule.type == "list":
            sheet_name, _, area = rule.formula1.partition("!")
            assert [c.value for (c,) in book[sheet_name][area]] in choices(PLAN).values()


def test_a_template_as_it_is_holds_no_lines(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", PLAN, PHASES)
    answer = check(tmp_path / "a.xlsx")
    assert (answer.rows, codes(answer.errors), codes(answer.warnings)) == (0, [], [])


def test_a_filled_template_is_imported_whatever_is_chosen_from_its_lists(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", PLAN, PHASES)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet, offered = book[LEDGER], choices(PLAN)
    count = max(len(values) for values in offered.values())
    for number in range(count):
        facts: dict[str, Any] = {
            "name": f"某厂{number}",
            "inspected_on": date(2013, 6, 20),
            "description": "现场问题",
            "due": date(2013, 7, 20),
            **{field: values[number % len(values)] for field, values in offered.items()},
        }
        for place, field in enumerate(TEMPLATE_FIELDS, start=1):
            sheet.cell(number + 2, place).value = facts.get(field)
    book.save(tmp_path / "a.xlsx")
    answer = check(tmp_path / "a.xlsx")
    assert (codes(answer.errors), codes(answer.warnings), answer.unknown_columns) == ([], [], ())
    assert len({f.category for row in answer.planned for f in row.findings}) == count == 23
    assert {c.field for c in answer.columns} == set(TEMPLATE_FIELDS)


def test_what_is_exported_reads_as_a_ledger_of_ours(tmp_path: Path) -> None:
    sheet = read(_exported(tmp_path / "a.xlsx", ROW)).sheets[0]
    assert sheet.name == LEDGER
    assert len(sheet.rows) == 2
