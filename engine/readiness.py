"""Is everything there that a command needs? Database, Temporal, and a worker on each queue, each named."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client, RPCError

from engine.unreachable import Unreachable
from models.base import Frozen
from store.counts import answers
from store.worker_beats import living_workers

_WITHIN = 5.0


class Readiness(Frozen):
    """One thing that is needed: is it there?"""

    name: str
    ready: bool


async def readiness(
    engine: Engine, temporal: Callable[[], Awaitable[Client]], queues: Sequence[str]
) -> tuple[Readiness, ...]:
    """Database, Temporal and a worker for each queue, asked side by side, each within seconds.

    A worker is there while it tells the database so; without Temporal it has nothing to work on. Temporal itself still
    lists the polls of a worker a minute and a half after it was killed.
    """
    database, client, living = await asyncio.gather(_database(engine), _temporal(temporal), _living(engine, queues))
    reachable = client is not None
    return (
        Readiness(name="database", ready=database),
        Readiness(name="temporal", ready=reachable),
        *(Readiness(name=f"worker_{queue}", ready=reachable and queue in living) for queue in queues),
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
    except (RPCError, Unreachable, TimeoutError, SQLAlchemyError):  # a first connection asks the database for the keys
        return None


async def _living(engine: Engine, queues: Sequence[str]) -> frozenset[str]:
    """The queues that a worker serves."""
    try:
        async with asyncio.timeout(_WITHIN):
            return frozenset(worker.queue for worker in await asyncio.to_thread(living_workers, engine, queues))
    except (SQLAlchemyError, TimeoutError):
        return frozenset()
