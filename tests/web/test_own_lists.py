"""Lists as readers make them their own: columns, facets, ticked rows, the way back, and numbers that change."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import psycopg
import pytest
from playwright.async_api import expect
from sqlalchemy import Engine, text

from store.campaigns import Campaign
from store.case_list import CaseFilter, case_count, case_page
from store.facets import facet_counts
from store.ledger_rows import finding_rows
from tests.cast import HERE
from tests.durable.office import Office, finding
from tests.web.conftest import OFFICE, As, Reading, Seat
from tests.web.lists_read import heads, hits
from web.lists.back import back_to

INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:王局长@{HERE}"


def facets(page: str) -> dict[str, tuple[str, int]]:
    """The address of each value that can be chosen, and how many cases it promises."""
    nav = re.search(r'<div class="facets.*?</dl>', page, re.DOTALL)
    assert nav is not None
    found = re.findall(r'<a href="([^"]+)" [^>]*>([^<]+) <b>([\d,]+)</b>', nav[0])
    return {name: (unescape(address), int(count.replace(",", ""))) for address, name, count in found}


def test_the_reader_chooses_the_columns_and_their_order(seat: Seat, town: Campaign) -> None:
    client = seat()
    assert heads(client.get("/cases").text)[:4] == ["Subject", "Earliest due", "Whose turn", "Stage"]
    told = client.get("/cases?columns=street,due&columns=subject").text
    assert heads(told) == ["Street or town", "Earliest due", "Subject"]
    assert "columns=street%2Cdue%2Csubject" in told, "pages and filters keep them"
    assert heads(client.get("/cases?columns=due").text) == ["Subject", "Earliest due"], (
        "whom it is about is never left out"
    )
    wrong = client.get("/cases?columns=due,salary")
    assert wrong.status_code == 422 and "columns" in wrong.text


@pytest.mark.parametrize(
    "start",
    [
        *("/cases", f"/cases?district={HERE}&outcome=open", "/cases?stage=escalation", "/cases?must=close"),
        *(f"/cases?overdue=true&district={HERE}", f"/cases?q=s&sector=fire_safety&district={HERE}"),
    ],
)
@pytest.mark.parametrize("who", [OFFICE, SUPERVISOR])
def test_each_facet_leads_to_as_many_cases_as_it_promises(seat: Seat, town: Campaign, start: str, who: str) -> None:
    client = seat(who)
    offered = facets(client.get(start).text)
    assert len(offered) >= 5
    for name, (address, promised) in offered.items():
        is_set = f"{start.partition('?')[2]}" and address.count("=") < start.count("=")
        if not is_set:
            assert hits(client.get(address).text) == promised, (name, address)


def test_cases_without_a_sector_are_a_facet_of_their_own(
    seat: Seat, town: Campaign, superuser: psycopg.Connection
) -> None:
    superuser.execute("UPDATE cases SET sector = NULL WHERE case_id IN (SELECT case_id FROM cases LIMIT 3)")
    superuser.commit()
    client = seat()
    address, promised = facets(client.get("/cases").text)["Without a sector"]
    told = client.get(address).text
    assert promised == 3 == hits(told)
    chosen = facets(told)
    assert chosen["Fire safety"][0].count("sector") == 1, "another sector takes its place"
    assert "sector" not in chosen["Without a sector"][0], "and it takes itself back"
    assert hits(client.get("/cases", params={"sector": "none"}).text) == 3, "as the form of filters asks"
    assert '<option value="none" selected>' in told
    assert 'value="none"' not in seat(f"regulator:行业@{HERE}/fire_safety").get("/cases").text


def test_cases_without_a_street_are_counted_and_the_streets_of_a_district_add_up(
    seat: Seat, town: Campaign, superuser: psycopg.Connection
) -> None:
    some = "SELECT case_id FROM cases WHERE district = %s LIMIT 2"
    superuser.execute(f"UPDATE cases SET street = NULL WHERE case_id IN ({some})", [HERE])
    superuser.commit()
    client = seat()
    page = client.get("/cases", params={"district": HERE}).text
    address, promised = facets(page)["Without a street"]
    told = client.get(address).text
    assert promised == 2 == hits(told) and "Without a street: yes" in re.sub(r"<[^>]+>", "", told)
    assert "street" not in facets(told)["Without a street"][0], "and it takes itself back"


def test_one_case_is_said_in_the_singular_and_the_header_names_a_sector(seat: Seat, town: Campaign) -> None:
    some = re.search(r'href="/cases/(case/[^"?]+)', seat().get("/cases").text)
    assert some is not None
    assert re.search(r'class="hits">1 case\b', seat().get("/cases", params={"q": some[1]}).text)
    of_sector = seat(f"regulator:行业@{HERE}/fire_safety").get("/work").text
    assert re.search(r'class="me".*?<small>[^<]* · Fire safety</small>', of_sector)


def test_facets_of_a_district_reader_are_of_the_district(engine: Engine, seat: Seat, town: Campaign) -> None:
    which = CaseFilter(campaign_id=town.campaign_id, district=HERE)
    counted = Counter(row.stage for row in case_page(engine, which, town.now(), 1000))
    told = {count.value: count.cases for count in facet_counts(engine, which, town.now()) if count.facet == "stage"}
    assert told == counted
    assert facets(seat(SUPERVISOR).get("/cases").text)["four musts"][1] == told["escalation"]


def test_facets_are_counted_where_every_one_of_them_is_set(engine: Engine, town: Campaign) -> None:
    (some, *_) = case_page(engine, CaseFilter(campaign_id=town.campaign_id, overdue=True), town.now(), 1, order="due")
    whole = CaseFilter(overdue=True, must="close", **some.model_dump(include={"stage", "district", "sector", "street"}))
    which = whole.model_copy(update={"officer": some.officers[0], "campaign_id": town.campaign_id})
    told = {count.facet for count in facet_counts(engine, which, town.now())}
    assert "stage" in told or case_count(engine, which.model_copy(update={"stage": None}), town.now()) == 0


def test_what_is_due_soon_and_who_owes_a_must_are_filters(engine: Engine, seat: Seat, town: Campaign) -> None:
    client, of = seat(), CaseFilter(campaign_id=town.campaign_id)
    for address, which in (
        ("/cases?soon=true", of.model_copy(update={"soon": True})),
        ("/cases?must=close", of.model_copy(update={"must": "close"})),
        ("/cases?unsettled=major", of.model_copy(update={"unsettled": "major"})),
    ):
        expected = case_count(engine, which, town.now())
        assert hits(client.get(address).text) == expected > 0
    owed = text("SELECT count(DISTINCT case_id) FROM musts WHERE must = 'close' AND state = ANY(:owed)")
    with engine.connect() as connection:
        count = connection.execute(owed, {"owed": ["owed", "proposed", "decided"]}).scalar_one()
    assert hits(client.get("/cases?must=close").text) == count
    assert client.get("/cases?must=hang").status_code == 422
    major = text(
        """SELECT count(DISTINCT f.case_id) FROM findings f JOIN cases c USING (case_id) WHERE f.grade = 'major'
        AND f.state NOT IN ('verified', 'rescinded', 'absorbed') AND c.outcome IS DISTINCT FROM 'void'"""
    )
    with engine.connect() as connection:
        count = connection.execute(major).scalar_one()
    assert hits(client.get("/cases?unsettled=major").text) == count
    assert client.get("/cases?unsettled=huge").status_code == 422


def test_a_way_back_leads_to_a_list_of_ours_and_nowhere_else() -> None:
    for text_of, address in (
        ("/cases?stage=escalation&after=abc", "/cases?stage=escalation&after=abc"),
        ("/cases?columns=due,subject&done=void&x=y", "/cases?columns=due%2Csubject"),
        ("/work?mine=true&list=decisions", "/work?list=decisions&mine=true"),
        ("/?due=soon", "/?due=soon"),
    ):
        found = back_to(text_of)
        assert found is not None and found.address == address
    for text_of in (
        *("//evil.example/cases", "https://evil.example/cases", "/cases/../me", "/people", "javascript:alert(1)"),
        *("/cases?stage=nothing", "\\\\evil.example/cases", "/work/live", "", "cases", "/cases?q=" + "x" * 9000),
    ):
        assert back_to(text_of) is None, text_of


async def test_after_acting_one_is_on_the_same_page_of_the_list(office: Office, visitor: As) -> None:
    inspector, case = visitor(INSPECTOR), await office.open("06-03")
    page3 = "/cases?district=650203&outcome=open"
    shown = await inspector.see(page3)
    of_case = unescape(re.findall(rf'href="(/cases/{case.case_id}\?back=[^"]+)"', shown)[0])
    form = unescape(re.findall(r'href="([^"]+/do/record_findings\?[^"]+)"', await inspector.see(of_case))[0])
    assert parse_qs(urlsplit(form).query)["back"] == [page3]
    fields = {"findings.0.category": "V01", "findings.0.grade": "general", "findings.0.description": "无证经营"}
    fields["findings.0.ref"] = "1"
    told = await inspector.send(form, fields)
    assert told.headers["location"] == f"{page3}&done=record_findings&about={quote(case.case_id, safe='')}"
    assert 'role="status">Done: ' in await inspector.see(told.headers["location"])
    outside = form.replace(quote(page3, safe=""), quote("https://evil.example/cases", safe=""))
    told = await inspector.send(outside.replace("record_findings", "add_note"), {"text": "x"})
    assert told.headers["location"].startswith(f"/cases/{case.case_id}?done="), "nowhere else"


async def test_next_leads_to_what_is_most_urgent_and_what_was_done_is_listed(office: Office, visitor: As) -> None:
    inspector, case = visitor(INSPECTOR), await office.open("06-03")
    other = await office.open("06-03")
    first = await inspector.client.get("/work/next")
    assert first.status_code == 303
    form = first.headers["location"]
    fields = {"findings.0.category": "V01", "findings.0.grade": "general", "findings.0.description": "无证经营"}
    told = await inspector.send(form, {**fields, "findings.0.ref": "1", "then": "next"})
    led = await inspector.client.get(told.headers["location"])
    assert led.status_code == 303 and "/do/" in led.headers["location"]
    following = await inspector.see(led.headers["location"])
    assert 'role="status">Done: ' in following and re.search('value="next">R[a-z ]+, then the next one<', following)
    done = await inspector.see("/work?list=done")
    acted = case if case.case_id in form else other
    assert re.findall(r'class="main"><a href="/cases/(case/[^"?]+)', done) == [acted.case_id]
    assert 'data-count="done">1<' in done
    assignments = {"assignments.0.ref": "1", "assignments.0.responsible": "孙某"}
    await inspector.send(f"/cases/{acted.case_id}/do/register", assignments)
    done = await inspector.see("/work?list=done")
    assert re.findall(r'class="main"><a href="/cases/(case/[^"?]+)', done) == [acted.case_id], (
        "in one go, so in one line"
    )
    assert "<td>investigation, registration</td>" in done and 'data-count="done">2<' in done
    assert 'data-count="done">0<' in await visitor(INSPECTOR).see("/work?list=done"), "of another of that name: nothing"


async def test_what_is_void_with_its_case_is_no_unsettled_finding(office: Office, visitor: As) -> None:
    case, inspector = await office.open("06-03"), visitor(INSPECTOR)
    await case.record(finding("1", "H01", grade="major"))
    assert hits(await inspector.see("/cases?unsettled=major")) == 1
    await case.do("void", SUPERVISOR, reason="opened in error")
    assert hits(await inspector.see("/cases?unsettled=major")) == 0
    assert "void with the case" in await inspector.see(f"/cases/{case.case_id}?tab=findings")
    assert list(finding_rows(office.services.engine, office.campaign.campaign_id)) == [], "nor a row of a ledger"


async def test_ticked_cases_are_ordered_alone(office: Office, visitor: As) -> None:
    supervisor = visitor(SUPERVISOR)
    ids = [(await office.open("06-03")).case_id for _ in range(3)]
    page = await supervisor.see("/cases")
    assert all(f'value="{case_id}" form="ticked"' in page for case_id in ids)
    ticked = "&".join(f"case={quote(case_id, safe='')}" for case_id in ids[:2])
    form = await supervisor.see(f"/orders/new/note?{ticked}")
    assert "For the 2 open cases" in form and len(re.findall(r'<a href="/cases/case/[^"]+" target', form)) == 2
    more = [(await office.open("06-03")).case_id for _ in range(3)]
    many = "&".join(f"case={quote(case_id, safe='')}" for case_id in (*ids, *more))
    form = await supervisor.see(f"/orders/new/note?{many}")
    assert len(re.findall(r'<a href="/cases/case/[^"]+" target', form)) == 5
    assert "The first 5 are named here; not named: 1." in form
    assert hits(await supervisor.see(f"/cases?{ticked}")) == 2
    many = "&".join(f"case={n}" for n in range(101))
    assert (await supervisor.client.get(f"/orders/new/note?{many}")).status_code == 422


async def test_nothing_ticked_is_said_on_the_list_with_its_filter_and_orders_nothing(
    office: Office, visitor: As
) -> None:
    supervisor = visitor(SUPERVISOR)
    for _ in range(2):
        await office.open("06-03")
    bar = re.search(r'<form id="ticked".*?</form>', await supervisor.see("/cases?overdue=false"), re.DOTALL)
    assert bar is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', unescape(bar[0])))
    told = await supervisor.client.get("/orders/new/remind", params=fields)
    assert told.status_code == 303 and told.headers["location"].startswith("/cases?overdue=false")
    page = await supervisor.see(told.headers["location"])
    assert 'role="alert">Nothing was ticked' in page and hits(page) == 2
    ticked = re.findall(r'name="case" value="([^"]+)"', page)[0]
    form = await supervisor.see(str(httpx.URL("/orders/new/remind", params={**fields, "case": ticked})))
    assert "For the 1 open case of" in form
    whole = await supervisor.see("/orders/new/remind?overdue=true")
    assert "For the 0 open cases" in whole and 'class="chip">Overdue: ' in whole, "the list's filter is said"
    assert "/orders/new/" not in await supervisor.see("/cases?outcome=rectified"), "of closed cases none is ordered"
    closed = await supervisor.client.post("/orders/new/note?outcome=rectified", data={"text": "x"})
    assert closed.status_code == 422 and "shows closed cases" in closed.text


def test_what_is_listed_or_has_risen_is_supervised(engine: Engine, seat: Seat, town: Campaign) -> None:
    told = seat(SUPERVISOR).get("/work?list=supervised").text
    rows: Any = re.findall(r"<tr>.*?</tr>", told, re.DOTALL)[1:]
    late = [int(n) for n in re.findall(r'class="late">(\d+) days late', told)]
    assert len(rows) > 3 and late == sorted(late, reverse=True) and late[0] >= 7
    assert int(re.findall(r'data-count="supervised">(\d+)<', told)[0]) >= len(rows)
    forms = re.findall(r'class="btn" href="([^"]+)" aria-label="(Act|Look)', told)
    assert all(("/do/" in form) == (what == "Act") for form, what in forms), "each has its way out"


async def test_a_page_that_listens_is_told_when_its_numbers_change(
    site: str, seat: Seat, town: Campaign, engine: Engine, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.streams.EVERY", 0.2)
    page = (await reading(who=INSPECTOR)).page
    await page.goto(f"{site}/work?lang=en")
    rows, count = page.locator("#list tbody tr"), page.locator("[data-count=all]")
    before, told = await rows.count(), int(await count.inner_text())
    line = page.locator(".changed span")
    assert before > 1 and not await line.is_visible()
    with engine.begin() as connection:
        met = "UPDATE deadlines SET met_at = now() WHERE met_at IS NULL AND role = 'inspector' AND district = :here"
        gone = connection.execute(text(met), {"here": HERE}).rowcount
    await expect(line).to_be_visible(timeout=15_000)
    assert int(await count.inner_text()) < told and gone > 0
    assert await rows.count() == before, "nothing moves under the reader's hands"
    await page.click(".changed a")
    await expect(page.locator(".nothing")).to_be_visible()


def test_a_stream_ends_with_the_session_and_is_one_of_few(
    seat: Seat, town: Campaign, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.streams.EVERY", 0.1)
    client = seat(SUPERVISOR)
    with ExitStack() as listening:
        streams = [listening.enter_context(client.stream("GET", "/work/live")) for _ in range(3)]
        assert [told.headers["content-type"].partition(";")[0] for told in streams] == ["text/event-stream"] * 3
        lines = [told.iter_lines() for told in streams]
        first = [next(line for line in of if line.startswith("data:")) for of in lines]
        numbers = json.loads(first[0].removeprefix("data: "))
        assert first[1:] == first[:1] * 2 and set(numbers) == {"all", "late", "decisions", "supervised"}
        assert client.get("/work/live").status_code == 204, "a session listens three times at most"
        assert seat(SUPERVISOR).get("/views").status_code == 200, "and nobody waits meanwhile"
        with engine.begin() as connection:
            seen_at = connection.execute(text("UPDATE sessions SET ended_at = now() RETURNING seen_at")).scalars().all()
        for of in lines:
            assert "event: ended" in list(of)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT seen_at FROM sessions")).scalars().all() == seen_at
    again = seat(SUPERVISOR)
    with again.stream("GET", "/work/live") as told:
        assert told.status_code == 200, "those that ended count no more"
