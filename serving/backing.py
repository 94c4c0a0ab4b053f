"""What stands behind every request: the services, one Temporal client, the key of the tokens."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from desk.city_provider import CityProvider
from desk.tokens import ensure_token_key, token_key
from embedded.errors import StackError
from engine.connection import Services
from engine.unreachable import Unreachable
from rules.access.deeds import Place
from serving.gauges import Metrics
from serving.paging import Walk
from serving.problems import no_campaign
from store.campaigns import Campaign, UnknownCampaign, campaign_of, campaigns
from store.counts import CaseCount, case_counts
from store.installation import is_copy
from store.reading import reading_engine, reading_now

T = TypeVar("T")
_LATELY_SECONDS = 2.0
_LATELY_MOST = 1_000
_FILES_AT_ONCE = 4
"""Of the threads of requests: files of cases on their way to or from where they are kept."""


WORK, CASES = "work", "cases"
"""Under which the counts of workbenches, and of cases, are kept for some seconds (`Backing.lately`)."""


class Backing:
    """One a process. Temporal is connected when a command first needs it: reads live without.

    `engine` reads for the official who asks, and PostgreSQL shows it no other rows (`serving/actors.py:reach` says how
    far). `records` is the application's own: who comes in, campaigns, commands, jobs.
    """

    def __init__(self, services: Services, city: CityProvider | None = None) -> None:
        self.services, self.city = services, city
        self.records = services.engine
        self.engine = reading_engine(services.engine)
        self.metrics = Metrics(services.engine)
        self.carrying = asyncio.Semaphore(_FILES_AT_ONCE)
        self._lately: dict[tuple[str, ...], tuple[float, Any]] = {}
        self._forgotten: dict[str, object] = {}
        self._client: Client | None = None
        self._may_be_copy = True
        self._connecting = asyncio.Lock()

    def token_key(self) -> bytes:
        """The key that signs actors, as it is now; BadToken while there is none."""
        return token_key(self.services.home)

    def is_copy(self) -> bool:
        """Whether this is a copy, as of the last seconds; who has seen it live asks no more."""
        if self._may_be_copy:
            with suppress(SQLAlchemyError):
                self._may_be_copy = self.lately(("copy",), lambda: is_copy(self.records))
                return self._may_be_copy
        return False

    def walk(self, what: str, *question: BaseModel | str) -> Walk:
        """A list as it is asked for, page after page."""
        return Walk(ensure_token_key(self.services.home), what, *question)

    def lately(self, what: tuple[str, ...], ask: Callable[[], T], times: int = 1) -> T:
        """What was asked in the last seconds, else asked anew: numbers that many look at are counted once.

        `times` as long for what may be a little older. Of the answers as many are kept as `_LATELY_MOST`.
        """
        known, forgotten = self._lately.get(what), self._forgotten.get(what[0])
        if known is None or time.monotonic() - known[0] > _LATELY_SECONDS * times:
            known = (time.monotonic(), ask())
            if self._forgotten.get(what[0]) is not forgotten:  # what was counted is older than what was done since
                return known[1]
            self._lately.pop(what, None)
            self._lately[what] = known
            while len(self._lately) > _LATELY_MOST:
                with suppress(KeyError, StopIteration, RuntimeError):  # another thread was faster
                    del self._lately[next(iter(self._lately))]
        return known[1]

    def age(self, what: str) -> object:
        """Another one each time that `what` is to be counted anew: for answers that are kept elsewhere."""
        return self._forgotten.get(what)

    def forget(self, what: str) -> None:
        """Count that anew: something was just done by whoever looks at it next."""
        self._forgotten[what] = object()
        for known in [key for key in tuple(self._lately) if key[0] == what]:
            self._lately.pop(known, None)

    def case_counts(self, campaign_id: str, place: Place) -> tuple[CaseCount, ...]:
        """The campaign's cases of the place, counted in the last seconds: for pages and API alike."""
        asked = (CASES, campaign_id, place.district or "", place.sector or "")
        return self.lately(asked, lambda: case_counts(self.engine, campaign_id, place.district, place.sector))

    async def temporal(self) -> Client:
        """The client; Unreachable while the server does not answer."""
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await self.services.temporal()
                except (RuntimeError, StackError) as error:
                    raise Unreachable(str(error)) from None
        return self._client

    def engine_of_jobs(self) -> Engine:
        """For those who look at jobs of everybody: as one reads who reads everything.

        For others it is the application's own, and they are shown no case, subject or file of a job by name.
        """
        return self.engine if reading_now().is_all else self.records

    def campaign(self, name: str | None) -> Campaign:
        """The campaign of that id, or the newest; Trouble if there is none."""
        if name is None:
            known = campaigns(self.records)
            if not known:
                raise no_campaign(None)
            return known[0]
        try:
            return campaign_of(self.records, name)
        except UnknownCampaign:
            raise no_campaign(name) from None


def backing_of(request: Request) -> Backing:
    """The backing of the application that answers this request."""
    return request.app.state.backing


Behind = Annotated[Backing, Depends(backing_of)]
