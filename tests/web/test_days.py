"""The day of each role in a real browser, from signing in to the end of the work; nothing is done beside the pages."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import FilePayload, Page, expect

from desk import sign_in
from models.instants import day_of
from store.campaigns import campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.verify import fold_case
from tests.cast import HERE
from tests.durable.office import CaseFile, Office, eventually
from tests.people import PASSWORD, member, person
from tests.pictures import jpeg
from tests.web.conftest import Reading
from tests.web.ledger_desk import row, workbook
from tests.web.test_focus import FOCUSED, THICK
from tests.web.visitor import moved_to
from workers.campaigns import campaigns_worker
from workers.imports import imports_worker

INSPECTOR, COLLEAGUE, SUPERVISOR = f"inspector:张三@{HERE}", f"inspector:吴九@{HERE}", f"supervisor:李四@{HERE}"
GOVERNMENT, OFFICE, ENTERPRISE = f"government:赵六@{HERE}", "office:周主任@650200", f"enterprise:孙七@{HERE}"
WALL: FilePayload = {"name": "围墙.jpg", "mimeType": "image/jpeg", "buffer": jpeg(mark="red")}
MENDED: FilePayload = {"name": "整改后.jpg", "mimeType": "image/jpeg", "buffer": jpeg(mark="green")}

FORM = re.compile("/do/|/visit")


class Day:
    """Somebody at a browser of their own, who signed in by password."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site

    async def see(self, address: str) -> str:
        """What the page at the address says."""
        answer = await self.page.goto(f"{self.site}{address}")
        assert answer is not None and answer.status == 200, (address, answer and answer.status)
        return await self.page.inner_text("main")

    async def begin(self, of: CaseFile, words: str) -> None:
        """From the list of what is to be done to the form, by the line of that case with these words in it."""
        await self.see("/work")
        line = self.page.locator("tbody tr", has=self.page.locator(f'td.main a[href*="{of.case_id}?"]'))
        await line.filter(has_text=words).locator("a.btn").click()
        await self.page.wait_for_url(FORM)

    async def offer(self, of: CaseFile, button: str) -> None:
        """From the page of the case to the form, by the button."""
        await self.see(f"/cases/{of.case_id}")
        await self.page.get_by_role("link", name=button, exact=False).first.click()
        await self.page.wait_for_url("**/do/**")

    async def fill(self, **fields: str) -> None:
        """Write into fields, choose and tick; `__` stands for the dot of a name."""
        for name, value in fields.items():
            field = self.page.locator(f'[name="{name.replace("__", ".")}"]')
            kind = await field.first.get_attribute("type")
            if kind in ("radio", "checkbox"):
                await self.page.check(f'[name="{name.replace("__", ".")}"][value="{value}"]')
            elif await field.first.evaluate("e => e.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    async def attach(self, *photos: FilePayload) -> None:
        """Choose photos on the form."""
        await self.page.set_input_files('input[name="files"]', list(photos))

    async def save(self) -> str:
        """Press the form's own button; what the page says that it leads to."""
        await self.page.locator("main form .btn-main").click()
        await self.page.wait_for_url("**done=**")
        return await self.page.inner_text("main")

    async def saved(self, of: CaseFile) -> str:
        """Press it, and look at the case."""
        await self.save()
        return await self.see(f"/cases/{of.case_id}")


Seat = Callable[..., Awaitable[Day]]


@pytest.fixture
def seat(reading: Reading, site: str, office: Office) -> Seat:
    """Seats somebody of a post at a browser: the invitation is accepted, then signed in on the page."""

    async def sit(post: str, width: str = "desktop", *, lang: str = "zh", subject: str | None = None) -> Day:
        invited = person(office.services, post, subject=subject)
        sign_in.accept_invitation(office.services.engine, invited.token, PASSWORD, datetime.now(UTC))
        page = (await reading(width, who=None)).page
        await page.goto(f"{site}/sign-in?lang={lang}&next=/work")
        await page.fill("[name=login]", invited.login)
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url("**/work*")
        return Day(page, site)

    return sit


async def kinds(case: CaseFile) -> list[str]:
    """What happened to the case, by kind of event."""
    return [event.kind for line in await case.log() for event in line.events]


async def test_a_finding_becomes_a_closure_through_four_eyes(office: Office, seat: Seat) -> None:
    moved_to(office, "06-03")
    case = await office.open("06-03")
    inspector = await seat(INSPECTOR)
    await inspector.begin(case, "排查")
    await inspector.fill(findings__0__category="V01", findings__0__description="无证开采", findings__0__grade="major")
    await inspector.attach(WALL)
    assert "无证开采" in await inspector.saved(case)
    await inspector.begin(case, "登记")
    await inspector.fill(assignments__0__responsible="孙七")
    assert "关闭取缔" in await inspector.saved(case)
    await inspector.begin(case, "关闭取缔")
    await inspector.save()
    government = await seat(GOVERNMENT, "phone", lang="en")
    assert "无证开采" in await government.see("/measures")
    assert await government.page.locator(".proposal img").count() == 1, "whoever decides sees the photo"
    await government.page.check('[name="chosen"]')
    await government.page.click('button[value="approve_measure"]')
    await government.page.get_by_text("approved", exact=True).wait_for()
    await inspector.begin(case, "关闭取缔")
    checks = inspector.page.locator('[name="details.checks"]')
    for number in range(await checks.count()):
        await checks.nth(number).check()
    await inspector.fill(date="2027-06-03")
    await inspector.attach(MENDED)
    assert "取缔" in await inspector.saved(case)
    log = await kinds(case)
    assert {"measure_proposed", "measure_approved", "measure_executed", "case_closed"} <= set(log)
    assert log.count("measure_approved") == 1


async def test_an_extension_is_asked_and_granted_and_the_work_is_verified(office: Office, seat: Seat) -> None:
    moved_to(office, "06-03")
    case = await office.open("06-03")
    inspector = await seat(INSPECTOR)
    await inspector.begin(case, "排查")
    await inspector.fill(findings__0__category="H05", findings__0__description="通道堵塞", findings__0__grade="general")
    await inspector.save()
    await inspector.begin(case, "登记")
    await inspector.fill(assignments__0__responsible="孙七")
    await inspector.save()
    enterprise = await seat(ENTERPRISE, "phone", subject=case.case_id.rpartition("/")[2])
    await enterprise.offer(case, "申请延期")
    await enterprise.fill(due="2027-06-25", reason="配件未到")
    await enterprise.save()
    supervisor = await seat(SUPERVISOR, lang="en")
    await supervisor.page.goto(f"{supervisor.site}/work?list=decisions")
    await supervisor.begin(case, "extension")
    await supervisor.fill(granted="true", reason="agreed")
    await supervisor.save()
    await enterprise.begin(case, "整改")
    await enterprise.attach(MENDED)
    assert "整改后.jpg" in await enterprise.saved(case)
    await inspector.begin(case, "复查")
    await inspector.fill(verdicts__0__passed="true")
    await inspector.save()
    log = await kinds(case)
    assert [k for k in log if k.startswith("extension")] == ["extension_requested", "extension_decided"], log
    [mended] = fold_case(office.services.engine, case.case_id).case.findings
    assert mended.state == "verified"


class Keyboard:
    """Somebody who works without a mouse: whatever has focus shows it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def reach(self, selector: str) -> None:
        """By Tab alone, from where the focus is; its ring is thick enough to be seen."""
        for _ in range(200):
            if await self.page.evaluate("s => document.activeElement.matches(s)", selector):
                ring = await self.page.evaluate(FOCUSED)
                assert ring and min(ring["outline"], ring["shadow"]) >= THICK, (selector, ring)
                return
            await self.page.keyboard.press("Tab")
        pytest.fail(f"no way to {selector} by keyboard")

    async def write(self, selector: str, text: str) -> None:
        """Type into the field."""
        await self.reach(selector)
        await self.page.keyboard.type(text)

    async def press(self, selector: str, key: str = "Enter") -> None:
        """Press a link or a button, and be on the page that it leads to."""
        await self.reach(selector)
        async with self.page.expect_navigation():
            await self.page.keyboard.press(key)

    async def has_focus(self, selector: str) -> None:
        """Where the focus is put after a page was sent, without a Tab."""
        await self.page.wait_for_function("s => document.activeElement.matches(s)", arg=selector)


async def test_an_inspector_and_a_supervisor_work_by_keyboard_alone(
    office: Office, site: str, reading: Reading
) -> None:
    """Sign in, list, form with radio, date and photo, refused, mended, saved, the next form; the other approves."""
    moved_to(office, "06-03")
    case = await office.open("06-03")
    hands: list[Keyboard] = []
    readers = [await reading(who=None) for _ in range(2)]
    for post, reader in zip((INSPECTOR, SUPERVISOR), readers, strict=True):
        who = member(office.services, post)
        hand = Keyboard(reader.page)
        await hand.page.goto(f"{site}/sign-in?lang=zh&next=/work")
        await hand.write("[name=login]", who.login)
        await hand.write("[name=password]", PASSWORD)
        await hand.press("button.btn-main")
        hands.append(hand)
    inspector, supervisor = hands
    await inspector.press(f'a.btn[href*="{case.case_id}"]')
    await inspector.reach('[name="answers.licensed"]')
    await inspector.page.keyboard.press("ArrowDown")
    await inspector.write('[name="findings.0.category"]', "V05")
    await inspector.reach('[name="findings.0.grade"]')
    await inspector.page.keyboard.press("ArrowDown")
    await inspector.write('[name="findings.0.description"]', "通道堵塞")
    await inspector.write('[name="findings.0.inspected_on"]', "06042027")  # tomorrow
    async with inspector.page.expect_file_chooser() as choosing:
        await inspector.reach("[name=files]")
        await inspector.page.keyboard.press("Space")
    await (await choosing.value).set_files([WALL])
    await inspector.press("[name=then]")
    await inspector.has_focus(".refused[role=alert]")
    assert await inspector.page.locator(".kept").count() == 1, "the photo need not be chosen again"
    readers[0].complaints.clear()  # the browser itself notes the status of the refusal
    await inspector.write('[name="findings.0.inspected_on"]', "06032027")
    await inspector.press("[name=then]")
    await inspector.has_focus(".done")
    assert "/do/register" in inspector.page.url, "what is next"
    await inspector.write('[name="assignments.0.responsible"]', "孙七")
    await inspector.press("form.act .btn-main")
    await inspector.has_focus(".done")
    await case.do("propose_measure", must="suspend")
    await supervisor.page.goto(f"{site}/measures")
    await supervisor.reach("[name=chosen]")
    await supervisor.page.keyboard.press("Space")
    await supervisor.press("[value=approve_measure]")
    assert [k for k in await kinds(case) if k.startswith("measure")] == ["measure_proposed", "measure_approved"]
    [found] = fold_case(office.services.engine, case.case_id).case.findings
    assert (found.category, str(found.inspected_on)) == ("V05", "2027-06-03")


async def test_a_ledger_with_a_wrong_row_is_corrected_imported_and_taken_back(
    office: Office, seat: Seat, tmp_path: Path
) -> None:
    """Dropped on the form, its errors seen, the annotated copy corrected and sent, applied; undone by another."""
    moved_to(office, "06-03")
    inspector, supervisor = await seat(INSPECTOR), await seat(SUPERVISOR)
    page = inspector.page
    lines = [[*row(name, category)[:-1], "2027-06-01"] for name, category in (("甲厂", "H05"), ("乙厂", "触电"))]
    async with imports_worker(office.client, office.services.engine):
        await inspector.see("/ledgers/new")
        await page.evaluate(DROP, b64encode(workbook(*lines)).decode())
        await page.click(".act .btn-main")
        await page.wait_for_url("**/ledgers/checks/*")
        assert "触电" in await page.inner_text("section:has(#errors)"), "the row that is wrong"
        assert await page.locator("form[action$='/apply']").count() == 0
        async with page.expect_download() as told:
            await page.click("a[href$='/annotated']")
        copy = tmp_path / "corrected.xlsx"
        await (await told.value).save_as(copy)
        book = openpyxl.load_workbook(copy)
        wrong = next(cell for sheet in book.worksheets for line in sheet for cell in line if cell.value == "触电")
        wrong.value = "H09"
        book.save(copy)
        await inspector.see("/ledgers/new")
        await page.set_input_files("#file", copy)
        await page.click(".act .btn-main")
        await page.wait_for_url("**/ledgers/checks/*")
        await page.click(".summary .btn-main")
        await page.wait_for_url("**/ledgers/jobs/*")
        await expect(page.locator(".job-done")).to_have_count(1, timeout=60_000)
        assert {"甲厂", "乙厂"} <= _subjects(office)
        job = page.url.removeprefix(inspector.site)
        await supervisor.see(f"{job}/undo")
        await supervisor.page.fill("[name=reason]", "报错了文件")
        await supervisor.page.click(".act .btn-main")
        await expect(supervisor.page.locator(".job-done")).to_have_count(2, timeout=60_000)
    assert {c.outcome for c in cases_by_id(office.services.engine, CaseFilter(), 10)} == {"void"}


DROP = """content => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)), data = new DataTransfer();
    data.items.add(new File([bytes], "台账.xlsx"));
    document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


def _subjects(office: Office) -> set[str]:
    return {c.subject_name for c in cases_by_id(office.services.engine, CaseFilter(), 10)}


async def test_the_office_moves_a_boundary(office: Office, seat: Seat) -> None:
    moved_to(office, "06-03")
    campaign = office.campaign
    ends = day_of(campaign.phases[1].ends_at)
    clerk = await seat(OFFICE, lang="en")
    await clerk.see(f"/campaigns/{campaign.campaign_id}")
    async with campaigns_worker(office.client, office.services.engine):
        await clerk.page.locator('a[href*="/do/open_cases"]').first.click()
        await clerk.page.wait_for_url("**/do/open_cases**")
        await clerk.save()
        await clerk.page.locator('a[href*="/do/move_boundary"]').first.click()
        await clerk.page.wait_for_url("**/do/move_boundary**")
        later = (ends + timedelta(days=3)).isoformat()
        await clerk.fill(boundary=f"{campaign.phases[1].id} ends", to=later, reason="third meeting of the committee")
        async with clerk.page.expect_navigation():
            await clerk.page.locator("main form .btn-main").click()
        assert "Check it, then press the button again" in await clerk.page.inner_text(".effect")
        await clerk.save()

        async def is_moved() -> bool:
            moved = campaign_of(office.services.engine, campaign.campaign_id)
            return day_of(moved.phases[1].ends_at) > ends

        assert await eventually(is_moved)
    assert "third meeting of the committee" in await clerk.see(f"/campaigns/{campaign.campaign_id}")
