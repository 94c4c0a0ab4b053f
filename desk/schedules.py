"""A chore of the clock is run, paused or resumed by somebody: never without a line in the audit log."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import Engine
from temporalio.client import Client

from engine import schedules
from engine.unreachable import asking_temporal
from models.audit import AuditActor, AuditLine
from models.housekeeping import Chore
from store.audit import note

_LONGEST = 300


async def run_chore(client: Client, engine: Engine, by: AuditActor, chore: Chore) -> None:
    """It runs now, out of its turn. Unreachable, as the others, if Temporal does not answer."""
    async with _noted(engine, by, chore, "run"):
        await schedules.run_now(client, chore)


async def pause_chore(client: Client, engine: Engine, by: AuditActor, chore: Chore, reason: str) -> bool:
    """It runs no more until it is resumed; the reason stands in the audit log. False where it was paused already."""
    return await _set(client, engine, by, chore, reason, to_pause=True)


async def resume_chore(client: Client, engine: Engine, by: AuditActor, chore: Chore, reason: str) -> bool:
    """It runs by the clock again. False where it did already."""
    return await _set(client, engine, by, chore, reason, to_pause=False)


async def _set(client: Client, engine: Engine, by: AuditActor, chore: Chore, reason: str, *, to_pause: bool) -> bool:
    with asking_temporal():
        if await schedules.is_paused(client, chore) is to_pause:
            return False
    async with _noted(engine, by, chore, "pause" if to_pause else "resume", reason):
        await (schedules.pause if to_pause else schedules.resume)(client, chore)
    return True


@asynccontextmanager
async def _noted(engine: Engine, by: AuditActor, chore: Chore, what: str, reason: str = "") -> AsyncGenerator[None]:
    """The line stands before the effect, and a second one if it fails."""
    facts = {"schedule": chore, "what": what} | ({"reason": reason[:_LONGEST]} if reason else {})
    line = AuditLine(kind="schedule_changed", by=by, facts=facts)
    await asyncio.to_thread(note, engine, line)
    try:
        with asking_temporal():
            yield
    except BaseException:
        await asyncio.to_thread(note, engine, line.model_copy(update={"outcome": "failed"}))
        raise
