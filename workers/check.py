"""Comparing the record with the running workflows."""

import asyncio
from contextlib import suppress

from sqlalchemy import Engine
from temporalio.client import Client, RPCError, RPCStatusCode, WorkflowExecutionStatus
from temporalio.exceptions import TemporalError

from activities.settle_cases import known_calendar, wake
from desk.submit import Unreachable, current
from store.campaigns import campaign_of
from store.queries import list_cases
from store.rebuild import Difference, case_ids, check_case, fold_case

_AT_ONCE = 20
_PAGE = 500
_MOST_TOLD = 1000


async def verify_all(client: Client, engine: Engine) -> tuple[int, list[dict[str, str]]]:
    """Chain, fold and running workflows of every case: how many were checked, and the differences.

    Cases that do not run as the record says are woken; whoever reads the report sees that they had to be.
    """
    differences: list[Difference] = []
    checked = 0
    last = ""
    while batch := await asyncio.to_thread(case_ids, engine, last):
        differences += await asyncio.to_thread(_check_batch, engine, batch)
        checked, last = checked + len(batch), batch[-1]
    apart = await compare_with_running(client, engine)
    for difference in apart:  # a workflow that was lost, or lost a step: it goes on from the log
        campaign = await asyncio.to_thread(campaign_of, engine, difference.case_id.split("/")[1])
        known = await asyncio.to_thread(known_calendar, engine, campaign)
        with suppress(Unreachable, RPCError, TemporalError):  # it is in the report
            await wake(client, engine, campaign, known, difference.case_id)
    return checked, [d.model_dump() for d in (*differences, *apart)][:_MOST_TOLD]


def _check_batch(engine: Engine, ids: list[str]) -> list[Difference]:
    return [d for case_id in ids for d in check_case(engine, case_id)]


async def compare_with_running(client: Client, engine: Engine) -> list[Difference]:
    """Every case that is open in the record, asked of its workflow: the same value, or a difference."""
    gate = asyncio.Semaphore(_AT_ONCE)
    found: list[Difference] = []
    last = ""
    while page := await asyncio.to_thread(list_cases, engine, limit=_PAGE, after=last, outcome="open"):
        last = page[-1]["case_id"]
        answers = await asyncio.gather(*(_compare(engine, client, gate, row["case_id"]) for row in page))
        found += [d for d in answers if d is not None]
    return found


async def _compare(engine: Engine, client: Client, gate: asyncio.Semaphore, case_id: str) -> Difference | None:
    async with gate:
        try:
            run = await client.get_workflow_handle(case_id).describe()
            if run.status != WorkflowExecutionStatus.RUNNING:
                return Difference(case_id=case_id, what="open in the record, but its workflow was ended")
            view = await current(client, case_id)
        except (LookupError, RPCError) as error:
            if isinstance(error, RPCError) and error.status != RPCStatusCode.NOT_FOUND:
                raise Unreachable(str(error)) from error
            return Difference(case_id=case_id, what="open in the record, but no workflow runs")
        except (Unreachable, TemporalError) as error:  # this one is stuck: the others are still to be looked at
            return Difference(case_id=case_id, what=f"the running workflow does not answer: {error}")
        recorded = (await asyncio.to_thread(fold_case, engine, case_id)).case
    if view.case == recorded:
        return None
    if view.case is not None and view.case.seq > recorded.seq:
        # it moved on while we looked: the record was read first to last, so a newer workflow is only newer
        again = (await asyncio.to_thread(fold_case, engine, case_id)).case
        if again.seq >= view.case.seq:
            return None
    return Difference(case_id=case_id, what="the running workflow is not what the record says")
