"""A worker that was killed is told within seconds, one that stopped in order at once (contracts §3)."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.connection import Services
from engine.readiness import readiness
from models.wire import CASES_QUEUE
from store.worker_beats import living_workers
from tests.durable.office import eventually
from workers.version import code_version

ROOT = Path(__file__).parents[2]
Process = subprocess.Popen[bytes]


@pytest.fixture
def worker(services: Services, tmp_path: Path) -> Iterator[Process]:
    """A real worker process of the queue `cases`, on the test's database."""
    (tmp_path / "endpoints.json").write_text(services.endpoints.model_copy(update={"home": tmp_path}).model_dump_json())
    env = {**os.environ, "RECTIFY_HOME": str(tmp_path)}
    argv = [sys.executable, "-P", "-m", "cli.main", "worker", CASES_QUEUE]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=log, stderr=log)
    yield process
    process.kill()
    process.wait()


async def ready(services: Services) -> dict[str, bool]:
    """What is there, by name."""
    return {check.name: check.ready for check in await readiness(services.engine, services.temporal, [CASES_QUEUE])}


async def is_ready(services: Services) -> bool:
    """Whether everything is there."""
    return all((await ready(services)).values())


async def is_not_ready(services: Services) -> bool:
    """Whether something is missing."""
    return not await is_ready(services)


@pytest.mark.clause("contracts §3")
async def test_a_killed_worker_is_missed_within_ten_seconds(services: Services, worker: Process) -> None:
    assert not (await ready(services))["worker_cases"], "nobody serves the queue yet"
    await eventually(lambda: is_ready(services), within=60)
    [seen] = living_workers(services.engine)
    assert (seen.queue, seen.pid, seen.version) == (CASES_QUEUE, worker.pid, code_version())
    worker.kill()
    died = time.monotonic()
    await eventually(lambda: is_not_ready(services))
    assert time.monotonic() - died < 10
    assert await ready(services) == {"database": True, "temporal": True, "worker_cases": False}


async def test_a_worker_that_stops_in_order_is_not_ready_while_it_finishes(services: Services, worker: Process) -> None:
    await eventually(lambda: is_ready(services), within=60)
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.wait, 30) == 0
    assert living_workers(services.engine) == []
    assert not (await ready(services))["worker_cases"]
