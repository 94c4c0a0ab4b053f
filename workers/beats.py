"""A worker process that tells the database every two seconds that it lives, until it stops."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from store.worker_beats import Beat, beat, forget
from workers.version import code_version

_EVERY = 2.0
_log = structlog.stdlib.get_logger("beats")


def this_worker(queue: str) -> Beat:
    """This process as the worker of the queue."""
    return Beat(queue=queue, host=socket.gethostname(), pid=os.getpid(), version=code_version())


@asynccontextmanager
async def beating(engine: Engine, queue: str) -> AsyncGenerator[None]:
    """While inside, the worker of the queue is known to live. A database that is away is told again when it is back."""
    worker, stopped = this_worker(queue), asyncio.Event()
    await _tell(engine, worker)
    telling = asyncio.create_task(_go_on(engine, worker, stopped))
    try:
        yield
    finally:
        stopped.set()
        await telling  # the last beat has ended before the worker is forgotten
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(forget, engine, worker)


async def _go_on(engine: Engine, worker: Beat, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _EVERY)
            return
        await _tell(engine, worker)


async def _tell(engine: Engine, worker: Beat) -> None:
    try:
        await asyncio.to_thread(beat, engine, worker)
    except SQLAlchemyError as error:
        _log.warning("not told that this worker lives", queue=worker.queue, error=type(error).__name__)
