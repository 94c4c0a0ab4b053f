"""Where a process tells its metrics, and that it lives: `/metrics` and `/livez`, in the event loop of its work.

So a process that hangs does not say that it lives. What is wrong with the address stops nobody's work: it is logged.
"""

import asyncio
import http.client
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from prometheus_client import generate_latest
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from embedded.ports import free_port
from engine.metrics import PROCESS, tell_build
from workers.version import code_version

_HEAD_BYTES = 8_192
_HEAD_WITHIN, _SDK_WITHIN = 5.0, 3.0
_AT_ONCE = 20
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_log = structlog.stdlib.get_logger("metrics")
Page = Callable[[], Awaitable[bytes]]


def measure_sdk() -> int | None:
    """Have Temporal's SDK count in this process, from before its first client; the loopback port at which it tells."""
    port = free_port()
    told = PrometheusConfig(
        f"127.0.0.1:{port}", counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
    try:
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(metrics=told, attach_service_name=False)))
    except (RuntimeError, ValueError) as error:  # another program was faster
        _log.warning("the SDK's metrics are not told", error=str(error))
        return None
    return port


@asynccontextmanager
async def listening(at: str | None, process: str, page: Page | None = None) -> AsyncGenerator[None]:
    """While inside, `/metrics` and `/livez` answer there; nothing where no address is given.

    `page` is what this process tells of itself; the SDK's metrics come behind it. To be entered before Temporal is
    connected.
    """
    if at is None:
        yield
        return
    host, _, port = at.rpartition(":")
    sdk = measure_sdk()
    tell_build(process, code_version())

    async def whole() -> bytes:
        return await (page or _own)() + await asyncio.to_thread(_of_sdk, sdk)

    try:
        server = await asyncio.start_server(_Door(whole).answer, host.strip("[]"), int(port), limit=_HEAD_BYTES)
    except OSError as error:
        _log.error("metrics are not told", at=at, reason=error.strerror)
        yield
        return
    _log.info("metrics are told", at=at)
    async with server:
        yield


async def _own() -> bytes:
    return await asyncio.to_thread(generate_latest, PROCESS)


def _of_sdk(port: int | None) -> bytes:
    if port is None:
        return b""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=_SDK_WITHIN)
    try:
        asking.request("GET", "/metrics")
        return asking.getresponse().read()
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        asking.close()


class _Door:
    """One request a connection, its head within seconds."""

    def __init__(self, page: Page) -> None:
        self._page, self._inside = page, 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._inside += 1
        try:
            with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                if self._inside <= _AT_ONCE:
                    writer.write(await self._answer(reader))
                    async with asyncio.timeout(_HEAD_WITHIN):
                        await writer.drain()
        finally:
            self._inside -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(_HEAD_WITHIN):
            head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method not in (b"GET", b"HEAD"):
            return _response("405 Method Not Allowed", b"")
        if path == b"/livez":
            return _response("200 OK", b"alive\n")
        if path != b"/metrics":
            return _response("404 Not Found", b"")
        try:
            return _response("200 OK", await self._page())
        except Exception:  # whatever it is: the work goes on, and whoever watches learns of it
            _log.exception("the metrics could not be told")
            return _response("500 Internal Server Error", b"")


def _response(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {_TEXT}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
