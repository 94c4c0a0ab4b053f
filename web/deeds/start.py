"""`/campaigns/new`: a plan is checked, line by line where it is wrong, and started as a campaign."""

from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.campaign import first_opening, pin, refused_start, steer
from models.actors import Actor
from models.instants import day_of
from models.refusals import Refused
from rules.access.deeds import may_order
from rules.files.plan_check import PlanError, PlanFile, assumptions, read_plan
from serving.actors import Official, require_scope
from serving.audited import refusals_noted
from serving.backing import Backing, Behind
from serving.forms import form_file
from serving.problems import Trouble, one_field, refused
from web.drafts import draft_name, taken_up
from web.entry import newest
from web.render import link, page

router = APIRouter(include_in_schema=False)
_DEED = "open_cases"
_DRAFT = draft_name("campaigns", "new")
_LARGEST = 5_000_000
_YEARS = range(1900, 2201)
_MENDED_HERE = (400, 403, 409, 413, 415, 422, 503)


@router.get("/campaigns/new")
def form(request: Request, who: Official, behind: Behind) -> Response:
    """The form that takes a plan; 403 for whoever starts no campaign."""
    _starting(behind, who)
    return _page(request, behind)


@router.post("/campaigns/new")
async def send(request: Request, who: Official, behind: Behind) -> Response:
    """The plan's errors, or what it is; where that was asked for it is started, once however often it is sent."""
    await require_scope(request, behind, who, _DEED)
    async with refusals_noted(request, behind.records, who, _DEED):
        await run_in_threadpool(_starting, behind, who)
    year = ""
    again = partial(_page, request, behind, is_given=True)
    try:
        values, file = await form_file(request, _LARGEST, "file")
        year = values.get("year", [""])[-1].strip()
        if file is None:
            raise one_field("file", "请选择方案文件", "choose the file of the plan", "TOML 文件", "a TOML file")
        try:
            content, name = await file.read(), file.filename or ""
        finally:
            await file.close()
        read = await run_in_threadpool(read_plan, _text(content), name)
        if not isinstance(read, PlanFile):
            return await run_in_threadpool(partial(again, year=year, errors=read, status=422))
        if values.get("what", [""])[-1] != "start":
            return await run_in_threadpool(partial(again, year=year, read=read))
        return taken_up(request, await _start(behind, who, read, _year(year)), _DRAFT)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE or trouble.problem.code == "foreign_page":
            raise
        return await run_in_threadpool(partial(again, year=year, trouble=trouble))


async def _start(behind: Backing, who: Actor, read: PlanFile, year: int) -> Response:
    client, now = await behind.temporal(), datetime.now(UTC)
    if no := await run_in_threadpool(refused_start, behind.records, read, year, who, now):
        raise refused(no)
    try:
        started = await run_in_threadpool(pin, behind.records, read, year)
    except ValueError as error:
        raise Trouble(409, "other_plan", f"该行动已按另一版方案启动：{error}", str(error)) from None
    campaign = started.campaign
    answer = await steer(client, behind.records, campaign, first_opening(campaign, who))
    if isinstance(answer, Refused):
        raise refused(answer)
    return RedirectResponse(link(f"/campaigns/{campaign.campaign_id}", done=_DEED), 303)


def _starting(behind: Backing, who: Actor) -> None:
    """403 for whoever starts no campaign, 409 in a demonstration, which has one whose clock is moved."""
    if no := may_order(who, _DEED):
        raise refused(no)
    if behind.services.is_demo:
        zh, en = "演示环境不能启动正式行动", "no campaign is started in a demonstration"
        raise Trouble(409, "home_of_a_demonstration", zh, en)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise one_field("file", "不是 UTF-8 文本", "is not UTF-8 text", "请另存为 UTF-8", "save it as UTF-8") from None


def _year(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) == 4 and int(written) in _YEARS):
        raise one_field("year", "须为年份", "is to be a year", "如 2027", "as 2027")
    return int(written)


def _page(
    request: Request,
    behind: Backing,
    *,
    year: str = "",
    read: PlanFile | None = None,
    errors: tuple[PlanError, ...] = (),
    trouble: Trouble | None = None,
    status: int = 200,
    is_given: bool = False,
) -> Response:
    problem = trouble.problem if trouble else None
    return page(
        request,
        "campaign_new.html",
        newest(behind),
        status=problem.status if problem else status,
        year=year or str(day_of(datetime.now(UTC)).year),
        read=read,
        assumed=assumptions(read.plan) if read else (),
        errors=errors,
        problem=problem,
        wrong={error.field: error for error in (problem and problem.errors) or ()},
        draft=_DRAFT,
        is_given=is_given,
    )
