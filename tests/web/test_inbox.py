"""The inbox as an official reads it: sentences in the reader's language, filters, pages, the way to the case."""

import re

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import Engine, text

from engine.connection import Services
from rules.case.announce_table import TOPICS
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.inbox import InboxFilter, inbox_count
from store.notices import deliver
from tests.cast import INSPECTOR, SUPERVISOR
from tests.durable.office import command, finding
from tests.people import session
from tests.store.paper import on_paper, write
from tests.web.conftest import Reading, Seat
from tests.web.test_lists import hits
from tests.web.test_pages import follow


async def test_a_return_is_read_in_either_language_and_leads_to_its_case(
    engine: Engine, campaign: Campaign, site: str, reading: Reading
) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    given = [
        ("06-02", command("record_findings", INSPECTOR, findings=[finding("F1", "V04")])),
        ("06-03", command("register", INSPECTOR, assignments=[{"ref": "F1", "responsible": "Sun"}])),
        ("06-03", command("propose_measure", INSPECTOR, must="suspend")),
        ("06-04", command("return_measure", SUPERVISOR, must="suspend", reason="<b>照片不清</b>")),
    ]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    for topic in TOPICS:
        deliver(engine, topic)
    page = (await reading("phone")).page
    await page.goto(f"{site}/inbox?topic=measure")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(2)
    returned = await rows.first.inner_text()
    assert "停产整顿提请被退回" in returned and "理由：<b>照片不清</b>" in returned and "检查员" in returned
    assert "已提请停产整顿，待审批" in await rows.nth(1).inner_text()
    await page.goto(f"{site}/inbox?topic=rectification")
    ordered = await rows.first.inner_text()
    assert "责令限期整改：F1" in ordered and "F1 seen at F1" in ordered, "which problem it is"
    await page.goto(f"{site}/inbox?topic=measure&lang=en")
    assert "proposal of suspension returned" in await rows.first.inner_text()
    await follow(page, "td.main a")
    assert page.url.startswith(f"{site}/cases/{case_id}")


async def test_a_turn_that_has_passed_is_told_as_past_with_where_the_case_is_now(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    given = [
        ("06-02", command("record_findings", INSPECTOR, findings=[finding("F1", "V04")])),
        ("06-03", command("register", INSPECTOR, assignments=[{"ref": "F1", "responsible": "Sun"}])),
    ]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    for topic in TOPICS:
        deliver(engine, topic)
    told = seat(str(INSPECTOR)).get("/inbox?topic=turn").text
    lines = re.findall(r"<tr>.*?</tr>", told.partition("<tbody>")[2], re.DOTALL)
    past = ["no longer: the case is at four musts now" in line for line in lines]
    at_now = ["the case is at four musts: to be dealt with" in line for line in lines]
    assert len(lines) > 1 and any(at_now) and past == [not now for now in at_now]


async def test_filters_leave_what_they_say_and_stay_in_the_address(
    engine: Engine, town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading()).page
    await page.goto(f"{site}/cases")
    await follow(page, "nav a[href='/inbox?mine=true']")
    assert await page.get_attribute("nav a[href='/inbox?mine=true']", "aria-current") == "page"
    assert await hits(page) == inbox_count(engine, InboxFilter(role="office"))
    await follow(page, ".tabs a[href='/inbox']")
    assert await hits(page) == inbox_count(engine, InboxFilter()) > 100
    assert await page.get_attribute(".tabs a[href='/inbox']", "aria-current") == "page"
    await page.select_option("select[name=told_role]", "supervisor")
    await page.wait_for_url("**/inbox?told_role=supervisor")
    await expect(page.locator(".hits")).to_contain_text(str(inbox_count(engine, InboxFilter(role="supervisor"))))
    shown = set(await page.locator("td[data-label=接收单位]").all_inner_texts())
    assert shown == {"区安监局负责人"}
    person = page.locator("td[data-label=接收人] a").first
    await page.goto(f"{site}/inbox?topic=turn")
    name = await person.inner_text()
    await person.click()
    await page.wait_for_url("**/inbox?person=*")
    assert set(await page.locator("td[data-label=接收人]").all_inner_texts()) == {name}
    assert await hits(page) == inbox_count(engine, InboxFilter(officer=name)) > 0


def test_an_inspector_opens_the_inbox_on_the_own_notices_and_not_on_those_of_others(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    """By name, or to every inspector of the district; whatever filter is added to it."""
    officers = command("assign_officers", SUPERVISOR, officers=["检查员1"])
    found = command("record_findings", INSPECTOR, findings=[finding("F1", "H01")])
    register = command("register", INSPECTOR, assignments=[{"ref": "F1", "responsible": "Sun"}])
    given = {
        "mine": [("05-10", officers), ("05-11", found), ("05-12", register)],
        "nobodys": [("05-11", found)],
        "others": [("05-10", command("assign_officers", SUPERVISOR, officers=["检查员2"])), ("05-11", found)],
    }
    for name, steps in given.items():
        write(engine, campaign.plan, on_paper(campaign, f"case/{campaign.campaign_id}/{name}", steps))
    for topic in TOPICS:
        deliver(engine, topic)
    inspector = seat("inspector:检查员1@650203")
    assert 'href="/inbox?mine=true"' in inspector.get("/work").text

    def told(address: str) -> list[str]:
        return sorted(re.findall(r'<td class="main"><a href="/cases/case/[^/]+/([^"?]+)"', inspector.get(address).text))

    opened = ["mine", "nobodys", "others"]  # to all inspectors of the district, when each case was opened
    assert told("/inbox?mine=true") == sorted([*opened, "mine", "mine", "nobodys"])
    assert len(told("/inbox")) == 10
    assert told("/inbox?mine=true&topic=assignment") == ["mine"]
    assert told("/inbox?mine=true&told_role=enterprise&person=检查员2") == told("/inbox?mine=true"), "own ones alone"
    auditor = seat("auditor:审计@650200")
    assert 'href="/inbox"' in auditor.get("/cases").text and "To me" not in auditor.get("/inbox").text


async def test_every_notice_is_on_one_page_of_the_list(
    engine: Engine, town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading(scripts=False)).page
    await page.goto(f"{site}/inbox?topic=turn&lang=en")
    found = await page.locator("tbody tr").count()
    while await page.locator(".btn-next").count():
        before = page.url
        await page.click(".btn-next")
        await page.wait_for_url(lambda url, last=before: url != last)
        found += await page.locator("tbody tr").count()
    assert found == inbox_count(engine, InboxFilter(topic="turn")) > 50


@pytest.mark.clause("3.1.register")
def test_an_enterprise_reads_what_it_was_told_of_its_own_cases_and_nothing_else(
    site: str, services: Services, town: Campaign
) -> None:
    """A verdict, passed or failed, is among it."""
    sql = """SELECT subject_id FROM inbox JOIN cases USING (case_id)
        WHERE role = 'enterprise' AND what = 'finding_failed' ORDER BY case_id LIMIT 1"""
    with services.engine.connect() as connection:
        subject = connection.execute(text(sql)).scalar_one()
        told = "SELECT count(*) FROM inbox JOIN cases USING (case_id) WHERE subject_id = :id AND role = 'enterprise'"
        count = connection.execute(text(told), {"id": subject}).scalar_one()
    cookies = {SESSION_COOKIE: session(services, "enterprise:王芳@650203", subject=subject)}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "en"}) as client:
        page = client.get("/inbox?told_role=inspector").text
        assert client.get("/inbox?district=650205").status_code == 200
    assert f"{count} notices" in page and "re-inspection" in page
    assert set(re.findall(r"/cases/(case/[^/\"]+/[^/\"?#]+)\"", page)) == {f"case/{town.campaign_id}/{subject}"}
