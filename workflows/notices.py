"""The relay of notices as a workflow: always one, resumed wherever a worker lives."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.wire import NOTICES_QUEUE, NOTICES_WORKFLOW, RELAY_ACTIVITY
    from workflows.shell import HEARTBEAT

_ROUNDS_A_RUN = 100


@workflow.defn(name=NOTICES_WORKFLOW)
class NoticesWorkflow:
    """Round after round of the relay; a dead worker is noticed by its missing heartbeat."""

    @workflow.run
    async def run(self) -> None:
        """Never ends by itself; continues as new before its history grows long."""
        for _ in range(_ROUNDS_A_RUN):
            await workflow.execute_activity(
                RELAY_ACTIVITY,
                result_type=int,
                task_queue=NOTICES_QUEUE,
                start_to_close_timeout=timedelta(hours=2),
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=10)),
            )
        workflow.continue_as_new()
