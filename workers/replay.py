"""Replaying histories under the present code."""

from functools import cache

from temporalio.client import RPCError, RPCStatusCode, WorkflowHistory
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Replayer, WorkflowReplayResult

from engine.connection import Services, sealed_converter
from models.campaign import CAMPAIGN_WORKFLOW
from models.jobs import JOB_WORKFLOW
from models.wire import CASE_WORKFLOW, NOTICES_WORKFLOW
from store.differences import Difference
from workers.sandbox import sandbox
from workflows.campaign import CampaignWorkflow
from workflows.case import CaseWorkflow
from workflows.job import JobWorkflow
from workflows.notices import NoticesWorkflow


async def replay_history(services: Services, history: WorkflowHistory) -> list[Difference]:
    """Replay one history."""
    result = await _replayer(services).replay_workflow(history, raise_on_replay_failure=False)
    found = _difference(result)
    return [found] if found else []


async def replay_case(services: Services, case_id: str | None) -> list[Difference]:
    """Replay the case of that id, or whatever runs for long: cases, campaigns, jobs, the relay.

    LookupError if Temporal has no case of that id.
    """
    client = await services.temporal()
    if case_id is not None:
        try:
            history = await client.get_workflow_handle(case_id).fetch_history()
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
                raise LookupError(case_id) from None
            raise
        return await replay_history(services, history)
    kinds = ", ".join(f"'{kind}'" for kind in (CASE_WORKFLOW, CAMPAIGN_WORKFLOW, JOB_WORKFLOW, NOTICES_WORKFLOW))
    running = client.list_workflows(f"WorkflowType IN ({kinds}) AND ExecutionStatus = 'Running'")
    async with _replayer(services).workflow_replay_iterator(running.map_histories()) as results:
        return [found async for result in results if (found := _difference(result))]


def _difference(result: WorkflowReplayResult) -> Difference | None:
    failure = result.replay_failure
    return Difference(case_id=result.history.workflow_id, what=str(failure)) if failure else None


@cache
def _quiet() -> Runtime:
    """The library's core writes to stdout that a history does not replay: that is the answer, and we give it."""
    return Runtime(telemetry=TelemetryConfig(logging=None))


def _replayer(services: Services) -> Replayer:
    return Replayer(
        workflows=[CaseWorkflow, CampaignWorkflow, JobWorkflow, NoticesWorkflow],
        data_converter=sealed_converter(services.keys),
        workflow_runner=sandbox(),
        runtime=_quiet(),
    )
