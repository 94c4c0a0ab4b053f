"""Telling running cases that the committee moved a boundary, a batch at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client, RPCError, RPCStatusCode

from activities.pace import paced
from models.campaign import TELL_ACTIVITY, Batch, BatchDone
from models.wire import CALENDAR_SIGNAL
from store.campaign_log import followers
from store.case_list import CaseFilter, cases_by_id

_WITHIN = 20.0


def tell_step(client: Client, engine: Engine) -> Callable[[Batch], Awaitable[BatchDone]]:
    """The activity `tell_calendar`: one that is not told hears of the move with its next step all the same."""

    @activity.defn(name=TELL_ACTIVITY)
    async def tell_calendar(batch: Batch) -> BatchDone:
        which = CaseFilter(campaign_id=batch.campaign_id, outcome="open")
        rows = await asyncio.to_thread(cases_by_id, engine, which, batch.limit, batch.after)
        move = batch.move
        assert move is not None
        gone: set[str] = set()

        async def tell(case_id: str) -> None:
            try:
                await client.get_workflow_handle(case_id).signal(CALENDAR_SIGNAL, move)
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    raise
                gone.add(case_id)  # it ended, or is lost: then the settling and `readmodel verify` say so

        def followed(case_ids: Sequence[str]) -> int:
            return followers(engine, case_ids, move) + len(gone.intersection(case_ids))

        await paced([row.case_id for row in rows], tell, followed, within=_WITHIN)
        return BatchDone(last=rows[-1].case_id if rows else None, done=len(rows) - len(gone))

    return tell_calendar
