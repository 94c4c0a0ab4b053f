"""`/work`: what a post is to do, complete, most urgent first, and nothing in it that cannot be done."""

import re
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import text

from engine.connection import Services
from rules.clocks.deadlines import unmet
from serving.backing import Backing
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_page
from store.overdue import OverdueFilter
from store.to_do import ToDoCount, to_do_count, to_do_page
from store.verify import fold_case
from tests.people import session
from tests.web.conftest import Seat
from web.render import visit_url

ALL = CaseFilter()


@pytest.mark.parametrize("who", ["inspector:检查员1@650203", "inspector:检查员1@650202", "government:区政府@650202"])
def test_every_line_leads_to_a_form_that_is_open(site: str, services: Services, town: Campaign, who: str) -> None:
    cookies = {SESSION_COOKIE: session(services, who)}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "en"}) as client:
        path, seen = "/work", 0
        while path:
            told = client.get(path)
            for form in re.findall(r'class="btn" href="([^"#]+/(?:do/[^"]+|visit))[^"]*"', told.text):
                answer = client.get(unescape(form))
                assert answer.status_code == 200, (form, re.findall(r'class="refused"[^>]*>([^<]+)', answer.text))
                seen += 1
            onward = re.search(r'class="btn btn-next" href="([^"]+)"', told.text)
            path = unescape(onward.group(1)) if onward else ""
    assert seen > 0


def test_it_holds_what_the_rules_say_can_be_done_now(services: Services, town: Campaign) -> None:
    now, of = town.now(), OverdueFilter(campaign_id=town.campaign_id)
    rows = to_do_page(services.engine, town, now, of, 10_000)
    assert list(rows) == sorted(rows, key=lambda row: (row.due_at, row.case_id, row.clock, row.about))
    cases = [fold_case(services.engine, c.case_id).case for c in case_page(services.engine, ALL, now, 1000)]
    runs = [(case, run) for case in cases for run in unmet(town.plan, case) if run.ready(now)]
    assert {(r.case_id, r.clock, r.about, r.role) for r in rows} == {
        (case.case_id, run.clock, run.about, run.role) for case, run in runs
    }
    count = to_do_count(services.engine, town, now, of)
    decisions = [run for _, run in runs if run.clock in ("decision", "extension") and run.role != "inspector"]
    assert count == ToDoCount(all=len(rows), late=sum(r.due_at <= now for r in rows), decisions=len(decisions))


def test_the_late_come_first_and_each_list_has_its_own(site: str, services: Services, town: Campaign) -> None:
    cookies = {SESSION_COOKIE: session(services, "inspector:检查员1@650203")}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "zh"}) as client:
        dues = re.findall(r'class="mono nowrap quiet">(\d{4}-\d\d-\d\d \d\d:\d\d)', client.get("/work").text)
        assert dues == sorted(dues) and len(dues) > 5
        assert client.get("/work?list=decisions").text.count("<tr>") <= 1  # an inspector decides nothing
        assert client.get("/work?list=x").status_code == 422


def test_what_is_in_ones_own_charge_is_a_list_of_its_own(site: str, services: Services, town: Campaign) -> None:
    cookies = {SESSION_COOKIE: session(services, "inspector:检查员2@650202")}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "zh"}) as client:
        rows = re.findall(r"<tr>.*?</tr>", client.get("/work?mine=true").text, re.DOTALL)[1:]
    assert rows and all("检查员2" in row for row in rows)


def test_whoever_speaks_for_a_subject_has_what_is_its_own(site: str, services: Services, town: Campaign) -> None:
    cookies = {SESSION_COOKIE: session(services, "enterprise:王芳@650202", subject="demo-157")}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "en"}) as client:
        told = client.get("/work").text
    assert set(re.findall(r"/cases/(case/[^/\"]+/[^/\"?]+)", told)) <= {"case/karamay-2013-2027/demo-157"}


def test_every_case_whose_turn_is_the_supervisors_is_on_the_workbench(
    seat: Seat, services: Services, town: Campaign
) -> None:
    """A measure that is stayed waits without a date: it is told below the list of dates."""
    with services.engine.begin() as connection:
        one = """(SELECT c.case_id FROM cases c JOIN musts m USING (case_id)
            WHERE c.next_role = 'supervisor' AND m.state = 'proposed' ORDER BY 1 LIMIT 1)"""
        connection.execute(text(f"UPDATE musts SET stayed_at = now() WHERE case_id = {one} AND state = 'proposed'"))
        connection.execute(text(f"UPDATE deadlines SET met_at = due_at WHERE case_id = {one} AND role = 'supervisor'"))
    stayed = 0
    for district in ("650202", "650203", "650204", "650205"):
        client = seat(f"supervisor:某局长@{district}")
        bench = client.get("/work").text
        turns = client.get("/cases?next_role=supervisor&facets=false").text
        found = {page: set(re.findall(r"/cases/(case/[^/\"]+/[^/\"?]+)\?back=", page)) for page in (bench, turns)}
        assert found[turns] <= found[bench], district
        stayed += bench.count("without a date")
    assert stayed == 1


def test_the_counters_say_what_the_list_below_them_shows(site: str, services: Services, town: Campaign) -> None:
    cookies = {SESSION_COOKIE: session(services, "government:区政府@650202")}
    with httpx.Client(base_url=site, timeout=60, cookies=cookies, headers={"Accept-Language": "en"}) as client:
        assert 'data-count="all">0<' not in client.get("/work").text  # counted, and kept for some seconds
        with services.engine.begin() as connection:
            met = "UPDATE deadlines SET met_at = due_at WHERE met_at IS NULL AND role = 'government'"
            connection.execute(text(met))
        told = client.get("/work").text
        assert 'data-count="all">0<' in told and "<tbody>" not in told


def test_a_count_that_began_before_something_was_done_is_not_kept(services: Services) -> None:
    behind = Backing(services)
    before = behind.age("work")

    def meanwhile_done() -> int:
        behind.forget("work")
        return 1

    assert behind.lately(("work", "x"), meanwhile_done) == 1
    assert behind.lately(("work", "x"), lambda: 2) == 2
    assert behind.age("work") is not before, "a page that listens is not told of it by an answer from before"


def test_the_next_form_says_what_was_done_before_it(seat: Seat, town: Campaign) -> None:
    client, done = seat("inspector:检查员2@650202"), "case/karamay-2013-2027/demo-157"
    before = {"done": "register", "about": done}
    led = client.get("/work/next", params=before).headers["location"]
    on_the_spot = unescape(re.findall(r'href="(/cases/[^"]+/visit\?back=[^"#]+)', client.get("/work").text)[0])
    for form in (led, f"{on_the_spot}&done=register&done_in={done}"):
        told = client.get(form, headers={"Accept-Language": "zh"}).text
        line = told.partition('role="status">已办理：登记建档')[2].partition("</p>")[0]
        assert f'href="/cases/{done}"' in line and "以下为下一项" in line, form
        assert "157号（演示）</a>" in line, "by its name"
        assert "返回列表</a>" in told and 'href="/work"' in told, "and the way back to the list"
    assert visit_url(done, "/work", done="register", done_in=done).endswith(
        f"&done=register&done_in={quote(done, safe='')}"
    )
