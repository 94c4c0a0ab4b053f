"""Several frontends of one Temporal server behind one address of this process: the client speaks to one that answers.

Temporal's client knows a single address. Here a port on loopback hands each of its connections on to a frontend, any
of those that answer; when that one dies the connection ends, the client makes another, and that one leads elsewhere.
Bytes pass as they are, so what TLS protects stays between client and frontend.
"""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

_CONNECTS_WITHIN = 2.0
_SILENT = 4.0
"""Seconds without a byte after which a connection that the client gave up tells against its frontend."""
_AVOIDED = 30.0
_CHUNK = 1 << 16
_lock = threading.Lock()
_started: dict[tuple[str, ...], "_Frontends"] = {}


def addresses(written: str) -> tuple[str, ...]:
    """The frontends in an address, host:port, commas between them."""
    return tuple(part.strip() for part in written.split(",") if part.strip())


def split(address: str) -> tuple[str, int]:
    """Host and port; ValueError without a port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def one_address(written: str) -> str:
    """What a client is told: the address itself, or that of this process behind which all of them are."""
    known = addresses(written)
    if len(known) < 2:
        return written
    with _lock:
        if known not in _started:
            _started[known] = _Frontends(known)
        return _started[known].address


class _Frontends:
    """Listens until the process ends, in a thread of its own: event loops of callers come and go."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = [split(address) for address in known]
        self._avoided_until = dict.fromkeys(self._known, 0.0)
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listens.getsockname()[1]}"
        threading.Thread(target=lambda: asyncio.run(self._serve()), name="frontends", daemon=True).start()

    async def _serve(self) -> None:
        await (await asyncio.start_server(self._hand_on, sock=self._listens)).serve_forever()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the client, until either side ends it."""
        there = await self._reached()
        if there is None:
            writer.transport.abort()  # the client hears that nobody answers, and tries again
            return
        frontend, (from_there, to_there) = there
        heard = _Heard()
        ways = [
            asyncio.ensure_future(_pass_on(reader, to_there)),
            asyncio.ensure_future(_pass_on(from_there, writer, heard)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if ways[0].done() and heard.seconds_ago > _SILENT:
            self._avoid(frontend)  # it takes connections and says nothing: hung, or its machine is away
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, to_there):
            end.transport.abort()

    async def _reached(self) -> tuple[tuple[str, int], tuple[asyncio.StreamReader, asyncio.StreamWriter]] | None:
        """Any that takes a connection; those that lately did not come last."""
        now = time.monotonic()
        shuffled = random.sample(self._known, len(self._known))
        for frontend in sorted(shuffled, key=lambda one: max(0.0, self._avoided_until[one] - now)):
            with suppress(OSError):  # a TimeoutError is one
                return frontend, await asyncio.wait_for(asyncio.open_connection(*frontend), _CONNECTS_WITHIN)
            self._avoid(frontend)
        return None

    def _avoid(self, frontend: tuple[str, int]) -> None:
        self._avoided_until[frontend] = time.monotonic() + _AVOIDED


class _Heard:
    """When the frontend last said something."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    @property
    def seconds_ago(self) -> float:
        return time.monotonic() - self.at


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, heard: _Heard | None = None) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            if heard is not None:
                heard.at = time.monotonic()
            target.write(chunk)
            await target.drain()
