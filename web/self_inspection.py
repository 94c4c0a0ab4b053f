"""`/self-inspection`: the ledger of what an enterprise found at itself; officials see by territory what came."""

import tempfile
import uuid
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile

from desk.self_inspection import DEED, enter, may_keep, put_right
from ledgers.book import LedgerProblem
from ledgers.own_ledger import own_rows
from ledgers.reading.read import read_book
from models.actors import Actor
from models.instants import day_of, parse_day
from models.refusals import Refused
from models.self_inspection import OwnFinding
from rules.access.deeds import Place
from rules.words.naming import Both
from serving.actors import Official, require_scope, within
from serving.audited import asked_by, refusals_noted
from serving.backing import Backing, Behind
from serving.bodies import LARGEST
from serving.forms import Posted, form_file, form_values
from serving.problems import Trouble, WrongField, misshapen, one_field, refused
from store.campaigns import Campaign, campaigns
from store.self_inspection import ledgers, own_ledger, reported
from views.forms.fields import FormField
from views.forms.posted import as_posted, place_of, read, rows_posted
from web.drafts import draft_name, taken_up
from web.queries import PageQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
ROWS_A_FORM = 50
_SHOWN = 100
_EMPTY_ROWS = 3
_FIELDS = 1_000
_LARGEST_FILE = 10_000_000
_MENDED_HERE = (400, 409, 413, 415, 422)
_NAMES: dict[str, tuple[Any, Both]] = {
    "description": ("text", Both("发现的问题", "What was found")),
    "found_on": ("day", Both("发现日期", "Found on")),
    "measure": ("line", Both("整改措施", "What is done about it")),
    "responsible": ("line", Both("整改责任人", "Responsible")),
    "due_on": ("day", Both("计划完成日期", "To be done by")),
    "rectified_on": ("day", Both("整改完成日期（已完成的填写）", "Put right on, if it is")),
}


class _Rows(BaseModel):
    rows: Annotated[tuple[OwnFinding, ...], Field(min_length=1, max_length=ROWS_A_FORM)]


@router.get("/self-inspection")
def self_inspection(
    request: Request,
    who: Official,
    behind: Behind,
    query: Annotated[PageQuery, Query()],
    done: int = 0,
    rows: Annotated[int, Query(ge=0, le=50)] = 0,
) -> Response:
    """Of whoever speaks for a subject its ledger, and the form; for officials what their territory reported."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    within(campaign, who, Place())
    if who.subject is not None:
        return _own(request, behind, campaign, who, _fields({"rows": rows} if rows else {}), done=done)
    by_district = reported(behind.engine, campaign.campaign_id)
    kept = ledgers(behind.engine, campaign.campaign_id, _SHOWN)
    return page(request, "self_inspections.html", campaign, by_district=by_district, ledgers=kept, most=_SHOWN)


@router.post("/self-inspection")
async def keep(request: Request, who: Official, behind: Behind) -> Response:
    """The rows are kept, once however often the form is sent; or the form again, with what is to be mended."""
    posted = await form_values(request, LARGEST, _FIELDS)
    campaign = await _keeping(request, behind, who, posted)
    await require_scope(request, behind, who, DEED)
    fields = _fields(rows_posted(posted, ROWS_A_FORM))
    command_id = (posted.get("command_id") or [str(uuid.uuid4())])[-1][:64]
    filled_in = as_posted(fields, posted)
    again = partial(_own, request, behind, campaign, who, filled_in, command_id=command_id, is_given=True)
    if "more" in posted:
        return await run_in_threadpool(again)
    filled = read(fields, posted)
    try:
        rows = _Rows.model_validate(filled.facts).rows
    except ValidationError as error:
        return await run_in_threadpool(again, trouble=misshapen(error.errors(include_url=False)), places=filled.places)
    today = day_of(campaign.now())
    answer = await run_in_threadpool(
        enter, behind.records, campaign, who, rows, command_id, today, asked_by(request, who)
    )
    if isinstance(answer, Refused):
        return await run_in_threadpool(again, trouble=refused(answer))
    onward = link("/self-inspection", campaign=campaign.campaign_id, done=str(answer))
    return taken_up(request, RedirectResponse(onward, 303), _draft(campaign, who))


@router.post("/self-inspection/file")
async def read_file(request: Request, who: Official, behind: Behind) -> Response:
    """A ledger's rows in the form, to be looked at; nothing is kept yet."""
    campaign = await _keeping(request, behind, who, {})
    try:
        values, file = await form_file(request, _LARGEST_FILE, "file")
        if file is None:
            raise Trouble(422, "no_file", "请选择台账文件", "choose the file of the ledger")
        try:
            campaign = await _keeping(request, behind, who, values)
            posted = await run_in_threadpool(_rows_of, file, campaign)
        finally:
            await file.close()
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        again = partial(_own, request, behind, campaign, who, _fields({}))
        return await run_in_threadpool(again, trouble=trouble)
    fields = _fields(rows_posted(posted, ROWS_A_FORM))
    show = partial(_own, request, behind, campaign, who, as_posted(fields, posted))
    return await run_in_threadpool(show, was_read=len(fields[0].parts), is_given=True)


@router.post("/self-inspection/rectified")
async def rectified(request: Request, who: Official, behind: Behind) -> Response:
    """What was found is put right since the day that is named."""
    posted = await form_values(request, LARGEST, 20)
    campaign = await _keeping(request, behind, who, posted)
    await require_scope(request, behind, who, DEED)
    entry_id, on = ((posted.get(name) or [""])[-1] for name in ("entry", "on"))
    try:
        day = parse_day(on)
    except ValueError:
        raise one_field("on", "须为日期", "is to be a day", "如 2013-06-30", "as 2013-06-30") from None
    if day > day_of(campaign.now()):
        raise one_field("on", "不得晚于今天", "is not to be later than today")
    answer = await run_in_threadpool(put_right, behind.records, campaign, who, entry_id, day, asked_by(request, who))
    if isinstance(answer, Refused):
        early = answer.code == "right_before_found"
        raise one_field("on", answer.zh, answer.en) if early else refused(answer)
    if not answer:
        raise Trouble(404, "no_such_row", "台账中没有该项", "the ledger has no such row")
    return RedirectResponse(link("/self-inspection", campaign=campaign.campaign_id), 303)


async def _keeping(request: Request, behind: Backing, who: Actor, posted: Posted) -> Campaign:
    """The campaign that the form names; 403, and noted, for whoever keeps no ledger."""
    async with refusals_noted(request, behind.records, who, DEED):
        return await run_in_threadpool(_named, behind, who, posted)


def _named(behind: Backing, who: Actor, posted: Posted) -> Campaign:
    campaign = behind.campaign((posted.get("campaign") or [""])[-1] or None)
    if no := may_keep(campaign, who, who.subject):
        raise refused(no)
    return campaign


def _rows_of(file: UploadFile, campaign: Campaign) -> Posted:
    """The rows of the file as the form would hold them. Trouble for no ledger."""
    with tempfile.TemporaryDirectory(prefix="own-ledger-") as folder:
        path = Path(folder) / "ledger"  # what it is its content says
        path.write_bytes(file.file.read())
        book = read_book(path)
    if isinstance(book, LedgerProblem):
        zh, en = book.sentence()
        raise Trouble(422, book.code, zh, en)
    first, last = campaign.phases[0].begins_at, campaign.phases[-1].ends_at
    rows = own_rows(book, day_of(first), day_of(last), ROWS_A_FORM + 1)
    if not rows:
        zh, en = (
            "文件中没有找到台账：须有“问题描述”一列",
            "the file has no ledger: a column 问题描述 is needed",
        )
        raise Trouble(422, "no_ledger", zh, en)
    if len(rows) > ROWS_A_FORM:
        zh, en = f"一次最多 {ROWS_A_FORM} 项，请分成几个文件", f"at most {ROWS_A_FORM} rows at once: send them in parts"
        raise Trouble(422, "too_many_rows", zh, en)
    named = ("found_on", "description", "measure", "responsible", "due_on")
    cells = ((n, name, getattr(row, name)) for n, row in enumerate(rows) for name in named)
    return {f"rows.{n}.{name}": [str(value)] for n, name, value in cells if value}


def _fields(rows: dict[str, int]) -> tuple[FormField, ...]:
    made = tuple(
        FormField(
            f"rows.{n}",
            "row",
            Both(f"第 {n + 1} 项", f"Row {n + 1}"),
            parts=tuple(FormField(f"rows.{n}.{name}", kind, label) for name, (kind, label) in _NAMES.items()),
        )
        for n in range(rows.get("rows", _EMPTY_ROWS))
    )
    label, hint = Both("自查发现的问题", "What you found"), Both("不用的行留空", "Leave out rows that you do not need")
    return (FormField("rows", "rows", label, parts=made, hint=hint, free=len(made) < ROWS_A_FORM),)


def _own(
    request: Request,
    behind: Backing,
    campaign: Campaign,
    who: Actor,
    fields: tuple[FormField, ...],
    *,
    command_id: str = "",
    trouble: Trouble | None = None,
    places: dict[str, str] | None = None,
    done: int = 0,
    was_read: int = 0,
    is_given: bool = False,
) -> Response:
    """`behind.records`: the own subject is asked for by its id, which the session has."""
    assert who.subject is not None
    problem = trouble.problem if trouble else None
    wrong: dict[str, WrongField] = {place_of(e.field, places or {}): e for e in (problem and problem.errors) or ()}
    return page(
        request,
        "self_inspection.html",
        campaign,
        status=problem.status if problem else 200,
        rows=own_ledger(behind.records, campaign.campaign_id, who.subject, _SHOWN),
        most=_SHOWN,
        fields=fields,
        command_id=command_id or str(uuid.uuid4()),
        problem=problem,
        wrong=wrong,
        elsewhere=[e for name, e in wrong.items() if not name.startswith("rows.")],
        done=done,
        was_read=was_read,
        today=day_of(campaign.now()),
        draft=_draft(campaign, who),
        is_given=is_given,
    )


def _draft(campaign: Campaign, who: Actor) -> str:
    return draft_name("self_inspection", campaign.campaign_id, who.subject or "")
