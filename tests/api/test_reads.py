"""What officials read over HTTP is what the record says, page by page, within their territory."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from engine.connection import Services
from models.instants import parse_instant
from rules.case.announce_table import TOPICS
from rules.files.plan_check import PlanFile
from store.campaigns import Campaign, add_campaign, move_clock
from store.notices import deliver
from tests.api.conftest import Caller
from tests.api.test_refusals import problem
from tests.cast import COLLEAGUE, HERE, OFFICE
from tests.conftest import Preparing
from tests.durable.office import instant
from tests.store.paper import Log, long_case, write
from tests.store.test_overdue import naively

pytestmark = pytest.mark.clause("contracts §3")


@pytest.fixture(scope="module")
def filled_with(prepared: Preparing, plan_file: PlanFile) -> tuple[str, list[Log]]:
    """A database with twenty-four long cases, looked at on 1 September, by when some have moved on."""
    logs: list[Log] = []

    def filling(services: Services) -> None:
        campaign = add_campaign(services.engine, plan_file, 2027)
        logs.extend(long_case(campaign, seed) for seed in range(200, 224))
        for log in logs:
            write(services.engine, campaign.plan, log)
        for topic in TOPICS:
            deliver(services.engine, topic, 10_000)

    return prepared("test_reads", filling), logs


@pytest.fixture
def template(filled_with: tuple[str, list[Log]]) -> str:
    """Each test has a copy of it."""
    return filled_with[0]


@pytest.fixture
def logs(filled_with: tuple[str, list[Log]], engine: Engine, campaign: Campaign) -> list[Log]:
    """The cases that are in it."""
    move_clock(engine, campaign.campaign_id, instant("09-01") - campaign.now())
    return filled_with[1]


async def walk(client: httpx.AsyncClient, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list, a few rows each."""
    rows: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        told = await client.get(path, params={"limit": 5, **query, **({"after": after} if after else {})})
        assert told.status_code == 200, told.text
        rows += told.json()[key]
        after = told.json()["next"]
        if after is None:
            return rows


@pytest.mark.parametrize("order", ["id", "due"])
async def test_the_pages_hold_every_case_once(calls: Caller, logs: list[Log], order: str) -> None:
    rows = await walk(calls(OFFICE), "/api/v1/cases", "cases", order=order)
    assert len(rows) == len({row["case_id"] for row in rows}) == len(logs)
    dues = [row["due_at"] for row in rows if row["due_at"]]
    assert order == "id" or dues == sorted(dues)
    ids = [row["case_id"] for row in rows]
    assert order == "due" or ids == sorted(ids)


async def test_every_column_filters(calls: Caller, logs: list[Log]) -> None:
    office = calls(OFFICE)
    rows = await walk(office, "/api/v1/cases", "cases")
    for column in ("district", "sector", "stage", "next_role", "outcome", "source", "overdue"):
        for value in {row[column] for row in rows} - {None}:
            expected = {row["case_id"] for row in rows if row[column] == value}
            found = await walk(office, "/api/v1/cases", "cases", **{column: value})
            assert {row["case_id"] for row in found} == expected, (column, value)
    by_campaign = await walk(office, "/api/v1/cases", "cases", campaign=rows[0]["campaign_id"])
    still_open = await walk(office, "/api/v1/cases", "cases", outcome="open", campaign=rows[0]["campaign_id"])
    assert len(by_campaign) == len(rows)
    assert {r["case_id"] for r in still_open} == {r["case_id"] for r in rows if r["outcome"] is None}
    for late in (True, False):
        found = await walk(office, "/api/v1/cases", "cases", overdue=late, campaign=rows[0]["campaign_id"], order="due")
        assert {r["case_id"] for r in found} == {r["case_id"] for r in rows if r["overdue"] == late}
    name = rows[3]["subject_name"]
    assert rows[3]["case_id"] in {r["case_id"] for r in await walk(office, "/api/v1/cases", "cases", q=name[1:4])}
    assert await walk(office, "/api/v1/cases", "cases", q="%") == []


async def test_overdue_is_what_the_log_says_page_by_page(calls: Caller, campaign: Campaign, logs: list[Log]) -> None:
    office = calls(OFFICE)
    rows = await walk(office, "/api/v1/overdue", "overdue", as_of="2027-08-01T12:00")
    expected = naively(campaign, logs, instant("08-01 12:00"))
    found = [(r["case_id"], r["kind"], r["clock"], r["about"], parse_instant(r["due_at"])) for r in rows]
    assert len(found) == len(expected) > 10 and set(found) == expected
    assert [f[4] for f in found] == sorted(f[4] for f in found), "longest overdue first"
    duties = await walk(office, "/api/v1/overdue", "overdue", kind="duty", as_of="2027-08-01", role="inspector")
    assert duties and {(r["kind"], r["role"]) for r in duties} == {("duty", "inspector")}


async def test_the_inbox_tells_sentences_and_whatever_it_shows_filters(calls: Caller, logs: list[Log]) -> None:
    office = calls(OFFICE)
    whole = (await office.get("/api/v1/inbox", params={"limit": 1000})).json()["inbox"]
    assert len(whole) > 100 and [row["at"] for row in whole] == sorted((r["at"] for r in whole), reverse=True)
    for row in whole:
        assert row["zh"] and row["en"] and row["zh"] != row["what"] and "{" not in row["zh"] + row["en"]
    for column, filters in (("topic", "topic"), ("role", "role"), ("district", "district"), ("sector", "sector")):
        value = whole[0][column]
        found = (await office.get("/api/v1/inbox", params={"limit": 1000, filters: value})).json()["inbox"]
        assert found == [row for row in whole if row[column] == value], column
    named = next(row["person"] for row in whole if row["person"])
    found = (await office.get("/api/v1/inbox", params={"limit": 1000, "officer": named})).json()["inbox"]
    assert found == [row for row in whole if row["person"] == named]


async def test_undelivered_notices_are_told_to_those_who_watch(calls: Caller, engine: Engine, logs: list[Log]) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET done_at = NULL, dead_at = now() WHERE seq = 1"))
    numbers = (await calls(None).get("/metrics")).text
    assert f"rectify_outbox_dead {len(logs):.1f}" in numbers and "rectify_outbox_waiting 0.0" in numbers


@pytest.mark.parametrize(("client", "status"), [("127.0.0.9", 200), ("10.0.0.9", 404), ("unnamed", 404)])
async def test_numbers_are_told_on_the_machine_itself_alone(api: FastAPI, client: str, status: int) -> None:
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False, client=(client, 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as watching:
        told = await watching.get("/metrics")
        assert told.status_code == status and ("rectify_" in told.text) == (status == 200)
        assert (await watching.get("/healthz")).status_code == 200


async def test_a_case_with_its_slashes_bare_or_encoded(calls: Caller, logs: list[Log]) -> None:
    office = calls(OFFICE)
    case_id = (await walk(office, "/api/v1/cases", "cases"))[0]["case_id"]
    for path in (case_id, case_id.replace("/", "%2F")):
        told = (await office.get(f"/api/v1/cases/{path}")).json()
        assert told["case_id"] == case_id and told["explained"] is not None
        line = (await office.get(f"/api/v1/cases/{path}/timeline")).json()["timeline"][0]
        assert (line["seq"], line["do"]) == (1, "open") and line["zh"] and line["en"]
    missing = await office.get("/api/v1/cases/case/none/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_case")


async def test_an_official_reads_the_own_district_only(calls: Caller, logs: list[Log]) -> None:
    everywhere = await walk(calls(OFFICE), "/api/v1/cases", "cases")
    elsewhere = next(row for row in everywhere if row["district"] != HERE)
    inspector = calls(COLLEAGUE)
    assert {r["district"] for r in await walk(inspector, "/api/v1/cases", "cases")} == {HERE}
    assert {r["district"] for r in await walk(inspector, "/api/v1/overdue", "overdue", as_of="2027-08-01")} == {HERE}
    assert {r["district"] for r in await walk(inspector, "/api/v1/inbox", "inbox", topic="deadline")} == {HERE}
    for path in (
        f"/api/v1/cases?district={elsewhere['district']}",
        f"/api/v1/overdue?district={elsewhere['district']}",
        f"/api/v1/inbox?district={elsewhere['district']}",
    ):
        told = await inspector.get(path)
        assert (told.status_code, told.json()["code"]) == (403, "wrong_territory"), path
    counts = (await inspector.get(f"/api/v1/campaigns/{elsewhere['campaign_id']}")).json()["counts"]
    assert {c["district"] for c in counts} == {HERE}
    for who in ("auditor:审计员1@650200", "government:市政府@650200"):
        assert len(await walk(calls(who), "/api/v1/cases", "cases")) == len(everywhere)


async def test_an_official_of_a_sector_reads_that_sector_only(
    calls: Caller, campaign: Campaign, logs: list[Log]
) -> None:
    everywhere = await walk(calls(OFFICE), "/api/v1/cases", "cases")
    own, other = everywhere[0]["sector"], next(r for r in everywhere if r["sector"] != everywhere[0]["sector"])
    regulator = calls(f"regulator:处室1@650200/{own}")
    listed = await walk(regulator, "/api/v1/cases", "cases")
    assert listed == [row for row in everywhere if row["sector"] == own] and len({r["district"] for r in listed}) > 1
    late = await walk(regulator, "/api/v1/overdue", "overdue", as_of="2027-08-01")
    assert late and {row["sector"] for row in late} == {own}
    told = await walk(regulator, "/api/v1/inbox", "inbox", topic="deadline")
    assert told and {row["sector"] for row in told} == {own}
    counts = (await regulator.get(f"/api/v1/campaigns/{campaign.campaign_id}")).json()["counts"]
    assert sum(count["cases"] for count in counts) == len(listed)
    for path in (
        f"/api/v1/cases?sector={other['sector']}",
        f"/api/v1/overdue?sector={other['sector']}",
        f"/api/v1/inbox?sector={other['sector']}",
    ):
        problem(await regulator.get(path), 403, "wrong_sector")
    problem(await calls("regulator:处室1@650200").get("/api/v1/cases"), 403, "wrong_sector")


async def test_campaigns_show_phase_and_counts(calls: Caller, campaign: Campaign, logs: list[Log]) -> None:
    office = calls(OFFICE)
    brief = (await office.get("/api/v1/campaigns")).json()["campaigns"][0]
    assert (brief["campaign_id"], brief["phase"]) == (campaign.campaign_id, "rectification")
    told = (await office.get(f"/api/v1/campaigns/{campaign.campaign_id}")).json()
    assert sum(c["cases"] for c in told["counts"]) == len(logs)
    assert [p["id"] for p in told["phases"]] == ["investigation", "rectification", "consolidation"]
    assert (told["today"], told["phases"][0]["source"]) == ("2027-09-01", "N")
