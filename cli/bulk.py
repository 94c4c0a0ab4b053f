"""`rectify bulk`: one order over all cases that match a filter."""

# XlsxWriter is partly untyped
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from cli.filters import STAGES, By, District, Sector, StageOf, actor_meant, actor_written, meant, place_meant
from cli.jobs import show_job, through
from cli.names import districts, named, sectors
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, filled, out, print_json, say
from cli.services import campaign_named, role_name, run, services
from desk.bulk import Order, assign, matching, note, order_all, ordered, reassign, refused_order, remind
from desk.refusals import noted_refusal
from engine.operator import operator
from models.actors import Actor
from models.audit import AuditLine
from models.instants import say_due
from models.plan import Plan
from rules.access.posts import unknown_officer
from rules.case.stage import NAMES
from store.audit import noted
from store.case_list import CaseFilter
from store.facets import sectors_of
from store.jobs import items
from store.people import in_post

app = typer.Typer(help="One order over many cases. 批量办理。", no_args_is_help=True)
Named = Annotated[str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")]
Street = Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")]
Officer = Annotated[str | None, typer.Option(help="An officer in charge. 承办人。")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many. 只统计。")]


@app.command("assign")
def assign_all(
    by: By,
    officers: Annotated[list[str], typer.Option(help="Who is in charge; may be repeated. 承办人。", callback=filled)],
    campaign: Named = None,
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    stage: StageOf = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Put officers in charge of all that match. 批量指派。"""
    filters = {"district": district, "street": street, "sector": sector, "stage": stage}
    _order(
        "assign",
        by,
        lambda who: assign(who, tuple(officers)),
        campaign,
        filters,
        officers=officers,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("reassign")
def reassign_all(
    by: By,
    leaves: Annotated[str, typer.Option("--from", help="Who leaves. 离任承办人。", callback=filled)],
    takes_over: Annotated[str, typer.Option("--to", help="Who takes over. 接任承办人。", callback=filled)],
    campaign: Named = None,
    district: District = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """An official leaves: another takes over all open cases. 批量移交。"""
    filters = {"district": district, "officer": leaves}
    _order(
        "reassign",
        by,
        lambda who: reassign(who, leaves, takes_over),
        campaign,
        filters,
        officers=[takes_over],
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("remind")
def remind_all(
    by: By,
    words: Annotated[str, typer.Option(help="What to say. 提醒内容。")] = "",
    campaign: Named = None,
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    stage: StageOf = None,
    officer: Officer = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Remind whoever's turn it is in all that match. 批量提醒。"""
    filters = {"district": district, "street": street, "sector": sector, "stage": stage, "officer": officer}
    _order("remind", by, lambda who: remind(who, words), campaign, filters, dry_run=dry_run, as_json=as_json)


@app.command("note")
def note_all(
    by: By,
    text: Annotated[str, typer.Option(help="The note. 备注。", callback=filled)],
    campaign: Named = None,
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    stage: StageOf = None,
    officer: Officer = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """A note in each file that matches. 批量备注。"""
    filters = {"district": district, "street": street, "sector": sector, "stage": stage, "officer": officer}
    _order("note", by, lambda who: note(who, text), campaign, filters, dry_run=dry_run, as_json=as_json)


@app.command("export")
def export_all(
    path: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Where to write it. 导出文件。")],
    campaign: Named = None,
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    stage: StageOf = None,
    officer: Officer = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the open cases that match as a workbook. 导出案件清单。"""
    if path.suffix.lower() != ".xlsx":
        zh, en = f"{path}：文件名须以 .xlsx 结尾", f"{path}: the name should end in .xlsx"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    filters = {"district": district, "street": street, "sector": sector, "stage": stage, "officer": officer}
    filters = _reached(filters, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        filters |= _placed(filters, of.plan, as_json=as_json)
        facts = {"what": "cases", "campaign": of.campaign_id}
        line = AuditLine(kind="exported", by=operator(), file=path.name, facts=facts)
        try:
            with noted(found.engine, line):
                count = _write(path, of, matching(found.engine, of, **filters))
        except (OSError, XlsxWriterException) as error:
            zh, en = f"无法写入 {path}：{error}", f"cannot write {path}: {error}"
            fail(BAD_INPUT, {"code": "file_unwritable", "zh": zh, "en": en}, as_json=as_json)
    if as_json:
        print_json({"file": str(path), "rows": count})
    else:
        out().print(say(f"已导出 {count} 行到 {path}", f"{count} rows written to {path}"), markup=False, soft_wrap=True)


def _write(path: Path, of: Any, rows: Any) -> int:
    headers = (("案件", "case"), ("对象", "subject"), ("区", "district"), ("街道", "street"), ("行业", "sector"))
    headers += (("状态", "stage"), ("下一步", "next"), ("期限", "due"), ("承办人", "officers"))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count, places, trades = 0, districts([of.plan]), sectors([of.plan])
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(say("案件", "cases"))
        bold = book.add_format({"bold": True})
        for place, names in enumerate(headers):
            sheet.write_string(0, place, say(*names), bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 1, 36)
        sheet.set_column(2, len(headers), 16)
        for count, row in enumerate(rows, start=1):
            cells = (
                row.case_id, row.subject_name, named(places, row.district), row.street,
                named(trades, row.sector), say(*NAMES[row.stage]), role_name(of.plan, row.next_role),
                say_due(row.due_at) if row.due_at else None,
                "、".join(row.officers),
            )  # fmt: skip
            for place, cell in enumerate(cells):
                sheet.write_string(count, place, cell or "")
    return count


def _order(
    what: str,
    typed: str,
    order_of: Callable[[Actor], Order],
    campaign: str | None,
    filters: dict[str, str | None],
    *,
    officers: Sequence[str] = (),
    dry_run: bool,
    as_json: bool,
) -> None:
    written = actor_written(typed, as_json=as_json)
    filters = _reached(filters, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        filters |= _placed(filters, of.plan, as_json=as_json)
        by = actor_meant(written, [of.plan], as_json=as_json)
        order = order_of(by)
        if refused := refused_order(of, by, what, filters.get("district")):
            noted_refusal(found.engine, by, refused, what)
            fail(REFUSED, refused.model_dump(), as_json=as_json)
        there = in_post(found.engine, "inspector", by.territory) if officers else ()
        which = CaseFilter.model_validate({**filters, "campaign_id": of.campaign_id, "outcome": "open"})
        sectors = sectors_of(found.engine, which, of.now()) if officers else ()
        if unknown := unknown_officer(officers, there, sectors):  # told and done: elsewhere officers need no account
            err().print(say(f"！{unknown.zh}", f"! {unknown.en}"), markup=False)
        if dry_run:
            count = sum(1 for _ in ordered(found.engine, of, by, order, **filters))
            if as_json:
                print_json({"matching": count})
            else:
                out().print(say(f"符合条件的案件 {count} 件", f"{count} cases match"), markup=False)
            return
        job = order_all(found.engine, found.signer, of, by, what, order, **filters)
        job = run(through(found, job, say("批量办理", "working")))
        failed = list(items(found.engine, job.job_id, state="failed"))
    show_job(job, failed, as_json=as_json)
    if failed:
        raise typer.Exit(REFUSED)


def _reached(filters: dict[str, str | None], *, as_json: bool) -> dict[str, str | None]:
    """With the stage by its id."""
    return {**filters, "stage": meant("--stage", filters.get("stage"), STAGES, as_json=as_json)}


def _placed(filters: dict[str, str | None], plan: Plan, *, as_json: bool) -> dict[str, str | None]:
    """District and sector by id."""
    return place_meant([plan], district=filters.get("district"), sector=filters.get("sector"), as_json=as_json)
