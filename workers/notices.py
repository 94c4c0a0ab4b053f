"""The worker of the queue `notices`: outbox lines become inbox rows; the chores that schedules start."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.housekeeping import chores
from activities.relay_notices import relay_step
from desk.heads import SignedHeads
from models.wire import NOTICES_QUEUE
from store.campaigns import plans_from
from store.differences import Difference
from store.files import Files
from workers.check import verify_all
from workflows.housekeeping import HousekeepingWorkflow
from workflows.notices import NoticesWorkflow


def notices_worker(
    client: Client, engine: Engine, files: Files, *, queue: str = NOTICES_QUEUE, heads: SignedHeads | None = None
) -> Worker:
    """A worker that ends its round when it is stopped. Without `heads` the logs are checked, and not signed."""
    plans_from(engine)

    def seal() -> list[Difference]:
        return heads.check_and_sign(engine) if heads else []

    return Worker(
        client,
        task_queue=queue,
        workflows=[NoticesWorkflow, HousekeepingWorkflow],
        activities=[
            relay_step(engine),
            *chores(engine, files, partial(verify_all, client, engine, files, heads), seal),
        ],
        activity_executor=ThreadPoolExecutor(3, thread_name_prefix="chores"),
        max_concurrent_activities=3,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )
