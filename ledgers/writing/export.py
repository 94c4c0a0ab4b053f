"""Findings as a ledger that comes back: each row carries which finding it is and what it was (3.1.ledger)."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ledgers.fields import LABELS, Field
from ledgers.meaning.exported import version_cell
from ledgers.meaning.vocabulary import Vocabulary
from ledgers.writing.template import (
    HELP,
    LEDGER,
    LISTS,
    PREPARED_ROWS,
    TEMPLATE_FIELDS,
    add_choices,
    new_sheet,
    new_workbook,
    styles,
    write_header,
    write_help,
    write_lists,
)
from models.commands import Grade, SubjectKind
from models.plan import PhaseDates, Plan
from rules.words.terms import GRADES

EXPORT_FIELDS: tuple[Field, ...] = ("key", "version", *TEMPLATE_FIELDS)
_KINDS: dict[SubjectKind, str] = {"enterprise": "企业", "site": "场所", "vehicle": "车辆", "person": "个人"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNLOCKED = {"insert_rows": True, "delete_rows": True, "format_columns": True, "format_rows": True, "sort": True}


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One finding of the record. `key` names it (no spaces in it), `version` is that of its case or of itself."""

    key: str
    version: str
    name: str
    district: str
    inspected_on: date
    category: str
    grade: Grade
    description: str
    code: str | None = None
    street: str | None = None
    sector: str | None = None
    kind: SubjectKind = "enterprise"
    responsible: str | None = None
    due: date | None = None


def write_export(path: Path, plan: Plan, phases: tuple[PhaseDates, ...], rows: Iterable[ExportRow]) -> int:
    """The rows at `path`, as .csv (UTF-8 with a mark, for Excel) or else as .xlsx; gives how many. Streams the rows."""
    if path.suffix.lower() == ".csv":
        return _write_csv(path, plan, rows)
    with new_workbook(path, constant_memory=True) as book:
        looks = styles(book)
        sheet = new_sheet(book, LEDGER)
        write_header(sheet, EXPORT_FIELDS, looks)
        count = 0
        for count, values in enumerate(_values(plan, rows), start=1):
            for place, (field, value) in enumerate(zip(EXPORT_FIELDS, values, strict=True)):
                if isinstance(value, date):
                    sheet.write_datetime(count, place, value, looks.day)
                elif value:
                    sheet.write_string(count, place, value, looks.locked if field in ("key", "version") else looks.text)
                elif field in ("key", "version"):
                    sheet.write_blank(count, place, None, looks.locked)
        write_help(new_sheet(book, HELP), plan, EXPORT_FIELDS, looks)
        ranges = write_lists(new_sheet(book, LISTS), plan, looks)
        add_choices(sheet, EXPORT_FIELDS, ranges, phases, count + PREPARED_ROWS)
        sheet.protect("", _UNLOCKED)
    return count


def _write_csv(path: Path, plan: Plan, rows: Iterable[ExportRow]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([LABELS[field] for field in EXPORT_FIELDS])
        for values in _values(plan, rows):
            writer.writerow([v.isoformat() if isinstance(v, date) else guarded(v or "") for v in values])
            count += 1
    return count


def guarded(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it; our own reader takes it off."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _values(plan: Plan, rows: Iterable[ExportRow]) -> Iterator[tuple[str | date | None, ...]]:
    words = Vocabulary(plan)
    sectors = {s.id: s.zh for s in plan.sectors}
    districts = {d.id: d.zh for d in plan.districts}
    for row in rows:
        facts: dict[Field, str | date | None] = {
            "name": row.name,
            "code": row.code,
            "district": row.district,
            "street": row.street,
            "sector": row.sector,
            "inspected_on": row.inspected_on,
            "category": row.category,
            "grade": row.grade,
            "description": row.description,
            "responsible": row.responsible,
            "due": row.due,
        }
        yield (
            row.key,
            version_cell(row.key, row.version, facts),
            row.name,
            row.code,
            districts.get(row.district, row.district),
            row.street,
            sectors.get(row.sector or "", row.sector),
            _KINDS[row.kind],
            row.inspected_on,
            row.description,
            words.shown_category(row.category),
            GRADES[row.grade][0],
            row.responsible,
            row.due,
        )
