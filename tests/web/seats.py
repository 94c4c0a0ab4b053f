"""Whoever is seated before the pages of administration, and what the audit log says of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.connection import Services
from models.audit import AuditKind, LoggedAudit
from store.audit import AuditFilter, audit_page
from tests.web.visitor import Visitor


class Desk:
    """Seats people before the pages."""

    def __init__(self, site: str, services: Services) -> None:
        self.site, self.services, self.seated = site, services, list[Visitor]()

    def seat(self, post: str) -> Visitor:
        """Somebody of that post, who has just proven who it is."""
        self.seated.append(Visitor(self.site, self.services, post))
        return self.seated[-1]


@asynccontextmanager
async def seated(site: str, services: Services) -> AsyncIterator[Desk]:
    """The site on the test's own database, without workers; who was seated is gone afterwards."""
    found = Desk(site, services)
    yield found
    for one in found.seated:
        await one.client.aclose()


def noted(services: Services, kind: AuditKind) -> LoggedAudit:
    """The newest line of that kind."""
    return audit_page(services.engine, AuditFilter(kind=kind), 1)[0]
