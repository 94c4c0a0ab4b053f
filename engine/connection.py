"""Where the services are, and one way to connect to each."""

import asyncio
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine
from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from embedded.endpoints import Endpoints, endpoints_of
from embedded.evidence_place import EvidencePlace
from embedded.settings import StackSettings
from embedded.temporal_access import connect_temporal
from engine.claims import Claims, Signer
from engine.codec import SealedCodec, SealedPayloadConverter
from engine.heartbeat import Heartbeat
from engine.keys import FILE, KeyRing
from engine.payload_keys import ring_of
from engine.sealed_text import FieldSealing
from engine.while_copy import WhileCopy
from store.bucket import Bucket
from store.engine import connect
from store.files import FOLDER, Files, Place
from store.folder import Folder
from store.installation import IsCopy, installation, is_copy

_CONNECTED_WITHIN = 15.0
MARK = "demo.txt"
"""In a home: it belongs to a demonstration, whose cases have clocks that can be moved."""


class NotRunning(Exception):
    """No stack was started here, and nothing says where one is."""


class Services:
    """The services of one installation: `endpoints.json` in its home says where, `keys.json` keeps its keys."""

    process: str | None = None
    """The name of a process that serves; one that passes needs none."""
    tracing: Interceptor | None = None
    """Of a process that is traced (`workers/tracing.py`)."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints

    @classmethod
    def here(cls, settings: StackSettings | None = None) -> "Services":
        """Those of the home in the settings; NotRunning if `up` was never called or `down` was."""
        found = endpoints_of(settings or StackSettings())
        if found is None:
            raise NotRunning
        return cls(found)

    @property
    def home(self) -> Path:
        """Where secrets and state are kept."""
        return self.endpoints.home

    @cached_property
    def engine(self) -> Engine:
        """PostgreSQL as the application role, which owns nothing."""
        return connect(self.endpoints.app_database_url)

    @cached_property
    def owner(self) -> Engine:
        """PostgreSQL as the owner: migrations and rebuilds only, in a copy too."""
        return connect(self.endpoints.owner_url, pool=2, even_in_copies=True)

    @cached_property
    def keys(self) -> KeyRing:
        """The keys of the payload codec; of a process that serves under a name the database hears which it misses."""
        return ring_of(self.engine, self.keys_file, self.process)

    @property
    def sealing(self) -> FieldSealing:
        """How fields of the record are sealed, and opened."""
        return FieldSealing(self.keys)

    @cached_property
    def signer(self) -> Signer:
        """What signs the commands that leave this process."""
        return Signer(self.home)

    @property
    def keys_file(self) -> Path:
        """Where they lie."""
        return self.home / FILE

    @cached_property
    def files(self) -> Files:
        """The files of cases; a copy, or an installation that they are not of, changes none."""
        return Files(files_in(self.home, self.endpoints.evidence), self.claim_files)

    def claim_files(self) -> None:
        """Refuse with IsCopy, or FilesTrouble where another installation keeps its files in the same place."""
        known = installation(self.engine)
        if known.state == "copy":
            raise IsCopy
        self.files.place.claim(known.installation_id, known.at)

    @property
    def is_demo(self) -> bool:
        """Whether this is a demonstration, and nobody's real cases."""
        return (self.home / MARK).exists()

    async def temporal(self) -> Client:
        """A Temporal client that signs commands and seals; RuntimeError if the server does not answer.

        StackError if what we show it cannot be read. That of a copy changes nothing: it raises IsCopy where it should.
        """
        interceptors: list[Interceptor] = [Heartbeat(), Claims(self.signer)]
        if self.tracing is not None:
            interceptors.insert(0, self.tracing)
        if await asyncio.to_thread(is_copy, self.engine):
            interceptors.append(WhileCopy(self.engine))
        connecting = connect_temporal(
            self.endpoints.temporal, data_converter=sealed_converter(self.keys), interceptors=interceptors
        )
        try:
            return await asyncio.wait_for(connecting, _CONNECTED_WITHIN)
        except TimeoutError:
            raise RuntimeError(f"Temporal at {self.endpoints.temporal_address} does not answer") from None

    def close(self) -> None:
        """Give the database connections back."""
        for name in ("engine", "owner"):
            if name in self.__dict__:
                self.__dict__[name].dispose()


def files_in(home: Path, evidence: EvidencePlace | None) -> Place:
    """The bucket where there is one, else the folder of the home."""
    if evidence is None:
        return Folder(home / FOLDER)
    return Bucket(
        evidence.bucket,
        evidence.prefix,
        endpoint=evidence.endpoint,
        region=evidence.region,
        credentials=evidence.credentials,
        authority=evidence.authority,
    )


def sealed_converter(keys: KeyRing) -> DataConverter:
    """pydantic JSON, sealed; failure messages and stack traces too."""
    return DataConverter(
        payload_converter_class=SealedPayloadConverter,
        payload_codec=SealedCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
