"""A job as a workflow: item after item until nothing waits; killed anywhere it goes on where it was."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.jobs import JOB_WORKFLOW, WORK_ACTIVITY, WORK_SIGNAL, JobRun, WorkDone
    from workflows.shell import HEARTBEAT


@workflow.defn(name=JOB_WORKFLOW)
class JobWorkflow:
    """One job; its list and its results are in the record, so that this knows nothing but its id."""

    def __init__(self) -> None:
        self.asked = True

    @workflow.signal(name=WORK_SIGNAL)
    def work(self) -> None:
        """Asked to run while it may be about to end: it looks once more, so that a retry is never lost."""
        self.asked = True

    @workflow.run
    async def run(self, job: JobRun) -> None:
        """Until nothing waits, or somebody stopped it."""
        while self.asked:
            self.asked = False
            done = await workflow.execute_activity(
                WORK_ACTIVITY,
                job,
                result_type=WorkDone,
                start_to_close_timeout=timedelta(minutes=30),
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=20)),
                summary=job.job_id,
            )
            self.asked |= bool(done.left)
            if self.asked and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(job)
