"""TLS of the pages, 1.2 or newer; a certificate that was renewed is taken up at the next handshake."""

import ssl
from pathlib import Path

import structlog

from embedded.certificate_files import PairFiles
from embedded.errors import StackError
from embedded.web_listener import require_good

_Mark = tuple[tuple[int, int], ...]
_log = structlog.stdlib.get_logger("tls")


class RenewedContext:
    """The server's context, which hands each handshake the newest certificate that is of use."""

    def __init__(self, pair: PairFiles, names: tuple[str, ...] = ()) -> None:
        """StackError `bad_certificate` for a pair that is of no use."""
        self.pair, self.names = pair, names
        self._mark = self._of_files()
        require_good(pair, names)
        self._newest = _context(pair)
        self.outer = _context(pair)
        self.outer.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, outer: ssl.SSLContext) -> None:
        mark = self._of_files()
        if mark != self._mark:
            self._mark = mark
            self._renew()
        connection.context = self._newest

    def _renew(self) -> None:
        """Take the files as they are now; what is of no use is told once, and the one before goes on."""
        try:
            require_good(self.pair, self.names)
            self._newest = _context(self.pair)
        except (StackError, ssl.SSLError, OSError) as trouble:
            why = trouble.sentence_en if isinstance(trouble, StackError) else type(trouble).__name__
            _log.error("the certificate of the pages was not taken", alarm="bad_certificate", why=why)
        else:
            _log.info("the certificate of the pages was renewed")

    def _of_files(self) -> _Mark | None:
        try:
            return tuple(_mark(file) for file in (self.pair.certificate, self.pair.key))
        except OSError:
            return None


def _mark(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_ino


def _context(pair: PairFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(pair.certificate, pair.key)
    return context
