"""How the parts do that a command needs: asked by `/readyz` and by the page of health alike."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from engine.backlog import Backlog, backlogs
from engine.claim_key_troubles import claim_key_troubles_now
from engine.keys import KeyTrouble
from engine.payload_keys import key_troubles_now
from engine.readiness import Readiness, readiness
from engine.stuck import StuckCase, stuck_cases
from engine.unreachable import Unreachable
from models.campaign import CAMPAIGNS_QUEUE
from models.jobs import IMPORTS_QUEUE
from models.wire import CASES_QUEUE, NOTICES_QUEUE
from serving.backing import Backing
from store.counts import outbox_dead
from store.files_trouble import FilesTrouble

T = TypeVar("T")
_WITHIN = 4.0
_FILES_TIMES = 5
QUEUES = (CASES_QUEUE, CAMPAIGNS_QUEUE, IMPORTS_QUEUE, NOTICES_QUEUE)


class Condition(NamedTuple):
    """Each part that is needed, and whether it is there; troubles of keys; cases that take no step; dead letters."""

    checks: tuple[Readiness, ...]
    payload: Sequence[KeyTrouble]
    claim: Sequence[KeyTrouble]
    is_copy: bool
    stuck: tuple[StuckCase, ...]
    dead: int
    files: FilesTrouble | None = None
    """Why photos and papers can neither be kept nor shown; commands without are taken all the same."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that do not answer, by name."""
        return tuple(check.name for check in self.checks if not check.ready)

    @property
    def by_name(self) -> dict[str, bool]:
        """Every part, the keys among them."""
        keys = {"payload_keys": not self.payload, "claim_keys": not self.claim}
        return {check.name: check.ready for check in self.checks} | keys


async def condition(behind: Backing) -> Condition:
    """Everything, asked side by side, each within seconds."""
    records, services = behind.records, behind.services
    no_keys: tuple[KeyTrouble, ...] = ()
    silent = FilesTrouble("away", "RECTIFY_EVIDENCE", f"> {_WITHIN:.0f} s")
    checks, payload, claim, files = await asyncio.gather(
        readiness(records, behind.temporal, QUEUES),
        _in_time(asyncio.to_thread(key_troubles_now, records, services.keys_file), no_keys),
        _in_time(asyncio.to_thread(claim_key_troubles_now, records, services.home), no_keys),
        _in_time(asyncio.to_thread(behind.lately, ("files",), partial(_of_files, behind), _FILES_TIMES), silent),
    )
    there = {check.name for check in checks if check.ready}
    stuck = await _in_time(_stuck(behind), ()) if "temporal" in there else ()
    dead, is_copy = 0, False
    if "database" in there:
        dead = await _in_time(asyncio.to_thread(outbox_dead, records), 0)
        is_copy = await _in_time(asyncio.to_thread(behind.is_copy), False)
    return Condition(checks, payload, claim, is_copy, stuck, dead, files)


def _of_files(behind: Backing) -> FilesTrouble | None:
    """Whether their place answers; a bucket is listed, and nothing is written each time that somebody looks."""
    try:
        behind.services.files.place.prove(writes=False)
    except FilesTrouble as trouble:
        return trouble
    return None


async def backlog_of(behind: Backing) -> dict[str, Backlog]:
    """What waits on each queue; empty where Temporal does not tell."""
    with suppress(RPCError, Unreachable, TimeoutError):
        async with asyncio.timeout(_WITHIN):
            return await backlogs(await behind.temporal(), QUEUES)
    return {}


async def _in_time(asked: Awaitable[T], otherwise: T) -> T:
    """The answer, or the other one: a part that hangs is named by its own check, and holds up no other."""
    try:
        async with asyncio.timeout(_WITHIN):
            return await asked
    except (TimeoutError, SQLAlchemyError):
        return otherwise


async def _stuck(behind: Backing) -> tuple[StuckCase, ...]:
    try:
        return await stuck_cases(await behind.temporal())
    except (RPCError, Unreachable):
        return ()
