"""Ledgers as an office would send them, made as real files; and what comes of checking them."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from ledgers.book import Book, LedgerProblem
from ledgers.decisions import Closed, Decisions, PastDue
from ledgers.judging.check import check_ledger
from ledgers.judging.register import EmptyRegister, KnownSubject, NameKey, Register
from ledgers.planned import Checked, LedgerPlan
from ledgers.reading.read import read_book
from rules.subjects.names import normalised_name
from tests.cast import plan
from views.import_check import import_check
from views.plain import plain

TODAY = date(2013, 7, 1)
HEADER = [
    "序号",
    "企业名称",
    "统一社会信用代码",
    "所属区",
    "存在问题",
    "隐患类别",
    "等级",
    "整改责任人",
    "整改期限",
    "检查日期",
]
CODE, OTHER_CODE = "91650200000000017H", "91650200000000025C"


PLAN = plan()
PHASES = PLAN.calendar(2013)


def line(**other: Any) -> list[Any]:
    """A line under HEADER that is right in everything but what is said otherwise, by field."""
    facts: dict[str, Any] = {
        "serial": 1,
        "name": "某某化工有限公司",
        "code": None,
        "district": "克拉玛依区",
        "description": "灭火器过期未检",
        "category": "H08",
        "grade": "一般",
        "responsible": "责任人1",
        "due": "2013-07-20",
        "inspected_on": "2013-06-20",
    }
    assert not set(other) - set(facts)
    return list({**facts, **other}.values())


def without(place: int, **other: Any) -> list[Any]:
    """A line under HEADER without the column of that place."""
    cells = line(**other)
    del cells[place]
    return cells


def xlsx(path: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = (), name: str = "台账") -> Path:
    """A workbook of one sheet, by openpyxl."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def read(path: Path, **limits: Any) -> Book:
    """A file that must be readable."""
    book = read_book(path)
    assert isinstance(book, Book), book
    return book


def refused(path: Path, limits: Any = None) -> LedgerProblem:
    """A file that must be refused, in two languages."""
    answer = read_book(path, limits)
    assert isinstance(answer, LedgerProblem), "it was read"
    assert answer.zh and answer.en and answer.zh != answer.en
    assert any("\u4e00" <= c <= "\u9fff" for c in answer.zh)
    return answer


def check(
    path: Path,
    *,
    register: Register | None = None,
    mapping: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    closed: Closed = "skip",
    past_due: PastDue = "refuse",
    today: date = TODAY,
) -> Checked:
    """The file checked against the plan of the notice, in 2013."""
    decided = Decisions(columns=mapping or {}, values=values or {}, closed=closed, past_due=past_due)
    return check_ledger(PLAN, PHASES, today, read(path), register or EmptyRegister(), decided)


def checked(folder: Path, *lines: Sequence[Any], header: Sequence[Any] = HEADER, **more: Any) -> Checked:
    """Lines under a header in row 1."""
    return check(xlsx(folder / "ledger.xlsx", [header, *lines]), **more)


def document_of(found: Checked, language: str | None = None) -> dict[str, Any]:
    """The check as its JSON shows it, where the record knows nothing of the ledger yet."""
    return plain(import_check(LedgerPlan(found, (), (), 0, 0, 0), language))


def codes(issues: Sequence[Any]) -> list[str]:
    """The codes of issues, in order."""
    return [one.code for one in issues]


class Registered:
    """A register over a list, which counts how often it is asked."""

    def __init__(self, *subjects: KnownSubject):
        self.subjects = subjects
        self.asked: list[int] = []

    def by_codes(self, codes: Sequence[str]) -> Mapping[str, KnownSubject]:
        """As the protocol says."""
        self.asked.append(len(codes))
        return {s.code: s for s in self.subjects if s.code in codes and s.code}

    def by_names(self, names: Sequence[NameKey]) -> Mapping[NameKey, Sequence[KnownSubject]]:
        """As the protocol says."""
        self.asked.append(len(names))
        found: dict[NameKey, list[KnownSubject]] = {}
        for district, name in names:
            same = [s for s in self.subjects if normalised_name(s.name) == name and district in (None, s.district)]
            if same:
                found[district, name] = same
        return found


def rezipped(path: Path, changes: Mapping[str, str | bytes | None]) -> Path:
    """The package with parts replaced, added, or (None) left out."""
    with zipfile.ZipFile(path) as package:
        parts: dict[str, bytes] = {name: package.read(name) for name in package.namelist()}
    for name, content in changes.items():
        if content is None:
            parts.pop(name)
        else:
            parts[name] = content.encode() if isinstance(content, str) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


SHEET_PART = "xl/worksheets/sheet1.xml"
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_sheet(path: Path, inside: str, before: str = "") -> Path:
    """A workbook whose sheet part is written by hand: the content of sheetData."""
    xlsx(path, [["x"]])
    return rezipped(path, {SHEET_PART: f"<worksheet {_SPACE}>{before}<sheetData>{inside}</sheetData></worksheet>"})
