"""On site: what an inspector writes down by telephone arrives whole and once, whatever happens in between."""

import asyncio
import hashlib
import random
from contextlib import suppress
from uuid import uuid4

from playwright.async_api import Browser, Error, Page, Route, expect

from models.wire import Receipt
from store.verify import fold_case
from tests.cast import COLLEAGUE, INSPECTOR
from tests.durable.office import CaseFile, Office, finding
from tests.people import person
from tests.pictures import jpeg
from tests.web.conftest import As
from tests.web.on_site import (
    begin,
    fit_for_a_thumb,
    opened,
    queue,
    sent,
    sign,
    signed_in,
    telephone,
    write_down,
    write_down_at_once,
)
from tests.web.test_pages import sound
from tests.web.visitor import moved_to

KILLS = 50
SEED = 20130505
FOUR_DAYS_AGO = """() => new Promise((resolve) => {
    indexedDB.open("rectify-site").onsuccess = ({ target: { result: kept } }) => {
        const entries = kept.transaction("entries", "readwrite").objectStore("entries");
        entries.getAll().onsuccess = ({ target: { result: [...all] } }) => {
            const one = all.find((entry) => entry.state === "draft");
            one.observed_at = new Date(Date.parse(one.observed_at) - 4 * 86400000).toISOString();
            entries.put(one).onsuccess = () => { kept.close(); resolve(); };
        };
    };
})"""
SLOW_TO_READ = """() => {
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    crypto.subtle.digest = async (...facts) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return digest(...facts);
    };
}"""
LONGEST = 0.25
"""Seconds after a photo was kept within which the page is killed: the receipt comes within them, or does not."""


def hashed(photo: bytes) -> str:
    return f"sha256:{hashlib.sha256(photo).hexdigest()}"


def recorded(case: CaseFile) -> dict[str, set[str]]:
    """What each finding of the record says, and the hashes of its files; nothing is there twice."""
    folded = fold_case(case.engine, case.case_id).case
    of_each = [[one.sha256 for one in folded.files if f.ref in one.refs] for f in folded.findings]
    assert len({f.description for f in folded.findings}) == len(folded.findings)
    assert all(len(set(hashes)) == len(hashes) for hashes in of_each)
    return {f.description: set(hashes) for f, hashes in zip(folded.findings, of_each, strict=True)}


async def kill(page: Page, *, crash: bool) -> None:
    """The page is gone at once, and asks nobody."""
    if crash:
        client = await page.context.new_cdp_session(page)
        async with page.expect_event("crash"):
            dying = asyncio.ensure_future(client.send("Page.crash"))  # which nobody is left to answer
        dying.cancel()
    await page.close()


async def lose_request(route: Route) -> None:
    """It never gets there."""
    with suppress(Error):
        await route.abort()


async def case_of(office: Office, name: str, on: str = "06-03") -> CaseFile:
    """An open case of a subject of that name."""
    subject = f"s-{uuid4().hex[:8]}"
    answer = await office.hand_in(on, subject, office.opening(subject, name=name))
    assert isinstance(answer, Receipt)
    return office.file(answer.case_id)


async def lose_answer(route: Route) -> None:
    """The server has done it, and the telephone hears nothing of it."""
    with suppress(Error):  # the page was killed meanwhile
        await route.fetch()
        await route.abort()


async def test_fifty_kills_between_photo_and_receipt_lose_nothing_and_double_nothing(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    chance = random.Random(SEED)
    cases = [await case_of(office, f"Factory {n}") for n in range(3)]
    moved_to(office, "06-03")  # the clock of the telephone is none of those that go ahead
    photos = {f"问题 {n}": jpeg(64, 48, mark=f"#{n:02x}80ff") for n in range(KILLS)}
    async with telephone(browser, office.services, person(office.services, INSPECTOR), workers="block") as phone:
        page: Page | None = None
        for n, (said, photo) in enumerate(photos.items()):
            page = await opened(phone, site, page)
            await phone.unroute_all()
            if lost := {0: lose_answer, 2: lose_request}.get(n % 5):
                await phone.route("**/api/v1/**", lost)
            await _finish_drafts(page)
            await write_down_at_once(page, f"Factory {n % 3}", "H01", said, photo)
            if chance.random() < 0.8:
                await page.evaluate("document.querySelector('[data-part=queue]').click()")
            await page.wait_for_timeout(chance.uniform(0, LONGEST) * 1000)
            if way := ("close", "", "crash", "", "close", "")[n % 6]:  # or else the page is loaded in its place
                await kill(page, crash=way == "crash")
                page = None
        await phone.unroute_all()
        page = await opened(phone, site)
        await _finish_drafts(page)
        await sent(page, KILLS, 60_000)
    found = {said: hashes for case in cases for said, hashes in recorded(case).items()}
    assert found == {said: {hashed(photo)} for said, photo in photos.items()}, f"seed {SEED}"


async def _finish_drafts(page: Page) -> None:
    """What was not finished is there still, as it was written, and is done now.

    What a page that crashed was about to queue may be queued after the next one was opened.
    """
    draft = "[data-list=waiting] [data-state=draft]"
    edit = f"document.querySelector('{draft} [data-part=edit]')"
    while await page.evaluate(f"() => {{ const edit = {edit}; edit?.click(); return edit !== null; }}"):
        await page.wait_for_selector(f"[data-part=form], [data-view=list]:not([hidden]):not(:has({draft}))")
        if await page.locator("[data-part=form]").count():
            await queue(page)


async def test_an_inspection_goes_whole_from_the_form_into_the_case(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await case_of(office, "Factory 1")
    moved_to(office, "06-03")
    person(office.services, COLLEAGUE)
    wall, door, papers = jpeg(mark="red"), jpeg(mark="green"), jpeg(mark="blue")
    async with telephone(browser, office.services, person(office.services, INSPECTOR)) as phone:
        page = await opened(phone, site, ready=True)
        await sound(page)
        await fit_for_a_thumb(page)
        browser_says = await phone.new_cdp_session(page)
        assert (await browser_says.send("Page.getInstallabilityErrors"))["installabilityErrors"] == [
            {"errorId": "in-incognito", "errorArguments": []}
        ], "but for the browser of a test"
        assert (await phone.request.get(f"{site}/modules/{'0' * 12}/site/page.js")).status == 404, "of another version"
        await begin(page, "Factory 1")
        await page.locator("[data-part=questions] fieldset").nth(2).get_by_label("否").check()
        await page.locator("[data-part=checklists] summary").first.click()
        await page.get_by_label("无问题：V03").click()
        await write_down(page, "H01", "通道堵塞", [wall, door])
        await write_down(page, "V04", "无证作业", [papers])
        await page.locator("[data-part=second]").select_option(label="Ma")
        await sign(page, "own")
        await sound(page)
        await fit_for_a_thumb(page)
        await queue(page)
        await sent(page, 1)
        await begin(page, "Factory 1")
        await write_down(page, "H02", "四天前所见")
        await page.click("[data-part=back]")
        await page.wait_for_selector("[data-view=list]:not([hidden])")
        await page.evaluate(FOUR_DAYS_AGO)
        await page.click("[data-state=draft] [data-part=edit]")
        await queue(page)
        await sent(page, 2)
    signatures = [f for f in fold_case(case.engine, case.case_id).case.files if f.media == "image/png"]
    assert [f.name for f in signatures] == ["签名 检查员.png"] and len(signatures[0].refs) == 2
    signed, pictures = {signatures[0].sha256}, recorded(case)
    assert {said: of - signed for said, of in pictures.items()} == {
        "通道堵塞": {hashed(wall), hashed(door)},
        "无证作业": {hashed(papers)},
        "四天前所见": set[str](),
    }
    step, old = [line for line in await case.log() if line.do == "record_findings"]
    assert (
        old.observed_at is None
        and str(fold_case(case.engine, case.case_id).case.findings[2].inspected_on) == "2027-05-30"
    )
    assert step.second is not None and step.second.name == "Ma" and step.note == "已检查未发现问题：V03"
    assert step.observed_at is not None and step.observed_at <= step.at and step.observed_at.second == 0


async def test_the_checklist_says_what_was_found_and_calls_it_no_longer_in_order(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await case_of(office, "Factory 1")
    moved_to(office, "06-03")
    async with telephone(browser, office.services, person(office.services, INSPECTOR)) as phone:
        page = await opened(phone, site, ready=True)
        await begin(page, "Factory 1")
        await page.locator("[data-part=checklists] summary").first.click()
        v03, v04 = (page.locator("[data-part=checklists] li", has_text=category) for category in ("V03", "V04"))
        fine = v03.get_by_label("无问题：V03")
        await fine.click()
        await v03.get_by_label("记录问题：V03").click()
        await expect(v03).to_contain_text("已记录：问题 1")
        await expect(fine).to_be_disabled()
        await expect(fine).to_have_attribute("aria-pressed", "false")
        block = page.locator("[data-part=findings] > fieldset")
        await block.locator("[data-part=category]").select_option("V04")
        await expect(v04).to_contain_text("已记录：问题 1")
        await expect(fine).to_be_enabled()
        await block.locator("[data-part=grade]").select_option("general")
        await block.locator("[data-part=description]").fill("无证作业")
        lawful = page.locator("[data-part=questions] fieldset").nth(2)
        await lawful.get_by_label("是").check()
        await page.click("[data-part=queue]")
        await expect(page.locator("[data-part=said]")).to_contain_text("矛盾，请更正其一")
        await lawful.get_by_label("否").check()
        await page.locator("[data-part=remark]").fill("已告知")
        await queue(page)
        await sent(page, 1)
    [step] = [line for line in await case.log() if line.do == "record_findings"]
    assert step.note == "已告知", "nothing of it was in order"


async def test_without_a_network_it_is_kept_and_sent_by_itself_once_there_is_one(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await case_of(office, "Factory 1")
    moved_to(office, "06-03")
    await case.record(finding("F1", "V04"))  # which the telephone does not know
    before = recorded(case)
    photo = jpeg()
    async with telephone(browser, office.services, person(office.services, INSPECTOR), lang="en") as phone:
        page = await opened(phone, site, ready=True)
        await phone.set_offline(True)
        await page.reload()
        await page.wait_for_selector("#site[data-begun]")
        await begin(page, "Factory 1")
        await page.locator("[data-part=questions] fieldset").nth(2).get_by_label("yes").check()
        await write_down(page, "H01", "no way out", [photo])
        await page.reload()  # killed in the middle of the form
        await page.wait_for_selector("[data-part=form]")
        await queue(page)
        assert "No network" in await page.inner_text("[data-part=signal]")
        await expect(page.locator("[data-list=waiting] [data-part=why]")).to_contain_text("No network")
        await begin(page, "Factory 1")
        await write_down(page, "H05", "no drill", [])
        await queue(page)
        states = page.locator("[data-list=waiting] [data-part=state]")
        await expect(states).to_have_text(["waits to be sent"] * 2)  # nothing has left the telephone: it is free still
        with_photo = page.locator("[data-list=waiting] > li", has_text="photos: 1")
        await with_photo.locator("[data-part=edit]").click()
        await page.click("[data-part=back]")  # it was only looked at
        await expect(states).to_have_text(["waits to be sent"] * 2)
        await with_photo.locator("[data-part=edit]").click()
        await page.fill("[data-part=remark]", "by the gate")
        await page.go_back()
        await expect(with_photo.locator("[data-part=state]")).to_have_text("not finished")
        await expect(page.locator("[data-part=said]")).to_contain_text("It was changed and is not sent")
        await with_photo.locator("[data-part=edit]").click()
        await queue(page)
        await expect(states).to_have_text(["waits to be sent"] * 2)
        page.once("dialog", lambda dialog: dialog.accept())
        await page.locator("[data-list=waiting] > li", has_text="photos: 0").locator("[data-part=drop]").click()
        await expect(states).to_have_count(1)
        assert recorded(case) == before
        await phone.set_offline(False)
        refused = page.locator("[data-list=waiting] [data-state=refused]")
        await expect(refused).to_contain_text("Clause 3.1, the three questions")
        await expect(refused).to_contain_text("it is sent anew")
        await sound(page)
        assert recorded(case) == before
        await page.reload()  # and it is there still
        await refused.locator("[data-part=edit]").click()
        await expect(page.locator("[data-part=form] [data-part=refused]")).to_contain_text("the three questions")
        other = await opened(phone, site)  # another page leaves it alone as long as the form is open
        await expect(other.locator("[data-list=waiting] [data-state=draft]")).to_have_count(1)
        await kill(page, crash=False)  # the telephone took the page away
        page = await opened(phone, site, other)
        refused = page.locator("[data-list=waiting] [data-state=refused]")
        await refused.locator("[data-part=edit]").click()
        await page.click("[data-part=back]")
        await expect(refused).to_contain_text("Clause 3.1, the three questions")  # also when it was looked at
        await refused.locator("[data-part=edit]").click()
        await page.locator("[data-part=questions] fieldset").nth(2).get_by_label("no", exact=True).check()
        await expect(page.locator("[data-part=photos] li")).to_have_count(1)
        await queue(page)
        await sent(page, 1)
    assert recorded(case) == {**before, "no way out": {hashed(photo)}}


async def test_a_network_that_leads_nowhere_leaves_an_entry_free_and_is_found_again_by_itself(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case, photo = await case_of(office, "Factory 1"), jpeg()
    moved_to(office, "06-03")
    async with telephone(browser, office.services, person(office.services, INSPECTOR), lang="en") as phone:
        page = await opened(phone, site, ready=True)
        await begin(page, "Factory 1")
        await write_down(page, "H01", "no way out")
        await phone.route("**/*", lose_request)  # the telephone believes in a network
        await queue(page)
        state = page.locator("[data-list=waiting] [data-part=state]")
        await expect(page.locator("[data-list=waiting] [data-part=why]")).to_contain_text("No network")
        await expect(state).to_have_text("waits to be sent")
        assert "No network" in await page.inner_text("[data-part=signal]"), "though the browser says that there is one"
        await page.click("[data-list=waiting] [data-part=edit]")
        await page.evaluate(SLOW_TO_READ)
        await page.locator("[data-part=choose]").set_input_files(
            [{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo}]
        )
        await page.click("[data-part=back]")  # before the photo is kept
        await expect(state).to_have_text("not finished")
        await page.click("[data-list=waiting] [data-part=edit]")
        await expect(page.locator("[data-part=photos] li")).to_have_count(1)
        await queue(page)
        await phone.unroute_all()
        await sent(page, 1, within=40_000)
        assert await page.inner_text("[data-part=signal]") == "Online; this page also opens without a network"
    assert recorded(case) == {"no way out": {hashed(photo)}}


async def test_what_waits_is_its_writers_alone(visitor: As, site: str, office: Office, browser: Browser) -> None:
    case = await case_of(office, "Factory 1")
    moved_to(office, "06-03")
    photo = jpeg()
    li, ma = person(office.services, INSPECTOR), person(office.services, COLLEAGUE)
    async with telephone(browser, office.services, li) as phone:
        page = await opened(phone, site, ready=True)
        await begin(page, "Factory 1")
        await write_down(page, "H01", "通道堵塞", [photo])
        await phone.clear_cookies()  # the session has ended
        await queue(page)
        await expect(page.locator("[data-list=waiting] [data-part=why]")).to_contain_text("登录后自动报送")
        await page.goto(f"{site}/site")
        await expect(page.locator("[data-unsent]")).to_contain_text("本机有 1 份")
        assert "/sign-in?next=" in page.url and not await page.evaluate("caches.has('site')")
        await sound(page)
        await signed_in(phone, office.services, ma)
        other = await opened(phone, site)
        assert "Factory 1" not in await other.inner_text("[data-list=waiting]")
        assert "另有其他人员 1 份" in await other.inner_text("[data-part=others]")
        assert await other.get_attribute("#site", "data-waiting") == "0" and recorded(case) == {}
        await signed_in(phone, office.services, li)
        own = await opened(phone, site)
        await sent(own, 1)
    assert recorded(case) == {"通道堵塞": {hashed(photo)}}
