"""The worker of the queue `notices`: outbox lines become inbox rows."""

from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.relay_notices import relay_step
from models.wire import NOTICES_QUEUE, NOTICES_WORKFLOW
from workflows.notices import NoticesWorkflow


async def start_relay(client: Client) -> None:
    """The one relay of the installation; started twice it is the same one."""
    await client.start_workflow(
        NOTICES_WORKFLOW,
        id="notices",
        task_queue=NOTICES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


def notices_worker(client: Client, engine: Engine, *, queue: str = NOTICES_QUEUE) -> Worker:
    """A worker that ends its round when it is stopped."""
    return Worker(
        client,
        task_queue=queue,
        workflows=[NoticesWorkflow],
        activities=[relay_step(engine)],
        max_concurrent_activities=2,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )
