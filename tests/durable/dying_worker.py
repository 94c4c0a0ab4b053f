"""A worker process that dies as by kill -9 between the commit of a step and its answer."""

import asyncio
import os
import signal
from typing import Any

import activities.record
from embedded.stack import Endpoints
from engine.connection import Services
from models.events import Transition
from store.log import record
from workers.cases import cases_worker


def record_and_die(*asked: Any) -> tuple[Transition, ...]:
    """Commits; nobody ever hears of it."""
    recorded = record(*asked)
    if recorded.transitions[0].do == os.environ["DIES_AFTER"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return recorded


async def main() -> None:
    """Serve until death."""
    services = Services(Endpoints.model_validate_json(os.environ["ENDPOINTS"]))
    activities.record.record = record_and_die
    await cases_worker(await services.temporal(), services.engine).run()


if __name__ == "__main__":
    asyncio.run(main())
