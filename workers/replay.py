"""Replaying histories under the present code."""

from temporalio.client import RPCError, RPCStatusCode, WorkflowHistory
from temporalio.worker import Replayer

from engine.connection import Services, sealed_converter
from models.wire import CASE_WORKFLOW
from store.differences import Difference
from workers.sandbox import sandbox
from workflows.case import CaseWorkflow


async def replay_history(services: Services, history: WorkflowHistory) -> list[Difference]:
    """Replay one history."""
    replayer = _replayer(services)
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    failure = result.replay_failure
    return [Difference(case_id=history.workflow_id, what=str(failure))] if failure else []


async def replay_case(services: Services, case_id: str | None) -> list[Difference]:
    """Replay the case of that id, or every running case; LookupError if Temporal has none of that id."""
    client = await services.temporal()
    if case_id is not None:
        try:
            history = await client.get_workflow_handle(case_id).fetch_history()
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
                raise LookupError(case_id) from None
            raise
        return await replay_history(services, history)
    running = client.list_workflows(f"WorkflowType = '{CASE_WORKFLOW}' AND ExecutionStatus = 'Running'")
    results = await _replayer(services).replay_workflows(running.map_histories(), raise_on_replay_failure=False)
    return [Difference(case_id=run, what=str(failure)) for run, failure in results.replay_failures.items()]


def _replayer(services: Services) -> Replayer:
    return Replayer(
        workflows=[CaseWorkflow],
        data_converter=sealed_converter(services.keys),
        workflow_runner=sandbox(),
    )
