"""What Temporal says of a case's workflow: which run it is, how it stands, how long its history has become."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client

from engine.unreachable import Unreachable, asking_temporal

_WITHIN = timedelta(seconds=3)


class CaseRun(NamedTuple):
    """The newest run of a case's workflow; `status` as Temporal names it, `RUNNING`, `COMPLETED`, …"""

    run_id: str
    status: str
    history_length: int
    started_at: datetime
    closed_at: datetime | None


async def run_of_case(temporal: Callable[[], Awaitable[Client]], case_id: str) -> CaseRun:
    """LookupError where Temporal knows no such workflow (any more), Unreachable where it does not answer in time."""
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            client = await temporal()
            with asking_temporal(case_id):
                found = await client.get_workflow_handle(case_id).describe(rpc_timeout=_WITHIN)
    except TimeoutError:
        raise Unreachable("Temporal does not answer") from None
    status = found.status.name if found.status else ""
    return CaseRun(found.run_id, status, found.history_length, found.start_time, found.close_time)
