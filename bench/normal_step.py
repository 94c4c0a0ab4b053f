"""The variant that was weighed and left: the record step as a normal activity (ADR 0003)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import Engine

    from activities.record import record_step
    from models.commands import AnyCommand
    from models.events import Transition
    from models.wire import RECORD_ACTIVITY, CaseStart, Receipt, Recorded, RecordRequest, Submission
    from rules.case.evolve import apply
    from workflows.case import CaseWorkflow

QUEUE = "bench-normal"


@workflow.defn(name="CaseWithNormalStep")
class CaseWithNormalStep(CaseWorkflow):
    """The case, but for its record step."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: CaseStart) -> Receipt | None:
        """As the case."""
        return await super().run(start)

    @workflow.update(name="submit")
    async def submit(self, submission: Submission) -> Receipt:
        """As the case."""
        return await super().submit(submission)

    @workflow.signal(name="inspection_result")
    async def inspection_result(self, submission: Submission) -> None:
        """As the case."""
        await super().inspection_result(submission)

    async def _record(self, transition: Transition, command: AnyCommand | None = None) -> Recorded:
        asked = command.digest if command else None
        request = RecordRequest(digest=self.start.digest, before=self.case, transition=transition, asked=asked)
        recorded = await workflow.execute_activity(
            RECORD_ACTIVITY, request, result_type=Recorded, start_to_close_timeout=timedelta(seconds=30)
        )
        for step in recorded.transitions:
            self.case = apply(self.case, step)
        if recorded.move is not None:
            await self._follow(recorded.move)
        self.lists.show(self._plan(), self.case)
        return recorded


def normal_worker(client: Client, engine: Engine) -> Worker:
    """As the product's worker, with the variant."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[CaseWithNormalStep],
        activities=[record_step(engine)],
        activity_executor=ThreadPoolExecutor(40),
        max_concurrent_activities=40,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
