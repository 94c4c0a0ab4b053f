"""A case whose workflow is stuck or lost goes on from its log, in a new one."""

import asyncio

from sqlalchemy import Engine
from temporalio.client import Client, RPCError, RPCStatusCode

from activities.settle_cases import known_calendar, wake
from desk.heads import SignedHeads
from engine.signals_left import SignalLeft, hand_on, signals_of
from engine.start_case import revive
from store.campaigns import campaign_of
from store.differences import OF_THE_LOG, Difference, difference
from store.receipts import judged_of
from store.verify import check_case, fold_case

_REASON = "restarted from the record"


async def restart_case(
    client: Client, engine: Engine, case_id: str, heads: SignedHeads | None, *, leaving_signals: bool = False
) -> Difference | None:
    """End the case's workflow, if one runs, and start another with the case as the log tells it.

    It is told the newest calendar, and is handed the signals of devices that the ended one had not handled, unless they
    are to be left. Nothing is done with a log that was found cut or changed, which is answered; nor with a case that
    has ended (`case_has_ended`). LookupError for an unknown case.
    """
    of_the_log = await asyncio.to_thread(heads.check_and_sign, engine) if heads else []
    of_the_log += await asyncio.to_thread(check_case, engine, case_id)
    if found := next((d for d in of_the_log if d.case_id == case_id and d.code in OF_THE_LOG), None):
        if found.code == "log_gone":
            raise LookupError(case_id)
        return found
    case = (await asyncio.to_thread(fold_case, engine, case_id)).case
    if case.closed:
        return difference("case_has_ended", case_id)
    campaign = await asyncio.to_thread(campaign_of, engine, case.campaign_id)
    left = await _ended(client, engine, case_id)
    await revive(client, campaign, case)
    await wake(client, engine, campaign, await asyncio.to_thread(known_calendar, engine, campaign), case_id)
    for signal in () if leaving_signals else left:
        await hand_on(client, case_id, signal)
    return None


async def _ended(client: Client, engine: Engine, case_id: str) -> list[SignalLeft]:
    """The case has no workflow any more; what the last one was sent and the log has not judged.

    Also of one that a restart ended which came no further; nothing of one that anybody else ended.
    """
    handle = client.get_workflow_handle(case_id)
    try:
        run = await handle.describe()
        if run.close_time is None:
            await handle.terminate(reason=_REASON)
            run = await handle.describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return []
    sent = await signals_of(client, case_id, run.run_id, if_ended_by=_REASON)
    ids = [one.command_id for one in sent if one.command_id is not None]
    judged = await asyncio.to_thread(judged_of, engine, case_id, ids)
    return [one for one in sent if one.command_id not in judged]
