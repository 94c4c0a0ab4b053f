"""Somebody who has signed in and works with a browser without scripts: forms are opened, filled in and sent."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import text

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from tests.durable.office import Office, instant
from tests.people import session


def moved_to(office: Office, when: str) -> None:
    """The campaign's clock, for pages too."""
    offset = round((instant(when) - datetime.now(UTC)).total_seconds())
    with office.services.engine.begin() as connection:
        connection.execute(text("UPDATE campaigns SET clock_offset = :offset"), {"offset": offset})


class Visitor:
    """A session in a post; addresses are those of pages."""

    def __init__(self, site: str, services: Services, post: str, *, subject: str | None = None) -> None:
        self.token = session(services, post, subject=subject)
        headers = {"Origin": site, "Accept": "text/html", "Accept-Language": "en"}
        self.client = httpx.AsyncClient(
            base_url=site, timeout=60, cookies={SESSION_COOKIE: self.token}, headers=headers
        )

    async def see(self, address: str, status: int = 200) -> str:
        """The page at the address."""
        told = await self.client.get(address)
        assert told.status_code == status, (told.status_code, told.text)
        return told.text

    async def hidden(self, address: str) -> dict[str, str]:
        """The hidden fields of the form at the address."""
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', await self.see(address)))

    async def send(self, address: str, fields: dict[str, Any]) -> httpx.Response:
        """The form is sent, with its hidden fields."""
        return await self.client.post(address, data={**await self.hidden(address), **fields})

    async def act(self, address: str, **fields: Any) -> str:
        """The form is opened, filled in and sent, and the page that it leads to says that it is done; where that is."""
        told = await self.send(address, fields)
        assert told.status_code == 303, told.text
        assert 'role="status">Done: ' in await self.see(told.headers["location"])
        return told.headers["location"].partition("?")[0]
