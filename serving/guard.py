"""Around every request: only our own names are answered, each answer carries its headers, each is counted."""

import re
import time
from collections.abc import Collection
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.passkeys import Site
from engine.tracing import spanned
from serving.gauges import Metrics
from serving.problems import Trouble, problem_response
from serving.streams import STREAM

_log = structlog.stdlib.get_logger("guard")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_HOST = re.compile(r"(?P<name>[^\[\]:/@\s]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
_USUAL_PORT = {"http": ":80", "https": ":443"}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_FOREIGN = ("foreign_page", "strange_host")
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """A page elsewhere that resolves its name to our address gets nothing: the Host header betrays it.

    `names` are answered beside those of loopback.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, names: Collection[str] = ()) -> None:
        self.app, self.metrics, self.names = app, metrics, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                _complete(headers)
                insist_on_tls(scope, headers)
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "other"
        try:
            with spanned(method, SpanKind.SERVER) as span:
                headers = Headers(scope=scope)
                if "transfer-encoding" in headers and "content-length" in headers:
                    await problem_response(_two_lengths())(scope, receive, with_headers)
                elif is_named(headers, self.names):
                    await self.app(scope, receive, with_headers)
                else:
                    trouble = strange_host()
                    tell_foreign(self.metrics, Request(scope), trouble)
                    await problem_response(trouble)(scope, receive, with_headers)
                span.update_name(f"{method} {_template(scope)}")
                span.set_attributes({"http.request.method": method, "http.response.status_code": status})
        finally:
            if not scope.get("state", {}).get(STREAM):  # how long somebody listens says nothing about us
                self.metrics.count(method, _template(scope), status, time.perf_counter() - began)


def _two_lengths() -> Trouble:
    """400: who stands between may read another length than we do, and take the rest for somebody else's request."""
    zh, en = "请求既声明长度又分块传输", "the request says a length, and comes in pieces"
    return Trouble(400, "two_lengths", zh, en, headers={"Connection": "close"})


def _complete(headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")


def insist_on_tls(scope: Scope, headers: MutableHeaders) -> None:
    """Whoever came by TLS never comes in the clear again: the browser sees to it for a year."""
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"


def _template(scope: Scope) -> str:
    """The route's template: an id in a label would make one series for each case."""
    route: Any = scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "other"


def is_named(headers: Headers, names: Collection[str]) -> bool:
    """Whether there is exactly one Host header, and it is of loopback or one of the names, with or without a port."""
    hosts = headers.getlist("host")
    found = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    return found is not None and (is_loopback(name := found["name"].strip("[]")) or name in names)


def is_loopback(name: str | None) -> bool:
    """Whether it is a name of this machine for itself."""
    return name is not None and _LOOPBACK.fullmatch(name.lower()) is not None


def site_of(request: Request) -> Site | None:
    """The pages as the browser that asks knows them, by the Host header that was checked; None by a number.

    Browsers have passkeys for host names alone.
    """
    url = request.url
    host = (url.hostname or "").lower()
    is_name = bool(host) and not re.fullmatch(r"[\d.]+|.*:.*", host)
    return Site(host, f"{url.scheme}://{request.headers['host'].lower()}") if is_name else None


def is_foreign(request: Request) -> bool:
    """Whether another page made the browser send it; a link that a person follows is no harm.

    A browser says where a form was (`Origin`, `Sec-Fetch-Site`). What changes something has to say so; what only reads
    may be silent, as programs are.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None:
        return _usual(origin) != _usual(f"{request.url.scheme}://{request.headers.get('host', '')}")
    if request.method not in ("GET", "HEAD"):
        return site != "same-origin"
    follows = (request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")) == ("navigate", "document")
    return site not in (None, "none", "same-origin") and not (follows and request.method == "GET")


def from_our_page(request: Request) -> None:
    """403 for a link on another page: what is read there leaves a line in the name of whoever follows it."""
    if request.headers.get("sec-fetch-site") not in (None, "none", "same-origin"):
        raise foreign_page()


def _usual(origin: str) -> str:
    """Without a port that goes without saying."""
    return origin.lower().removesuffix(_USUAL_PORT.get(origin.partition("://")[0].lower(), ""))


def tell_foreign(metrics: Metrics, request: Request, trouble: Trouble) -> None:
    """Count and log what another page tried, or somebody under another name; nothing else."""
    code = trouble.problem.code
    if code in _FOREIGN:
        metrics.foreign.labels(code).inc()
        _log.warning("refused", code=code, method=request.method[:10], origin=request.headers.get("origin", "")[:100])


def foreign_page() -> Trouble:
    """403: another page made the browser send it, or it changes something and does not say from where it comes."""
    zh, en = "其他网页不得代为提交或读取", "other pages may neither send nor read this"
    return Trouble(403, "foreign_page", zh, en, remedy_zh="请在本系统页面中办理", remedy_en="do it on the page here")


def strange_host() -> Trouble:
    """421: the request came under another name than ours."""
    zh, en = "此地址不属于本系统", "this name is not answered here"
    remedy_zh = "请打开本系统的网址（本机用 127.0.0.1；其他主机名由管理员设置 RECTIFY_WEB_NAMES）"
    remedy_en = "open the address that the office names (here: 127.0.0.1; others are set by RECTIFY_WEB_NAMES)"
    return Trouble(421, "strange_host", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)
