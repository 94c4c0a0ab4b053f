"""Opening cases for the subjects of the register, a batch at a time; tried again, nothing is opened twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import NAMESPACE_URL, uuid5

import structlog
from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.starting import Beginning
from models.actors import Actor
from models.campaign import OPEN_ACTIVITY, Batch, BatchDone, CampaignLine
from models.commands import Open, Subject
from models.refusals import Refused
from models.wire import CASE_WORKFLOW
from store.campaigns import Campaign, campaign_of
from store.opening import Awaiting, awaiting_cases, recorded_of
from store.queries import earlier_orders, orders_against
from store.steering import log_line

_AT_ONCE = 20
_MOST_WAITING = 100
_RECORDED_WITHIN = 120.0
_log = structlog.stdlib.get_logger("open_cases")


def open_step(client: Client, engine: Engine) -> Callable[[Batch], Awaitable[BatchDone]]:
    """The activity `open_cases`.

    It ends when the record has the batch but for a hundred, so that a city's cases never queue up before an
    official's command. What was started is opened, whoever dies meanwhile.
    """

    @activity.defn(name=OPEN_ACTIVITY)
    async def open_cases(batch: Batch) -> BatchDone:
        campaign = await asyncio.to_thread(campaign_of, engine, batch.campaign_id)
        last, waiting = await asyncio.to_thread(awaiting_cases, engine, batch.campaign_id, batch.after, batch.limit)
        assert batch.by is not None
        beginnings, refused = await asyncio.to_thread(_beginnings, engine, campaign, waiting, batch.by)
        if refused:
            key = f"not_opened:{batch.after}"
            line = CampaignLine(
                campaign_id=batch.campaign_id, key=key, at=campaign.now(), do="not_opened", body=refused
            )
            await asyncio.to_thread(log_line, engine, line)
        gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(_start(client, gate, beginning) for beginning in beginnings))
        await _until_recorded(engine, [b.start.case_id for b in beginnings])
        _log.info("cases opened", campaign_id=batch.campaign_id, opened=len(beginnings), refused=len(refused))
        return BatchDone(last=last, done=len(beginnings))

    return open_cases


def opening_of(campaign: Campaign, waiting: Awaiting, by: Actor) -> Open:
    """The command that opens the case, the same however often it is made."""
    subject = waiting.subject
    return Open(
        by=by,
        command_id=str(uuid5(NAMESPACE_URL, f"rectify/{campaign.campaign_id}/{subject.subject_id}")),
        subject=Subject(
            id=subject.subject_id,
            code=subject.code,
            name=subject.name,
            kind=subject.kind,
            district=subject.district,
            street=subject.street,
            sector=subject.sector,
        ),
        note=f"结转自 carried over from {waiting.carried_over}" if waiting.carried_over else None,
    )


def _beginnings(
    engine: Engine, campaign: Campaign, waiting: tuple[Awaiting, ...], by: Actor
) -> tuple[list[Beginning], dict[str, str | int]]:
    """What is to be started, and the subjects whose opening the rules refuse, with the code."""
    orders = earlier_orders(engine, campaign.plan, [i for w in waiting for i in w.ids])
    beginnings: list[Beginning] = []
    refused: dict[str, str | int] = {}
    for one in waiting:
        case_id = f"case/{campaign.campaign_id}/{one.subject.subject_id}"
        beginning = Beginning(campaign, case_id, opening_of(campaign, one, by), orders_against(orders, one.ids))
        if isinstance(beginning.expected, Refused):
            refused[one.subject.subject_id] = beginning.expected.code
        else:
            beginnings.append(beginning)
    return beginnings, refused


async def _start(client: Client, gate: asyncio.Semaphore, beginning: Beginning) -> None:
    async with gate:
        await client.start_workflow(CASE_WORKFLOW, beginning.start, **beginning.options())
        activity.heartbeat()


async def _until_recorded(engine: Engine, case_ids: list[str]) -> None:
    deadline = time.monotonic() + _RECORDED_WITHIN
    while await asyncio.to_thread(recorded_of, engine, case_ids) < len(case_ids) - _MOST_WAITING:
        activity.heartbeat()
        if time.monotonic() > deadline:
            raise ApplicationError("the cases worker does not keep up", type="NotRecorded")
        await asyncio.sleep(0.1)
