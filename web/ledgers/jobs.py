"""`/ledgers/jobs/{id}`: how far an import is, which rows failed and why; taking it back, and what that did."""

import asyncio
from dataclasses import fields
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from desk.imports import RowsBack, reads_import, rows_back
from desk.ledger import ERRORS_KEPT, create_undo, refused_undo
from desk.refusals import noted_refusal
from engine.jobs import run_job
from ledgers.issues import Issue
from models.actors import Actor
from models.commands import Text
from models.jobs import Job
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import DEEDS, MANDATES, roles_of
from serving.actors import PROVE_AGAIN, Official, require_proof, require_scope
from serving.backing import Backing, Behind
from serving.forms import form_values
from serving.problems import Trouble, one_field, refused
from store.campaigns import Campaign
from store.jobs import StoredItem, items, undo_jobs
from store.ledger_rows import errors_of
from views.import_check import import_job
from web.ledgers.door import FAILED_SHOWN, Followed, followed
from web.ledgers.rows import RowTold, rows_told
from web.ledgers.said import IssuesShown, issues_shown
from web.render import page

router = APIRouter(include_in_schema=False)
_DONE_SHOWN = 100
_REASON: TypeAdapter[str] = TypeAdapter(Text)


class Course(NamedTuple):
    """A job as its page shows it: how far it is, the first rows that failed, and the first that are done."""

    job: Job
    failed: tuple[RowTold, ...]
    done: tuple[RowTold, ...]


@router.get("/ledgers/jobs/{job_id}")
def job_page(request: Request, who: Official, behind: Behind, job_id: str) -> Response:
    """The import and its undoings; while one of them runs the page asks for itself again, and then no more."""
    campaign, job, failed = followed(behind, who, job_id)
    is_own = reads_import(who, job)
    course = _course(behind, job, failed, is_own=is_own)
    undoings = [_undone(behind, undo, is_own=is_own) for undo in undo_jobs(behind.records, job_id)]
    runs = job.state == "running" or any(course.job.state == "running" for course in undoings)
    return page(
        request,
        "ledger_job.html",
        campaign,
        job=import_job(job),
        created_at=job.created_at,
        finished_at=job.finished_at,
        course=course,
        errors_kept=ERRORS_KEPT,
        errors=_errors(behind, job, campaign.plan) if is_own and job.params.get("left_out") else None,
        undoings=undoings,
        runs=runs,
        back=None if runs else rows_back(behind.records, campaign.plan, who, job),
        may_undo=refused_undo(campaign.plan, who) is None,
    )


@router.get("/ledgers/jobs/{job_id}/undo")
def undo_page(request: Request, who: Official, behind: Behind, job_id: str) -> Response:
    """What would be taken back, before it is; whoever may take nothing back is refused, and it is noted."""
    campaign, job, _ = _undoing(behind, who, job_id)
    _prove(request, campaign, who)
    return _form(request, behind, campaign, job, rows_back(behind.records, campaign.plan, who, job))


@router.post("/ledgers/jobs/{job_id}/undo")
async def undo(request: Request, who: Official, behind: Behind, job_id: str) -> Response:
    """The import is taken back where nobody acted since; sent twice it is done once."""
    await require_scope(request, behind, who, "undo")
    posted, client = await form_values(request, 20_000, 20), await behind.temporal()
    campaign, job, _ = await run_in_threadpool(_undoing, behind, who, job_id)
    reason = posted.get("reason", [""])[-1]
    if posted.get("before", [""])[-1] != str(len(await asyncio.to_thread(undo_jobs, behind.records, job_id))):
        return RedirectResponse(f"/ledgers/jobs/{job_id}", 303)  # it was undone, or tried, since the page was shown
    try:
        _prove(request, campaign, who)
        why = _reason(reason)
        begun = await run_in_threadpool(create_undo, behind.records, behind.services.signer, job, who, why)
        if isinstance(begun, Refused):
            raise refused(begun)
    except Trouble as trouble:
        back = await run_in_threadpool(rows_back, behind.records, campaign.plan, who, job)
        told = partial(_form, request, behind, campaign, job, back, trouble=trouble, reason=reason)
        return await run_in_threadpool(told)
    await run_job(client, begun.job_id)
    return RedirectResponse(f"/ledgers/jobs/{job_id}", 303)


def _errors(behind: Backing, job: Job, plan: Plan) -> IssuesShown:
    """What was wrong with the rows that were left out; nothing of it can be decided any more."""
    kept, known = errors_of(behind.records, job.job_id), {field.name for field in fields(Issue)}
    first = [Issue(**{n: v for n, v in one.items() if n in known}) for one in kept.get("first", ())]
    shown = issues_shown(first, ERRORS_KEPT, plan)
    lines = tuple(line._replace(chosen=False) for line in shown.lines)
    return IssuesShown(lines, 0, int(kept.get("all", 0)))


def _undone(behind: Backing, job: Job, *, is_own: bool) -> Course:
    """Whoever sees the import sees what became of it."""
    failed = items(behind.records, job.job_id, state="failed", limit=FAILED_SHOWN) if job.failed else ()
    return _course(behind, job, failed, is_own=is_own)


def _course(behind: Backing, job: Job, failed: tuple[StoredItem, ...], *, is_own: bool) -> Course:
    done = items(behind.records, job.job_id, state="done", limit=_DONE_SHOWN) if job.done else ()
    told = rows_told(behind, (*failed, *done), is_own=is_own)
    return Course(job, told[: len(failed)], told[len(failed) :])


def _undoing(behind: Backing, who: Actor, job_id: str) -> Followed:
    found = followed(behind, who, job_id)
    if no := refused_undo(found.campaign.plan, who):
        raise refused(noted_refusal(behind.records, who, no, "undo"))
    return found


def _prove(request: Request, campaign: Campaign, who: Actor) -> None:
    """An import that is taken back voids cases: asked of whoever may void one, as each of them is."""
    for do in MANDATES["ledger_undo"]:
        if DEEDS[do].proven and who.role in roles_of(campaign.plan, do):
            require_proof(request, do, within="undo")


def _reason(written: str) -> str:
    try:
        return _REASON.validate_python(written)
    except ValidationError:
        raise one_field("reason", "须填写理由，不超过 4000 字", "write why, in at most 4000 characters") from None


def _form(
    request: Request,
    behind: Backing,
    campaign: Campaign,
    job: Job,
    back: RowsBack,
    *,
    trouble: Trouble | None = None,
    reason: str = "",
) -> Response:
    problem = trouble.problem if trouble else None
    facts: dict[str, Any] = {"job": import_job(job), "problem": problem, "reason": reason, "back": back}
    facts["prove_first"] = problem is not None and problem.code == PROVE_AGAIN
    facts["before"] = len(undo_jobs(behind.records, job.job_id))
    return page(request, "ledger_undo.html", campaign, status=problem.status if problem else 200, **facts)
