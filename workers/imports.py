"""The worker of the queue `imports`: jobs over many rows."""

from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.work_items import work_step
from models.jobs import IMPORTS_QUEUE
from store.campaigns import plans_from
from store.jobs import end_forgotten_jobs
from workflows.job import JobWorkflow


def imports_worker(client: Client, engine: Engine, *, queue: str = IMPORTS_QUEUE) -> Worker:
    """A worker that ends its row when it is stopped; the next one goes on with the row after it.

    Jobs that an earlier version left running with nothing to do are ended first.
    """
    plans_from(engine)
    end_forgotten_jobs(engine)
    return Worker(
        client,
        task_queue=queue,
        workflows=[JobWorkflow],
        activities=[work_step(client, engine)],
        max_concurrent_activities=2,
        graceful_shutdown_timeout=timedelta(seconds=15),
    )
