"""`/ledgers/new`, `/ledgers/checks/{id}`: a ledger is sent, checked, decided about, and applied as a job."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.imports import ImportOrder, begin_import, check_import
from desk.kept_ledgers import (
    KeptLedger,
    decide,
    drop_content,
    drop_ledger,
    keep_ledger,
    kept_content,
    kept_ledger,
)
from desk.ledger import refused_import
from desk.refusals import noted_refusal
from engine.jobs import run_job
from ledgers.book import LedgerProblem
from ledgers.planned import LedgerPlan
from ledgers.writing.annotate import write_annotated
from models.actors import Actor
from models.refusals import Refused
from rules.access.deeds import DEEDS
from rules.words.clauses import clause_for
from rules.words.naming import Both
from serving.actors import Official
from serving.backing import Backing, Behind
from serving.bodies import LARGEST as LARGEST_FORM
from serving.forms import form_file, form_values
from serving.problems import Trouble, nothing_here, refused
from store.campaigns import Campaign
from store.jobs import job_of
from views.import_check import import_check
from views.import_plan import rows_planned, will_be_done
from views.ledger_words import checked_on_page
from web.download import download
from web.ledgers.choices import column_choices, read_decided, source_of, value_choices
from web.ledgers.door import require_import_scope, require_official
from web.ledgers.said import issues_shown
from web.queries import PageQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
LARGEST = 50_000_000
"""Bytes of a ledger, as over the API."""
_NO_LEDGERS = (
    *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff", ".pdf", ".doc", ".docx", ".ppt"),
    *(".pptx", ".zip", ".rar", ".7z", ".mp4", ".htm", ".html"),
)
"""Endings of files that are no ledger whatever they hold; any other is read as what it is."""
_NO_LEDGER = Both(
    "这类文件不是台账；请选择 Excel 工作簿（.xlsx、.xls）或 CSV 文本",
    "a file of this kind is no ledger: choose an Excel workbook (.xlsx, .xls) or CSV text",
)
_FIELDS = 2_500
_ROWS_SHOWN = 50
_ERRORS_SHOWN = 200
_MENDED_HERE = (400, 413, 415, 422)


class Check(NamedTuple):
    """A ledger that was sent, checked as it is decided about; why it cannot be read, where it is no ledger."""

    campaign: Campaign
    ledger: KeptLedger
    path: Path
    plan: LedgerPlan | LedgerProblem
    order: ImportOrder


@router.get("/ledgers/new")
def new_page(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """The form that takes a file; 403 for whoever imports no ledger."""
    return _new(request, _importing(behind, who, query.campaign))


@router.post("/ledgers/new")
async def send(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """The file is kept for its sender, and its check shown; or the form again, with what is wrong with the file."""
    await require_import_scope(request, behind, who)
    campaign = await run_in_threadpool(_importing, behind, who, query.campaign)  # before the file is taken in
    try:
        values, file = await form_file(request, LARGEST, "file")
        if file is None:
            zh, en = "请选择台账文件", "choose the file of the ledger"
            raise Trouble(422, "no_file", zh, en)
        if Path(file.filename or "").suffix.lower() in _NO_LEDGERS:
            await file.close()
            zh, en = _NO_LEDGER
            raise Trouble(415, "no_ledger_file", zh, en)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        response = await run_in_threadpool(partial(_new, request, campaign, _about_the_file(trouble)))
        response.headers.update(trouble.headers)
        return response
    try:
        name, now = file.filename or "", datetime.now(UTC)
        home, of, source = behind.services.home, campaign.campaign_id, source_of(values)
        ledger = await run_in_threadpool(keep_ledger, home, who, of, name, file.file, source, now)
    finally:
        await file.close()
    return RedirectResponse(_address(ledger), 303)


@router.get("/ledgers/checks/{file_id}")
def check_page(request: Request, who: Official, behind: Behind, file_id: str) -> Response:
    """What the ledger says and what its import would do, with everything that can be decided once for all lines."""
    ledger = _ledger(behind, who, file_id)
    if job_of(behind.records, ledger.job_id) is not None:
        return RedirectResponse(f"/ledgers/jobs/{ledger.job_id}", 303)
    return _shown(request, behind, _checked(behind, who, ledger))


@router.post("/ledgers/checks/{file_id}")
async def decide_once(request: Request, who: Official, behind: Behind, file_id: str) -> Response:
    """What is decided is kept, and the ledger checked anew."""
    await require_import_scope(request, behind, who)
    posted = await form_values(request, LARGEST_FORM, _FIELDS)
    ledger = await run_in_threadpool(_ledger, behind, who, file_id)
    await run_in_threadpool(decide, behind.services.home, ledger, read_decided(posted, ledger.decided))
    return RedirectResponse(_address(ledger), 303)


@router.post("/ledgers/checks/{file_id}/apply")
async def apply(request: Request, who: Official, behind: Behind, file_id: str) -> Response:
    """The rows become a job, as over the API; sent twice it is one. Else the check again, with what keeps it out.

    The form carries the job's id and what was decided as it was checked: decided otherwise since, it is checked first.
    """
    await require_import_scope(request, behind, who)
    posted = await form_values(request, LARGEST_FORM, _FIELDS)
    ledger = await run_in_threadpool(_ledger, behind, who, file_id)
    if posted.get("job_id", [""])[-1] != ledger.job_id:
        raise nothing_here()
    client = await behind.temporal()  # while it does not answer nothing is frozen
    if await run_in_threadpool(job_of, behind.records, ledger.job_id) is None:
        if posted.get("decided", [""])[-1] != ledger.decided.mark:
            return RedirectResponse(_address(ledger), 303)
        check = await run_in_threadpool(_checked, behind, who, ledger)
        begun = await run_in_threadpool(_begun, behind, check)
        if isinstance(begun, Trouble):
            return await run_in_threadpool(partial(_shown, request, behind, check, begun))
    await run_job(client, ledger.job_id)
    await run_in_threadpool(drop_content, behind.services.home, ledger)
    return RedirectResponse(f"/ledgers/jobs/{ledger.job_id}", 303)


@router.post("/ledgers/checks/{file_id}/drop")
async def drop(request: Request, who: Official, behind: Behind, file_id: str) -> Response:
    """The file goes at once, and nothing was imported."""
    await require_import_scope(request, behind, who)
    await form_values(request, LARGEST_FORM, _FIELDS)
    ledger = await run_in_threadpool(_ledger, behind, who, file_id)
    await run_in_threadpool(drop_ledger, behind.services.home, ledger)
    return RedirectResponse(link("/ledgers", campaign=ledger.campaign_id), 303)


@router.get("/ledgers/checks/{file_id}/annotated")
def annotated(who: Official, behind: Behind, file_id: str) -> Response:
    """The sender's workbook with all that is wrong beside each row, as the page says it."""
    check = _checked(behind, who, _ledger(behind, who, file_id))
    if isinstance(check.plan, LedgerProblem):
        raise _no_ledger(check.plan)
    of = checked_on_page(check.plan, check.campaign.plan)
    return download(f"{Path(check.ledger.name).stem}-批注.xlsx", lambda out: write_annotated(check.path, out, of))


def _importing(behind: Backing, who: Actor, campaign_id: str | None) -> Campaign:
    """The campaign; 403, and noted, for whoever imports no ledger there."""
    campaign = behind.campaign(campaign_id)
    require_official(campaign, who)
    if no := refused_import(campaign, who):
        raise refused(noted_refusal(behind.records, who, no, "import"))
    return campaign


def _ledger(behind: Backing, who: Actor, file_id: str) -> KeptLedger:
    """What this person sent within a day; 404 for anything else, another's too."""
    ledger = kept_ledger(behind.services.home, who, file_id, datetime.now(UTC))
    if ledger is None:
        zh, en = "该台账不在此处：已删除或已过一天", "the ledger is not here: it was deleted, or a day has passed"
        remedy = {"remedy_zh": "请重新选择文件检查", "remedy_en": "choose the file again"}
        raise Trouble(404, "unknown_ledger", zh, en, **remedy)
    return ledger


def _checked(behind: Backing, who: Actor, ledger: KeptLedger) -> Check:
    campaign = _importing(behind, who, ledger.campaign_id)
    path = kept_content(behind.services.home, ledger)
    if path is None:
        raise nothing_here()
    of = ledger.decided
    order = ImportOrder(who, of.source, of.decisions, skip_errors=of.skip_errors, job_id=ledger.job_id)
    plan = check_import(behind.records, campaign, path, order)
    if isinstance(plan, Refused):
        raise refused(plan)
    return Check(campaign, ledger, path, plan, order)


def _begun(behind: Backing, check: Check) -> Trouble | None:
    """Why no job was made; None where there is one."""
    campaign, ledger, _, plan, order = check
    if isinstance(plan, LedgerProblem):
        return _no_ledger(plan)
    begun = begin_import(behind.records, behind.services.signer, campaign, plan, ledger.name, order)
    if job_of(behind.records, ledger.job_id) is not None:  # made now, or by the same form sent twice at once
        return None
    if isinstance(begun, Refused):
        return refused(begun)
    if begun == "errors":
        count = len(plan.all_errors)
        zh, en = f"台账有 {count} 处错误，未导入任何一行", f"the ledger has {count} error(s); nothing was imported"
        return Trouble(422, "ledger_errors", zh, en, rule=clause_for(campaign.plan, "3.1.ledger"))
    zh, en = "没有需要导入的行", "there is nothing to import"
    return Trouble(409, "nothing_new", zh, en)


def _no_ledger(problem: LedgerProblem) -> Trouble:
    zh, en = problem.sentence()
    return Trouble(422, problem.code, zh, en, rule="contracts §3")


def _about_the_file(trouble: Trouble) -> Trouble:
    """A body that is too large is here a file that is, and what helps is to split it."""
    if trouble.problem.status != 413:
        return trouble
    most = LARGEST // 1_000_000
    zh, en = f"文件超过 {most} MB", f"the file has more than {most} MB"
    remedy = {"remedy_zh": "请分成几个文件报送", "remedy_en": "split it into several files"}
    return Trouble(413, "file_too_large", zh, en, headers=trouble.headers, **remedy)


def _new(request: Request, campaign: Campaign, trouble: Trouble | None = None) -> Response:
    problem = trouble.problem if trouble else None
    status = problem.status if problem else 200
    inspects = request.state.actor.role in DEEDS["record_findings"].roles  # the own ledger is of inspections
    return page(
        request, "ledger_new.html", campaign, status=status, problem=problem, largest=LARGEST, inspects=inspects
    )


def _shown(request: Request, behind: Backing, check: Check, trouble: Trouble | None = None) -> Response:
    campaign, ledger, _, plan, _ = check
    if isinstance(plan, LedgerProblem):
        trouble = trouble or _no_ledger(plan)
        return page(
            request, "ledger_check.html", campaign, status=422, problem=trouble.problem, ledger=ledger, check=None
        )
    problem, decided, checked = trouble.problem if trouble else None, ledger.decided, plan.checked
    codes = {one.code for one in (*plan.all_errors, *checked.warnings)}
    return page(
        request,
        "ledger_check.html",
        campaign,
        status=problem.status if problem else 200,
        problem=problem,
        ledger=ledger,
        check=import_check(plan),
        errors=issues_shown(plan.all_errors, _ERRORS_SHOWN, campaign.plan),
        warnings=issues_shown(checked.warnings, _ERRORS_SHOWN, campaign.plan),
        rows=rows_planned(behind.records, campaign.campaign_id, campaign.plan, plan, _ROWS_SHOWN),
        will=will_be_done(plan),
        values=value_choices(campaign.plan, plan, decided),
        unknown=column_choices(checked, decided, known=False),
        known=column_choices(checked, decided, known=True),
        has_closed=checked.closed > 0 or decided.closed == "import",
        has_past_due=bool(codes & {"due_not_ahead", "due_by_plan"}) or decided.past_due == "plan",
        applies=bool(plan.items) and (decided.skip_errors or not plan.all_errors),
    )


def _address(ledger: KeptLedger) -> str:
    return f"/ledgers/checks/{ledger.file_id}"
