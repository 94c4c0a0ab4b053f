"""Working on a job's items, a page at a time: rows of one subject in their order, different subjects side by side."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client

from activities.rows import Hand, failed
from engine.claim_keys import ClaimBook
from engine.claims import Speaker, speaking
from models.jobs import WORK_ACTIVITY, AnyItem, Job, JobRun, LedgerRow, WorkDone, work_of
from models.refusals import Refused
from rules.access.claims import refuse_claim
from store.jobs import StoredItem, end_job, items, job_of, job_state, keep_result, list_digest

_PAGE = 400
_AT_ONCE = 16
_log = structlog.stdlib.get_logger("job")


def work_step(client: Client, engine: Engine) -> Callable[[JobRun], Awaitable[WorkDone]]:
    """The activity `work_items`: each item is done once, however often it is tried.

    In the name of whoever gave the order, where he proved it, and over just the list that he saw.
    """
    hand, book = Hand(client, engine), ClaimBook(engine)

    @activity.defn(name=WORK_ACTIVITY)
    async def work_items(run: JobRun) -> WorkDone:
        job = await asyncio.to_thread(job_of, engine, run.job_id)
        if job is None or job.state != "running":
            return WorkDone(left=0)
        page = await asyncio.to_thread(items, engine, run.job_id, state="waiting", limit=_PAGE)
        gate, unproved = asyncio.Semaphore(_AT_ONCE), await asyncio.to_thread(_unproved, book, engine, job)

        async def one_after_another(together: list[StoredItem]) -> None:
            async with gate:
                for item in together:
                    stopped = await asyncio.to_thread(job_state, engine, run.job_id) != "running"
                    if stopped or activity.is_worker_shutdown():
                        return
                    result = failed(unproved) if unproved else await hand.apply(job, item.number, item.body)
                    await asyncio.to_thread(keep_result, engine, run.job_id, item.number, result)

        groups: dict[str, list[StoredItem]] = defaultdict(list)
        for item in page:
            groups[_whose(item.body)].append(item)
        with speaking(Speaker(None, f"order:{work_of(job.job_id)}", job.order, "work")):
            done = await asyncio.gather(*map(one_after_another, groups.values()), return_exceptions=True)
        if trouble := next((one for one in done if one is not None), None):
            raise trouble  # once all are over: the next try begins with none of them under way
        await asyncio.to_thread(end_job, engine, run.job_id)  # no page may come after a full one
        after = await asyncio.to_thread(job_of, engine, run.job_id)
        left = after.waiting if after is not None and after.state == "running" else 0
        _log.info("items done", job_id=run.job_id, page=len(page), left=left)
        return WorkDone(left=left)

    return work_items


def _unproved(book: ClaimBook, engine: Engine, job: Job) -> Refused | None:
    """Why the list is not what somebody proved to have ordered, if so.

    A job from before orders were signed has none: what the system does in it under a mandate goes on.
    """
    order = job.order
    if order is None:
        return None
    signed = (order.of, order.campaign_id, order.content)
    if signed != (work_of(job.job_id), job.campaign_id, list_digest(engine, job.job_id)):
        return refuse_claim("order")
    return book.refused_order(order)


def _whose(item: AnyItem) -> str:
    """Items of one subject or case follow each other."""
    return item.subject_id if isinstance(item, LedgerRow) else item.case_id
