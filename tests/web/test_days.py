"""The day of each role in a real browser, from signing in to the end of the work; nothing is done beside the pages."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import FilePayload, Page

from desk import sign_in
from models.instants import day_of
from store.campaigns import campaign_of
from store.verify import fold_case
from tests.cast import HERE
from tests.durable.office import CaseFile, Office, eventually
from tests.durable.test_campaign import end_all
from tests.people import PASSWORD, person
from tests.pictures import jpeg
from tests.web.conftest import Reading
from tests.web.visitor import moved_to
from workers.campaigns import campaigns_worker

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
    await government.page.get_by_text("done", exact=True).wait_for()
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


async def test_a_finding_is_registered_by_keyboard_alone(office: Office, seat: Seat) -> None:
    moved_to(office, "06-03")
    case = await office.open("06-03")
    inspector = await seat(INSPECTOR)
    page = inspector.page

    async def reach(selector: str) -> None:
        """By Tab alone, from where the focus is."""
        for _ in range(200):
            if await page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            await page.keyboard.press("Tab")
        pytest.fail(f"no way to {selector} by keyboard")

    await inspector.see("/work")
    await reach(f'a.btn[href*="{case.case_id}"]')
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/do/record_findings**")
    await reach('[name="findings.0.category"]')
    await page.keyboard.type("H05")
    await reach('[name="findings.0.description"]')
    await page.keyboard.type("通道堵塞")
    await reach("form.act .btn-main")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**done=**")
    assert "finding_recorded" in await kinds(case)


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
        await clerk.page.locator("main form .btn-main").click()
        await clerk.page.wait_for_selector(".effect:has-text('Look, and send it once more')")
        await clerk.save()

        async def is_moved() -> bool:
            moved = campaign_of(office.services.engine, campaign.campaign_id)
            return day_of(moved.phases[1].ends_at) > ends

        assert await eventually(is_moved)
    assert "third meeting of the committee" in await clerk.see(f"/campaigns/{campaign.campaign_id}")
    await end_all(office.client, office.services)
