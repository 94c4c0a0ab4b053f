"""How a Temporal server is reached, and the one way to connect to it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter
from temporalio.service import KeepAliveConfig, TLSConfig

from embedded.errors import StackError, bad_certificate
from embedded.frontends import one_address

_TOKEN_READ_EVERY = 30.0
_KEEP_ALIVE = KeepAliveConfig(interval_millis=15_000, timeout_millis=5_000)
"""A frontend whose machine is away is left after twenty seconds; Temporal takes no more than a ping in ten."""
_at_work: set[asyncio.Task[None]] = set()


class TemporalTls(BaseModel):
    """How we know the server, and show ourselves to it. Paths only: keys are read when a connection is made."""

    model_config = ConfigDict(frozen=True)

    ca: Path | None = None
    """The authority of the server; None is those of the machine."""
    certificate: Path | None = None
    key: Path | None = None
    server_name: str | None = None
    """The name in the server's certificate; None is the host of its address."""
    fingerprint: str = ""
    """Changes when a certificate is replaced, so that whoever holds the one before is restarted."""


class TemporalAccess(BaseModel):
    """A Temporal server, a namespace of it, and by what we are let in."""

    model_config = ConfigDict(frozen=True)

    address: str
    """host:port; of several frontends of one server each, commas between them."""
    namespace: str
    tls: TemporalTls | None = None
    """None speaks plain text."""
    api_key_file: Path | None = None


async def connect_temporal(
    at: TemporalAccess,
    *,
    data_converter: DataConverter = DataConverter.default,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Return a client. RuntimeError if the server does not answer; StackError for a file that cannot be read."""
    token = read_token(at.api_key_file) if at.api_key_file else None
    client = await Client.connect(
        one_address(at.address),
        namespace=at.namespace,
        tls=_config(at.tls) if at.tls else False,
        api_key=token,
        keep_alive_config=_KEEP_ALIVE,
        data_converter=data_converter,
        interceptors=interceptors,
    )
    if at.api_key_file:
        task = asyncio.create_task(_follow(client, at.api_key_file))
        _at_work.add(task)
        task.add_done_callback(_at_work.discard)
    return client


def read_token(file: Path) -> str:
    """Return the token in the file. StackError if there is none."""
    if token := _bytes(file).decode("ascii", errors="replace").strip():
        return token
    raise bad_certificate(file, "it holds no token", "其中没有令牌")


async def _follow(client: Client, file: Path) -> None:
    """Show the newest token of the file: the one before ends while a worker runs for months."""
    while True:
        await asyncio.sleep(_TOKEN_READ_EVERY)
        try:
            token = await asyncio.to_thread(read_token, file)
        except StackError:
            continue  # it is being replaced; the one before goes on
        if token != client.api_key:
            client.api_key = token


def _config(tls: TemporalTls) -> TLSConfig:
    return TLSConfig(
        server_root_ca_cert=_bytes(tls.ca) if tls.ca else None,
        domain=tls.server_name,
        client_cert=_bytes(tls.certificate) if tls.certificate else None,
        client_private_key=_bytes(tls.key) if tls.key else None,
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as trouble:
        reason = trouble.strerror or "?"
        raise bad_certificate(file, f"it cannot be read: {reason}", f"无法读取：{reason}") from None
