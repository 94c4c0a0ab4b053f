"""`rectify job`: work over many rows: how far it is, what failed; again, or no further."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer

from cli.filters import actor_meant, actor_written, meant
from cli.names import actor_said, id_meant, named
from cli.output import REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.progress import bar
from cli.services import campaign_named, run, services
from desk.orders import sign_again
from engine.connection import Services
from engine.jobs import run_job
from engine.operator import operator
from models.instants import say_instant, show_instant
from models.jobs import Job
from rules.words.running import JOB_KINDS, JOB_STATES
from store.campaigns import campaigns
from store.jobs import JobCursor, JobFilter, StoredItem, items, job_of, jobs, retry_failed, stop_job

app = typer.Typer(help="Work over many rows. 批量任务。", no_args_is_help=True)
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id. 任务编号。")]
_MOST_SHOWN = 40
_NOBODY = {"ledger": ("台账", "ledger")}  # by whom a ledger was imported without a name


@app.command("list")
def list_jobs(
    kind: Annotated[str | None, typer.Option(help="commands, import or undo. 种类：批量办理、导入或撤销导入。")] = None,
    state: Annotated[str | None, typer.Option(help="running, done or stopped. 状态：进行中、完成或已停止。")] = None,
    campaign: Annotated[str | None, typer.Option(help="One campaign. 行动。")] = None,
    by: Annotated[
        str | None, typer.Option(help="role:name@territory, by id or name; or ledger. 经办人，编号或名称；或台账。")
    ] = None,
    after: Annotated[str | None, typer.Option(help="Continue after this job (`next`). 从该任务之后继续。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多条数。")] = 20,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Jobs, newest first. 任务清单。"""
    which = {
        "kind": meant("--kind", kind, JOB_KINDS, as_json=as_json),
        "state": meant("--state", state, JOB_STATES, as_json=as_json),
        "campaign_id": campaign,
    }
    nobody = id_meant(by, _NOBODY) if by else None
    who = actor_written(by, as_json=as_json) if by is not None and nobody is None else None
    with services(as_json=as_json) as found:
        if campaign is not None:
            campaign_named(found, campaign, as_json=as_json)
        plans = [one.plan for one in campaigns(found.engine)]
        which["by"] = str(actor_meant(who, plans, as_json=as_json)) if who else nobody
        listed = jobs(
            found.engine, JobFilter.model_validate(which), limit=limit + 1, after=_after(found, after, as_json=as_json)
        )
    listed, more = listed[:limit], listed[limit:]
    following = listed[-1].job_id if more else None
    if as_json:
        print_json({"jobs": [_facts(job) for job in listed], "next": following})
        return
    headers = (
        ("编号", "id"),
        ("种类", "kind"),
        ("经办", "by"),
        ("状态", "state"),
        ("完成", "done"),
        ("失败", "failed"),
    )
    table(
        say("批量任务", "Jobs"),
        [say(*h) for h in (*headers, ("共", "of"), ("开始", "since"))],
        (
            (
                j.job_id, say(*JOB_KINDS[j.kind]), named(_NOBODY, actor_said(j.by, plans)), say(*JOB_STATES[j.state]),
                j.done, j.failed, j.total, say_instant(j.created_at),
            )
            for j in listed
        ),
        whole=(0,),
    )  # fmt: skip
    if following:
        out().print(say(f"继续：--after {following}", f"more: --after {following}"), markup=False)


def _after(found: Services, job_id: str | None, *, as_json: bool) -> JobCursor | None:
    if job_id is None:
        return None
    known = job_of(found.engine, job_id)
    if known is None:
        no_job(job_id, as_json=as_json)
    return JobCursor(created_at=known.created_at, job_id=job_id)


@app.command("show")
def show(job: JobId, as_json: AsJson = False, lang: Lang = None) -> None:
    """A job with the rows that failed. 查看任务。"""
    with services(as_json=as_json) as found:
        known = job_of(found.engine, job)
        if known is None:
            no_job(job, as_json=as_json)
        failed = list(items(found.engine, job, state="failed"))
    show_job(known, failed, as_json=as_json)


@app.command("retry")
def retry(job: JobId, as_json: AsJson = False, lang: Lang = None) -> None:
    """The rows that failed are tried again; a stopped job goes on. 重试失败的行。"""
    with services(as_json=as_json) as found:
        if job_of(found.engine, job) is None:
            no_job(job, as_json=as_json)
        sign_again(found.engine, found.signer, job)
        retry_failed(found.engine, job, operator())
        known = job_of(found.engine, job)
        assert known is not None
        known = run(through(found, known, say("重试", "trying again")))
        failed = list(items(found.engine, job, state="failed"))
    show_job(known, failed, as_json=as_json)
    if failed:
        raise typer.Exit(REFUSED)


@app.command("stop")
def stop(job: JobId, as_json: AsJson = False, lang: Lang = None) -> None:
    """What waits is left, what is done stays done. 停止任务。"""
    with services(as_json=as_json) as found:
        if job_of(found.engine, job) is None:
            no_job(job, as_json=as_json)
        stop_job(found.engine, job, operator())
        known = job_of(found.engine, job)
    assert known is not None
    show_job(known, [], as_json=as_json)


async def through(found: Services, job: Job, what: str) -> Job:
    """Until it is done, with a bar; it goes on without us."""
    await run_job(await found.temporal(), job.job_id)
    with bar(what, job.total) as told:
        while True:
            now = await asyncio.to_thread(job_of, found.engine, job.job_id)
            assert now is not None
            told(now.total - now.waiting)
            if now.state != "running":
                return now
            await asyncio.sleep(0.2)


def show_job(job: Job, failed: Sequence[StoredItem], *, as_json: bool) -> None:
    """How it went, and each row that failed with the reason."""
    if as_json:
        print_json({**_facts(job), "results": results(failed)})
        return
    j = job
    zh = f"任务 {j.job_id}：共 {j.total}，完成 {j.done}，失败 {j.failed}，略过 {j.skipped}，待办 {j.waiting}"
    en = f"job {j.job_id}: {j.done} of {j.total} done, {j.failed} failed, {j.skipped} skipped, {j.waiting} waiting"
    out().print(say(zh, en), markup=False)
    if failed:
        table(
            say("未办成的行", "Rows that failed"),
            [say("行", "row"), say("案件", "case"), say("原因", "why")],
            ((f["row"], f["case_id"], say(f["zh"], f["en"])) for f in results(failed)[:_MOST_SHOWN]),
        )


def results(failed: Sequence[StoredItem]) -> list[dict[str, Any]]:
    """Rows with their results, as JSON."""
    return [
        {"row": i.label, "case_id": i.result.case_id, "code": i.result.code, "zh": i.result.zh, "en": i.result.en}
        for i in failed
        if i.result
    ]


def _facts(job: Job) -> dict[str, Any]:
    facts = job.model_dump(exclude={"created_at", "finished_at"})
    return {**facts, "job": job.job_id, "since": show_instant(job.created_at), "until": show_instant(job.finished_at)}


def no_job(job: str, *, as_json: bool, what: tuple[str, str] = ("任务", "job")) -> NoReturn:
    """Exit 1: there is no job of that id, or none of the kind that is meant."""
    zh, en = f"没有{what[0]} {job}", f"there is no {what[1]} {job}"
    remedy = {"remedy_zh": "rectify job list 列出全部任务", "remedy_en": "rectify job list names them all"}
    fail(REFUSED, {"code": "unknown_job", "zh": zh, "en": en, **remedy}, as_json=as_json)
