"""Where pages, API and Temporal UI listen, and under which names they answer: loopback, unless settings open them."""

import socket
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID
from pydantic import BaseModel, ConfigDict

from embedded.account import Account
from embedded.certificate_files import (
    PairFiles,
    read_authorities,
    read_pair,
    require_name,
    require_private,
    require_readable,
    require_use,
)
from embedded.errors import web_certificate_incomplete, web_in_the_clear, web_without_name
from embedded.settings import StackSettings

_LOOPBACK = "127.0.0.1"


class WebListener(BaseModel):
    """How the web process is reached; as it stands without settings, from this machine alone."""

    model_config = ConfigDict(frozen=True)

    address: str = _LOOPBACK
    names: tuple[str, ...] = ()
    """Answered beside those of loopback."""
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()
    """Addresses and networks whose X-Forwarded headers are believed."""
    url: str | None = None
    """Where people open the pages, where that does not follow from the rest."""

    @property
    def pair(self) -> PairFiles | None:
        """Its certificate and key, which other machines know by its authority."""
        if self.certificate is None or self.key is None:
            return None
        return PairFiles(self.certificate, self.key, self.certificate)

    def pages_url(self, port: int) -> str:
        """Where people open the pages; behind a proxy that is its usual port."""
        if self.url is None and self.proxies and self.pair is None and self.names:
            return f"https://{_in_url(self.names[0])}"
        return self.url or self.url_at(port)

    def url_at(self, port: int) -> str:
        """The same of a port that keeps its number outside."""
        if not self.names:
            return f"{'https' if self.pair else 'http'}://{_LOOPBACK}:{port}"
        return f"{'https' if self.pair or self.proxies else 'http'}://{_in_url(self.names[0])}:{port}"

    def sockets(self, port: int) -> list[socket.socket]:
        """Listening on the port, of loopback always: whoever watches over the process asks there. OSError if taken."""
        wanted = ip_address(self.address)
        if wanted.is_unspecified and isinstance(wanted, IPv6Address):
            return [_listening(self.address, port, family=socket.AF_INET6, dualstack_ipv6=True)]
        if wanted.is_unspecified or self.address == _LOOPBACK:
            return [_listening(self.address, port)]
        family = socket.AF_INET6 if isinstance(wanted, IPv6Address) else socket.AF_INET
        first = _listening(_LOOPBACK, port)
        try:
            return [first, _listening(self.address, first.getsockname()[1], family=family)]
        except OSError:
            first.close()
            raise


def _listening(address: str, port: int, **more: Any) -> socket.socket:
    """One that sends the parts of an answer as they come: held back, each page waits 40 ms for the reader's word."""
    listening = socket.create_server((address, port), **more)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those who come in have it from here
    return listening


def listener_of(settings: StackSettings, account: Account | None = None) -> WebListener:
    """Return the one of the settings. StackError for a file of no use, and for what would be open to a network bare."""
    certificate, key = settings.web_tls_certificate, settings.web_tls_key
    if (certificate is None) != (key is None):
        raise web_certificate_incomplete("RECTIFY_WEB_TLS_KEY" if certificate else "RECTIFY_WEB_TLS_CERTIFICATE")
    listener = WebListener(
        address=settings.web_address,
        names=settings.web_names,
        certificate=certificate,
        key=key,
        proxies=settings.web_proxies,
        url=settings.web_url,
    )
    if not ip_address(listener.address).is_loopback and not listener.pair and not listener.proxies:
        raise web_in_the_clear(listener.address)
    for what, reaches_others in (
        ("RECTIFY_WEB_ADDRESS", not ip_address(listener.address).is_loopback),
        ("RECTIFY_WEB_PROXIES", bool(listener.proxies)),
    ):
        if reaches_others and not listener.names:
            raise web_without_name(what)
    if listener.pair:
        require_good(listener.pair, listener.names, account)
    return listener


def require_good(pair: PairFiles, names: tuple[str, ...], account: Account | None = None) -> None:
    """StackError `bad_certificate` unless the pair fits, is valid now, is closed to others, and is for every name."""
    read_pair(pair)
    require_private(pair.key, account)
    require_readable(pair.certificate, account)
    require_use(pair.certificate, ExtendedKeyUsageOID.SERVER_AUTH, "server", "服务端")
    for name in names:
        require_name(pair.certificate, name, "RECTIFY_WEB_NAMES")


def ends_at(pair: PairFiles) -> datetime:
    """Return when the certificate ends, or one between it and its authority: whichever comes first."""
    return min(one.not_valid_after_utc for one in read_authorities(pair.certificate))


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name
