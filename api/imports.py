"""Ledgers over HTTP: a file is checked, then applied as a job whose rows can be followed."""

import asyncio
import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.schemas import PROBLEMS
from desk.imports import ImportOrder, NotApplied, begin_import, check_import, reads_import
from desk.ledger import refused_import
from desk.refusals import noted_refusal
from engine.jobs import run_job
from ledgers.book import LedgerProblem
from ledgers.decisions import NoPair, read_decisions
from ledgers.planned import LedgerPlan
from models.actors import Actor
from models.base import Frozen
from models.jobs import Job, JobState
from models.refusals import Refused
from rules.words.clauses import clause_for
from serving.actors import Official, require_scope
from serving.answers import answer
from serving.backing import Behind
from serving.bodies import pieces
from serving.paging import LONGEST_MARK
from serving.problems import Trouble, one_field, refused
from store.campaigns import Campaign
from store.jobs import JobCursor, JobFilter, id_under, items, job_of, jobs
from store.reading import reading_now
from views.import_check import ImportCheck, ImportJob, import_check, import_job
from views.plain import plain

router = APIRouter(prefix="/api/v1", tags=["imports"], responses=PROBLEMS)
LARGEST = 50_000_000
_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "text/csv",
                "application/octet-stream",
            )
        },
    }
}


class ImportQuery(Frozen):
    """What is to be done with the file."""

    campaign: str | None = Field(None, description="A campaign; the newest if left out.")
    name: str = Field("ledger.xlsx", max_length=200, description="The file's name; its ending says what it is.")
    dry_run: bool = Field(False, description="Check only.")
    skip_errors: bool = Field(False, description="Apply the rows without errors.")
    source: Literal["self_inspection", "inspection"] = "self_inspection"
    value: tuple[str, ...] = Field(
        (),
        max_length=500,
        description="`TEXT=MEANING`: what a text in a cell means, as `--value` says it; may be repeated.",
    )
    closed: Literal["skip", "import"] = Field("skip", description="Rows that the ledger calls closed.")
    past_due: Literal["refuse", "plan"] = Field("refuse", description="Due dates gone by: refused, or the plan's.")
    map: tuple[str, ...] = Field(
        (), max_length=50, description="`HEADER=FIELD`: which field a column is, as `--map` says it; may be repeated."
    )


class ImportsQuery(Frozen):
    """Which imports; what is left out means all."""

    campaign: str | None = None
    by: str | None = Field(None, max_length=300, description="Who imports, as `role:name@territory`.")
    state: JobState | None = None
    file: str | None = Field(None, min_length=1, max_length=200, description="Part of the file's name.")
    after: str | None = Field(None, max_length=LONGEST_MARK, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class ImportAnswer(Frozen):
    """The check, and the job if there is one."""

    check: ImportCheck
    job: ImportJob | None


class ImportList(Frozen):
    """A page of imports, newest first; `next` is null on the last one."""

    imports: tuple[ImportJob, ...]
    next: str | None


class FailedRow(Frozen):
    """A row that took no effect, and why."""

    row: str
    case_id: str | None
    code: str | None
    zh: str | None
    en: str | None


class ImportDocument(Frozen):
    """A job, and its rows that failed."""

    job: ImportJob
    results: tuple[FailedRow, ...]


@router.post(
    "/imports",
    summary="Import a ledger. 导入台账。",
    response_model=ImportAnswer,
    openapi_extra=_FILE,
    responses={202: {"model": ImportAnswer}},
)
async def import_ledger(
    who: Official, behind: Behind, request: Request, query: Annotated[ImportQuery, Query()]
) -> Response:
    """Check a ledger; unless that is all, freeze its rows as a job and start it (202). Row errors refuse it whole.

    Sent again while that job runs, as after no answer, it is the same job.
    """
    await require_scope(request, behind, who, "import")
    campaign = await asyncio.to_thread(behind.campaign, query.campaign)
    if no := refused_import(campaign, who):  # before the file is taken in
        raise _forbidden(await asyncio.to_thread(noted_refusal, behind.records, who, no, "import"))
    if request.headers.get("content-type", "").startswith("multipart/"):
        zh, en = "请求体须为文件本身，不是表单", "the body is to be the file itself, not a form"
        remedy = {"remedy_zh": "如 curl --data-binary @台账.xlsx", "remedy_en": "as curl --data-binary @FILE does"}
        raise Trouble(415, "not_a_file", zh, en, **remedy)
    order = _order(query, who)
    suffix = Path(query.name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        file = Path(folder) / f"ledger{suffix if suffix in ('.xlsx', '.xls', '.csv', '.txt') else '.xlsx'}"
        content = hashlib.sha256()
        with file.open("wb") as kept:  # not held in memory: many may come at once
            async for piece in pieces(request, LARGEST, request.app.state.patience.file):
                kept.write(piece)
                content.update(piece)
        plan = await asyncio.to_thread(_checked, behind, campaign, file, order)
    check = await asyncio.to_thread(import_check, plan)
    if not query.dry_run:
        await behind.temporal()  # while it does not answer nothing is frozen
    name = _name(who, campaign, query, content.hexdigest())
    begun = await asyncio.to_thread(_begun, behind, campaign, plan, query.name, order, name)
    if isinstance(begun, Job):
        await run_job(await behind.temporal(), begun.job_id)
        headers = {"Location": f"/api/v1/imports/{begun.job_id}"}
        return answer(ImportAnswer(check=check, job=import_job(begun)), 202, headers)
    if isinstance(begun, Refused):
        raise refused(begun)
    if begun == "errors":
        count = len(check.errors)
        zh, en = f"台账有 {count} 处错误，未导入任何一行", f"the ledger has {count} error(s); nothing was imported"
        rule = clause_for(campaign.plan, "3.1.ledger")
        raise Trouble(422, "ledger_errors", zh, en, rule=rule, check=plain(check))
    return answer(ImportAnswer(check=check, job=None))


@router.get("/imports", summary="List imports. 导入列表。", response_model=ImportList)
def list_imports(who: Official, behind: Behind, query: Annotated[ImportsQuery, Query()]) -> Response:
    """Imports, newest first, page by page: one's own, or all where one reads everywhere."""
    if query.campaign is not None:
        behind.campaign(query.campaign)  # 404 for one that there is not
    which = JobFilter(
        kind="import",
        campaign_id=query.campaign,
        by=query.by,
        state=query.state,
        file=query.file,
        own_or_in=(str(who), reading_now().everywhere),
    )
    walk = behind.walk("imports", which)
    listed = jobs(behind.engine, which, limit=query.limit, after=walk.marked(JobCursor, query.after))
    last = listed[-1] if len(listed) == query.limit else None
    following = walk.mark(JobCursor(created_at=last.created_at, job_id=last.job_id)) if last else None
    return answer(ImportList(imports=tuple(import_job(j) for j in listed), next=following))


@router.get("/imports/{job_id}", summary="Show an import. 导入详情。", response_model=ImportDocument)
def show(who: Official, behind: Behind, job_id: str) -> Response:
    """An import with the rows that failed."""
    job = job_of(behind.engine, job_id)
    if job is None or job.kind != "import" or not reads_import(who, job):
        raise Trouble(404, "unknown_job", f"没有导入 {job_id}", f"there is no import {job_id}")
    failed = (
        FailedRow(row=i.label, **i.result.model_dump(include={"case_id", "code", "zh", "en"}))
        for i in items(behind.engine, job_id, state="failed")
        if i.result
    )
    return answer(ImportDocument(job=import_job(job), results=tuple(failed)))


def _checked(behind: Behind, campaign: Campaign, file: Path, order: ImportOrder) -> LedgerPlan:
    checked = check_import(behind.records, campaign, file, order)
    if isinstance(checked, Refused):
        raise _forbidden(checked)
    if isinstance(checked, LedgerProblem):
        zh, en = checked.sentence()
        raise Trouble(422, checked.code, zh, en, rule=clause_for(campaign.plan, "3.1.ledger"))
    return checked


def _begun(
    behind: Behind, campaign: Campaign, plan: LedgerPlan, file: str, order: ImportOrder, name: str
) -> Job | NotApplied | Refused:
    job_id, runs = id_under(behind.records, name)
    if runs and not order.dry_run and (job := job_of(behind.records, job_id)):
        return job
    named = replace(order, job_id=job_id)
    return begin_import(behind.records, behind.services.signer, campaign, plan, file, named)


def _name(who: Actor, campaign: Campaign, query: ImportQuery, content: str) -> str:
    """The same for the same file, sent by the same official, to be imported in the same way."""
    said = json.dumps([str(who), campaign.campaign_id, query.model_dump(mode="json"), content], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _forbidden(refusal: Refused) -> Trouble:
    return Trouble(403, refusal.code, refusal.zh, refusal.en, rule=refusal.rule)


def _order(query: ImportQuery, who: Actor) -> ImportOrder:
    try:
        decided = read_decisions(query.map, query.value, query.closed, query.past_due)
    except NoPair as wrong:
        raise one_field(wrong.option, wrong.zh, wrong.en) from None
    return ImportOrder(who, query.source, decided, dry_run=query.dry_run, skip_errors=query.skip_errors)
