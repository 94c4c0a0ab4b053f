"""Is everything there that a command needs? Database, Temporal, and a worker on each queue, each named."""

# the raw service's messages are partly untyped in temporalio
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, RPCError

from desk.submit import Unreachable
from models.base import Frozen
from store.board import answers

_WITHIN = 5.0
_POLLED_WITHIN = timedelta(seconds=90)  # a poll that finds nothing lasts a minute


class Readiness(Frozen):
    """One thing that is needed: is it there?"""

    name: str
    ready: bool


async def readiness(
    engine: Engine, temporal: Callable[[], Awaitable[Client]], queues: Sequence[str]
) -> tuple[Readiness, ...]:
    """Database, Temporal and a worker for each queue, asked side by side, each within seconds."""
    database, client = await asyncio.gather(_database(engine), _temporal(temporal))
    workers = await asyncio.gather(*(_polled(client, queue) for queue in queues))
    return (
        Readiness(name="database", ready=database),
        Readiness(name="temporal", ready=client is not None),
        *(Readiness(name=f"worker_{queue}", ready=ok) for queue, ok in zip(queues, workers, strict=True)),
    )


async def _database(engine: Engine) -> bool:
    try:
        async with asyncio.timeout(_WITHIN):
            return await asyncio.to_thread(answers, engine)
    except (SQLAlchemyError, TimeoutError):
        return False


async def _temporal(temporal: Callable[[], Awaitable[Client]]) -> Client | None:
    try:
        async with asyncio.timeout(_WITHIN):
            client = await temporal()
            return client if await client.service_client.check_health() else None
    except (RPCError, Unreachable, TimeoutError):
        return None


async def _polled(client: Client | None, queue: str) -> bool:
    """Whether somebody asked for work on the queue of late."""
    if client is None:
        return False
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        told = await client.workflow_service.describe_task_queue(asked, timeout=timedelta(seconds=_WITHIN))
    except RPCError:
        return False
    since = datetime.now(UTC) - _POLLED_WITHIN
    return any(poller.last_access_time.ToDatetime(UTC) > since for poller in told.pollers)
