"""One chore of the office, started by a schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.housekeeping import HOUSEKEEPING_WORKFLOW, Chore, ChoreDone
    from workflows.shell import HEARTBEAT


@workflow.defn(name=HOUSEKEEPING_WORKFLOW)
class HousekeepingWorkflow:
    """The activity that has the chore's name, until it succeeds, however long that takes: nothing makes it up else.

    While it is tried no other run of the chore begins.
    """

    @workflow.run
    async def run(self, chore: Chore) -> ChoreDone:
        """What was done."""
        return await workflow.execute_activity(
            chore,
            result_type=ChoreDone,
            start_to_close_timeout=timedelta(hours=2),
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )
