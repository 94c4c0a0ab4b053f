"""Behind a proxy: of those that settings name, what they say of the request is believed; of nobody else."""

from ipaddress import ip_address, ip_network
from typing import Any, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from serving.problems import Trouble, problem_response


class BehindProxies:
    """Scheme, host and client as the browser knows them.

    A request that comes past the proxies, in the clear and from another machine, is refused.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...]) -> None:
        self.app, self.networks = app, tuple(ip_network(one) for one in proxies)
        self.believed = cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), list(proxies)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif self._is_proxy(scope):
            await self.believed(_with_host(scope), receive, send)
        elif scope["scheme"] in ("https", "wss") or is_here(scope):
            await self.app(scope, receive, send)
        else:
            await problem_response(_past_the_proxy())(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self.networks)


def _with_host(scope: Scope) -> Scope:
    """The host that the browser asked for, where the proxy says which."""
    said = Headers(scope=scope).getlist("x-forwarded-host")
    if len(said) != 1:
        return scope
    own = dict(scope, headers=[*scope["headers"]])
    MutableHeaders(scope=own)["host"] = said[0].strip()
    return own


def is_here(scope: Scope) -> bool:
    """Whether who asks sits on this machine; behind a proxy that is believed, as the proxy says."""
    try:
        return ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False


def _past_the_proxy() -> Trouble:
    zh, en = "须通过前置代理访问", "this is reached through the proxy in front alone"
    remedy = {"remedy_zh": "请打开本系统的网址", "remedy_en": "open the address that the office names"}
    return Trouble(421, "past_the_proxy", zh, en, **remedy)
