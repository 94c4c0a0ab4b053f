"""A telephone on site: the page of an inspector in a browser of its own, which keeps what was written down."""

from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from tests.cast import INSPECTOR
from tests.people import session

PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def telephone(browser: Browser, services: Services, site: str, who: str = INSPECTOR, lang: str = "zh") -> Any:
    """A browser of somebody who signed in, with nothing kept in it yet."""
    context = await browser.new_context(viewport=PHONE, locale="zh-CN" if lang == "zh" else "en-GB")
    await signed_in(context, services, who)
    try:
        yield context
    finally:
        await context.close()


async def signed_in(context: BrowserContext, services: Services, who: str) -> None:
    """From now on the browser is somebody's."""
    cookie = {"name": SESSION_COOKIE, "value": session(services, who), "url": "http://127.0.0.1"}
    await context.add_cookies([cookie])


async def opened(context: BrowserContext, site: str, *, ready: bool = False) -> Page:
    """The page, as soon as what is kept is shown; `ready`: it would open without a network too."""
    page = await context.new_page()
    await page.goto(f"{site}/site", wait_until="commit")
    await page.wait_for_selector("#site[data-begun]")
    if ready:
        await page.wait_for_selector("#site[data-ready=true]")
    return page


def photo(content: bytes, name: str = "IMG_1.jpg") -> dict[str, Any]:
    """As a camera hands it over."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


async def begin(page: Page, subject: str) -> None:
    """The form of an inspection of that subject."""
    await page.click(f'[data-list=day] li:has-text("{subject}") [data-part=start]')
    await page.wait_for_selector("[data-part=form]")


async def write_down(page: Page, category: str, description: str, photos: Sequence[bytes] = ()) -> None:
    """One more finding, with its photos, each of which is kept once it is shown."""
    await page.click("[data-part=more]")
    block = page.locator("[data-part=findings] > fieldset").last
    await block.locator("[data-part=category]").select_option(category)
    await block.locator("[data-part=description]").fill(description)
    if photos:
        await block.locator("[data-part=choose]").set_input_files([photo(one) for one in photos])
        await expect(block.locator("[data-part=photos] li")).to_have_count(len(photos))


async def queue(page: Page) -> None:
    """It is done, and waits to be sent."""
    await page.click("[data-part=queue]")
    await page.wait_for_selector("[data-view=list]:not([hidden])")


async def sent(page: Page, count: int, within: float = 20_000) -> None:
    """So many inspections were received, and none waits."""
    await page.wait_for_selector(f'#site[data-sent="{count}"][data-waiting="0"]', timeout=within)
