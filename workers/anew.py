"""A worker that takes the tasks of a case and never answers starts anew: what it holds is in its memory alone.

Seen where the server lost the ends of many tasks (docs/adr/0059): the library went on waiting inside, for two of two
thousand cases, and no stop by a signal came to an end either. Nothing is lost by it: what was recorded stays.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from temporalio.client import Client, RPCError

from engine.stuck import unanswered_by

_EVERY = 60.0  # seconds
_NOT_BEFORE = 1800.0
"""Seconds from one new start to the next: a machine that is merely too slow is not helped by it."""
_SINCE = "STARTED_ANEW_AT"
_log = structlog.stdlib.get_logger("worker")


async def until_held_up(client: Client, stopped: asyncio.Event, every: float = _EVERY) -> tuple[str, ...]:
    """The cases that this worker took and did not answer for, twice one after the other; none once it is to stop."""
    before: set[str] = set()
    while not stopped.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), every)
            break
        with suppress(RPCError, TimeoutError):
            now = set(await unanswered_by(client, client.identity))
            if stopped.is_set():  # asked meanwhile: a process that starts anew would not know of it
                break
            if (still := now & before) and time.time() - float(os.environ.get(_SINCE, 0)) > _NOT_BEFORE:
                return tuple(sorted(still))
            before = now
    return ()


def start_anew(cases: tuple[str, ...], execute: Callable[[str, list[str]], object] = os.execv) -> None:
    """This process from its beginning, with its memory empty, under the same number."""
    _log.error("takes tasks and does not answer: starts anew", cases=cases)
    os.environ[_SINCE] = str(time.time())
    sys.stdout.flush()
    sys.stderr.flush()
    execute(sys.executable, sys.orig_argv)
