"""Around every request: only loopback names are answered, each answer carries its headers, each is counted."""

import re
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.gauges import Metrics
from serving.problems import Trouble, problem_response

_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """A page elsewhere that resolves its name to 127.0.0.1 gets nothing: the Host header betrays it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

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
                _complete(MutableHeaders(scope=message))
            await send(message)

        try:
            if names_loopback(Headers(scope=scope)):
                await self.app(scope, receive, with_headers)
            else:
                await problem_response(strange_host())(scope, receive, with_headers)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.metrics.count(method, _template(scope), status, time.perf_counter() - began)


def _complete(headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")


def _template(scope: Scope) -> str:
    """The route's template: an id in a label would make one series for each case."""
    route: Any = scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "other"


def names_loopback(headers: Headers) -> bool:
    """Whether the Host header names this machine by a loopback name: exactly one, with or without a port."""
    hosts = headers.getlist("host")
    return len(hosts) == 1 and _LOOPBACK.fullmatch(hosts[0]) is not None


def is_foreign(request: Request) -> bool:
    """Whether another page may have made the browser send it; a browser says where a form was."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None:
        return origin.partition("://")[2] != request.headers.get("host")
    return site != "same-origin"


def foreign_page() -> Trouble:
    """403: a request that changes something came from another page, or does not say from which."""
    zh, en = "其他网页不得代为提交", "other pages may not send this"
    return Trouble(403, "foreign_page", zh, en, remedy_zh="请在本系统页面中办理", remedy_en="do it on the page here")


def strange_host() -> Trouble:
    """421: the request came under another name than those of loopback."""
    zh, en = "只应答本机地址", "only loopback names are answered here"
    return Trouble(421, "strange_host", zh, en, remedy_zh="用 127.0.0.1 或 localhost", remedy_en="use 127.0.0.1")
