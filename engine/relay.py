"""The relay of notices, one an installation: started by each worker of its queue, and begun anew for a rotation."""

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from models.wire import NOTICES_QUEUE, NOTICES_WORKFLOW

_ID = "notices"


async def start_relay(client: Client) -> None:
    """Started twice it is the same one."""
    await _start(client, WorkflowIDConflictPolicy.USE_EXISTING)


async def restart_relay(client: Client) -> None:
    """A run without a past, so that nothing of it is sealed with an older key; it has no state to lose."""
    await _start(client, WorkflowIDConflictPolicy.TERMINATE_EXISTING)


async def _start(client: Client, where_it_runs: WorkflowIDConflictPolicy) -> None:
    await client.start_workflow(NOTICES_WORKFLOW, id=_ID, task_queue=NOTICES_QUEUE, id_conflict_policy=where_it_runs)
