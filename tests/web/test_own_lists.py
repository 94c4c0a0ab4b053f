"""Lists as readers make them their own: columns, facets, saved views, exports, ticked rows, and the way back."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import openpyxl
import pytest
from playwright.async_api import expect
from sqlalchemy import Engine, text

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store import people
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_count, case_page
from store.facets import facet_counts
from tests.cast import HERE
from tests.durable.office import Office
from tests.people import session
from tests.web.conftest import As, Reading
from web.lists.back import back_to

OFFICE = "office:周主任@650200"
INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:王局长@{HERE}"
Seat = Callable[..., httpx.Client]


@pytest.fixture
def seat(site: str, services: Services) -> Iterator[Seat]:
    """Signs somebody of a post in."""
    seated: list[httpx.Client] = []

    def sign_in(post: str = OFFICE) -> httpx.Client:
        cookies = {SESSION_COOKIE: session(services, post)}
        headers = {"Origin": site, "Accept-Language": "en"}
        seated.append(httpx.Client(base_url=site, timeout=60, cookies=cookies, headers=headers))
        return seated[-1]

    yield sign_in
    for client in seated:
        client.close()


def heads(page: str) -> list[str]:
    return [head for head in re.findall(r"<th[^>]*>([^<]+)</th>", page) if head != "Tick"]


def facets(page: str) -> dict[str, tuple[str, int]]:
    """The address of each value that can be chosen, and how many cases it promises."""
    nav = re.search(r'<div class="facets.*?</dl>', page, re.DOTALL)
    assert nav is not None
    found = re.findall(r'<a href="([^"]+)" [^>]*>([^<]+) <b>([\d,]+)</b>', nav[0])
    return {name: (unescape(address), int(count.replace(",", ""))) for address, name, count in found}


def hits(page: str) -> int:
    found = re.search(r'class="hits">([\d,]+) cases', page)
    assert found is not None
    return int(found[1].replace(",", ""))


def test_the_reader_chooses_the_columns_and_their_order(seat: Seat, town: Campaign) -> None:
    client = seat()
    assert heads(client.get("/cases").text)[:3] == ["Due", "Subject", "Stage"]
    told = client.get("/cases?columns=street,due&columns=subject").text
    assert heads(told) == ["Street or town", "Due", "Subject"]
    assert "columns=street%2Cdue%2Csubject" in told, "pages and filters keep them"
    assert heads(client.get("/cases?columns=due").text) == ["Subject", "Due"], "whom it is about is never left out"
    wrong = client.get("/cases?columns=due,salary")
    assert wrong.status_code == 422 and "columns" in wrong.text


@pytest.mark.parametrize("start", ["/cases", f"/cases?district={HERE}&outcome=open", "/cases?stage=escalation"])
def test_each_facet_leads_to_as_many_cases_as_it_promises(seat: Seat, town: Campaign, start: str) -> None:
    client = seat()
    offered = facets(client.get(start).text)
    assert len(offered) > 8
    for name, (address, promised) in offered.items():
        is_set = f"{start.partition('?')[2]}" and address.count("=") < start.count("=")
        if not is_set:
            assert hits(client.get(address).text) == promised, (name, address)


def test_facets_of_a_district_reader_are_of_the_district(engine: Engine, seat: Seat, town: Campaign) -> None:
    which = CaseFilter(campaign_id=town.campaign_id, district=HERE)
    counted = Counter(row.stage for row in case_page(engine, which, town.now(), 1000))
    told = {count.value: count.cases for count in facet_counts(engine, which, town.now()) if count.facet == "stage"}
    assert told == counted
    assert facets(seat(SUPERVISOR).get("/cases").text)["four musts"][1] == told["escalation"]


def test_what_is_due_soon_and_who_owes_a_must_are_filters(engine: Engine, seat: Seat, town: Campaign) -> None:
    client, of = seat(), CaseFilter(campaign_id=town.campaign_id)
    for address, which in (
        ("/cases?soon=true", of.model_copy(update={"soon": True})),
        ("/cases?must=close", of.model_copy(update={"must": "close"})),
    ):
        expected = case_count(engine, which, town.now())
        assert hits(client.get(address).text) == expected > 0
    owed = text("SELECT count(DISTINCT case_id) FROM musts WHERE must = 'close' AND state = ANY(:owed)")
    with engine.connect() as connection:
        count = connection.execute(owed, {"owed": ["owed", "proposed", "decided"]}).scalar_one()
    assert hits(client.get("/cases?must=close").text) == count
    assert client.get("/cases?must=hang").status_code == 422


def exported(client: httpx.Client, address: str) -> list[list[str]]:
    told = client.get(address)
    assert told.status_code == 200, told.text
    if "kind=csv" in address:
        return list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(told.content)).worksheets[0]
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_the_list_as_it_is_shown_over_all_pages(
    engine: Engine, seat: Seat, town: Campaign, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.lists.export._PAGE", 7)
    client, asked = seat(), "/cases?source=inspection&columns=stage,subject,due"
    names, address = list[str](), asked
    while address:
        told = client.get(address).text
        names += re.findall(r'class="main"><a [^>]+>([^<]+)</a>', told)
        onward = re.search(r'class="btn btn-next" href="([^"]+)"', told)
        address = unescape(onward.group(1)) if onward else ""
    rows = exported(client, f"/cases/export?{asked.partition('?')[2]}&kind={kind}")
    assert rows[0] == ["Case", "Stage", "Subject", "Due"]
    assert [row[2] for row in rows[1:]] == names and len(names) > 50
    line = audit_page(engine, AuditFilter(kind="exported"), 1)[0]
    assert line.outcome == "done" and line.facts["source"] == "inspection" and line.facts["kind"] == kind
    assert line.by.role == "office" and line.file == f"Cases.{kind}"


def test_an_export_holds_what_the_post_may_read_and_no_formula(
    engine: Engine, seat: Seat, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE cases SET subject_name = :name, officers = '[\"@SUM(1)\"]' WHERE case_id = :id"),
            {"name": "=HYPERLINK(1)", "id": "case/karamay-2013-2027/demo-157"},
        )
        there = connection.execute(text("SELECT district FROM cases WHERE subject_name = '=HYPERLINK(1)'")).scalar()
    rows = exported(seat(f"supervisor:某局长@{there}"), "/cases/export?columns=subject,officer,district&kind=csv")
    assert len({row[3] for row in rows[1:]}) == 1, "no other district"
    assert ["'=HYPERLINK(1)", "'@SUM(1)"] in [row[1:3] for row in rows]
    book = seat().get("/cases/export?columns=subject&kind=xlsx")
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows() for c in row]
    assert [c.data_type for c in cells if c.value == "=HYPERLINK(1)"] == ["s"] or all(c.data_type != "f" for c in cells)
    monkeypatch.setattr("web.lists.export.EXPORTED_TO", 5)
    refused = seat().get("/cases/export")
    assert refused.status_code == 422 and "narrow it" in refused.text


def keep(client: httpx.Client, address: str, name: str, share: str = "", **changed: str) -> httpx.Response:
    """The form that the list has for it is filled in and sent."""
    form = re.search(r'<form class="view-form" action="/views".*?</form>', client.get(address).text, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    fields = {name: unescape(value) for name, value in hidden.items()} | {"name": name, "share": share, **changed}
    return client.post("/views", data=fields)


def seen(client: httpx.Client) -> dict[str, str]:
    """The views that somebody is offered beside the list, and their addresses."""
    bar = re.search(r'<nav class="views-bar.*?</nav>', client.get("/cases").text, re.DOTALL)
    assert bar is not None
    return {
        name: unescape(address) for address, name in re.findall(r'<a href="(/cases[^"]*)" [^>]*>([^<]+)</a>', bar[0])
    }


def test_a_view_is_kept_counted_shared_renamed_and_deleted(engine: Engine, seat: Seat, town: Campaign) -> None:
    mine, colleague, boss, elsewhere = seat(INSPECTOR), seat(INSPECTOR), seat(SUPERVISOR), seat("inspector:李四@650202")
    asked = "/cases?stage=escalation&columns=subject,due"
    kept = keep(mine, asked, " 四个一律 ").headers["location"]
    assert kept == "/cases?stage=escalation&columns=subject%2Cdue&done=view_saved"
    assert "The view is saved" in mine.get("/cases?done=view_saved").text
    again = keep(mine, "/cases?stage=registration", "四个一律").headers["location"]
    assert again == "/cases?stage=registration&done=view_exists" and "Not saved" in mine.get(again).text
    [(name, address)] = seen(mine).items()
    assert name == "四个一律" and heads(mine.get(address).text) == ["Subject", "Due"]
    listed = mine.get("/views").text
    assert f"{hits(mine.get(address).text)} cases" in listed
    assert [seen(other) for other in (colleague, boss, elsewhere)] == [{}] * 3, "nobody else's"
    [view_id] = re.findall(r'action="/views/([^"]+)"', listed)[:1]
    for share, sees in (("office", [1, 0, 0]), ("district", [1, 1, 0])):
        told = mine.post(f"/views/{view_id}", data={"do": "change", "name": "重点", "share": share})
        assert told.status_code == 303
        assert [len(seen(other)) for other in (colleague, boss, elsewhere)] == sees
    assert "张三" in boss.get("/views").text and f"/views/{view_id}" not in boss.get("/views").text
    for deed in ({"do": "delete"}, {"do": "change", "name": "x", "share": ""}):
        assert boss.post(f"/views/{view_id}", data=deed).status_code == 404, "another's answers like a missing one"
    assert list(seen(mine)) == ["重点"]
    mine.post(f"/views/{view_id}", data={"do": "delete"})
    assert seen(mine) == seen(boss) == {}
    assert keep(mine, asked, "重点", "district").status_code == 303 and list(seen(boss)) == ["重点"]
    with engine.begin() as connection:
        owner = connection.execute(text("SELECT owner FROM saved_views")).scalar_one()
        people.leave(connection, owner, datetime.now(UTC))
    assert seen(boss) == {}, "nobody is left who could delete it"


def test_what_is_kept_are_parameters_of_the_list_and_nothing_else(
    engine: Engine, seat: Seat, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = seat(INSPECTOR)
    for asked in ("stage=nothing", "columns=salary", "after=x&stage=escalation&next=//evil.example&overdue=maybe"):
        assert keep(client, "/cases", "x", asked=asked).status_code == 422, asked
    assert keep(client, "/cases", "x", asked="stage=escalation&after=abc&to=https://evil.example").status_code == 303
    with engine.connect() as connection:
        assert connection.execute(text("SELECT asked FROM saved_views")).scalars().all() == [{"stage": "escalation"}]
    for name in ("", " ", "x" * 61):
        assert keep(client, "/cases", name).status_code == 422, name
    assert keep(client, "/cases", "x", share="everybody").status_code == 422
    twice = {"view_id": "00000000-0000-4000-8000-000000000001"}
    assert [keep(client, "/cases", "twice", **twice).status_code for _ in range(2)] == [303, 303]
    assert sorted(seen(client)) == ["twice", "x"], "sent twice it is kept once"
    monkeypatch.setattr("store.saved_views.VIEWS_A_PERSON", 2)
    assert keep(client, "/cases", "one too many").status_code == 409
    with engine.begin() as connection:
        connection.execute(text("UPDATE saved_views SET name = 'older' WHERE name = 'x'"))
    assert "older" in client.get("/views").text


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
    assert 'role="status">Done: ' in following and 'value="next"' in following
    done = await inspector.see("/work?list=done")
    acted = case if case.case_id in form else other
    assert re.findall(r'class="main"><a href="/cases/(case/[^"?]+)', done) == [acted.case_id]
    assert 'data-count="done">1<' in done
    assert 'data-count="done">0<' in await visitor(INSPECTOR).see("/work?list=done"), "of another of that name: nothing"


async def test_ticked_cases_are_ordered_alone(office: Office, visitor: As) -> None:
    supervisor = visitor(SUPERVISOR)
    ids = [(await office.open("06-03")).case_id for _ in range(3)]
    page = await supervisor.see("/cases")
    assert all(f'value="{case_id}" form="ticked"' in page for case_id in ids)
    ticked = "&".join(f"case={quote(case_id, safe='')}" for case_id in ids[:2])
    form = await supervisor.see(f"/orders/new/note?{ticked}")
    assert "For the 2 open cases" in form
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
