"""`/work/live`: a page that listens is told when the numbers of its list change. It is told numbers, never rows."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk.sign_in import listening_visit
from models.actors import Actor
from models.people import Visit
from rules.access.deeds import Place
from serving import streams
from serving.actors import Official, within
from serving.backing import WORK, Backing, Behind
from serving.cookies import SESSION_COOKIE, kept
from serving.problems import Trouble
from serving.streams import EventStream, Streams, event
from serving.troubles import trouble_of
from web.queries import PageQuery
from web.workbench import bench_of, shared_counts

router = APIRouter(include_in_schema=False)
_LOOKS_AT_SESSION = 3
"""The session is looked at again each time after so many looks at the numbers."""
_COME_BACK = "retry: 20000\n\n"
"""Milliseconds after which the browser asks again, when a stream has ended."""


@router.get("/work/live")
async def live(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """The numbers at once, then whenever they change; 204 where the session listens often enough already.

    It ends with the session, and with the post in which the reader acts.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    token, open_streams = kept(request, SESSION_COOKIE), request.app.state.streams
    await run_in_threadpool(lambda: within(behind.campaign(query.campaign), who, Place()))  # its trouble is told
    if visit is None or token is None or not open_streams.take(visit.session_id):
        return Response(status_code=204)
    stopping = asyncio.Event()
    numbers = _numbers(behind, open_streams, who, query.campaign, token, stopping)
    return EventStream(numbers, lambda: open_streams.give_back(visit.session_id), stopping)


async def _numbers(
    behind: Backing, open_streams: Streams, who: Actor, campaign_id: str | None, token: str, stopping: asyncio.Event
) -> AsyncGenerator[str]:
    """A line each time, so that whoever is gone is noticed."""
    yield _COME_BACK
    told: dict[str, Any] | None = None
    began, looks = time.monotonic(), 0
    post = (campaign_id, who.role, who.territory, who.sector, who.subject)

    def look() -> dict[str, Any]:
        bench = bench_of(behind, who, campaign_id)
        return shared_counts(behind, bench, bench.campaign.now()).shared

    while time.monotonic() - began < streams.LASTS and not stopping.is_set():
        if looks % _LOOKS_AT_SESSION == 0 and not await asyncio.to_thread(_is_still, behind, token, who):
            yield event("ended", {})
            return
        looks += 1
        try:
            # what the reader has just done stands on the page already: an older answer would tell of it as news
            now = await open_streams.asked(("work", post, behind.age(WORK)), look)
        except Exception as error:
            if not isinstance(error, Trouble):
                trouble_of(error)  # logged there
            return
        yield event("counts", now) if now != told else ": nothing new\n\n"
        told = now
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), streams.EVERY)


def _is_still(behind: Backing, token: str, who: Actor) -> bool:
    """Whether the session is open, and acts in the same post."""
    found = listening_visit(behind.records, token, datetime.now(UTC))
    return found is not None and found.standing is not None and found.standing.actor == who
