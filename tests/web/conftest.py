"""The application served from a thread, a town in full swing or an empty one, and a browser to look with."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright
from temporalio.client import Client

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign, add_campaign
from tests.durable.office import Office
from tests.durable.test_campaign import HOUR, end_all, plan_in_seconds
from tests.people import session
from tests.web.chromium import FLAGS, find
from tests.web.ledger_desk import LedgerDesk
from tests.web.serve import served
from tests.web.visitor import Visitor, moved_to
from workers.cases import cases_worker
from workers.imports import imports_worker

OFFICE = "office:周主任@650200"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def site(services: Services) -> Iterator[str]:
    """The site on the test's own database."""
    with served(services) as address:
        yield address


Seat = Callable[..., httpx.Client]


@pytest.fixture
def seat(site: str, services: Services) -> Iterator[Seat]:
    """Signs somebody of a post in."""
    seated: list[httpx.Client] = []

    def sign_in(post: str = OFFICE, subject: str | None = None) -> httpx.Client:
        cookies = {SESSION_COOKIE: session(services, post, subject=subject)}
        headers = {"Origin": site, "Accept-Language": "en"}
        seated.append(httpx.Client(base_url=site, timeout=60, cookies=cookies, headers=headers))
        return seated[-1]

    yield sign_in
    for client in seated:
        client.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    program = find()
    assert program is not None, "run `make browser`"
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        await found.close()


@pytest.fixture(scope="session")
async def mapped_browser() -> AsyncIterator[Browser]:
    """A Chromium for which every name under `.example` is this machine: the city's, and that of a page that rebinds."""
    program = find()
    assert program is not None, "run `make browser`"
    async with async_playwright() as playwright:
        names = "--host-resolver-rules=MAP *.example 127.0.0.1"
        found = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, names])
        yield found
        await found.close()


@dataclass
class Reader:
    """A page of the browser, with everything that its console complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])


Reading = Callable[..., Awaitable[Reader]]


@pytest.fixture
async def reading(browser: Browser, services: Services) -> AsyncIterator[Reading]:
    """Opens pages as somebody who signed in; at the end none of them may have complained."""
    readers: list[Reader] = []

    async def open_page(width: str = "desktop", *, scripts: bool = True, who: str | None = OFFICE) -> Reader:
        context = await browser.new_context(
            viewport=PHONE if width == "phone" else DESKTOP, java_script_enabled=scripts, locale="zh-CN"
        )
        if who is not None:
            token = session(services, who)
            await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": "http://127.0.0.1"}])
        reader = Reader(await context.new_page())
        reader.page.on(
            "console", lambda m: reader.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        readers.append(reader)
        return reader

    yield open_page
    for reader in readers:
        await reader.page.context.close()
    assert [c for reader in readers for c in reader.complaints] == []


@pytest.fixture
def trial(services: Services) -> Campaign:
    """A campaign that runs now, by the clock of the wall."""
    now = datetime.now(UTC).replace(microsecond=0)
    read = plan_in_seconds(now, (HOUR, 2 * HOUR, 3 * HOUR), f"centre-{uuid4().hex[:6]}")
    return add_campaign(services.engine, read, now.year)


@pytest.fixture
async def working(client: Client, services: Services) -> AsyncIterator[None]:
    """Workers of cases and imports, for as long as the test lasts."""
    async with cases_worker(client, services.engine), imports_worker(client, services.engine):
        yield
        await end_all(client, services)


AtLedgers = Callable[..., LedgerDesk]


@pytest.fixture
async def at_ledgers(site: str, trial: Campaign, services: Services) -> AsyncIterator[AtLedgers]:
    """Seats somebody of a post in the ledger centre."""
    seated: list[LedgerDesk] = []

    def seat(post: str, **other: str) -> LedgerDesk:
        seated.append(LedgerDesk(site, services, post, **other))
        return seated[-1]

    yield seat
    for desk in seated:
        await desk.client.aclose()


As = Callable[..., Visitor]


@pytest.fixture
async def visitor(site: str, office: Office) -> AsyncIterator[As]:
    """Signs somebody of a post in, on 3 June of the campaign."""
    signed_in: list[Visitor] = []
    moved_to(office, "06-03")

    def sign_in(post: str, subject: str | None = None) -> Visitor:
        signed_in.append(Visitor(site, office.services, post, subject=subject))
        return signed_in[-1]

    yield sign_in
    for one in signed_in:
        await one.client.aclose()
