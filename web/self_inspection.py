"""`/self-inspection`: the ledger of what an enterprise found at itself; officials see by territory what came."""

import uuid
from datetime import date
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from desk.self_inspection import DEED, enter, may_keep, put_right
from desk.self_inspection import wrong_days as days
from ledgers.own_ledger import OWN_COLUMNS, OwnColumn, write_own_template
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
from serving.problems import Trouble, WrongField, misshapen, refused
from store.campaigns import Campaign, campaigns
from store.self_inspection import ledgers, own_ledger, reported
from views.forms.fields import FormField, Kind
from views.forms.posted import as_posted, posted_value, read, rows_posted
from web.download import download
from web.drafts import draft_name, taken_up
from web.language import language_of
from web.mending import mending, placed
from web.own_file import no_days, rows_of_file
from web.queries import PageQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
ROWS_A_FORM = 50
_SHOWN = 100
_EMPTY_ROWS = 3
_FIELDS = 1_000
_LARGEST_FILE = 10_000_000
_MENDED_HERE = (400, 409, 413, 415, 422)
_KINDS: dict[OwnColumn, Kind] = {"description": "text", "measure": "line", "responsible": "line"}
_NEEDED: tuple[OwnColumn, ...] = ("description", "found_on")
_HINT_ZH = "每项须填写发现的问题和发现日期；不用的行留空"
_HINT_EN = "Each row says what was found and when; leave out rows that you do not need"
_PUT_RIGHT = "on."
"""Before the id of a row that is kept: since when it is put right."""
_SURE = "sure"
"""The row whose day was looked at again."""


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
    righted: int = 0,
) -> Response:
    """Of whoever speaks for a subject its ledger, and the form; for officials what their territory reported."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    within(campaign, who, Place())
    if who.subject is not None:
        return _own(
            request, behind, campaign, who, _fields({"rows": rows} if rows else {}), done=done, righted=righted > 0
        )
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
    if posted_value(posted, "file"):
        return await run_in_threadpool(again, trouble=_not_read(posted_value(posted, "file")))
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
        trouble = refused(answer)
        trouble.problem.errors = [_mistake(f"rows.{w.row}.{w.field}", w.why) for w in days(campaign, rows, today)]
        return await run_in_threadpool(again, trouble=trouble, places=filled.places)
    onward = link("/self-inspection", campaign=campaign.campaign_id, done=str(answer))
    return taken_up(request, RedirectResponse(onward, 303), _draft(campaign, who))


def _not_read(name: str) -> Trouble:
    """422: a file was chosen, and then the rows were kept without it."""
    zh, en = f"所选文件“{name}”尚未读取，各项均未登记", f"the file {name} was chosen and not read: nothing is kept yet"
    remedy_zh, remedy_en = (
        "需要文件的重新选择并点“读取”，不需要的直接登记",
        "choose and read it, or keep the rows without it",
    )
    return Trouble(422, "file_not_read", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _mistake(field: str, why: Refused) -> WrongField:
    return WrongField(field=field, zh=why.zh, en=why.en, remedy_zh="请更正日期", remedy_en="mend the day")


@router.post("/self-inspection/file")
async def read_file(request: Request, who: Official, behind: Behind) -> Response:
    """A ledger's rows in the form, behind those that are written there, to be looked at; nothing is kept yet."""
    campaign, typed = await _keeping(request, behind, who, {}), _Typed({}, 0)
    try:
        values, file = await form_file(request, _LARGEST_FILE, "file", beside=LARGEST, fields=_FIELDS)
        typed = _typed(values)
        if file is None:
            raise Trouble(422, "no_file", "请选择台账文件", "choose the file of the ledger")
        try:
            campaign = await _keeping(request, behind, who, values)
            left = ROWS_A_FORM - typed.rows
            came = await run_in_threadpool(rows_of_file, behind, file, campaign, who, left, after=typed.rows)
        finally:
            await file.close()
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        fields = as_posted(_fields({"rows": max(typed.rows, _EMPTY_ROWS)}), typed.posted)
        again = partial(_own, request, behind, campaign, who, fields, is_given=typed.rows > 0)
        return await run_in_threadpool(again, trouble=trouble)
    posted = {**typed.posted, **came.posted}
    fields = _fields(rows_posted(posted, ROWS_A_FORM))
    shown, said = as_posted(fields, posted), {"left_out": came.left_out, "is_given": True}
    show, was_read = partial(_own, request, behind, campaign, who, shown, **said), len(fields[0].parts) - typed.rows
    if came.wrong:
        return await run_in_threadpool(show, trouble=no_days(was_read, came.wrong))
    return await run_in_threadpool(show, was_read=was_read)


class _Typed(NamedTuple):
    """What was written into the form, without its empty rows, and how many rows that is."""

    posted: Posted
    rows: int


def _typed(values: Posted) -> _Typed:
    rows = range(rows_posted(values, ROWS_A_FORM).get("rows", 0))
    written = [{name: posted_value(values, f"rows.{n}.{name}") for name in OWN_COLUMNS} for n in rows]
    kept = [row for row in written if any(row.values())]
    return _Typed({f"rows.{n}.{name}": [value] for n, row in enumerate(kept) for name, value in row.items()}, len(kept))


@router.get("/self-inspection/template")
def template(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """An empty ledger with the columns of the form."""
    within(behind.campaign(query.campaign), who, Place())
    place = 1 if language_of(request) == "en" else 0
    name = ("自查自纠台账.xlsx", "self-inspection.xlsx")[place]
    return download(name, lambda path: write_own_template(path, place), "self-inspection")


@router.post("/self-inspection/rectified")
async def rectified(request: Request, who: Official, behind: Behind) -> Response:
    """What was found is put right since the day that is named, once that was looked at again: it cannot be changed.

    The rows that the form holds beside it stay in it.
    """
    posted = await form_values(request, LARGEST, _FIELDS)
    campaign = await _keeping(request, behind, who, posted)
    await require_scope(request, behind, who, DEED)
    fields = _fields(rows_posted(posted, ROWS_A_FORM))
    again = partial(_own, request, behind, campaign, who, as_posted(fields, posted), is_given=True)
    entry_id = posted_value(posted, "entry")
    try:
        day = _day_of(posted, entry_id, day_of(campaign.now()))
        if posted_value(posted, _SURE) != f"{entry_id} {day}" and await run_in_threadpool(
            _waits, behind, campaign, who, entry_id, day
        ):
            return await run_in_threadpool(again, put_right_on=_days_of(posted), sure=(entry_id, day))
        answer = await run_in_threadpool(
            put_right, behind.records, campaign, who, entry_id, day, asked_by(request, who)
        )
        if isinstance(answer, Refused):
            trouble = refused(answer)
            trouble.problem.errors = [_mistake(f"{_PUT_RIGHT}{entry_id}", answer)]
            raise trouble
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        return await run_in_threadpool(again, trouble=trouble, put_right_on=_days_of(posted))
    if not answer:
        raise Trouble(404, "no_such_row", "台账中没有该项", "the ledger has no such row")
    if read(fields, posted).facts.get("rows"):
        return await run_in_threadpool(again, righted=True)
    onward = link("/self-inspection", campaign=campaign.campaign_id, righted=1)
    return taken_up(request, RedirectResponse(onward, 303), _draft(campaign, who))


def _waits(behind: Backing, campaign: Campaign, who: Actor, entry_id: str, day: date) -> bool:
    """Whether the row is one that the own page shows, not put right yet, and found by that day."""
    rows = own_ledger(behind.records, campaign.campaign_id, who.subject or "", _SHOWN)
    return any(row.entry_id == entry_id and row.rectified_on is None and row.found_on <= day for row in rows)


def _days_of(posted: Posted) -> dict[str, str]:
    """What stands in the fields of rows that are kept, by the row's id."""
    return {name.removeprefix(_PUT_RIGHT): days[-1] for name, days in posted.items() if name.startswith(_PUT_RIGHT)}


def _day_of(posted: Posted, entry_id: str, today: date) -> date:
    """Since when it is put right; 422, at the row, for what is no day or none yet."""
    field = f"{_PUT_RIGHT}{entry_id}"
    try:
        day = parse_day(_days_of(posted).get(entry_id, ""))
    except ValueError:
        raise _at_row(field, Both("须为日期", "is to be a day"), Both("如 2013-06-30", "as 2013-06-30")) from None
    if day > today:
        late = Both(f"不得晚于今天（{today}）", f"is not to be later than today, {today}")
        raise _at_row(field, late, Both("请更正日期", "mend the day"))
    return day


def _at_row(field: str, wrong: Both, remedy: Both) -> Trouble:
    zh, en = f"整改完成日期{wrong.zh}", f"the day on which it was put right {wrong.en}"
    error = WrongField(field=field, zh=zh, en=en, remedy_zh=remedy.zh, remedy_en=remedy.en)
    return Trouble(422, "invalid_input", zh, en, errors=[error])


async def _keeping(request: Request, behind: Backing, who: Actor, posted: Posted) -> Campaign:
    """The campaign that the form names; 403, and noted, for whoever keeps no ledger."""
    async with refusals_noted(request, behind.records, who, DEED):
        return await run_in_threadpool(_named, behind, who, posted)


def _named(behind: Backing, who: Actor, posted: Posted) -> Campaign:
    campaign = behind.campaign(posted_value(posted, "campaign") or None)
    if no := may_keep(campaign, who, who.subject):
        raise refused(no)
    return campaign


def _fields(rows: dict[str, int]) -> tuple[FormField, ...]:
    made = tuple(
        FormField(
            f"rows.{n}",
            "row",
            Both(f"第 {n + 1} 项", f"Row {n + 1}"),
            parts=tuple(
                FormField(f"rows.{n}.{name}", _KINDS.get(name, "day"), label, starred=name in _NEEDED)
                for name, label in OWN_COLUMNS.items()
            ),
        )
        for n in range(rows.get("rows", _EMPTY_ROWS))
    )
    label, hint = Both("自查发现的问题", "What you found"), Both(_HINT_ZH, _HINT_EN)
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
    left_out: tuple[Both, ...] = (),
    put_right_on: dict[str, str] | None = None,
    sure: tuple[str, date] | None = None,
    righted: bool = False,
    is_given: bool = False,
) -> Response:
    """`behind.records`: the own subject is asked for by its id, which the session has."""
    assert who.subject is not None
    problem = trouble.problem if trouble else None
    told = list(placed(problem, places))
    wrong, elsewhere = mending(fields, ((place, e) for place, e in told if not place.startswith(_PUT_RIGHT)))
    wrong |= {place: e for place, e in told if place.startswith(_PUT_RIGHT)}
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
        elsewhere=elsewhere,
        put_right_on=put_right_on or {},
        sure=sure,
        righted=righted,
        columns=OWN_COLUMNS,
        done=done,
        was_read=was_read,
        left_out=left_out,
        today=day_of(campaign.now()),
        draft=_draft(campaign, who),
        is_given=is_given,
    )


def _draft(campaign: Campaign, who: Actor) -> str:
    return draft_name("self_inspection", campaign.campaign_id, who.subject or "")
