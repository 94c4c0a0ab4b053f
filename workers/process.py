"""One worker process: one queue, until it is asked to stop; then it finishes what it has begun."""

import asyncio
import signal
from contextlib import nullcontext, suppress

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from temporalio.client import Client
from temporalio.worker import Worker

from desk.heads import heads_of
from embedded.machine_errors import heads_elsewhere
from embedded.settings import StackSettings
from engine.connection import Services
from engine.relay import start_relay
from engine.schedules import ensure_schedules
from models.campaign import CAMPAIGNS_QUEUE
from models.jobs import IMPORTS_QUEUE
from models.wire import CASES_QUEUE, NOTICES_QUEUE
from store.engine import connect
from store.installation import is_copy
from store.migrate import require_schema
from workers.anew import start_anew, until_held_up
from workers.beats import beating
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workers.custody import tell_custody
from workers.imports import imports_worker
from workers.listening import listening
from workers.logs import log_as_json
from workers.lost_jobs import bringing_back
from workers.machines import member_of
from workers.notices import notices_worker
from workers.tracing import traced

_WORKERS = {CAMPAIGNS_QUEUE: campaigns_worker, IMPORTS_QUEUE: imports_worker}
QUEUES = (CASES_QUEUE, *_WORKERS, NOTICES_QUEUE)
_LOOKS_EVERY = 1.0  # seconds that a worker of a copy waits until it looks whether this is the live installation
_log = structlog.stdlib.get_logger("worker")


async def work(services: Services, queue: str, metrics_at: str | None = None, traces_to: str | None = None) -> None:
    """Serve the queue until SIGTERM or SIGINT; tell metrics at the address, and traces to the collector.

    Raises SchemaTrouble, or ValueError for an unknown queue; StackError for notices on a machine that does not keep the
    signed heads.
    """
    if queue not in QUEUES:
        raise ValueError(queue)
    member = member_of(services.home)
    if queue == NOTICES_QUEUE and member and "heads" not in member.also:
        raise heads_elsewhere()
    log_as_json()
    require_schema(services.engine)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    name = f"worker-{queue}"
    async with listening(metrics_at, name):
        with traced(services, name, traces_to):
            await _serve(services, queue, stopped)


async def _serve(services: Services, queue: str, stopped: asyncio.Event) -> None:
    if not await _is_live(services.engine, stopped):
        return
    services.process = f"worker {queue}"
    client = await services.temporal()
    if queue == NOTICES_QUEUE:
        await start_relay(client)
        await ensure_schedules(client)
    worker = worker_of(queue, client, services)
    beats = connect(services.endpoints.app_database_url, pool=1)  # of its own: a full pool is no dead worker
    jobs = bringing_back(client, services.engine) if queue == IMPORTS_QUEUE else nullcontext()
    async with worker, beating(beats, queue), jobs:
        _log.info("worker started", queue=queue)
        if queue == CASES_QUEUE and (held_up := await until_held_up(client, stopped)):
            start_anew(held_up)
        await stopped.wait()
        _log.info("worker stopping", queue=queue)
    beats.dispose()
    _log.info("worker stopped", queue=queue)


def worker_of(queue: str, client: Client, services: Services) -> Worker:
    """The worker of a queue, as the settings of this machine have it."""
    if queue == NOTICES_QUEUE:
        heads = heads_of(services)
        tell_custody(services.home, heads)
        return notices_worker(client, services.engine, services.files, heads=heads)
    if queue == CASES_QUEUE:
        return cases_worker(client, services.engine, cached=StackSettings().remembered_cases)
    return _WORKERS[queue](client, services.engine)


async def _is_live(engine: Engine, stopped: asyncio.Event) -> bool:
    """Wait while this is a copy, whose clocks and notices do nothing; False if it was asked to stop meanwhile."""
    told = False
    while not await asyncio.to_thread(_seen_live, engine):
        if not told:
            _log.warning("a copy of an installation: nothing is done until rectify db live")
        told = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LOOKS_EVERY)
            return False
    return True


def _seen_live(engine: Engine) -> bool:
    """Not while the database does not answer: who declares the copy live ends the connections of those who wait."""
    with suppress(OperationalError):
        return not is_copy(engine)
    return False
