"""Several frontends behind one address: who dies or hangs is left, who is back is taken."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from embedded import frontends
from embedded.certificates import home_certificates, renew_certificates
from embedded.errors import StackError
from embedded.frontends import one_address, split
from embedded.given_certificates import elsewhere
from embedded.settings import StackSettings


class Frontend:
    """A server that answers each line with its name, can die, and can hang."""

    def __init__(self, name: bytes) -> None:
        self.name, self.hangs, self.port = name, False, 0
        self._open: set[asyncio.StreamWriter] = set()

    async def begin(self) -> str:
        """Listen, where it did before if it did."""
        self._server = await asyncio.start_server(self._speak, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{self.port}"

    def die(self) -> None:
        """As a killed process does: its connections end with it."""
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            while await reader.readline():
                if not self.hangs:
                    writer.write(self.name + b"\n")
                    await writer.drain()
        self._open.discard(writer)
        writer.close()


@pytest.fixture
async def two() -> AsyncIterator[tuple[Frontend, Frontend, str]]:
    """Two of them, and the address of both."""
    first, second = Frontend(b"first"), Frontend(b"second")
    address = one_address(f"{await first.begin()},{await second.begin()}")
    yield first, second, address
    first.die()
    second.die()


@asynccontextmanager
async def connected(address: str) -> AsyncGenerator[Callable[[], Awaitable[bytes]]]:
    """A connection on which one may ask who is there: b"" where it has ended."""
    reader, writer = await asyncio.open_connection(*split(address))

    async def who() -> bytes:
        writer.write(b"who\n")
        with suppress(ConnectionError):
            return (await reader.readline()).strip()
        return b""

    try:
        yield who
    finally:
        writer.transport.abort()


async def asked(address: str) -> bytes:
    """Who answers a connection of its own."""
    async with connected(address) as who:
        return await who()


async def test_both_are_used_and_whoever_dies_is_left_at_once(two: tuple[Frontend, Frontend, str]) -> None:
    first, _, address = two
    assert {await asked(address) for _ in range(40)} == {b"first", b"second"}
    async with AsyncExitStack() as held:
        talking = [await held.enter_async_context(connected(address)) for _ in range(20)]
        before = [await who() for who in talking]
        first.die()
        assert {await who() for who, name in zip(talking, before, strict=True) if name == b"first"} == {b""}
        assert {await who() for who, name in zip(talking, before, strict=True) if name == b"second"} == {b"second"}
    assert {await asked(address) for _ in range(20)} == {b"second"}


async def test_while_nobody_answers_the_client_hears_so_and_whoever_is_back_is_found(
    two: tuple[Frontend, Frontend, str],
) -> None:
    first, second, address = two
    first.die()
    second.die()
    assert await asked(address) == b""
    await first.begin()
    assert {await asked(address) for _ in range(5)} == {b"first"}


async def test_one_that_hangs_is_avoided_once_a_client_gave_it_up(
    two: tuple[Frontend, Frontend, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, address = two
    monkeypatch.setattr(frontends, "_SILENT", 0.05)
    first.hangs = True
    while True:  # until a connection met it, and was given up
        async with connected(address) as who:
            try:
                assert await asyncio.wait_for(who(), 0.3) == b"second"
            except TimeoutError:
                break
    began = time.monotonic()
    while await asked_within(address) == b"":
        assert time.monotonic() < began + 5
    assert {await asked(address) for _ in range(20)} == {b"second"}


async def asked_within(address: str) -> bytes:
    """Who answers soon; b"" where nobody does."""
    try:
        return await asyncio.wait_for(asked(address), 0.3)
    except TimeoutError:
        return b""


def test_one_address_is_spoken_to_as_it_is() -> None:
    assert one_address("temporal.city.example:7233") == "temporal.city.example:7233"


def test_the_same_frontends_have_one_door_in_a_process() -> None:
    both = "a.city.example:7233,b.city.example:7233"
    assert one_address(both) == one_address(both) != one_address("b.city.example:7233,c.city.example:7233")


@pytest.mark.parametrize("wrong", ["temporal.city.example", "a:7233,b", ":7233", "a:99999", "https://a:7233"])
def test_what_is_no_host_and_port_is_told_in_both_languages(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"temporal\.city\.example:7233, commas.*逗号分隔"):
        StackSettings(temporal_address=wrong)


def test_several_frontends_show_one_name() -> None:
    settings = StackSettings(temporal_address="a.city.example:7233, b.city.example:7233")
    assert settings.temporal_address == "a.city.example:7233,b.city.example:7233"
    assert elsewhere(settings).tls is None
    encrypted = settings.model_copy(update={"temporal_api_key_file": None, "temporal_tls_server_name": "temporal"})
    assert elsewhere(encrypted).tls is not None


def test_several_frontends_without_a_common_name_are_refused(tmp_path: Path) -> None:
    renew_certificates(tmp_path)
    ours = home_certificates(tmp_path)
    shown = StackSettings(
        temporal_address="a.city.example:7233,b.city.example:7233",
        temporal_tls_ca=ours.server.authority,
        temporal_tls_certificate=ours.client.certificate,
        temporal_tls_key=ours.client.key,
    )
    with pytest.raises(StackError, match="RECTIFY_TEMPORAL_TLS_SERVER_NAME"):
        elsewhere(shown)
    assert elsewhere(shown.model_copy(update={"temporal_tls_server_name": "localhost"})).tls
