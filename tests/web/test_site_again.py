"""On site again: verdicts, a restart and a look-back given by telephone, without a network, each of them once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from models.events import FilesAttached, RestartAccepted, Transition, VerdictGiven
from tests.cast import COLLEAGUE, INSPECTOR, actor
from tests.durable.office import CaseFile, Office, finding
from tests.people import person
from tests.pictures import jpeg
from tests.web.conftest import As
from tests.web.on_site import begin, fit_for_a_thumb, opened, photo, queue, sent, sign, telephone, write_down
from tests.web.test_pages import sound
from tests.web.test_site import FOUR_DAYS_AGO, case_of, hashed, kill, lose_answer
from tests.web.visitor import Visitor, moved_to

NOT_KEPT = "未能保存到本机，请检查存储空间"
REFUSED = "[data-list=waiting] [data-state=refused]"


async def declared(
    office: Office, name: str, on: str = "06-03", *, ground: str = "H01", inspector: Visitor | None = None
) -> CaseFile:
    """A case of a subject of that name with two findings that were declared rectified.

    Of the first there is a photo, where an inspector took one.
    """
    case = await case_of(office, name, on)
    await case.record(finding("1", ground), finding("2", "H02"))
    if inspector is not None:
        await with_photo(case, inspector, "1", jpeg(mark="blue"))
    await case.register("1", "2")
    if ground == "V05":
        await case.carry_out("suspend", on)
    await case.declare("1", "2")
    return case


async def with_photo(case: CaseFile, inspector: Visitor, ref: str, content: bytes) -> None:
    """The finding has a photo, as it was found."""
    address = f"/api/v1/cases/{case.case_id}/files?name=found.jpg"
    told = await inspector.client.post(address, content=content, headers={"Accept": "application/json"})
    assert told.status_code == 201, told.text
    await case.do("attach", refs=[ref], files=[told.json()])


def of_finding(page: Page, ref: str) -> Locator:
    """The block of a re-inspection that is about the finding."""
    return page.locator("[data-part=verdicts] > fieldset").filter(has=page.locator("legend", has_text=ref))


async def judge(page: Page, ref: str, passed: bool, note: str = "", photos: tuple[bytes, ...] = ()) -> None:
    """The verdict on a finding, with its photos, each of which is kept once it is shown."""
    block = of_finding(page, ref)
    await block.locator(f"input[type=radio][value={str(passed).lower()}]").check()
    await block.locator("[data-part=note]").fill(note)
    if photos:
        await block.locator("[data-part=choose]").set_input_files([photo(one) for one in photos])
        await expect(block.locator("[data-part=photos] li")).to_have_count(len(photos))


async def take_photo(page: Page) -> None:
    await page.locator("[data-part=verdicts] [data-part=choose]").first.set_input_files([photo(jpeg())])


async def step(case: CaseFile, do: str) -> Transition:
    """The one step of that kind."""
    found = [line for line in await case.log() if line.do == do]
    assert len(found) == 1, await case.steps()
    return found[0]


def of_kind(line: Transition, kind: type[Any]) -> list[Any]:
    return [event for event in line.events if isinstance(event, kind)]


@pytest.mark.clause("3.1.register")
async def test_a_reinspection_without_a_network_arrives_once_though_page_and_answer_are_lost(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await declared(office, "Factory 1", inspector=visitor(INSPECTOR))
    moved_to(office, "06-03")
    person(office.services, COLLEAGUE)
    wall = jpeg(mark="red")
    async with telephone(browser, office.services, person(office.services, INSPECTOR)) as phone:
        page = await opened(phone, site, ready=True)
        await page.wait_for_selector("#site[data-along]")
        await phone.set_offline(True)
        assert "还有 10 天" in await page.inner_text("[data-list=day]")
        await begin(page, "Factory 1", "reinspection")
        await expect(page.locator("[data-part=pictures] li")).to_have_text(["发现时"])
        await judge(page, "1", False, "护栏仍未安装", (wall,))
        await page.locator("[data-part=second]").select_option(label="Ma")
        await sign(page, "own")
        await sound(page)
        await fit_for_a_thumb(page)
        await kill(page, crash=True)
        page = await opened(phone, site)
        await page.click("[data-list=day] [data-start=reinspection]")  # what was begun is gone on with
        await expect(page.locator("[data-part=photos] li")).to_have_count(1)
        await judge(page, "2", True)
        await queue(page)
        assert "reinspect" not in await case.steps()
        await phone.route("**/commands", lose_answer)
        await phone.set_offline(False)
        await expect(page.locator("[data-list=waiting] [data-part=state]")).to_have_text("已发出，待回执，暂不能修改")
        await phone.unroute_all()
        await page.click("[data-part=send]")
        await sent(page, 1)
        await expect(page.locator("[data-start=reinspection]")).to_have_count(0)
        await sound(page)
    line = await step(case, "reinspect")
    assert [(v.ref, v.passed, v.note) for v in of_kind(line, VerdictGiven)] == [
        ("1", False, "护栏仍未安装"),
        ("2", True, ""),
    ]
    attached = [(e.refs, e.files[0].sha256) for e in of_kind(line, FilesAttached)]
    assert attached[0] == (("1",), hashed(wall)) and [refs for refs, _ in attached] == [("1",), ("1", "2")]
    assert of_kind(line, FilesAttached)[1].files[0].name == "签名 检查员.png"
    assert line.second is not None and line.second.name == "Ma" and line.observed_at is not None
    await case.intact()


NAMED = """
    const put = IDBObjectStore.prototype.put, kept = new Set();
    window.unkept = [];
    IDBObjectStore.prototype.put = function (value, ...more) {
        if (this.name === "files" && window.full) {
            this.transaction.abort();
            throw new DOMException("no room", "QuotaExceededError");
        }
        if (this.name === "files") kept.add(value.id);
        if (this.name === "entries") {
            const named = [...Object.values(value.signatures), ...(value.verdicts ?? []).flatMap((v) => v.files)];
            window.unkept.push(...named.filter((id) => id && !kept.has(id)));
        }
        return put.call(this, value, ...more);
    };
"""
CHANGES = """async () => {
    for (let n = 0; n < 1500; n++) {
        document.querySelector("[data-part=remark]").dispatchEvent(new Event("change"));
        await new Promise((resolve) => setTimeout(resolve));
    }
}"""


@asynccontextmanager
async def watched(office: Office, site: str, browser: Browser) -> AsyncIterator[Page]:
    """A re-inspection that was begun, on a telephone that watches which files are on its disk."""
    await declared(office, "Factory 1")
    moved_to(office, "06-03")
    async with telephone(browser, office.services, person(office.services, INSPECTOR)) as phone:
        await phone.add_init_script(NAMED)
        page = await opened(phone, site)
        await begin(page, "Factory 1", "reinspection")
        yield page


async def test_no_entry_names_a_file_that_is_not_kept_yet(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    """The page may be gone between any two changes."""
    async with watched(office, site, browser) as page:
        changing = asyncio.create_task(page.evaluate(CHANGES))
        await judge(page, "1", True, photos=tuple(jpeg(mark=f"#{n:06x}") for n in range(8)))
        for _ in range(8):
            await sign(page, "own")
        await changing
        assert await page.evaluate("window.unkept") == []


async def test_a_telephone_without_room_says_so_and_names_no_file_that_it_has_not(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    async with watched(office, site, browser) as page:
        await page.evaluate("window.full = true")
        for write in (sign(page, "own", is_kept=False), take_photo(page)):
            await write
            await expect(page.locator("[data-part=said]")).to_have_text(NOT_KEPT)
            await page.evaluate("document.querySelector('[data-part=said]').textContent = ''")
        await expect(page.locator("[data-signature=own] [data-part=is_kept]")).to_be_empty()
        await expect(page.locator("[data-part=photos] li")).to_have_count(0)
        await page.locator("[data-part=remark]").fill("没有空间")
        await page.evaluate("window.full = false")
        await sign(page, "own")
        assert await page.evaluate("window.unkept") == []


async def test_photos_of_findings_without_a_verdict_stay_with_the_finding_that_they_show(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await declared(office, "Factory 1")
    moved_to(office, "06-03")
    photos = {"1": jpeg(mark="red"), "2": jpeg(mark="blue")}
    async with telephone(browser, office.services, person(office.services, INSPECTOR), lang="en") as phone:
        page = await opened(phone, site, ready=True)
        await phone.set_offline(True)
        await begin(page, "Factory 1", "reinspection")
        for ref, content in photos.items():
            block = of_finding(page, ref)
            await block.locator("[data-part=note]").fill(f"seen at {ref}")
            await block.locator("[data-part=choose]").set_input_files([photo(content)])
            await expect(block.locator("[data-part=photos] li")).to_have_count(1)
        await sign(page, "own")
        await page.locator("[data-part=remark]").fill("x" * 3_450)
        await page.locator("[data-part=note]").first.fill("y" * 3_450)
        await page.click("[data-part=queue]")
        await expect(page.locator("[data-part=said]")).to_contain_text("more than 3900 characters together")
        await page.locator("[data-part=note]").first.fill("seen at 1")
        page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await queue(page)
        await phone.set_offline(False)
        await sent(page, 2)
    lines = [line for line in await case.log() if line.do == "attach"]
    attached = {e.refs: [f.sha256 for f in e.files] for line in lines for e in of_kind(line, FilesAttached)}
    assert all(hashed(content) in attached[(ref,)] for ref, content in photos.items()) and len(attached) == 2
    assert [len(attached[(ref,)]) for ref in photos] == [2, 1], "the signature goes with the first"
    notes = {e.refs: line.note or "" for line in lines for e in of_kind(line, FilesAttached)}
    assert "seen at 1" in notes[("1",)] and "x" * 3_450 in notes[("1",)]
    assert "seen at 2" in notes[("2",)] and "x" not in notes[("2",)]


async def test_what_a_colleague_failed_meanwhile_is_told_whatever_follows_from_it_and_a_wrong_file_at_once(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await declared(office, "Factory 1")
    moved_to(office, "06-03")
    said = "[data-part=said]"
    async with telephone(browser, office.services, person(office.services, INSPECTOR), lang="en") as phone:
        page = await opened(phone, site, ready=True)
        await phone.set_offline(True)
        await begin(page, "Factory 1", "reinspection")
        text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no photo"}
        await page.locator("[data-part=verdicts] [data-part=choose]").first.set_input_files([text])
        await expect(page.locator(said)).to_contain_text("notes.txt was not added: photos")
        await expect(page.locator("[data-part=photos] li")).to_have_count(0)
        await page.click("[data-part=queue]")
        await expect(page.locator(said)).to_have_text("Give a verdict on one finding at least")
        await judge(page, "1", True)
        await expect(page.locator(said)).to_be_hidden(), "it was mended"
        await queue(page)
        await case.verdict(**{"1": False})  # at the desk: a suspension follows
        await phone.set_offline(False)
        told = page.locator(REFUSED)
        await expect(told).to_contain_text(re.compile(r"Li gave a verdict on 1 on 2027-06-\d\d .*: failed"))
        await expect(told).to_contain_text("choose “not looked at”, and they go into the case as a note")
        await expect(page.locator(said)).to_be_hidden()


async def test_what_the_desk_judged_meanwhile_is_refused_and_kept_with_its_clause(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await declared(office, "Factory 1")
    moved_to(office, "06-03")
    async with telephone(browser, office.services, person(office.services, INSPECTOR), lang="en") as phone:
        page = await opened(phone, site, ready=True)
        await phone.set_offline(True)
        await begin(page, "Factory 1", "reinspection")
        await page.click("[data-part=queue]")
        await expect(page.locator("[data-part=said]")).to_have_text("Give a verdict on one finding at least")
        await judge(page, "1", True, photos=(jpeg(),))
        await judge(page, "2", False)
        await page.click("[data-part=queue]")
        assert await page.locator("[data-part=form]").count(), "a failed verdict says why"
        await judge(page, "2", False, "still without a guard")
        await queue(page)
        await case.verdict(**{"1": True})  # at the desk
        await phone.set_offline(False)
        await expect(page.locator(REFUSED)).to_contain_text("Clause on subjects and cases")
        await expect(page.locator(REFUSED)).to_contain_text("it is sent anew")
        await expect(page.locator(REFUSED)).to_contain_text("passed: 1, failed: 1, photos: 1")
        await expect(page.locator(REFUSED)).to_contain_text(
            re.compile(r"Li gave a verdict on 1 on 2027-06-\d\d .*: passed")
        )
        await expect(page.locator(REFUSED).get_by_role("link", name="See the case")).to_have_count(1)
        await page.reload()  # and it is there still
        await page.locator(REFUSED).locator("[data-part=edit]").click()
        await page.locator("[data-part=verdicts] > fieldset").first.get_by_label("not looked at").check()
        async with page.expect_event("dialog") as told:
            await page.click("[data-part=queue]", no_wait_after=True)
        dialog = await told.value
        assert "1 has a remark or photos and no verdict" in dialog.message, "it may have been forgotten"
        await dialog.dismiss()
        told = page.locator("[data-part=said] + fieldset.yes-no")  # and it stands before the field
        await expect(told).to_contain_text("not looked at")
        await expect(page.locator("[data-part=said]")).to_contain_text("1 has a remark or photos and no verdict")
        await page.click("[data-part=back]")
        await page.wait_for_selector("[data-view=list]:not([hidden])")
        await expect(page.locator("[data-list=waiting]")).to_contain_text("it is sent anew")  # why, while it is changed
        await page.evaluate(FOUR_DAYS_AGO)
        await page.click("[data-list=waiting] [data-part=edit]")
        await page.locator("[data-part=verdicts] > fieldset").first.locator("[data-part=note]").fill("it hangs there")
        page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await queue(page)
        await sent(page, 2)
    seen = await step(case, "attach")
    assert seen.note == "On site on 2027-05-30\n1 (no verdict): it hangs there"
    assert [(e.refs, e.files[0].sha256) for e in of_kind(seen, FilesAttached)] == [(("1",), hashed(jpeg()))]
    lines = [line for line in await case.log() if line.do == "reinspect"]
    given = [[(v.ref, v.passed) for v in of_kind(line, VerdictGiven)] for line in lines]
    assert given == [[("1", True)], [("2", False)]]
    assert not [event for line in lines for event in of_kind(line, FilesAttached)]
    assert lines[1].note == "On site on 2027-05-30" and lines[1].observed_at is None, "longer ago than is observed"


@pytest.mark.clause("3.1.restart", "3.3")
async def test_a_restart_and_a_look_back_are_found_out_there_too(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    quarry, mine = await declared(office, "Quarry", "11-03", ground="V05"), await declared(office, "Mine", "11-03")
    await quarry.verdict(**{"1": True})
    await mine.verdict(**{"1": True, "2": True})
    moved_to(office, "11-03")
    person(office.services, COLLEAGUE), person(office.services, COLLEAGUE.replace("Ma", "Zhou"))
    again = jpeg(mark="red")
    async with telephone(browser, office.services, person(office.services, INSPECTOR)) as phone:
        page = await opened(phone, site, ready=True)
        await begin(page, "Quarry", "restart")
        for condition in range(3):
            asked = page.locator("[data-part=conditions] fieldset").nth(condition)
            await asked.get_by_label("符合", exact=True).check()
        await page.click("[data-part=queue]")
        await expect(page.locator("[data-part=said]")).to_have_text("验收须有两名签字人，每行一人")
        asked = page.locator("[data-part=said] + label [data-part=signatories]")  # right before the field
        await expect(asked).to_be_focused()
        await expect(page.locator("[data-part=said]")).to_be_in_viewport()
        await page.select_option("[data-part=second]", label="Zhou")  # who signs it with whoever writes it down
        await page.select_option("[data-part=second]", label="Ma")  # and nobody who was chosen by mistake
        await expect(page.locator("[data-part=signatories]")).to_have_value(f"{actor(INSPECTOR).name}\nMa")
        await sound(page)
        await fit_for_a_thumb(page)
        await queue(page)
        await sent(page, 1)
        await begin(page, "Mine", "look_back")
        await expect(page.locator("[data-part=put_right] > fieldset")).to_have_count(2)
        await page.get_by_label("是", exact=True).check()
        await page.click("[data-part=queue]")
        await expect(page.locator("[data-part=said]")).to_have_text("问题复发的，须记录复发的问题")
        await write_down(page, "H01", "再次堵塞", [again])
        await sound(page)
        await fit_for_a_thumb(page)
        await queue(page)
        await sent(page, 2)
    (accepted,) = of_kind(await step(quarry, "accept_restart"), RestartAccepted)
    assert accepted.signatories == (actor(INSPECTOR).name, "Ma")
    (attached,) = of_kind(await step(mine, "look_back"), FilesAttached)
    assert [f.sha256 for f in attached.files] == [hashed(again)] and len(attached.refs) == 1
