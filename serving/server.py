"""How pages and API are served: with TLS or without, and no connection is held for whoever lets it wait."""

import asyncio
from typing import Any, NamedTuple, cast

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from embedded.web_listener import WebListener
from serving.problems import PROBLEM, Trouble, problem_response
from serving.proxies import BehindProxies
from serving.streams import STOPPED, STREAM
from serving.tls import RenewedContext

_FINISH_WITHIN = 10


class Limits(NamedTuple):
    """Seconds and a number that a connection keeps to; a body has its own seconds (`serving/bodies.py`).

    `request`: from the connection, or from the answer before, until the next request's head has come whole.
    `answer`: for how long nothing of an answer may be taken. `connections`: at once.
    """

    request: float = 20.0
    answer: float = 60.0
    connections: int = 400


class Connection(H11Protocol):
    """The server's own limits an idle connection only: one byte now and then would hold it for ever."""

    limits = Limits()
    _asking: asyncio.TimerHandle | None = None  # until the next request
    _taking: asyncio.TimerHandle | None = None  # until something of the answer is taken

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as the server's own
        """Somebody is there; one too many is told so."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            zh, en = "连接过多，请稍后再试", "too many connections: try again later"
            self._end(Trouble(503, "too_busy", zh, en, headers={"Retry-After": "5"}))
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there."""
        for timer in (self._asking, self._taking):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """As a request begins it has all the time that its route gives it."""
        super().handle_events()
        running = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        if running is not None and not running.response_complete and self._asking is not None:
            self._asking.cancel()

    def on_response_complete(self) -> None:
        """Whether the rest of the body or another request comes, or the answer is to be taken: not for ever."""
        self._await_request()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The answer is not taken."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.limits.answer, self.transport.abort)

    def resume_writing(self) -> None:
        """It is."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()

    def shutdown(self) -> None:
        """The server stops: an answer that would not end by itself ends now."""
        super().shutdown()
        running = cast("RequestResponseCycle | None", self.cycle)
        if running is not None:
            state = running.scope.setdefault("state", {})
            state[STOPPED] = True
            if (stopping := state.get(STREAM)) is not None:
                stopping.set()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so as everything else is."""
        self._end(Trouble(400, "no_http", "不是有效的 HTTP 请求", "this is no HTTP request"))

    def _await_request(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self.loop.call_later(self.limits.request, self.transport.abort)

    def _end(self, trouble: Trouble) -> None:
        """Say so and hang up; where an answer has begun, hang up."""
        if self.conn.our_state is not h11.IDLE and self.conn.our_state is not h11.SEND_RESPONSE:
            self.transport.abort()
            return
        answer = problem_response(trouble)
        head = [*answer.raw_headers, (b"Content-Type", PROBLEM.encode()), (b"Connection", b"close")]
        body = bytes(answer.body)
        for event in (
            h11.Response(status_code=answer.status_code, headers=head),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._await_request()


def server_config(
    app: ASGIApp, port: int, limits: Limits | None = None, listener: WebListener | None = None
) -> uvicorn.Config:
    """The server's settings, the same in earnest and in tests. StackError for a certificate of no use."""
    facts: dict[str, Any] = {"limits": limits or Limits()}
    listener = listener or WebListener()
    renewed = RenewedContext(listener.pair, listener.names) if listener.pair else None
    return uvicorn.Config(
        BehindProxies(app, listener.proxies) if listener.proxies else app,
        ssl_context_factory=(lambda _config, _default: renewed.outer) if renewed else None,
        host="127.0.0.1",
        port=port,
        http=type("LimitedConnection", (Connection,), facts),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # believed of the proxies of the settings alone, above
        timeout_graceful_shutdown=_FINISH_WITHIN,
    )
