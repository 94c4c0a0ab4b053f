"""After the end: which cases are still open; those whose workflow sleeps or is lost are woken."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client, RPCError, RPCStatusCode

from engine.start_case import revive
from models.campaign import SETTLE_ACTIVITY, Batch, BatchDone
from models.plan import CalendarMove
from models.wire import CALENDAR_SIGNAL
from store.campaign_log import last_move, open_cases
from store.campaigns import Campaign, campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.verify import BrokenLog, fold_case

_AT_ONCE = 20
_log = structlog.stdlib.get_logger("settle_cases")


def settle_step(client: Client, engine: Engine) -> Callable[[Batch], Awaitable[BatchDone]]:
    """The activity `settle_cases`: how many are open; with a limit above 0, so many of them are woken."""

    @activity.defn(name=SETTLE_ACTIVITY)
    async def settle_cases(batch: Batch) -> BatchDone:
        campaign = await asyncio.to_thread(campaign_of, engine, batch.campaign_id)
        left = await asyncio.to_thread(open_cases, engine, batch.campaign_id)
        if left and batch.limit:
            which = CaseFilter(campaign_id=batch.campaign_id, outcome="open")
            rows = await asyncio.to_thread(cases_by_id, engine, which, batch.limit)
            gate, known = asyncio.Semaphore(_AT_ONCE), await asyncio.to_thread(known_calendar, engine, campaign)

            async def wake_in_turn(case_id: str) -> None:
                async with gate:
                    await wake(client, engine, campaign, known, case_id)

            await asyncio.gather(*(wake_in_turn(row.case_id) for row in rows))
        return BatchDone(last=None, done=left)

    return settle_cases


def known_calendar(engine: Engine, campaign: Campaign) -> CalendarMove:
    """The newest move of the campaign's calendar; before the first one the calendar itself."""
    first = CalendarMove(number=0, at=campaign.now(), phases=campaign.phases)
    return last_move(engine, campaign.campaign_id) or first


async def wake(client: Client, engine: Engine, campaign: Campaign, known: CalendarMove, case_id: str) -> None:
    """A case that is told of a calendar that it knows looks at the clock and at its log, and at nothing else.

    One without a workflow goes on from its log in a new one.
    """
    try:
        await client.get_workflow_handle(case_id).signal(CALENDAR_SIGNAL, known)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        try:
            folded = await asyncio.to_thread(fold_case, engine, case_id)
        except (BrokenLog, LookupError):
            folded = None
        if folded is None or folded.broken_at is not None:  # the verification tells it; the others go on
            _log.error("a case without a workflow cannot go on from its log", case_id=case_id)
        elif not folded.case.closed:
            _log.warning("a case without a workflow goes on from its log", case_id=case_id)
            await revive(client, campaign, folded.case)
            await client.get_workflow_handle(case_id).signal(CALENDAR_SIGNAL, known)  # moves that it slept through
