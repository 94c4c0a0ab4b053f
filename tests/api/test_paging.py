"""A mark of a page continues the list that it was given for, and is nothing anywhere else."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from engine.connection import Services
from models.jobs import CaseReminder
from rules.files.plan_check import PlanFile
from serving.paging import Walk
from serving.problems import Trouble
from store.campaigns import Campaign, add_campaign
from store.case_list import CaseCursor, CaseFilter
from store.jobs import create_job, end_job
from store.overdue import OverdueCursor
from tests.api.conftest import Caller
from tests.api.test_refusals import problem
from tests.cast import INSPECTOR, OFFICE
from tests.conftest import Preparing
from tests.town import fill

pytestmark = pytest.mark.clause("contracts §3")
LISTS = {
    "/api/v1/cases": "cases",
    "/api/v1/cases?order=due": "cases",
    "/api/v1/overdue": "overdue",
    "/api/v1/inbox": "inbox",
    "/api/v1/imports": "imports",
}


@pytest.fixture(scope="module")
def with_imports(prepared: Preparing, plan_file: PlanFile) -> str:
    """A database with a few cases, some late, and four imports."""

    def filling(services: Services) -> None:
        campaign = fill(services.engine, add_campaign(services.engine, plan_file, 2027), every=8)
        for number in range(4):
            imported(services, campaign, f"job-{number}", OFFICE, f"{number}月台账.xlsx")

    return prepared("test_paging", filling)


@pytest.fixture
def template(with_imports: str) -> str:
    """Each test has a copy of it."""
    return with_imports


def imported(services: Services, campaign: Campaign, job_id: str, by: str, file: str) -> None:
    items = [("row 1", CaseReminder(case_id="case/a/b"))]
    create_job(services.engine, job_id, "import", campaign.campaign_id, by, {"file": file}, items)


async def first(caller: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    told = await caller.get(path, params={**dict(httpx.URL(path).params), "limit": 2, **query})
    assert told.status_code == 200, told.text
    return told.json()


@pytest.mark.parametrize("path", list(LISTS))
async def test_every_list_is_walked_without_a_gap(calls: Caller, campaign: Campaign, path: str) -> None:
    office, name = calls(OFFICE), LISTS[path]
    whole = (await first(office, path, limit=200))[name]
    assert len(whole) > 3
    page, walked = await first(office, path), []
    while True:
        walked += page[name]
        if page["next"] is None:
            break
        page = await first(office, path, after=page["next"])
    assert walked == whole or [r.get("due_at") for r in walked] == [r.get("due_at") for r in whole]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("/api/v1/cases", "/api/v1/cases?order=due"),
        ("/api/v1/cases?order=due", "/api/v1/cases"),
        ("/api/v1/cases", "/api/v1/cases?district=650203"),
        ("/api/v1/cases?outcome=open", "/api/v1/cases"),
        ("/api/v1/cases", "/api/v1/cases?q=公司"),
        ("/api/v1/overdue", "/api/v1/overdue?kind=duty"),
        ("/api/v1/inbox", "/api/v1/inbox?role=inspector"),
        ("/api/v1/inbox?topic=turn", "/api/v1/overdue"),
        ("/api/v1/overdue", "/api/v1/cases?order=due"),
        ("/api/v1/cases?order=due", "/api/v1/overdue"),
        ("/api/v1/imports", "/api/v1/imports?state=running"),
        ("/api/v1/imports", "/api/v1/cases"),
    ],
)
async def test_a_mark_of_another_list_is_refused_and_skips_nothing(
    calls: Caller, campaign: Campaign, given: str, used: str
) -> None:
    mark = (await first(calls(OFFICE), given))["next"]
    assert mark
    told = await calls(OFFICE).get(used, params={**dict(httpx.URL(used).params), "after": mark})
    [wrong] = problem(told, 422, "invalid_input")["errors"]
    assert wrong["field"] == "after" and "next" in wrong["remedy_zh"]


async def test_a_mark_keeps_its_instant_and_no_other_is_asked_beside_it(calls: Caller, campaign: Campaign) -> None:
    office = calls(OFFICE)
    page = await first(office, "/api/v1/overdue", as_of="2027-08-01")
    again = await first(office, "/api/v1/overdue", after=page["next"])
    assert again["as_of"] == page["as_of"]
    same = await first(office, "/api/v1/overdue", after=page["next"], as_of="2027-08-01")
    assert same == again
    other = await office.get("/api/v1/overdue", params={"after": page["next"], "as_of": "2027-07-01"})
    assert [e["field"] for e in problem(other, 422, "invalid_input")["errors"]] == ["as_of"]


def forged(**row: Any) -> str:
    return urlsafe_b64encode(json.dumps(row).encode()).decode().rstrip("=")


ROW = {"due_at": "2020-01-01T00:00:00+08:00", "case_id": "a", "clock": "x", "about": "y"}
FORGED = [
    forged(**ROW, as_of="9999-12-31T23:59:59Z"),
    forged(**ROW, as_of="2027-08-15T00:00:00"),
    forged(**ROW, as_of="2027-08-15T00:00:00+08:00"),
    forged(**{**ROW, "due_at": "0001-01-01T00:00:00+23:59"}, as_of="2027-08-15T00:00:00Z"),
    forged(case_id="case/a/b"),
    "AAAA", "====", "a", "你好", "A" * 2000, "A" * 2001, "%",
]  # fmt: skip


@pytest.mark.parametrize("mark", FORGED)
@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/overdue", "/api/v1/inbox", "/api/v1/imports"])
async def test_a_mark_that_nobody_gave_is_refused(calls: Caller, campaign: Campaign, path: str, mark: str) -> None:
    told = await calls(OFFICE).get(path, params={"after": mark})
    assert [e["field"] for e in problem(told, 422, "invalid_input")["errors"]] == ["after"]


def test_a_mark_is_bound_to_its_row_its_question_and_its_home() -> None:
    row = OverdueCursor(as_of=datetime.now(UTC), due_at=datetime.now(UTC), case_id="案/a", clock="x", about="y")
    walk = Walk(b"key", "overdue", CaseFilter(q="厂"))
    mark = walk.mark(row)
    assert walk.marked(OverdueCursor, mark) == row and walk.marked(OverdueCursor, None) is None
    assert Walk(b"key", "overdue", CaseFilter(q="厂")).marked(OverdueCursor, mark) == row, "by another process too"
    changed = mark[:-6] + ("A" if mark[-6] != "A" else "B") + mark[-5:]
    for other, text in (
        (Walk(b"other", "overdue", CaseFilter(q="厂")), mark),
        (Walk(b"key", "cases", CaseFilter(q="厂")), mark),
        (Walk(b"key", "overdue", CaseFilter()), mark),
        (walk, changed),
        (walk, mark[:20]),
    ):
        with pytest.raises(Trouble):
            other.marked(OverdueCursor, text)
    with pytest.raises(Trouble):  # as an earlier version wrote it: sealed, but another row
        walk.marked(OverdueCursor, walk.mark(CaseCursor(case_id="a")))


async def test_imports_are_listed_by_one_statement_and_filtered_by_what_they_show(
    calls: Caller, services: Services, campaign: Campaign
) -> None:
    imported(services, campaign, "job-own", INSPECTOR, "自查台账.csv")
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE job_items SET state = 'done' WHERE job_id = 'job-1'")
    end_job(services.engine, "job-1")

    async def listed(who: str, **query: Any) -> list[str]:
        told = await calls(who).get("/api/v1/imports", params=query)
        assert told.status_code == 200, told.text
        return [i["job"] for i in told.json()["imports"]]

    assert await listed(OFFICE) == ["job-own", "job-3", "job-2", "job-1", "job-0"]
    assert await listed(INSPECTOR) == ["job-own"]
    assert await listed(OFFICE, state="done") == ["job-1"]
    assert await listed(OFFICE, by=INSPECTOR) == ["job-own"]
    assert await listed(OFFICE, file="自查") == ["job-own"] and await listed(OFFICE, file="%") == []
    assert len(await listed(OFFICE, campaign=campaign.campaign_id)) == 5
    problem(await calls(OFFICE).get("/api/v1/imports?campaign=none"), 404, "unknown_campaign")
    problem(await calls(OFFICE).get("/api/v1/imports?state=asleep"), 422, "invalid_input")

    sent: list[str] = []
    asking = calls(OFFICE)
    await asking.get("/api/v1/imports?limit=1")  # the campaigns are looked up once in a while
    event.listen(services.engine, "before_cursor_execute", lambda *facts: sent.append(facts[2]))
    few = (await asking.get("/api/v1/imports?limit=1"), len(sent))[1]
    sent.clear()
    await asking.get("/api/v1/imports?limit=200")
    assert len(sent) == few <= 3, "however many there are"


async def test_jobs_of_one_instant_are_walked_each_once(calls: Caller, services: Services, campaign: Campaign) -> None:
    with services.owner.begin() as connection:
        at = datetime.now(UTC) - timedelta(days=1)
        connection.exec_driver_sql("UPDATE jobs SET created_at = %s", (at,))
    page, walked = await first(calls(OFFICE), "/api/v1/imports", limit=1), []
    while page["imports"]:
        walked += [i["job"] for i in page["imports"]]
        if page["next"] is None:
            break
        page = await first(calls(OFFICE), "/api/v1/imports", limit=1, after=page["next"])
    assert walked == ["job-0", "job-1", "job-2", "job-3"]
