"""A telephone on site: the page of an inspector in a browser of its own, which keeps what was written down."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page, expect

from desk import sign_in
from desk.people import Invited
from engine.connection import Services
from serving.cookies import SESSION_COOKIE

_SMALL = """() => [...document.querySelectorAll("#site :is(button, a, select, textarea, summary, label)")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def telephone(
    browser: Browser,
    services: Services,
    who: Invited,
    lang: str = "zh",
    workers: Literal["allow", "block"] = "allow",
) -> AsyncIterator[BrowserContext]:
    """A browser of somebody who signed in, with nothing kept in it yet; without `workers` no page opens offline."""
    locale = "zh-CN" if lang == "zh" else "en-GB"
    context = await browser.new_context(viewport=PHONE, locale=locale, service_workers=workers)
    await signed_in(context, services, who)
    try:
        yield context
    finally:
        await context.close()


async def signed_in(context: BrowserContext, services: Services, who: Invited) -> None:
    """From now on the browser is theirs."""
    token = sign_in.begin(services.engine, who.account_id, who.person_id, "tests", datetime.now(UTC)).token
    await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": "http://127.0.0.1"}])


async def opened(context: BrowserContext, site: str, page: Page | None = None, *, ready: bool = False) -> Page:
    """The page, as soon as what is kept is shown; `ready`: it would open without a network too.

    In a page of the browser that is there still it takes the place of whatever is shown, at once.
    """
    page = page or await context.new_page()
    await page.goto(f"{site}/site", wait_until="commit")
    await page.wait_for_selector("#site[data-begun]")
    if ready:
        await page.wait_for_selector("#site[data-ready=true]")
    return page


def photo(content: bytes, name: str = "IMG_1.jpg") -> dict[str, Any]:
    """As a camera hands it over."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


async def fit_for_a_thumb(page: Page) -> None:
    """Whatever is pressed is at least 44 pixels high."""
    assert await page.evaluate(_SMALL) == []


async def begin(page: Page, subject: str, kind: str = "inspection") -> None:
    """The form of an inspection of that subject, or of what is looked at there again."""
    await page.click(f'[data-list=day] li:has-text("{subject}") [data-start={kind}]')
    await page.wait_for_selector("[data-part=form]")


async def write_down(page: Page, category: str, description: str, photos: Sequence[bytes] = ()) -> None:
    """One more finding, with its photos, each of which is kept once it is shown."""
    await page.click("[data-part=more]")
    block = page.locator("[data-part=findings] > fieldset").last
    await block.locator("[data-part=category]").select_option(category)
    await block.locator("[data-part=grade]").select_option("general")
    await block.locator("[data-part=description]").fill(description)
    if photos:
        await block.locator("[data-part=choose]").set_input_files([photo(one) for one in photos])
        await expect(block.locator("[data-part=photos] li")).to_have_count(len(photos))


async def sign(page: Page, whose: str, *, is_kept: bool = True) -> None:
    """A stroke of a finger; `is_kept`: until the form says that it is on the disk."""
    canvas = page.locator(f"[data-signature={whose}] canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 120, box["y"] + 50, steps=3)
    await page.mouse.up()
    if is_kept:
        await expect(page.locator(f"[data-signature={whose}] [data-part=is_kept]")).not_to_be_empty()


async def queue(page: Page) -> None:
    """It is done, and waits to be sent."""
    await page.click("[data-part=queue]")
    await page.wait_for_selector("[data-view=list]:not([hidden])")


async def sent(page: Page, count: int, within: float = 20_000) -> None:
    """So many inspections were received, and none waits."""
    await page.wait_for_selector(f'#site[data-sent="{count}"][data-waiting="0"]', timeout=within)


_QUICK_HAND = """async ([subject, category, said, photo]) => {
    const until = async (found) => {
        while (!found()) await new Promise((resolve) => setTimeout(resolve, 2));
        return found();
    };
    const fill = (field, value) => {
        field.value = value;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind));
    };
    const rows = [...document.querySelectorAll("[data-list=day] li")];
    rows.find((row) => row.textContent.includes(subject)).querySelector("[data-start=inspection]").click();
    (await until(() => document.querySelector("[data-part=more]"))).click();
    const part = (name) => document.querySelector(`[data-part=findings] [data-part=${name}]`);
    fill(part("category"), category);
    fill(part("grade"), "general");
    fill(part("description"), said);
    const chosen = new DataTransfer();
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    chosen.items.add(new File([bytes], "IMG_1.jpg", { type: "image/jpeg" }));
    part("choose").files = chosen.files;
    part("choose").dispatchEvent(new Event("change"));
    await until(() => part("photos").childElementCount);
}"""


async def write_down_at_once(page: Page, subject: str, category: str, said: str, content: bytes) -> None:
    """The same as `begin` and `write_down` with one photo, as a quick hand does it: over once the photo is kept."""
    await page.evaluate(_QUICK_HAND, [subject, category, said, base64.b64encode(content).decode()])
