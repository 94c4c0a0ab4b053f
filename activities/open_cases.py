"""Opening cases for the subjects of the register, a batch at a time; tried again, nothing is opened twice."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

import structlog
from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.pace import paced
from engine.claim_keys import ClaimBook
from engine.claims import Speaker, speaking
from engine.start_case import Beginning, spread_of
from models.actors import Actor
from models.campaign import OPEN_ACTIVITY, Batch, BatchDone, CampaignLine, workflow_id
from models.case_ids import first_case_id
from models.commands import Open
from models.refusals import Refused
from models.wire import CASE_WORKFLOW
from rules.access.claims import refuse_claim
from rules.words.refusals import refuse
from store.campaign_log import log_line
from store.campaigns import Campaign, campaign_of
from store.case_ids import case_to_open
from store.earlier_orders import earlier_orders, orders_against
from store.opening import Awaiting, active_subjects, awaiting_cases, recorded_cases

_RECORDED_WITHIN = 120.0
_log = structlog.stdlib.get_logger("open_cases")


def open_step(client: Client, engine: Engine, book: ClaimBook | None = None) -> Callable[[Batch], Awaitable[BatchDone]]:
    """The activity `open_cases`: in the name of whoever ordered it, where he proved it.

    It ends when the record has every case of the batch: an opening that is still under way when the campaign ends would
    be refused. What was started is opened, whoever dies meanwhile; what is not, the campaign's log says.
    """
    book = book or ClaimBook(engine)

    @activity.defn(name=OPEN_ACTIVITY)
    async def open_cases(batch: Batch) -> BatchDone:
        campaign = await asyncio.to_thread(campaign_of, engine, batch.campaign_id)
        last, waiting = await asyncio.to_thread(awaiting_cases, engine, batch.campaign_id, batch.after, batch.limit)
        assert batch.by is not None
        if unproved := await asyncio.to_thread(_unproved, book, batch):
            told = {one.subject.subject_id: unproved.code for one in waiting}
            await asyncio.to_thread(_not_opened, engine, campaign, batch.after, told)
            return BatchDone(last=last)
        spread = await asyncio.to_thread(_spread, engine)
        beginnings, refused = await asyncio.to_thread(_beginnings, engine, campaign, waiting, batch.by, spread)

        async def start(beginning: Beginning) -> None:
            await client.start_workflow(CASE_WORKFLOW, beginning.start, **beginning.options())

        def recorded(started: Sequence[Beginning]) -> int:
            return len(recorded_cases(engine, [beginning.start.case_id for beginning in started]))

        with speaking(Speaker(None, f"order:{workflow_id(batch.campaign_id)}", batch.order, "work")):
            kept_up = await paced(beginnings, start, recorded, within=_RECORDED_WITHIN)
        if not kept_up:
            raise ApplicationError("the cases worker does not keep up", type="NotRecorded")
        left = await _unrecorded(engine, beginnings)
        told = {**refused, **{beginning.subject_id: "not_recorded" for beginning in left}}
        await asyncio.to_thread(_not_opened, engine, campaign, batch.after, told)
        opened = len(beginnings) - len(left)
        _log.info("cases opened", campaign_id=batch.campaign_id, opened=opened, not_opened=len(told))
        return BatchDone(last=last, done=opened)

    return open_cases


def _unproved(book: ClaimBook, batch: Batch) -> Refused | None:
    """Why nobody proved to have ordered the batch, if so: it was asked for before orders were signed, or forged."""
    order = batch.order
    if order is None:
        return refuse("unclaimed")
    fits = (order.by, order.of, order.deed) == (batch.by, workflow_id(batch.campaign_id), "open_cases")
    return book.refused_order(order) if fits else refuse_claim("order")


def _not_opened(engine: Engine, campaign: Campaign, after: str, told: Mapping[str, str | int]) -> None:
    """The campaign's log says which subjects got no case, and why."""
    if not told:
        return
    which = sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    key, at = f"not_opened:{after}:{which}", campaign.now()
    log_line(engine, CampaignLine(campaign_id=campaign.campaign_id, key=key, at=at, do="not_opened", body=dict(told)))


def opening_of(campaign: Campaign, waiting: Awaiting, by: Actor) -> Open:
    """The command that opens the case, the same however often it is made."""
    subject = waiting.subject
    return Open(
        by=by,
        command_id=str(uuid5(NAMESPACE_URL, f"rectify/{campaign.campaign_id}/{subject.subject_id}")),
        subject=subject.subject,
        note=f"结转自 carried over from {waiting.carried_over}" if waiting.carried_over else None,
    )


def _beginnings(
    engine: Engine, campaign: Campaign, waiting: tuple[Awaiting, ...], by: Actor, spread: int
) -> tuple[list[Beginning], dict[str, str | int]]:
    """What is to be started, and the subjects whose opening the rules refuse, with the code."""
    orders = earlier_orders(engine, campaign.plan, [i for w in waiting for i in w.ids])
    taken = recorded_cases(engine, [_first_id(campaign, one) for one in waiting])
    beginnings: list[Beginning] = []
    refused: dict[str, str | int] = {}
    for one in waiting:
        case_id = _first_id(campaign, one)
        if case_id in taken:
            newest, case_id = case_to_open(engine, campaign.campaign_id, one.subject.subject_id, one.ids)
            if newest is not None and not newest.void:
                continue  # somebody opened one since
        beginning = Beginning(campaign, case_id, opening_of(campaign, one, by), orders_against(orders, one.ids), spread)
        if isinstance(beginning.expected, Refused):
            refused[one.subject.subject_id] = beginning.expected.code
        else:
            beginnings.append(beginning)
    return beginnings, refused


def _first_id(campaign: Campaign, waiting: Awaiting) -> str:
    return first_case_id(campaign.campaign_id, waiting.subject.subject_id)


async def _unrecorded(engine: Engine, beginnings: list[Beginning]) -> list[Beginning]:
    """Those that the record still does not have after a while."""
    deadline = time.monotonic() + _RECORDED_WITHIN
    while True:
        recorded = await asyncio.to_thread(recorded_cases, engine, [b.start.case_id for b in beginnings])
        left = [b for b in beginnings if b.start.case_id not in recorded]
        if not left or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.05)


def _spread(engine: Engine) -> int:
    with engine.connect() as connection:
        return spread_of(active_subjects(connection))
