"""Comparing the record with its signed heads and with the running workflows."""

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine
from temporalio.client import Client, RPCError, RPCStatusCode, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.exceptions import TemporalError

from activities.settle_cases import known_calendar, wake
from desk.claims_kept import wrong_claims
from desk.heads import SignedHeads
from engine.hand_in import current
from engine.unreachable import Unreachable
from models.case_ids import campaign_in
from models.wire import CaseView
from store.attachments import check_files
from store.campaigns import campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.chains import check_chains
from store.differences import OF_THE_LOG, Difference, difference
from store.files import Files
from store.register_traces import check_register
from store.verify import BrokenLog, case_ids, check_case, fold_case

_LOOKS_AGAIN, _MOMENT = 6, 0.5  # seconds
_AT_ONCE = 20
_PAGE = 500
_MOST_TOLD = 1000
_TOLD_CASE_BY_CASE = frozenset(
    {"line_unreadable", "line_missing", "line_of_another_case", "chain_broken", "log_gone", "log_shorter"}
)
"""What the check of each case, with its fold and its rows, tells by itself."""


async def verify_all(
    client: Client, engine: Engine, files: Files, heads: SignedHeads | None
) -> tuple[int, list[dict[str, Any]]]:
    """Signed heads, chain, fold and running workflows of every case: how many were checked, and the differences.

    Cases that do not run as the record says are woken; whoever reads the report sees that they had to be. Nothing is
    woken or built from a log that was found cut or changed: it would become the record.
    """
    checked, of_the_log = await asyncio.to_thread(check_logs, engine, heads, files)
    apart = await compare_with_running(client, engine)
    cut = {d.case_id for d in (*of_the_log, *apart) if d.code in OF_THE_LOG}
    for case_id in {d.case_id for d in apart} - cut:  # a workflow that was lost, or lost a step
        campaign = await asyncio.to_thread(campaign_of, engine, campaign_in(case_id))
        known = await asyncio.to_thread(known_calendar, engine, campaign)
        with suppress(Unreachable, RPCError, TemporalError):  # it is in the report
            await wake(client, engine, campaign, known, case_id)
    return checked, [d.model_dump() for d in (*of_the_log, *apart)][:_MOST_TOLD]


def check_logs(
    engine: Engine, heads: SignedHeads | None, files: Files | None = None, *, every_byte: bool = False
) -> tuple[int, list[Difference]]:
    """Every log beside its signed head, its own chain, its claims and the rows built from it, and the register beside
    the audit log; then the heads are signed anew.

    With `files` whether what the logs name is there, by its size; or by every byte, which takes as long as reading it.

    Of a case whose log was changed the rows are not told: nothing may be rebuilt from it.
    """
    differences = heads.check_and_sign(engine) if heads else []
    checked, last = 0, ""
    while batch := case_ids(engine, last):
        differences += [d for case_id in batch for d in check_case(engine, case_id)]
        checked, last = checked + len(batch), batch[-1]
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        said = check_chains(connection, wrong_claims(engine)).differences
        differences += [d for d in said if d.code not in _TOLD_CASE_BY_CASE] + check_register(connection)[1]
    if files is not None:
        differences += check_files(engine, files, every_byte=every_byte)
    changed = {d.case_id for d in differences if d.code in OF_THE_LOG}
    return checked, [d for d in differences if d.code != "rows_differ" or d.case_id not in changed]


async def compare_with_running(client: Client, engine: Engine) -> list[Difference]:
    """Every case that is open in the record, asked of its workflow: the same value, or a difference."""
    gate = asyncio.Semaphore(_AT_ONCE)
    found: list[Difference] = []
    last, which = "", CaseFilter(outcome="open")
    while page := await asyncio.to_thread(cases_by_id, engine, which, _PAGE, last):
        last = page[-1].case_id
        answers = await asyncio.gather(*(_compare(engine, client, gate, row.case_id) for row in page))
        found += [d for d in answers if d is not None]
    return found


async def _compare(engine: Engine, client: Client, gate: asyncio.Semaphore, case_id: str) -> Difference | None:
    """A case moves on while it is looked at, and the record has a step before the workflow: it is looked at again."""
    async with gate:
        found = await _compared(engine, client, case_id)
        for _ in range(_LOOKS_AGAIN):
            if found is None or found.code not in ("workflow_behind", "workflow_ahead"):
                break
            await asyncio.sleep(_MOMENT)
            found = await _compared(engine, client, case_id)
        return found


async def _answer_of(client: Client, case_id: str) -> CaseView:
    """A worker that is short of time fails a query, and answers it a moment later."""
    for _ in range(_LOOKS_AGAIN):
        with suppress(WorkflowQueryFailedError):
            return await current(client, case_id)
        await asyncio.sleep(_MOMENT)
    return await current(client, case_id)


async def _compared(engine: Engine, client: Client, case_id: str) -> Difference | None:
    try:
        run = await client.get_workflow_handle(case_id).describe()
        if run.status != WorkflowExecutionStatus.RUNNING:
            return difference("workflow_ended", case_id)
        view = await _answer_of(client, case_id)
    except (LookupError, RPCError) as error:
        if isinstance(error, RPCError) and error.status != RPCStatusCode.NOT_FOUND:
            raise Unreachable(str(error)) from error
        return difference("workflow_gone", case_id)
    except (Unreachable, TemporalError) as error:  # this one is stuck: the others are still to be looked at
        return difference("workflow_silent", case_id, why=error)
    try:
        recorded = (await asyncio.to_thread(fold_case, engine, case_id)).case
    except (BrokenLog, LookupError):  # told by the check of the logs
        return None
    if view.case == recorded:
        return None
    steps = view.case.seq if view.case else 0
    if steps < recorded.seq:
        return difference("workflow_behind", case_id, workflow=steps, log=recorded.seq)
    if steps > recorded.seq:
        return difference("workflow_ahead", case_id, workflow=steps, log=recorded.seq)
    return difference("workflow_differs", case_id)
