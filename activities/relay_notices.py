"""Relaying notices: as long as it runs, outbox lines become inbox rows within about a second."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import Engine
from temporalio import activity

from models.wire import RELAY_ACTIVITY
from store.notices import deliver, waiting_topics

_PAUSE = 1.0
_ROUNDS = 600


def relay_step(engine: Engine) -> Callable[[], Awaitable[int]]:
    """The activity `relay_notices` on an engine: some ten minutes of rounds, then it hands over to the next."""

    @activity.defn(name=RELAY_ACTIVITY)
    async def relay_notices() -> int:
        delivered = 0
        for _ in range(_ROUNDS):
            taken = await _round(engine)
            delivered += taken
            if activity.is_worker_shutdown():
                break
            if not taken:
                await asyncio.sleep(_PAUSE)
        return delivered

    return relay_notices


async def _round(engine: Engine) -> int:
    """Each topic has a relay of its own: what is slow or stuck in one holds back no other. Raises what one raised."""
    topics = await asyncio.to_thread(waiting_topics, engine)
    relays = (asyncio.to_thread(deliver, engine, topic) for topic in topics)
    ended = await asyncio.gather(*relays, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return sum(one for one in ended if isinstance(one, int))
