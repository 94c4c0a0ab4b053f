"""Time stamps of a third party (RFC 3161): an authority that is not ours says when a signed head was there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from pydantic import ValidationError
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from embedded.account import write_private
from embedded.settings import StackSettings
from models.base import Frozen
from models.instants import say_instant

STAMP = ".tsr"
"""Instead of `.head.json`: the authority's answer, DER, as `openssl ts -verify` reads it."""
_FAILED = "heads.unstamped"  # in the home
_WITHIN = 10.0
_EARLY = timedelta(minutes=10)  # clocks of two machines differ; a stamp is never older than what it stamps


class NoTimeStamp(Exception):
    """The authority did not answer with a stamp that holds; the message says why."""


class Failure(Frozen):
    """Since when (Beijing) no stamp was had, and what went wrong last."""

    at: str
    why: str


class TimeAuthority:
    """Where stamps are asked for, and whose certificates prove them. Without an address it only verifies."""

    def __init__(self, url: str | None, roots: Sequence[Certificate]) -> None:
        self.url, self.roots = url, roots

    def stamp(self, content: bytes) -> bytes:
        """The authority's answer for the content, verified. Raises NoTimeStamp."""
        request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            assert self.url is not None
            answer = httpx.post(self.url, content=request.as_bytes(), headers=headers, timeout=_WITHIN)
            answer.raise_for_status()
            response = decode_timestamp_response(answer.content)
            VerifierBuilder(roots=list(self.roots), nonce=request.nonce).build().verify_message(response, content)
        except (httpx.HTTPError, httpx.InvalidURL, VerificationError, ValueError) as error:
            raise NoTimeStamp(str(error) or type(error).__name__) from None
        return answer.content

    def stamped_at(self, content: bytes, stamp: bytes) -> datetime:
        """When the authority says that the content was there. Raises NoTimeStamp for a stamp that does not hold."""
        try:
            response = decode_timestamp_response(stamp)
            VerifierBuilder(roots=list(self.roots)).build().verify_message(response, content)
            return response.tst_info.gen_time
        except (VerificationError, ValueError) as error:
            raise NoTimeStamp(str(error)) from None


class Stamping:
    """The stamps of a folder of heads: one a day, tried again at each signing until there is one.

    `told` is a file of the home that remembers what went wrong last, for `rectify doctor`.
    """

    def __init__(self, authority: TimeAuthority, told: Path) -> None:
        self.authority, self.told = authority, told

    def stamp(self, file: Path, content: bytes) -> bool:
        """Ask for the stamp of a head and lay it beside the file; False, and remembered, where there is none."""
        try:
            stamp = self.authority.stamp(content)
        except NoTimeStamp as error:
            since = failed.at if (failed := _failure(self.told)) else say_instant(datetime.now(UTC))
            write_private(self.told, Failure(at=since, why=str(error)[:500]).model_dump_json().encode())
            return False
        write_private(file, stamp)
        self.told.unlink(missing_ok=True)
        return True

    def holds(self, content: bytes, stamp: bytes, signed_at: datetime) -> bool:
        """Whether the authority stamped this content, and not before it was signed."""
        try:
            return self.authority.stamped_at(content, stamp) > signed_at - _EARLY
        except NoTimeStamp:
            return False


def stamping_of(home: Path) -> Stamping | None:
    """As the settings say; None where no authority's certificates are named, or they cannot be read."""
    settings = StackSettings()
    roots = roots_in(settings.time_stamp_ca)
    return Stamping(TimeAuthority(settings.time_stamp_url, roots), home / _FAILED) if roots else None


def roots_in(file: Path | None) -> list[Certificate]:
    """The certificates of a PEM file; none where it is missing or holds none."""
    try:
        return load_pem_x509_certificates(file.read_bytes()) if file else []
    except (OSError, ValueError):
        return []


def failure_of(home: Path) -> Failure | None:
    """Since when there is no stamp, and why; None while all is well."""
    return _failure(home / _FAILED)


def _failure(file: Path) -> Failure | None:
    try:
        return Failure.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
