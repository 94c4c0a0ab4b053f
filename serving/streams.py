"""Answers that do not end: server-sent events, few a session, asked for by many and computed once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Hashable
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

STREAM = "stream"
"""In the state of a request whose answer does not end by itself: what a server that stops sets, so that it does."""
STOPPED = "stopped"
"""In the state of a request that the server was answering when it stopped."""
A_SESSION, AT_ONCE = 3, 150
"""Streams: a browser has six connections to a host, and the server 400 in all."""
EVERY = 5.0
"""Seconds between two looks."""
LASTS = 900.0
"""Seconds until a stream ends; the browser begins another."""


class Streams:
    """The streams of this process: how many each session has, and what they ask the database, once for all of them."""

    def __init__(self) -> None:
        self._open = Counter[str]()
        self._asked: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    def take(self, session_id: str) -> bool:
        """Whether the session may have one more; then it is counted, until it is given back."""
        if self._open[session_id] >= A_SESSION or self._open.total() >= AT_ONCE:
            return False
        self._open[session_id] += 1
        return True

    def give_back(self, session_id: str) -> None:
        """One of the session's ended."""
        self._open[session_id] -= 1
        if self._open[session_id] <= 0:
            del self._open[session_id]

    async def asked(self, what: Hashable, ask: Callable[[], Any]) -> Any:
        """The answer of a thread, which is shared by whoever asks the same within `EVERY`."""
        now = time.monotonic()
        for gone in [key for key, (began, _) in self._asked.items() if now - began > 2 * EVERY]:
            del self._asked[gone]
        known = self._asked.get(what)
        if known is None or now - known[0] >= EVERY * 0.8:
            task = asyncio.create_task(asyncio.to_thread(ask))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # told to whoever waits
            known = self._asked[what] = (now, task)
        return await asyncio.shield(known[1])


def event(name: str, facts: dict[str, Any]) -> str:
    """An event as the browser reads it."""
    return f"event: {name}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n"


class EventStream(StreamingResponse):
    """Events until they end, or whoever listens goes; then `ended` is called, whatever happened."""

    def __init__(self, events: AsyncGenerator[str], ended: Callable[[], None], stopping: asyncio.Event) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._events, self._ended, self._stopping = events, ended, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with them."""
        state = scope.setdefault("state", {})
        state[STREAM] = self._stopping
        if state.get(STOPPED):
            self._stopping.set()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()
            await self._events.aclose()
