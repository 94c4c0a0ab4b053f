"""The empty ledger: a sheet to fill in, with lists to choose from, help in Chinese and English (3.1.ledger)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from ledgers.fields import HELP, LABELS, LISTS, Field
from ledgers.meaning.vocabulary import list_label
from models.instants import day_of
from models.plan import Named, PhaseDates, Plan

LEDGER = "台账"
PREPARED_ROWS = 5_000
"""Rows with lists and date formats."""
_HELP_HEIGHT = 30
"""Points: two lines."""
TEMPLATE_FIELDS: tuple[Field, ...] = (
    "name",
    "code",
    "district",
    "street",
    "sector",
    "kind",
    "inspected_on",
    "description",
    "category",
    "grade",
    "responsible",
    "due",
)
WIDTHS: dict[Field, int] = {
    "name": 30,
    "code": 22,
    "description": 48,
    "category": 40,
    "street": 14,
    "key": 26,
    "version": 14,
}
REQUIRED: frozenset[Field] = frozenset({"name", "district", "inspected_on", "description", "category"})
HELP_TEXTS: dict[Field, tuple[str, str]] = {
    "name": (
        "单位全称，与营业执照一致。已登记的单位按信用代码或名称找到。",
        "Full name as on the licence. Registered units are found by code or name.",
    ),
    "code": (
        "18 位统一社会信用代码；无证无照的单位留空。该列为文本。",
        "Unified social credit code, 18 characters; empty for a unit without licence. A text column.",
    ),
    "district": ("从列表中选择所属区。", "The district, from the list."),
    "street": ("街道或乡镇，可留空。", "Street or town; may be left empty."),
    "sector": ("从列表中选择行业领域，可留空。", "The sector, from the list; may be left empty."),
    "kind": ("企业、场所、车辆或个人；留空为企业。", "Enterprise, site, vehicle or person; empty means enterprise."),
    "inspected_on": (
        "检查或自查的日期，如 2013-06-30；须在行动期间，不得晚于今天。",
        "Day of the inspection, such as 2013-06-30; within the campaign and not in the future.",
    ),
    "description": (
        "发现的问题。一格可写几项：1.… 2.…；未发现问题请写“未发现问题”。",
        "What was found. Several may stand in a cell: 1.… 2.…; write 未发现问题 if nothing was found.",
    ),
    "category": (
        "从列表中选择；或写编号 V01、H07，或按通知写（三）7。",
        "From the list; or the id V01, H07, or the number in the notice, （三）7.",
    ),
    "grade": ("一般或重大；留空按一般。", "General or major; empty means general."),
    "responsible": ("整改责任人，可留空。", "Who rectifies; may be left empty."),
    "due": (
        "整改期限（当日 24 时止）；留空按方案计算。不得早于检查日期和今天，不得超过最后期限。",
        "Due at 24:00 of that day; empty takes the plan's. Not before the inspection or today, not past the last day.",
    ),
    "key": ("导出时的行标识，请勿改动；新增的行留空。", "Which finding the row is; leave it. Empty in new rows."),
    "version": ("导出时的版本，请勿改动；新增的行留空。", "The version exported; leave it. Empty in new rows."),
}


@dataclass(frozen=True, slots=True)
class Styles:
    """The formats of a workbook of ours."""

    header: Any
    needed: Any
    text: Any
    day: Any
    locked: Any
    title: Any


def new_workbook(path: Path, **options: bool) -> Any:
    """A workbook in which no text becomes a formula, a link or a number; to be closed. Any: its types are partial."""
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(str(path), {**never, **options})


def new_sheet(book: Any, name: str | None) -> Any:
    """A sheet that prints as wide as a page, across."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def styles(book: Any) -> Styles:
    """Header, needed header, text, day, locked cells, title."""
    base: dict[str, Any] = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
    head = {**base, "bold": True, "align": "center", "border": 1, "bg_color": "#DDEBF7"}
    return Styles(
        header=book.add_format(head),
        needed=book.add_format({**head, "font_color": "#C00000"}),
        text=book.add_format({**base, "num_format": "@", "locked": False}),
        day=book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "center", "locked": False}),
        locked=book.add_format(
            {**base, "num_format": "@", "font_color": "#7F7F7F", "bg_color": "#F2F2F2", "text_wrap": False}
        ),
        title=book.add_format({"font_name": "宋体", "bold": True, "font_size": 14}),
    )


def write_template(path: Path, plan: Plan, phases: tuple[PhaseDates, ...]) -> None:
    """An empty ledger for the campaign of those phases, at `path` (.xlsx)."""
    with new_workbook(path) as book:
        looks = styles(book)
        sheet = new_sheet(book, LEDGER)
        write_header(sheet, TEMPLATE_FIELDS, looks)
        write_help(new_sheet(book, HELP), plan, TEMPLATE_FIELDS, looks)
        rows = write_lists(new_sheet(book, LISTS), plan, looks)
        add_choices(sheet, TEMPLATE_FIELDS, rows, phases, PREPARED_ROWS)


def write_header(sheet: Any, fields: tuple[Field, ...], looks: Styles) -> None:
    """The header row with help on each cell, the columns' widths and formats, the first row frozen."""
    for place, field in enumerate(fields):
        format_of = looks.day if field in ("inspected_on", "due") else looks.text
        if field in ("key", "version"):
            format_of = looks.locked
        sheet.set_column(place, place, WIDTHS.get(field, 13), format_of)
        needed = field in REQUIRED
        sheet.write_string(0, place, ("*" if needed else "") + LABELS[field], looks.needed if needed else looks.header)
        zh, en = HELP_TEXTS[field]
        sheet.write_comment(0, place, f"{zh}\n{en}", {"x_scale": 2.2, "y_scale": 1.2, "author": "rectify"})
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, 1)


def choices(plan: Plan) -> dict[Field, list[str]]:
    """What can be chosen in each column that has a list, as `check_ledger` reads it."""
    named: tuple[Named, ...] = (*plan.illegal_conduct, *plan.hazards, plan.other)
    return {
        "district": [d.zh for d in plan.districts],
        "sector": [s.zh for s in plan.sectors],
        "category": [f"{c.id} {c.zh}" for c in named],
        "grade": ["一般", "重大"],
        "kind": ["企业", "场所", "车辆", "个人"],
    }


def write_lists(sheet: Any, plan: Plan, looks: Styles) -> dict[Field, str]:
    """The lists, a column each; gives the range of each for the choices."""
    ranges: dict[Field, str] = {}
    for place, (field, values) in enumerate(choices(plan).items()):
        sheet.set_column(place, place, WIDTHS.get(field, 16))
        sheet.write_string(0, place, LABELS[field], looks.header)
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, place, value)
        letter = chr(65 + place)
        ranges[field] = f"={LISTS}!${letter}$2:${letter}${len(values) + 1}"
    return ranges


def add_choices(
    sheet: Any, fields: tuple[Field, ...], ranges: dict[Field, str], phases: tuple[PhaseDates, ...], rows: int
) -> None:
    """Lists to choose from and days within the campaign; a text that is not in a list warns and may stay."""
    begins, ends = day_of(phases[0].begins_at), day_of(phases[-1].ends_at)
    for place, field in enumerate(fields):
        zh, en = HELP_TEXTS[field]
        message = {"error_title": LABELS[field], "error_message": f"{zh}\n{en}"[:250], "error_type": "warning"}
        if field in ranges:
            sheet.data_validation(1, place, rows, place, {"validate": "list", "source": ranges[field], **message})
        elif field in ("inspected_on", "due"):
            bounds = {"validate": "date", "criteria": "between", "minimum": begins, "maximum": ends}
            sheet.data_validation(1, place, rows, place, {**bounds, **message})


def write_help(sheet: Any, plan: Plan, fields: tuple[Field, ...], looks: Styles) -> None:
    """Each column in both languages, then the categories with their place in the notice."""
    sheet.set_column(0, 0, 20, looks.text)
    sheet.set_column(1, 2, 64, looks.text)
    sheet.write_string(0, 0, f"{plan.zh} — 台账填写说明", looks.title)
    sheet.write_string(1, 0, f"{plan.en} — how to fill in the ledger ({plan.notice})")
    sheet.write_row(3, 0, ["列 column", "说明", "help"], looks.header)
    row = 4
    for field in fields:
        mark = "*" if field in REQUIRED else ""
        sheet.write_row(row, 0, [f"{mark}{LABELS[field]}", *HELP_TEXTS[field]])
        sheet.set_row(row, _HELP_HEIGHT)
        row += 1
    sheet.write_string(row, 0, "* 必填 needed")
    row += 2
    sheet.write_row(row, 0, ["类别 category", "通知中的条目", "English"], looks.header)
    for one in (*plan.illegal_conduct, *plan.hazards, plan.other):
        row += 1
        sheet.set_row(row, _HELP_HEIGHT)
        sheet.write_row(row, 0, [one.id, f"{list_label(one.clause)} {one.zh}", one.en])
