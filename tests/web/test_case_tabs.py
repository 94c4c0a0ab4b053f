"""The tabs of a case: each has its address, paper has all of them, and nobody's related cases show what is foreign."""

import re
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Page
from sqlalchemy import Engine, text

from engine.connection import Services
from models.case_ids import subject_in
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.verify import fold_case
from tests.cast import CITY, HERE, SUPERVISOR, actor
from tests.durable.office import Office, command, finding
from tests.people import person, session
from tests.store.paper import on_paper, write
from tests.web.conftest import As, Reading, Seat
from tests.web.serve import served
from tests.web.test_pages import CASE, sound
from tests.web.visitor import moved_to
from views.case_paper import case_paper

SECTIONS = {
    "overview": ["next", "musts", "findings", "facts"],
    "findings": ["findings"],
    "measures": ["musts"],
    "evidence": ["evidence"],
    "timeline": ["timeline"],
    "related": ["related"],
}


async def shown(page: Page) -> list[str]:
    """The headings of the sections that are seen."""
    seen = "[...document.querySelectorAll('main section h2')].filter(h => h.checkVisibility()).map(h => h.id)"
    found: list[str] = await page.evaluate(seen)
    return [one for one in found if one not in ("offers", "back")]


@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_each_tab_has_its_address_and_paper_has_all(
    town: Campaign, site: str, reading: Reading, width: str
) -> None:
    page = (await reading(width)).page
    for tab, sections in SECTIONS.items():
        await page.goto(f"{site}{CASE}?tab={tab}&lang=zh")
        assert await shown(page) == sections, tab
        assert await page.locator(".of-case a[aria-current]").count() == 1
        await sound(page)
    everything = sorted({one for sections in SECTIONS.values() for one in sections} - {"evidence"})  # there is none
    await page.emulate_media(media="print")
    assert sorted(await shown(page)) == everything
    await page.emulate_media(media="screen")
    steps = {}
    for which in ("all", "acts", "clocks"):
        await page.goto(f"{site}{CASE}?tab=timeline&steps={which}")
        steps[which] = await page.locator(".timeline li:visible").count()
    assert 0 < steps["clocks"] < steps["acts"] < steps["all"] == steps["acts"] + steps["clocks"]


@pytest.mark.clause("domain §7")
def test_related_cases_are_of_the_subject_its_code_and_its_place_and_within_reach(
    site: str, services: Services, town: Campaign
) -> None:
    with services.engine.begin() as connection:
        at_one_place = "UPDATE subjects SET longitude = 84.9, latitude = 45.6 WHERE subject_id = ANY(:ids)"
        here = connection.execute(
            text("SELECT subject_id FROM cases WHERE district = '650203' ORDER BY case_id LIMIT 4")
        ).scalars()
        own, same_code, same_place, merged = here
        foreign = connection.execute(text("SELECT subject_id FROM cases WHERE district <> '650203' LIMIT 1")).scalar()
        connection.execute(
            text("UPDATE subjects SET code = 'X' WHERE subject_id = ANY(:ids)"), {"ids": [own, same_code]}
        )
        connection.execute(text(at_one_place), {"ids": [own, same_place, foreign]})
        behind = "UPDATE subjects SET state = 'merged', merged_into = :own WHERE subject_id = :id"
        connection.execute(text(behind), {"own": own, "id": merged})
    seen = {}
    for who in (f"inspector:检查员1@{HERE}", "office:周主任@650200"):
        cookies = {SESSION_COOKIE: session(services, who)}
        with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "en"}) as client:
            told = client.get(f"/cases/case/{town.campaign_id}/{own}?tab=related").text
        seen[who] = re.findall(r'<small class="mono">(case/[^<]+)</small></td><td>([^<]+)</td>', told)
    found = [(subject_in(case), tie) for case, tie in seen[f"inspector:检查员1@{HERE}"]]
    assert found == [(merged, "same subject"), (same_code, "same credit code"), (same_place, "same place")]
    assert (f"case/{town.campaign_id}/{foreign}", "same place") in seen["office:周主任@650200"]


async def test_the_run_is_told_and_without_temporal_the_page_says_so(visitor: As, office: Office) -> None:
    case = await office.open("06-03")
    inspector = visitor(f"inspector:张三@{HERE}")
    address = f"/cases/{case.case_id}?tab=run"
    told = await inspector.see(address)
    found = await case.handle.describe()
    assert found.run_id in told and "running" in told and str(found.history_length) in told
    subject = subject_in(case.case_id)
    assert found.run_id not in await visitor(f"enterprise:孙七@{HERE}", subject).see(address)
    away = Services(office.services.endpoints.model_copy(update={"temporal_address": "127.0.0.1:9"}))
    with served(away) as site:
        async with httpx.AsyncClient(base_url=site, timeout=60, cookies={SESSION_COOKIE: inspector.token}) as client:
            answer = await client.get(address, headers={"Accept-Language": "en"})
    away.close()
    assert answer.status_code == 200 and "Temporal does not answer now" in answer.text
    assert answer.elapsed < timedelta(seconds=10)
    assert (await inspector.client.get(f"/cases/{case.case_id}?tab=x")).status_code == 422


async def test_who_runs_the_system_is_led_to_the_temporal_ui(office: Office, visitor: As) -> None:
    case = await office.open("06-03")
    led = Services(office.services.endpoints.model_copy(update={"ui_url": "http://127.0.0.1:1"}))
    visitor(f"inspector:张三@{HERE}")
    with served(led) as site:
        for who, is_led in (("office:周主任@650200", True), (f"inspector:张三@{HERE}", False)):
            cookies = {SESSION_COOKIE: session(office.services, who)}
            async with httpx.AsyncClient(base_url=site, timeout=60, cookies=cookies) as client:
                told = (await client.get(f"/cases/{case.case_id}?tab=run")).text
            escaped = case.case_id.replace("/", "%2F")
            assert (f"http://127.0.0.1:1/namespaces/{led.endpoints.namespace}/workflows/{escaped}" in told) == is_led
    led.close()


@pytest.mark.clause("4.2")
async def test_a_closed_case_was_listed_and_is_so_no_more(visitor: As, office: Office) -> None:
    moved_to(office, "05-10")
    case = await office.open("05-10")
    await case.record(finding("1", "H01", grade="major"))
    await case.do("list_for_supervision", SUPERVISOR, level="district", reason="major")
    inspector = visitor(f"inspector:张三@{HERE}")
    page, listed = f"/cases/{case.case_id}", "/cases?listed=district"
    assert ">listed by the district<" in await inspector.see(page) and page in await inspector.see(listed)
    await case.do("rescind_finding", SUPERVISOR, ref="1", reason="not so")
    assert ">was listed by the district<" in await inspector.see(page)
    assert page not in await inspector.see(listed) and page in await inspector.see("/cases?outcome=compliant")


@pytest.mark.clause("domain §7")
def test_whoever_acts_for_another_is_told_so_in_the_case_and_in_the_paper_for_a_court(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    delegate = actor(SUPERVISOR).model_copy(update={"person": "p-1", "principal": "p-2", "principal_name": "王小明"})
    log = on_paper(campaign, case_id, [("06-02", command("add_note", delegate, text="x"))])
    write(engine, campaign.plan, log)
    timeline = seat(SUPERVISOR).get(f"/cases/{case_id}?tab=timeline").text
    assert 'class="who">Wang for 王小明 · supervisor' in timeline
    case = fold_case(engine, case_id).case
    paper = case_paper(campaign.plan, case, log, campaign.now(), "", chinese=True)
    assert "Wang 代 王小明（" in paper


def test_an_auditor_tells_namesakes_apart_in_a_case_and_finds_what_each_did(
    engine: Engine, campaign: Campaign, services: Services, seat: Seat
) -> None:
    two = [person(services, f"inspector:张伟@{HERE}") for _ in range(2)]
    by = [actor(f"inspector:张伟@{HERE}").model_copy(update={"person": one.person_id}) for one in two]
    case_id = f"case/{campaign.campaign_id}/one"
    given = [("06-02", command("add_note", by[0], text="x")), ("06-03", command("add_note", by[1], text="y"))]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    page = f"/cases/{case_id}?tab=timeline"
    shown = seat(f"auditor:审计@{CITY}").get(page).text
    for one in two:
        assert f'<a href="/admin/audit?who={one.person_id}">张伟（{one.login}）</a>' in shown
    assert two[0].login not in seat(SUPERVISOR).get(page).text, "logins are for whoever reads the audit log"
