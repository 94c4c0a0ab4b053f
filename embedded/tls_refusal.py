"""Why a TLS server does not let us in: Temporal's client only says that the connection was closed."""

import socket
import ssl

from embedded.frontends import addresses, split
from embedded.temporal_access import TemporalAccess

_WITHIN = 5.0


def refusal_of(at: TemporalAccess) -> str | None:
    """Return what the server says against us at the handshake; None where it lets us in, or does not answer.

    Of several frontends what the first says that does not let us in.
    """
    return next((said for address in addresses(at.address) if (said := _refusal_at(at, address))), None)


def _refusal_at(at: TemporalAccess, address: str) -> str | None:
    try:
        host, port = split(address)
        with socket.create_connection((host, port), timeout=_WITHIN) as plain:
            return _at_handshake(at, plain, host)
    except (OSError, ValueError):
        return None


def _at_handshake(at: TemporalAccess, plain: socket.socket, host: str) -> str | None:
    name = (at.tls.server_name if at.tls else None) or host
    try:
        with _context(at).wrap_socket(plain, server_hostname=name) as closed:
            closed.recv(1)  # the server greets at once; in TLS 1.3 only now it tells that it does not take us
    except ssl.SSLCertVerificationError as trouble:
        return trouble.verify_message
    except ssl.SSLError as trouble:
        reason = (trouble.reason or "").replace("_", " ").lower()
        if "alert" in reason:
            return reason
        return "it speaks no TLS" if at.tls and "wrong version" in reason else None
    return "it wants TLS" if at.tls is None else None


def _context(at: TemporalAccess) -> ssl.SSLContext:
    if at.tls is None:  # only to see whether it speaks TLS
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context = ssl.create_default_context(cafile=at.tls.ca)
        if at.tls.certificate:
            context.load_cert_chain(at.tls.certificate, at.tls.key)
    context.set_alpn_protocols(["h2"])
    return context
