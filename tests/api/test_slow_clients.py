"""Whoever sends a byte now and then, or takes no answer, holds nothing for long; who comes in time is served."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Request

from engine.connection import Services
from serving.bodies import Patience, pieces
from serving.problems import Trouble
from serving.server import Limits
from store.campaigns import Campaign
from tests.api.conftest import token
from tests.cast import INSPECTOR
from tests.web.serve import served

pytestmark = pytest.mark.clause("contracts §3")
PATIENCE = Patience(command=0.6, file=1.2)
LIMITS = Limits(request=0.8, answer=0.8, connections=4)
_FOR_EVER = 20.0
COMMANDS = "/api/v1/cases/case/karamay-2013-2027/p-1/commands"


@pytest.fixture
def port(services: Services, campaign: Campaign) -> Iterator[int]:
    with served(services, patience=PATIENCE, limits=LIMITS) as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def head(services: Services) -> str:
    """What a client that may do something says first."""
    return f"Host: 127.0.0.1\r\nAuthorization: Bearer {token(services, INSPECTOR)}\r\n"


def dribbled(port: int, begin: str, *, every: float = 0.1) -> tuple[bytes, float]:
    """What is answered to somebody who begins so and then sends a byte now and then, and when the connection ended."""
    began, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(every)
        client.sendall(begin.encode())
        while time.monotonic() - began < _FOR_EVER:
            try:
                piece = client.recv(65536)
                if not piece:
                    break
                answer += piece
            except TimeoutError:
                try:
                    client.sendall(b" ")
                except OSError:
                    break
            except OSError:
                break
    return answer, time.monotonic() - began


def told(answer: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head and b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("path", "within"), [(COMMANDS, PATIENCE.command), ("/api/v1/imports?dry_run=true", PATIENCE.file)]
)
def test_a_body_that_dribbles_is_told_so_and_let_go(port: int, head: str, path: str, within: float) -> None:
    kind = "Content-Type: application/json\r\n" if path == COMMANDS else ""
    answer, seconds = dribbled(port, f"POST {path} HTTP/1.1\r\n{head}{kind}Content-Length: 900000\r\n\r\n{{")
    status, problem = told(answer)
    assert (status, problem["code"]) == (408, "too_slow") and problem["zh"] and problem["remedy_en"]
    assert within <= seconds < _FOR_EVER


def test_a_body_in_pieces_that_never_end_is_let_go_too(port: int, head: str) -> None:
    chunked = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"do"\r\n'
    answer, seconds = dribbled(port, f"POST {COMMANDS} HTTP/1.1\r\n{head}{chunked}")
    assert answer.split()[1] in (b"408", b"400") and seconds < _FOR_EVER


@pytest.mark.parametrize("begin", ["", "GET", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_head_that_never_ends_is_let_go(port: int, begin: str) -> None:
    _, seconds = dribbled(port, begin)
    assert seconds < _FOR_EVER


def test_who_goes_on_sending_after_the_answer_is_let_go(port: int) -> None:
    """Refused before its body was read: what still comes of it is waited for no longer than for a new request."""
    strange = f"POST {COMMANDS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n"
    answer, seconds = dribbled(port, strange)
    assert answer.startswith(b"HTTP/1.1 401") and seconds < _FOR_EVER


def test_who_takes_no_answer_is_let_go(port: int) -> None:
    """As many answers as the buffers of both sides hold, and more."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.settimeout(_FOR_EVER)
        with pytest.raises(OSError) as ended:
            for _ in range(100_000):
                client.sendall(request)
        assert not isinstance(ended.value, TimeoutError)


def test_one_connection_too_many_is_told_so_and_a_later_one_is_served(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(LIMITS.connections)]
    try:
        answer, _ = dribbled(port, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status, problem = told(answer)
        assert (status, problem["code"]) == (503, "too_busy")
    finally:
        for client in held:
            client.close()
    deadline = time.monotonic() + _FOR_EVER
    while not dribbled(port, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")[0].startswith(b"HTTP/1.1 200"):
        assert time.monotonic() < deadline


def test_a_slow_but_steady_client_is_served_and_may_ask_again(port: int, head: str) -> None:
    body = b'{"do": "fly"}'
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(_FOR_EVER)
        for _ in range(3):
            lines = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            client.sendall(f"POST {COMMANDS} HTTP/1.1\r\n{lines}".encode())
            time.sleep(PATIENCE.command / 3)
            client.sendall(body)
            answer = b""
            while not answer.endswith(b"}"):  # its last byte
                answer += client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 422") and b"invalid_input" in answer


@pytest.mark.parametrize("what", ["no http at all\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_is_told_as_everything_else_is(port: int, what: str) -> None:
    answer, seconds = dribbled(port, what)
    status, problem = told(answer)
    assert (status, problem["code"]) == (400, "no_http") and problem["zh"] and seconds < _FOR_EVER


async def test_a_body_that_breaks_off_is_no_fault_of_ours() -> None:
    """As of a telephone that loses its network in the middle of a photo: no error of ours stands in the log."""
    come: list[Any] = [{"type": "http.request", "body": b"\xff\xd8", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return come.pop(0)

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(Trouble) as broken:
        _ = [piece async for piece in pieces(request, 1000, PATIENCE.file)]
    assert (broken.value.problem.status, broken.value.problem.code) == (400, "broken_off")


def test_a_request_of_two_lengths_is_refused_and_what_follows_it_is_nobodys(port: int, head: str) -> None:
    """Who stands between may have read the other one, and taken the rest for somebody else's."""
    smuggled = f"GET /api/v1/whoami HTTP/1.1\r\n{head}\r\n"
    both = f"{head}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(_FOR_EVER)
        client.sendall(f"POST {COMMANDS} HTTP/1.1\r\n{both}{smuggled}".encode())
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    status, problem = told(answer)
    assert (status, problem["code"]) == (400, "two_lengths") and answer.count(b"HTTP/1.1") == 1
