"""`/admin/jobs`: work over many rows, whoever ordered it: how far it is, each row's result; again, or no further.

Whoever reads no cases sees how many rows failed and with which code, and no case, subject or file by name.
"""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from temporalio.service import RPCError

from engine.jobs import run_job
from engine.unreachable import Unreachable
from models.jobs import Job
from rules.words.naming import Both
from rules.words.running import ITEM_STATES, JOB_KINDS, JOB_STATES
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.problems import Trouble, nothing_here
from store.inbox import told_by_order
from store.jobs import JobCursor, JobFilter, StoredItem, items, job_of, jobs, retry_failed, stop_job
from web.admin.door import Maintaining, Watching, maintains, reads_all, tabs
from web.admin.schedules import away
from web.deeds.form import DeedForm, HandedIn, carry_out, deed_page
from web.deeds.orders import NAMES as ORDERS
from web.deeds.orders import said
from web.entry import newest
from web.ledgers.rows import case_of, cases_read, subjects_of
from web.queries import JobQuery, JobsQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_HERE = "/admin/jobs"
_ROWS, _ITEMS = 25, 100
NAMES = {"retry": Both("重试未办成的行", "Try the failed rows again"), "stop": Both("停止任务", "Stop the job")}
_EFFECTS = {
    "retry": Both(
        "未办成的行重新办理；已停止的任务继续。", "Rows that failed are tried again; a job that was stopped goes on."
    ),
    "stop": Both("尚未处理的行不再办理，已办理的保持不变。", "What waits is left; what is done stays done."),
}


class Row(NamedTuple):
    """A row of a job as the reader may see it: `item` only for whoever reads cases; the case where it has one.

    `subject`: of a ledger's row, whose label is its number in the file.

    `told`: whom a reminder told there, role and name, the name empty where the whole role is told.
    """

    number: int
    state: str
    code: str
    item: StoredItem | None = None
    case_id: str | None = None
    told: tuple[tuple[str, str], ...] = ()
    subject: str = ""


@router.get(_HERE)
def all_jobs(request: Request, who: Watching, behind: Behind, query: Annotated[JobsQuery, Query()]) -> Response:
    """Jobs, the newest first, page by page."""
    which = JobFilter(kind=query.kind, state=query.state)
    walk = behind.walk("all jobs", which)
    found = jobs(
        behind.engine_of_jobs(),
        which,
        limit=_ROWS + 1,
        after=walk.marked(JobCursor, query.after),
    )
    shown, kept = found[:_ROWS], query.address
    mark = walk.mark(JobCursor(created_at=shown[-1].created_at, job_id=shown[-1].job_id)) if found[_ROWS:] else None
    response = page(
        request,
        "admin_jobs.html",
        newest(behind),
        tabs=tabs(who),
        rows=[(job, named(job)) for job in shown],
        query=query,
        kinds=JOB_KINDS,
        states=JOB_STATES,
        following=link(_HERE, **kept, after=mark) if mark else None,
        first=link(_HERE, **kept) if query.after else None,
    )
    return listed_at(request, response, link(_HERE, **kept, after=query.after))


@router.get("/admin/jobs/{job_id}")
def one(request: Request, who: Watching, behind: Behind, job_id: str, query: Annotated[JobQuery, Query()]) -> Response:
    """How far it is, and its rows with their results; while it runs the page asks for itself again."""
    job = _job(behind, job_id)
    found = items(
        behind.engine_of_jobs(),
        job_id,
        state=query.row,
        after=query.after or 0,
        limit=_ITEMS + 1,
    )
    shown, here = found[:_ITEMS], f"{_HERE}/{job_id}"
    rows, is_reminder = [_row(item) for item in shown], job.params.get("order") == "remind" and reads_all()
    if is_reminder:
        told = told_by_order(behind.engine, job_id, [row.case_id for row in rows if row.case_id])
        rows = [row._replace(told=told.get(row.case_id or "", ())) for row in rows]
    if job.kind != "commands" and reads_all():
        names = subjects_of(behind, shown, cases_read(behind, shown))
        rows = [row._replace(subject=names.get(row.number, "")) for row in rows]
    return page(
        request,
        "admin_job.html",
        newest(behind),
        tabs=tabs(who),
        job=job,
        names=named(job),
        rows=rows,
        said=said(shown[0].body) if shown and reads_all() else "",
        is_reminder=is_reminder,
        query=query,
        states=JOB_STATES,
        item_states=ITEM_STATES,
        asks_again=link(here, row=query.row, after=query.after) if job.state == "running" else None,
        following=link(here, row=query.row, after=shown[-1].number) if found[_ITEMS:] else None,
        first=link(here, row=query.row) if query.after else None,
        reads_cases=reads_all(),
        offers=[(do, names) for do, names in NAMES.items() if maintains(who) and do in _possible(job)],
        done=NAMES.get(query.done or ""),
    )


@router.get("/admin/jobs/{job_id}/do/{do}")
def form(request: Request, who: Maintaining, behind: Behind, job_id: str, do: str) -> Response:
    """The form of the deed."""
    return deed_page(request, newest(behind), _form(behind, job_id, do))


@router.post("/admin/jobs/{job_id}/do/{do}")
async def hand_in(request: Request, who: Maintaining, behind: Behind, job_id: str, do: str) -> Response:
    """The job goes on, or no further; sent again when nothing is left of it to do, it changes nothing."""
    asked = await run_in_threadpool(_form, behind, job_id, do)
    campaign, by = await run_in_threadpool(newest, behind), asked_by(request, who)

    async def deed(_: HandedIn) -> str:
        is_left = do in _possible(await run_in_threadpool(_job, behind, job_id))
        if do == "stop" and is_left:
            await run_in_threadpool(stop_job, behind.records, job_id, by)
        if do == "retry":
            try:
                client = await behind.temporal()
                if is_left:
                    await run_in_threadpool(retry_failed, behind.records, job_id, by)
                await run_job(client, job_id)
            except (Unreachable, RPCError):
                raise away() from None
        return link(asked.back, done=do)

    return await carry_out(request, behind, who, campaign, asked, deed)


def named(job: Job) -> Both:
    """What was ordered; of an import the file, for whoever reads cases."""
    if job.kind == "commands" and (names := ORDERS.get(str(job.params.get("order", "")))):
        return names
    file = str(job.params.get("file") or "") if reads_all() else ""
    zh, en = JOB_KINDS[job.kind]
    return Both(f"{zh} {file}".strip(), f"{en} {file}".strip())


def _possible(job: Job) -> tuple[str, ...]:
    if job.state == "running":
        return ("stop",)
    return ("retry",) if job.failed or (job.state == "stopped" and job.waiting) else ()


def _row(item: StoredItem) -> Row:
    result = item.result
    case_id = case_of(item)
    code = (result.code if result else None) or ""
    return Row(item.number, item.state, code, item, case_id) if reads_all() else Row(item.number, item.state, code)


def _job(behind: Backing, job_id: str) -> Job:
    job = job_of(behind.engine_of_jobs(), job_id)
    if job is None:
        raise Trouble(404, "unknown_job", f"没有任务 {job_id}", f"there is no job {job_id}")
    return job


def _form(behind: Backing, job_id: str, do: str) -> DeedForm:
    job = _job(behind, job_id)
    if do not in NAMES:
        raise nothing_here()
    here = f"{_HERE}/{job.job_id}"
    return DeedForm("maintain", NAMES[do], f"{here}/do/{do}", here, job.job_id, (), None, _EFFECTS[do])
