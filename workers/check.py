"""Comparing the record with the running workflows."""

import asyncio

from temporalio.client import Client, RPCError, RPCStatusCode, WorkflowExecutionStatus

from desk.connection import Services
from desk.submit import Unreachable, current
from store.queries import list_cases
from store.rebuild import Difference, fold_case

_AT_ONCE = 20
_PAGE = 500


async def compare_with_running(services: Services) -> list[Difference]:
    """Every case that is open in the record, asked of its workflow: the same value, or a difference."""
    client = await services.temporal()
    gate = asyncio.Semaphore(_AT_ONCE)
    found: list[Difference] = []
    last = ""
    while page := await asyncio.to_thread(list_cases, services.engine, limit=_PAGE, after=last, outcome="open"):
        last = page[-1]["case_id"]
        answers = await asyncio.gather(*(_compare(services, client, gate, row["case_id"]) for row in page))
        found += [d for d in answers if d is not None]
    return found


async def _compare(services: Services, client: Client, gate: asyncio.Semaphore, case_id: str) -> Difference | None:
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
        recorded = (await asyncio.to_thread(fold_case, services.engine, case_id)).case
    if view.case == recorded:
        return None
    if view.case is not None and view.case.seq > recorded.seq:
        # it moved on while we looked: the record was read first to last, so a newer workflow is only newer
        again = (await asyncio.to_thread(fold_case, services.engine, case_id)).case
        if again.seq >= view.case.seq:
            return None
    return Difference(case_id=case_id, what="the running workflow is not what the record says")
