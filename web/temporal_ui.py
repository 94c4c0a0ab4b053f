"""The Temporal UI behind a gate: it shows and asks, and changes nothing.

The UI itself answers any name and has buttons that signal and terminate cases. It listens where only this process
knows; what it shows goes through here, under our names alone and without its power to write. What is sealed it has
opened here too (`web/codec.py`).
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import unquote

import anyio
import httpx
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from embedded.web_listener import WebListener
from models.people import Visit
from rules.access.deeds import may_order
from serving.actors import sign_in_needed
from serving.cookies import SESSION_COOKIE, kept
from serving.guard import foreign_page, insist_on_tls, is_foreign, is_loopback, is_named, strange_host
from serving.problems import Trouble, problem_response
from serving.problems import refused as refusal
from serving.troubles import trouble_of
from web.operator_view import beside_the_ui

_log = structlog.stdlib.get_logger("temporal_ui")
_SECONDS = {
    "connect": 5.0,
    "read": 75.0,
    "write": 10.0,
    "pool": 10.0,
}  # a read of the UI may wait for news for a minute
_WHOLE_SECONDS = 120
_AT_ONCE = 32
_ASKED_BYTES = 64 * 1024
_SEALED_BYTES = 16 * 1024 * 1024
_ANSWERED_BYTES = 64 * 1024 * 1024
_CSRF_COOKIE = "_csrf"  # the UI's own; every other cookie of this machine's pages stays here
_ASKING = re.compile(r"/api/v1/namespaces/[^/]+/workflows/([^/]+)/query/\w+")
_SETTINGS = "/api/v1/settings"
_CODEC = "/codec"
_DECODE = b"/codec/decode"
_FORWARDED = (
    *("accept", "accept-encoding", "accept-language", "caller-type", "content-type"),
    *("if-modified-since", "if-none-match", "range", "user-agent", "x-csrf-token"),
)
_RETURNED = (
    *("accept-ranges", "cache-control", "content-encoding", "content-language", "content-length", "content-range"),
    *("content-type", "etag", "last-modified", "vary"),
)
# The UI's start is an inline script, which its own page allows by its hash; it shows details in a frame of its own.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


Known = Callable[[str], Awaitable[Visit | None]]
"""Whose session a token is."""
Opening = Callable[[Visit, bytes], Awaitable[Response]]
"""Sealed payloads opened for an operator, as the UI asks for it."""


class Behind(NamedTuple):
    """What the gate asks: whose a session is, what sealed payloads hold; and whom it tells what it refused."""

    known: Known
    open_sealed: Opening
    tell: Callable[[Request, Trouble], None]


class UiGate:
    """One a process, open while it is entered: `async with UiGate("http://127.8.9.10:23456", "rectify", 8780, …)`."""

    def __init__(
        self, inner: str, namespace: str, web_port: int, behind: Behind, listener: WebListener | None = None
    ) -> None:
        self.inner, self.namespace, self.web_port = httpx.URL(inner), namespace, web_port
        self.behind, self.listener = behind, listener or WebListener()
        # the transport alone: a client above it would keep cookies, follow redirects, and look for proxies
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
        self.transport = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)

    async def __aenter__(self) -> "UiGate":
        await self.transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.transport.__aexit__(kind, error, trace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is no plain request is refused."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _complete(headers)
                insist_on_tls(scope, headers)
            await send(message)

        request = Request(scope, receive)
        try:
            _refuse(request, self.listener.names)
            visit = await self._signed_in(request)
            if visit is None:
                await RedirectResponse(f"{self._pages(request)}/sign-in", 303)(scope, receive, with_headers)
                return
            body = await _body(request)
            opened = await self.behind.open_sealed(visit, body) if _opens(request) else None
        except ClientDisconnect:
            return
        except Exception as error:  # each is a sentence
            trouble = trouble_of(error)
            self.behind.tell(request, trouble)
            await _told(request, trouble)(scope, receive, with_headers)
        else:
            async with anyio.create_task_group() as both:
                both.start_soon(_cancel_with_the_reader, receive, both.cancel_scope)
                beside = beside_the_ui(request, self.namespace, self._pages(request))
                answering = opened or beside or await self._ask(request, body)
                await answering(scope, receive, with_headers)
                both.cancel_scope.cancel()

    async def _signed_in(self, request: Request) -> Visit | None:
        """The operator who signed in on the pages; None for a person who is to be led there, others are refused."""
        token = kept(request, SESSION_COOKIE)
        visit = await self.behind.known(token) if token else None
        if visit is not None and visit.standing is not None:
            if refused := may_order(visit.standing.actor, "operate"):
                raise refusal(refused)
            return visit
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return None
        raise sign_in_needed()

    def _pages(self, request: Request) -> str:
        """Where whoever asks has the pages: under the same name, and behind a proxy where settings say."""
        if is_loopback(request.url.hostname):
            return f"{request.url.scheme}://{request.url.hostname}:{self.web_port}"
        return self.listener.pages_url(self.web_port)

    async def _ask(self, request: Request, body: bytes) -> ASGIApp:
        """The UI's answer, or a sentence where there is none."""
        raw: Any = request.scope["raw_path"]
        query: Any = request.scope["query_string"]
        asked = httpx.Request(
            request.method,
            self.inner.copy_with(raw_path=raw + (b"?" + query if query else b"")),
            headers=_forwarded(request),
            content=body,
            extensions={"timeout": _SECONDS},
        )
        try:
            answer = await self.transport.handle_async_request(asked)
            if request.url.path == _SETTINGS and answer.status_code == 200:
                return _for_operators(await _all_of(answer), str(request.base_url).rstrip("/") + _CODEC)
        except httpx.TransportError:
            return _told(request, _unreachable())
        except ValueError:
            return _told(request, _strange())
        return _Stream(answer)


class _Stream:
    """An answer handed on as it comes. Cut off, not ended, where it breaks off, lasts or grows beyond all measure."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        passed = 0
        try:
            async with asyncio.timeout(_WHOLE_SECONDS):
                headers = _returned(self.answer.headers)
                await send({"type": "http.response.start", "status": self.answer.status_code, "headers": headers})
                async for part in self.answer.aiter_raw():
                    passed += len(part)
                    if passed > _ANSWERED_BYTES:
                        raise TimeoutError
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (httpx.TransportError, TimeoutError):
            _log.warning("an answer of the Temporal UI was cut off", bytes=passed)
        finally:
            with anyio.CancelScope(shield=True):
                await self.answer.aclose()


async def _cancel_with_the_reader(receive: Receive, scope: anyio.CancelScope) -> None:
    """Who has gone needs no answer: the UI is not kept waiting for news on his behalf."""
    while (await receive())["type"] != "http.disconnect":
        continue
    scope.cancel()


def _refuse(request: Request, names: Collection[str]) -> None:
    """Trouble for another name, another page's request, and everything that could change something."""
    if not is_named(request.headers, names):
        raise strange_host()
    if is_foreign(request):
        raise foreign_page()
    if request.method in ("GET", "HEAD") or (request.method == "POST" and (_asks(request) or _opens(request))):
        return
    raise Trouble(
        405,
        "temporal_ui_read_only",
        "Temporal 界面在此仅供查阅，不能更改、发送信号或终止案件",
        "the Temporal UI only shows here: it changes, signals and terminates nothing",
        remedy_zh="办理案件请用 rectify case do",
        remedy_en="hand in a command with rectify case do",
        headers={"Allow": "GET, HEAD"},
    )


def _opens(request: Request) -> bool:
    """Whether sealed payloads are to be opened."""
    return request.method == "POST" and request.scope["raw_path"] == _DECODE


def _asks(request: Request) -> bool:
    """Whether the path, as it was sent, is a query to one workflow: it reads, though it is a POST."""
    raw: Any = request.scope["raw_path"]
    asking = _ASKING.fullmatch(raw.decode("ascii", "replace"))
    return asking is not None and not {".", ".."} & set(unquote(asking[1]).split("/"))


def _forwarded(request: Request) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in request.headers.items() if name in _FORWARDED]
    if request.url.path == _SETTINGS:  # is read here
        kept = [(name, value) for name, value in kept if name == "accept"]
    if token := request.cookies.get(_CSRF_COOKIE):
        kept.append(("cookie", f"{_CSRF_COOKIE}={token}"))
    return kept


def _returned(headers: httpx.Headers) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers.raw if name.lower().decode("latin-1") in _RETURNED]
    kept += [(b"content-security-policy", one.encode()) for one in headers.get_list("content-security-policy")]
    kept += [
        (b"set-cookie", one.encode("latin-1"))
        for one in headers.get_list("set-cookie")
        if one.startswith(f"{_CSRF_COOKIE}=")
    ]
    location = headers.get("location", "")
    if location.startswith("/") and not location.startswith("//"):
        kept.append((b"location", location.encode("latin-1")))
    return [(name.lower(), value) for name, value in kept]


def _complete(headers: MutableHeaders) -> None:
    """Ours beside the UI's own: a browser keeps to every policy that it is told."""
    headers.append("Content-Security-Policy", _POLICY)
    for name, value in _HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")


async def _body(request: Request) -> bytes:
    if request.method != "POST":
        return b""
    body, largest = bytearray(), _SEALED_BYTES if _opens(request) else _ASKED_BYTES
    try:
        async with asyncio.timeout(_SECONDS["write"]):
            async for part in request.stream():
                body += part
                if len(body) > largest:
                    raise Trouble(413, "too_large", "请求过大", "the request is too large")
    except TimeoutError:
        raise Trouble(408, "too_slow", "请求传送过慢", "the request comes too slowly") from None
    return bytes(body)


async def _all_of(answer: httpx.Response) -> bytes:
    """ValueError for more than settings ever are."""
    whole = bytearray()
    try:
        async for part in answer.aiter_raw():
            whole += part
            if len(whole) > _ASKED_BYTES:
                raise ValueError("too much")
    finally:
        await answer.aclose()
    return bytes(whole)


def _for_operators(settings: bytes, codec: str) -> Response:
    """What the UI asks about itself: no button for what is refused here, nobody outside asked, payloads opened here."""
    own = json.loads(settings)
    opened_at = {"Endpoint": codec, "PassAccessToken": False, "IncludeCredentials": True}
    told = {**own, "DisableWriteActions": True, "DisableNewsFetch": True, "Codec": opened_at}
    return Response(json.dumps(told), media_type="application/json")


def _unreachable() -> Trouble:
    return Trouble(
        502,
        "temporal_ui_unreachable",
        "Temporal 界面没有应答",
        "the Temporal UI does not answer",
        remedy_zh="运行 rectify up，再以 rectify doctor 检查",
        remedy_en="run rectify up; rectify doctor says what is missing",
    )


def _strange() -> Trouble:
    zh, en = "Temporal 界面的应答无法读取", "the answer of the Temporal UI cannot be read"
    return Trouble(502, "temporal_ui_strange", zh, en)


def _told(request: Request, trouble: Trouble) -> Response:
    """A sentence for people, the problem document for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(trouble)
    problem = trouble.problem
    sentences = (problem.zh, problem.remedy_zh, "", problem.en, problem.remedy_en)
    text = "\n".join(one for one in sentences if one is not None)
    return PlainTextResponse(text + "\n", problem.status, trouble.headers)


class Doors:
    """One process, two ports: the Temporal UI on its own, pages and API on every other."""

    def __init__(self, pages: ASGIApp, gate: UiGate, ui_port: int) -> None:
        self.pages, self.gate, self.ui_port = pages, gate, ui_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by the port that it came in through; the gate is open as long as the process serves."""
        if scope["type"] == "lifespan":
            async with self.gate:
                await self.pages(scope, receive, send)
            return
        behind = self.gate if scope["server"][1] == self.ui_port else self.pages
        await behind(scope, receive, send)
