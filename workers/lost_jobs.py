"""Jobs that run in the record and have no workflow: they are given one, as the worker starts and every few minutes.

Whoever froze the list died, or did not reach Temporal, before the job was started; or Temporal lost its own database.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from engine.jobs import run_if_lost
from engine.unreachable import Unreachable
from store.jobs import waiting_jobs

_EVERY = 120.0  # seconds
_log = structlog.stdlib.get_logger("job")


@asynccontextmanager
async def bringing_back(client: Client, engine: Engine, every: float = _EVERY) -> AsyncGenerator[None]:
    """While inside, no job stays without a workflow. A service that is away is asked again the next time."""
    stopped = asyncio.Event()
    looking = asyncio.create_task(_go_on(client, engine, stopped, every))
    try:
        yield
    finally:
        stopped.set()
        await looking


async def bring_back(client: Client, engine: Engine) -> tuple[str, ...]:
    """The jobs that had none. Raises Unreachable or SQLAlchemyError while a service is away."""
    found: list[str] = []
    for job_id in await asyncio.to_thread(waiting_jobs, engine):
        if await run_if_lost(client, job_id):
            _log.warning("a job without a workflow goes on from the record", job_id=job_id)
            found.append(job_id)
    return tuple(found)


async def _go_on(client: Client, engine: Engine, stopped: asyncio.Event, every: float) -> None:
    while not stopped.is_set():
        try:
            await bring_back(client, engine)
        except (Unreachable, SQLAlchemyError) as error:
            _log.warning("jobs without a workflow were not looked for", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), every)
