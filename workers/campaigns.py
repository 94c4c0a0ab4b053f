"""The worker of the queue `campaigns`: campaign workflows and their batches."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from activities.open_cases import open_step
from activities.settle_cases import settle_step
from activities.steer import steering_steps
from activities.tell_calendar import tell_step
from engine.claim_keys import ClaimBook
from models.campaign import CAMPAIGNS_QUEUE
from rules.access.claims import check_with
from store.campaigns import plans_from
from workers.cases import TAKEN_OVER
from workflows.campaign import CampaignWorkflow

_AT_ONCE = 4


def campaigns_worker(
    client: Client, engine: Engine, *, queue: str = CAMPAIGNS_QUEUE, runner: WorkflowRunner | None = None
) -> Worker:
    """A worker that ends its batch when it is stopped (within 15 seconds); one cut short is done again."""
    plans_from(engine)
    book = ClaimBook(engine)
    check_with(book.refused)
    return Worker(
        client,
        task_queue=queue,
        workflows=[CampaignWorkflow],
        activities=[
            open_step(client, engine, book),
            tell_step(client, engine),
            settle_step(client, engine),
            *steering_steps(engine),
        ],
        activity_executor=ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="campaign"),
        max_concurrent_activities=_AT_ONCE,
        sticky_queue_schedule_to_start_timeout=TAKEN_OVER,
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=timedelta(seconds=15),
    )
