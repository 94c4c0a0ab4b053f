"""The worker of the queue `cases`: case workflows and their record step."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from activities.record import record_step
from engine.claim_keys import ClaimBook
from models.wire import CASES_QUEUE
from rules.access.claims import check_with
from store.campaigns import plans_from
from workflows.case import CaseWorkflow

_AT_ONCE = 40
_GRACE = timedelta(seconds=15)
TAKEN_OVER = timedelta(seconds=3)
"""After which a workflow's task that its own worker did not take is anybody's: that one may be dead. Temporal: 10 s."""


def cases_worker(
    client: Client,
    engine: Engine,
    *,
    cached: int = 1000,
    queue: str = CASES_QUEUE,
    runner: WorkflowRunner | None = None,
) -> Worker:
    """A worker that finishes what it has begun when it is stopped (within 15 seconds).

    `runner`: tests run workflows in the sandbox (`workers/sandbox.py`).
    """
    plans_from(engine)
    book = ClaimBook(engine)
    check_with(book.refused)
    return Worker(
        client,
        task_queue=queue,
        workflows=[CaseWorkflow],
        activities=[record_step(engine, book)],
        activity_executor=ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="record"),
        max_concurrent_activities=_AT_ONCE,
        max_concurrent_local_activities=_AT_ONCE,
        max_cached_workflows=cached,
        sticky_queue_schedule_to_start_timeout=TAKEN_OVER,
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=_GRACE,
    )
