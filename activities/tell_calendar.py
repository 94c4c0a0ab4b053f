"""Telling running cases that the committee moved a boundary, a batch at a time."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client, RPCError, RPCStatusCode

from models.campaign import TELL_ACTIVITY, Batch, BatchDone
from models.plan import CalendarMove
from models.wire import CALENDAR_SIGNAL
from store.queries import list_cases

_AT_ONCE = 20


def tell_step(client: Client, engine: Engine) -> Callable[[Batch], Awaitable[BatchDone]]:
    """The activity `tell_calendar`: one that is not told hears of the move with its next step all the same."""

    @activity.defn(name=TELL_ACTIVITY)
    async def tell_calendar(batch: Batch) -> BatchDone:
        rows = await asyncio.to_thread(
            list_cases, engine, limit=batch.limit, after=batch.after, outcome="open", campaign_id=batch.campaign_id
        )
        assert batch.move is not None
        gate = asyncio.Semaphore(_AT_ONCE)
        told = await asyncio.gather(*(_tell(client, gate, row["case_id"], batch.move) for row in rows))
        return BatchDone(last=rows[-1]["case_id"] if rows else None, done=sum(told))

    return tell_calendar


async def _tell(client: Client, gate: asyncio.Semaphore, case_id: str, move: CalendarMove) -> bool:
    async with gate:
        try:
            await client.get_workflow_handle(case_id).signal(CALENDAR_SIGNAL, move)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False  # it ended, or is lost: then the settling and `readmodel verify` say so
        finally:
            activity.heartbeat()
        return True
