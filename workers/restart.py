"""A case whose workflow is stuck or lost goes on from its log, in a new one."""

import asyncio

from sqlalchemy import Engine
from temporalio.client import Client, RPCError, RPCStatusCode

from desk.heads import SignedHeads
from engine.start_case import revive
from store.campaigns import campaign_of
from store.differences import OF_THE_LOG, Difference, difference
from store.verify import check_case, fold_case


async def restart_case(client: Client, engine: Engine, case_id: str, heads: SignedHeads | None) -> Difference | None:
    """End the case's workflow, if one runs, and start another with the case as the log tells it.

    Nothing is done with a log that was found cut or changed, which is answered; nor with a case that has ended
    (`case_has_ended`). LookupError for an unknown case.
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
    try:
        await client.get_workflow_handle(case_id).terminate("restarted from the record")
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
    await revive(client, campaign, case)
    return None
