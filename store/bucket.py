"""Files in a bucket of an object store that speaks S3: the same keys as in the folder, below a prefix.

An object is whole or not there, and kept when the store says so. Every question ends within `_LONGEST` and few retries;
it waits in its thread, never on an event loop. What the store says is told by its code alone: no address, no key.
"""

import io
import json
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from store.bucket_credentials import CredentialsTrouble, credentials_in
from store.files_trouble import FilesTrouble, Why

MARK = "installation.json"
_LONGEST = timedelta(seconds=30)
_QUICK = timedelta(seconds=4)
_IN_MEMORY = 1 << 20
_AT_ONCE = 8
_CLAIMED_FOR = 60.0  # seconds
_AWAY_FOR = 5.0  # seconds
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_KIND = re.compile(r"kind: (Connect|Timeout|Decode|Interrupted)\b")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_KEY = re.compile(r"InstanceCredentials|169\.254\.|credential provider|security-credentials|meta-data")


class Bucket:
    """A place of files: what lies below a prefix of a bucket."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        endpoint: str,
        region: str,
        credentials: Path | None = None,
        authority: Path | None = None,
    ) -> None:
        self.bucket, self.prefix, self.endpoint, self.region = bucket, prefix, endpoint, region
        self.credentials, self.authority = credentials, authority
        self._claimed_at: float | None = None
        self._away: tuple[float, FilesTrouble] | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def put(self, key: str, content: IO[bytes]) -> None:
        """Keep the content; the store has it when it says so."""
        with self._told():
            obstore.put(self._store, key, content.read(), use_multipart=False)

    def open(self, key: str) -> IO[bytes] | None:
        """The whole content, fetched before anything of it is given out; None where there is none."""
        content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 -- whoever reads it closes it
        try:
            with self._told():
                for piece in obstore.get(self._store, key).stream():
                    content.write(piece)
        except _Missing:
            content.close()
            return None
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return content

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Bytes of each, several asked at once; None for one that is missing."""
        if len(keys) == 1:
            return [self._size(keys[0])]
        with ThreadPoolExecutor(_AT_ONCE) as asking:
            return list(asking.map(self._size, keys))

    def delete(self, keys: Sequence[str]) -> None:
        """Those that are there go; where the bucket keeps versions, from what is shown."""
        with self._told():
            obstore.delete(self._store, list(keys))

    def delete_below(self, folder: str) -> None:
        """Whatever lies below the folder goes."""
        self.delete([key for key, _ in self.listed(folder)])

    def listed(self, folder: str | None = None) -> Iterator[tuple[str, int]]:
        """Key and bytes of whatever lies there, or below the folder; asked for by the thousand."""
        with self._told():
            for page in _pages(self._store, folder, 1000):
                yield from page

    def claim(self, installation_id: str, live_since: datetime) -> None:
        """The place is one installation's: of the same one declared live twice, the later's. Asked once a minute."""
        if self._claimed_at is not None and time.monotonic() - self._claimed_at < _CLAIMED_FOR:
            return
        ours = {"installation_id": installation_id, "live_since": live_since.isoformat()}
        theirs = self._mark()
        if theirs and (
            theirs["installation_id"] != installation_id or datetime.fromisoformat(theirs["live_since"]) > live_since
        ):
            raise FilesTrouble("of_another", self, f"{theirs['installation_id']}, {theirs['live_since']}")
        if theirs != ours:
            self.put(MARK, io.BytesIO(json.dumps(ours).encode()))
        self._claimed_at = time.monotonic()

    def prove(self, *, writes: bool) -> None:
        """Refuse where the store does not do now what is asked of it day by day; asked once, for seconds."""
        store, probe = self._made(_QUICK, retries=0), f".probe/{secrets.token_hex(8)}"
        with self._told(asks_anyway=True):
            for _ in _pages(store, None, 1):
                break
            if not writes:
                return
            obstore.put(store, probe, b"?", use_multipart=False)
            held = bytes(obstore.get(store, probe).bytes())
            obstore.delete(store, [probe])
        if held != b"?":
            raise FilesTrouble("away", self, "what was written is read otherwise")

    def _size(self, key: str) -> int | None:
        try:
            with self._told():
                return obstore.head(self._store, key)["size"]
        except _Missing:
            return None

    def _mark(self) -> dict[str, str] | None:
        content = self.open(MARK)
        if content is None:
            return None
        with content:
            try:
                told = json.load(content)
                return {name: str(told[name]) for name in ("installation_id", "live_since")}
            except (ValueError, KeyError, TypeError):
                raise FilesTrouble("of_another", self, MARK) from None

    @cached_property
    def _store(self) -> S3Store:
        return self._made(_LONGEST, retries=2)

    def _made(self, longest: timedelta, *, retries: int) -> S3Store:
        client: dict[str, Any] = {"allow_http": True, "connect_timeout": timedelta(seconds=3), "timeout": longest}
        if self.authority is not None:
            try:
                client["root_certificate"] = self.authority.read_text()
            except (OSError, UnicodeDecodeError):
                raise FilesTrouble("away", self, str(self.authority)) from None
        provider: Callable[[], Any] | None = None
        if (file := self.credentials) is not None:
            provider = lambda: credentials_in(file)  # noqa: E731
        host = self.endpoint.partition("://")[2]
        try:
            return S3Store(
                self.bucket,
                prefix=self.prefix or None,
                aws_endpoint_url_s3=self.endpoint,  # not `endpoint`, over which the environment's own would win
                region=self.region,
                virtual_hosted_style_request=host.startswith(f"{self.bucket}."),
                disable_bulk_delete=True,  # which not every store that speaks S3 knows
                client_options=client,  # pyright: ignore[reportArgumentType] -- a dict of them
                retry_config={
                    "max_retries": retries,
                    "retry_timeout": timedelta(seconds=20),
                    "backoff": {
                        "init_backoff": timedelta(milliseconds=200),
                        "max_backoff": timedelta(seconds=2),
                        "base": 2,
                    },
                },
                credential_provider=provider,
            )
        except (BaseError, ValueError) as error:
            raise FilesTrouble("away", self, type(error).__name__) from None

    @contextmanager
    def _told(self, *, asks_anyway: bool = False) -> Generator[None]:
        """Whatever the store, or the way to it, says: as a FilesTrouble, or `_Missing`.

        A store that was just away is not asked again at once: who has many files waits once, not for each.
        """
        if self._away and not asks_anyway and time.monotonic() - self._away[0] < _AWAY_FOR:
            raise self._away[1]
        if self.credentials is not None:
            try:
                credentials_in(self.credentials)
            except CredentialsTrouble as trouble:
                raise FilesTrouble(trouble.why, self, str(self.credentials)) from None
        try:
            yield
        except (BaseError, OSError) as error:
            trouble = self._trouble(error)
            if isinstance(trouble, FilesTrouble) and trouble.why == "away":
                self._away = time.monotonic(), trouble
            raise trouble from None
        self._away = None

    def _trouble(self, error: Exception) -> Exception:
        said = str(error)
        code, status = _CODE.search(said), _STATUS.search(said)
        found = code or _KIND.search(said) or status
        word = found[1] if found else type(error).__name__
        if word == "NoSuchBucket":
            return FilesTrouble("no_bucket", self)
        if isinstance(error, FileNotFoundError):
            return _Missing()
        why: Why = "away"
        if isinstance(error, PermissionDeniedError) or (status and status[1] in ("401", "403")):
            why = "refused"
        elif isinstance(error, UnauthenticatedError) or _NO_KEY.search(said):
            why = "no_credentials"
        return FilesTrouble(why, self, word)


def _pages(store: S3Store, folder: str | None, size: int) -> Iterator[list[tuple[str, int]]]:
    for page in obstore.list(store, folder, chunk_size=size):  # pyright: ignore[reportUnknownMemberType] -- another form
        yield [(one["path"], one["size"]) for one in page]


class _Missing(Exception):
    """There is no such object."""
