"""Typing into the search field: nothing is asked while pinyin is composed, and a search is one entry of the history."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import CDPSession, Page, Route, expect

from store.campaigns import Campaign
from tests.web.conftest import Reading

RESTS = 1000
"""Milliseconds after which whoever types has come to rest."""


class Searcher:
    """A reader in the search field of the list: what is asked of the site, and how long the history is."""

    def __init__(self, page: Page, keyboard: CDPSession) -> None:
        self.page, self.keyboard = page, keyboard
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url) if request.is_navigation_request() else None)
        page.on("request", lambda request: self.asked.append(request.url) if "hx-request" in request.headers else None)

    @property
    def texts(self) -> list[str]:
        """What each request searched for."""
        return [parse_qs(urlsplit(url).query).get("q", [""])[0] for url in self.asked]

    async def compose(self, pinyin: str) -> None:
        """Pinyin that stands underlined in the field, nothing chosen yet."""
        facts = {"text": pinyin, "selectionStart": len(pinyin), "selectionEnd": len(pinyin)}
        await self.keyboard.send("Input.imeSetComposition", facts)

    async def choose(self, text: str) -> None:
        """The candidate takes the place of the pinyin."""
        await self.keyboard.send("Input.insertText", {"text": text})

    async def press_enter(self) -> None:
        """The key as it comes from the keyboard, past the test's own way to press keys."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        await self.keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
        await self.keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    async def rest(self) -> None:
        """Nothing is typed for a while."""
        await self.page.clock.run_for(RESTS)

    async def go_back(self) -> None:
        """Nothing more is typed: the page's clock goes by itself again."""
        await self.page.clock.resume()
        await self.page.go_back()

    async def length(self) -> int:
        """Of the browser's history."""
        return await self.page.evaluate("history.length")

    async def shows(self, text: str) -> None:
        """The address and the list say this search."""
        await expect(self.page).to_have_url(re.compile(rf"[?&]q={re.escape(_coded(text))}(&|$)"))
        await expect(self.page.locator(".active-filters")).to_contain_text(text)


def _coded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode()) if not text.isascii() else text


@pytest.fixture
async def searcher(town: Campaign, site: str, reading: Reading) -> Searcher:
    """In the search field of the list; what it took to get there is forgotten.

    The page's clock stands between two rests, so that a slow machine types no slower than a quick one.
    """
    page = (await reading()).page
    await page.clock.install(time=0)
    await page.goto(f"{site}/cases")
    await page.clock.pause_at(60_000)
    found = Searcher(page, await page.context.new_cdp_session(page))
    await page.focus("#q")
    return found


async def test_pinyin_is_not_searched_for_and_the_chosen_words_are_once(searcher: Searcher) -> None:
    before = await searcher.length()
    for pinyin in ("c", "can", "can'g", "can'guan"):
        await searcher.compose(pinyin)
        await searcher.rest()
    assert await searcher.page.input_value("#q") == "can'guan"
    assert searcher.asked == [] and await searcher.length() == before
    await searcher.choose("餐馆")
    await searcher.rest()
    await searcher.shows("餐馆")
    await searcher.rest()
    assert searcher.texts == ["餐馆"] and await searcher.length() == before + 1


async def test_two_words_chosen_one_after_the_other_are_one_search(searcher: Searcher) -> None:
    await searcher.compose("can")
    await searcher.choose("餐")
    await searcher.compose("guan")
    await searcher.rest()
    assert searcher.asked == []
    await searcher.choose("馆")
    await searcher.rest()
    await searcher.shows("餐馆")
    assert searcher.texts == ["餐馆"]


async def test_letters_typed_just_before_are_not_asked_for_while_pinyin_is_composed(searcher: Searcher) -> None:
    await searcher.page.keyboard.type("A")
    await searcher.compose("can")
    await searcher.rest()
    assert searcher.asked == []
    await searcher.choose("餐")
    await searcher.rest()
    await expect(searcher.page.locator(".active-filters")).to_contain_text("A餐")
    assert searcher.texts == ["A餐"]


async def test_an_answer_on_its_way_makes_no_entry_while_pinyin_is_composed(searcher: Searcher) -> None:
    held = await _hold(searcher.page)
    before = await searcher.length()
    await searcher.page.keyboard.type("A")
    await searcher.rest()
    await searcher.compose("can")
    await held.let_go()
    await searcher.rest()
    assert await searcher.length() == before and await searcher.page.locator(".active-filters").count() == 0
    await searcher.choose("餐")
    await searcher.rest()
    await expect(searcher.page.locator(".active-filters")).to_contain_text("A餐")
    assert searcher.texts == ["A", "A餐"] and await searcher.length() == before + 1


async def test_enter_that_belongs_to_the_composition_submits_nothing(searcher: Searcher) -> None:
    before = await searcher.length()
    await searcher.compose("can")
    await searcher.press_enter()
    await searcher.rest()
    assert searcher.asked == [] and await searcher.length() == before
    await searcher.page.evaluate("document.querySelector('#q').form.requestSubmit()")
    await searcher.rest()
    assert searcher.asked == [] and await searcher.length() == before
    goes_on = """() => document.querySelector('#q').dispatchEvent(
        new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    assert not await searcher.page.evaluate(goes_on)


async def test_enter_searches_at_once_and_once(searcher: Searcher) -> None:
    before = await searcher.length()
    await searcher.choose("餐馆")
    await searcher.press_enter()
    await searcher.shows("餐馆")
    await searcher.rest()
    await searcher.page.locator("select[name=district]").focus()
    await searcher.rest()
    assert searcher.texts == ["餐馆"] and await searcher.length() == before + 1


async def test_a_search_is_one_entry_however_it_was_typed(searcher: Searcher) -> None:
    """Back leads out of the search, not through its letters: nobody looked for 餐 who typed 餐馆.

    The first letter makes the entry, so that what was before can be gone back to; those after it rewrite the entry.
    Enter, or leaving the field, ends the search: what is typed then is another, with an entry of its own.
    """
    before = await searcher.length()
    for number in range(1, 4):
        await searcher.page.keyboard.insert_text("餐馆（"[number - 1])
        await searcher.rest()
        await searcher.shows("餐馆（"[:number])
    assert await searcher.length() == before + 1
    await searcher.press_enter()
    await searcher.page.fill("#q", "")
    await searcher.choose("烟花")
    await searcher.rest()
    await searcher.shows("烟花")
    assert await searcher.length() == before + 2
    await searcher.page.locator("select[name=district]").focus()
    await searcher.page.fill("#q", "运输")
    await searcher.rest()
    await searcher.shows("运输")
    assert await searcher.length() == before + 3
    for text in ("烟花", "餐馆（"):
        await searcher.go_back()
        await searcher.shows(text)
        await expect(searcher.page.locator("#q")).to_have_value(text)
    await searcher.go_back()
    await expect(searcher.page.locator("#q")).to_have_value("")
    await expect(searcher.page.locator(".active-filters")).to_have_count(0)


async def test_a_filter_beside_a_search_is_an_entry_of_its_own(searcher: Searcher) -> None:
    before = await searcher.length()
    await searcher.choose("餐馆")
    await searcher.rest()
    await searcher.shows("餐馆")
    await searcher.page.select_option("select[name=district]", "650203")
    await expect(searcher.page).to_have_url(re.compile("district=650203"))
    assert await searcher.length() == before + 2
    await searcher.go_back()
    await expect(searcher.page.locator("select[name=district]")).to_have_value("")
    await searcher.shows("餐馆")


async def test_what_was_typed_last_is_shown_however_slow_the_answers(searcher: Searcher) -> None:
    held = await _hold(searcher.page)
    for letter in "餐馆（":
        await searcher.page.keyboard.insert_text(letter)
        await searcher.rest()
    await held.let_go()
    await searcher.shows("餐馆（")


class _Held:
    """Answers that are kept back until they are let go."""

    def __init__(self) -> None:
        self._gate = asyncio.Event()

    async def keep(self, route: Route) -> None:
        """Go on once the gate is open."""
        await self._gate.wait()
        await route.continue_()

    async def let_go(self) -> None:
        """All of them, and those to come."""
        self._gate.set()


async def _hold(page: Page) -> _Held:
    held = _Held()
    await page.route("**/cases?*", held.keep)
    return held
