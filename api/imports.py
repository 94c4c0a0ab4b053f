"""Ledgers over HTTP: a file is checked, then applied as a job whose rows can be followed."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.schemas import PROBLEMS
from desk.ledger import LedgerPlan, check_file, create_import, plan_import, refused_import
from engine.jobs import run_job
from ledgers.book import LedgerProblem
from ledgers.decisions import Decisions, NoPair, read_columns, read_values
from ledgers.issues import Issue
from models.actors import Actor
from models.base import Frozen
from models.jobs import Job, JobState
from rules.access.deeds import Reach
from rules.case.decide import not_running
from rules.clocks.periods import phase_at
from rules.words.clauses import clause_for
from serving.actors import Official, reach
from serving.answers import answer
from serving.backing import Behind
from serving.bodies import pieces
from serving.paging import LONGEST_MARK
from serving.problems import Trouble, one_field
from store.campaigns import Campaign, campaigns
from store.jobs import JobCursor, JobFilter, items, job_of, jobs

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


class RowIssue(BaseModel):
    """One thing about one place of the file."""

    sheet: str
    row: int | None
    column: str | None
    code: str
    message: str


class UnknownValue(BaseModel):
    """A text that is not known, once: its field, how often it stands there, in which rows."""

    field: str
    value: str
    count: int
    rows: list[int]


class ImportCheck(BaseModel):
    """What the file says and what would be done (contracts §2)."""

    rows: int
    findings: int
    subjects: int
    new_subjects: int
    skipped: int
    closed: int
    errors: list[RowIssue]
    warnings: list[RowIssue]
    columns: dict[str, str]
    unknown_columns: list[str]
    unknown_values: list[UnknownValue]
    opens: int
    changes: int
    repeated: int


class ImportJob(BaseModel):
    """A job with how far it is."""

    job: str
    campaign_id: str
    by: str
    file: str
    state: str
    total: int
    waiting: int
    done: int
    failed: int
    skipped: int


class ImportAnswer(BaseModel):
    """The check, and the job if there is one."""

    check: ImportCheck
    job: ImportJob | None


class ImportList(BaseModel):
    """A page of imports, newest first; `next` is null on the last one."""

    imports: list[ImportJob]
    next: str | None


class FailedRow(BaseModel):
    """A row that took no effect, and why."""

    row: str
    case_id: str | None
    code: str | None
    zh: str | None
    en: str | None


class ImportDocument(BaseModel):
    """A job, and its rows that failed."""

    job: ImportJob
    results: list[FailedRow]


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
    """Check a ledger; unless that is all, freeze its rows as a job and start it (202). Row errors refuse it whole."""
    campaign = await asyncio.to_thread(behind.campaign, query.campaign)
    if told := refused_import(campaign, who):
        raise Trouble(403, told.code, told.zh, told.en, rule=told.rule)
    if request.headers.get("content-type", "").startswith("multipart/"):
        zh, en = "请求体须为文件本身，不是表单", "the body is to be the file itself, not a form"
        remedy = {"remedy_zh": "如 curl --data-binary @台账.xlsx", "remedy_en": "as curl --data-binary @FILE does"}
        raise Trouble(415, "not_a_file", zh, en, **remedy)
    decided = _decisions(query)
    suffix = Path(query.name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        file = Path(folder) / f"ledger{suffix if suffix in ('.xlsx', '.xls', '.csv', '.txt') else '.xlsx'}"
        with file.open("wb") as kept:  # not held in memory: many may come at once
            async for piece in pieces(request, LARGEST, request.app.state.patience.file):
                kept.write(piece)
        plan = await asyncio.to_thread(_checked, behind, campaign, file, query, decided, who)
    document = _check_document(plan)
    if query.dry_run:
        return answer({"check": document, "job": None})
    if document["errors"] and not query.skip_errors:
        count = len(document["errors"])
        zh, en = f"台账有 {count} 处错误，未导入任何一行", f"the ledger has {count} error(s); nothing was imported"
        raise Trouble(422, "ledger_errors", zh, en, rule=clause_for(campaign.plan, "3.1.ledger"), check=document)
    if phase_at(campaign.phases, campaign.now()) is None:
        told = not_running(campaign.phases)
        raise Trouble(409, told.code, told.zh, told.en, rule=told.rule)
    if not plan.items:  # every row was imported before: no job is made of nothing
        return answer({"check": document, "job": None})
    job = await asyncio.to_thread(create_import, behind.engine, campaign, plan, query.name, who)
    await run_job(await behind.temporal(), job.job_id)
    headers = {"Location": f"/api/v1/imports/{job.job_id}"}
    return answer({"check": document, "job": _job(job)}, 202, headers)


@router.get("/imports", summary="List imports. 导入列表。", response_model=ImportList)
def list_imports(who: Official, behind: Behind, query: Annotated[ImportsQuery, Query()]) -> Response:
    """Imports, newest first, page by page: one's own, or all where one reads everywhere."""
    if query.campaign is not None:
        behind.campaign(query.campaign)  # 404 for one that there is not
    everywhere = tuple(c.campaign_id for c in campaigns(behind.engine) if reach(c.plan, who) == Reach(None, None))
    which = JobFilter(
        kind="import",
        campaign_id=query.campaign,
        by=query.by,
        state=query.state,
        file=query.file,
        own_or_in=(str(who), everywhere),
    )
    walk = behind.walk("imports", which)
    listed = jobs(behind.engine, which, limit=query.limit, after=walk.marked(JobCursor, query.after))
    last = listed[-1] if len(listed) == query.limit else None
    following = walk.mark(JobCursor(created_at=last.created_at, job_id=last.job_id)) if last else None
    return answer({"imports": [_job(j) for j in listed], "next": following})


@router.get("/imports/{job_id}", summary="Show an import. 导入详情。", response_model=ImportDocument)
def show(who: Official, behind: Behind, job_id: str) -> Response:
    """An import with the rows that failed."""
    job = job_of(behind.engine, job_id)
    if job is None or job.kind != "import" or not _may_see(behind, who, job):
        raise Trouble(404, "unknown_job", f"没有导入 {job_id}", f"there is no import {job_id}")
    failed = [
        {"row": i.label, **i.result.model_dump(include={"case_id", "code", "zh", "en"})}
        for i in items(behind.engine, job_id, state="failed")
        if i.result
    ]
    return answer({"job": _job(job), "results": failed})


def _checked(
    behind: Behind, campaign: Campaign, file: Path, query: ImportQuery, decided: Decisions, who: Actor
) -> LedgerPlan:
    checked = check_file(behind.engine, campaign, file, decided)
    if isinstance(checked, LedgerProblem):
        zh, en = checked.sentence()
        raise Trouble(422, checked.code, zh, en, rule=clause_for(campaign.plan, "3.1.ledger"))
    return plan_import(behind.engine, campaign, checked, who, query.source)


def _decisions(query: ImportQuery) -> Decisions:
    name = "map"
    try:
        columns = read_columns(query.map)
        name = "value"
        values = read_values(query.value)
    except NoPair as wrong:
        raise one_field(name, wrong.zh, wrong.en) from None
    return Decisions(columns=columns, values=values, closed=query.closed, past_due=query.past_due)


def _check_document(plan: LedgerPlan) -> dict[str, Any]:
    told = plan.checked.document()
    told["errors"] += [_issue(e) for e in plan.errors]
    told["skipped"] += plan.repeated
    return {**told, "opens": plan.opens, "changes": plan.changes, "repeated": plan.repeated}


def _issue(e: Issue) -> dict[str, Any]:
    return {"sheet": e.sheet, "row": e.row, "column": e.column, "code": e.code, "message": e.message}


def _job(job: Job) -> dict[str, Any]:
    facts = job.model_dump(include={"campaign_id", "by", "state", "total", "waiting", "done", "failed", "skipped"})
    return {"job": job.job_id, "file": str(job.params.get("file", "")), **facts}


def _may_see(behind: Behind, who: Actor, job: Job) -> bool:
    return job.by == str(who) or reach(behind.campaign(job.campaign_id).plan, who) == Reach(None, None)
