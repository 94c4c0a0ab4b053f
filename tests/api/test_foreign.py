"""What lies beyond an official is answered as what is not there: status, code, sentences, and what was asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from engine.connection import Services
from models.actors import Actor
from rules.access.deeds import Place
from serving.actors import reach
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, CaseRow, case_page
from tests.api.conftest import Caller
from tests.cast import ELSEWHERE, HERE, INSPECTOR, OFFICE

pytestmark = pytest.mark.clause("domain §7")
NOTE = {"do": "add_note", "text": "x"}
FOREIGN = {
    f"supervisor:王@{ELSEWHERE}": "wrong_territory",
    f"{INSPECTOR}/fireworks": "wrong_sector",
    "office:y@999999": "unknown_case",  # of no territory that the campaign knows: nothing is looked up for it
}


@pytest.fixture
def case(services: Services, town: Campaign) -> CaseRow:
    """A case of the district, of another sector than fireworks."""
    rows = case_page(services.engine, CaseFilter(campaign_id=town.campaign_id, district=HERE), town.now(), 50)
    return next(row for row in rows if row.sector not in (None, "fireworks"))


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    sent: list[str] = []

    def keep(*facts: Any) -> None:
        sent.append(facts[2])

    event.listen(services.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(services.engine, "before_cursor_execute", keep)


async def asked(services: Services, client: httpx.AsyncClient, path: str, named: str) -> tuple[Any, ...]:
    """The whole answer, but for what was named; and the statements that it took."""
    with statements(services) as sent:
        told = await (client.post(path, json=NOTE) if path.endswith("/commands") else client.get(path))
    headers = {name: value for name, value in told.headers.items() if name != "content-length"}
    return told.status_code, told.text.replace(named, "…"), headers, sent


@pytest.mark.parametrize("who", FOREIGN)
async def test_a_foreign_case_is_answered_as_a_missing_one(
    calls: Caller, services: Services, town: Campaign, case: CaseRow, who: str
) -> None:
    reader, missing = calls(who), f"case/{town.campaign_id}/nobody"
    await reader.get("/api/v1/campaigns")  # what is asked once in two seconds
    for tail in ("", "/timeline", "/next-steps", "/commands"):
        there = await asked(services, reader, f"/api/v1/cases/{case.case_id}{tail}", case.case_id)
        assert there == await asked(services, reader, f"/api/v1/cases/{missing}{tail}", missing), tail
        assert there[0] == 404 and '"unknown_case"' in there[1] and case.subject_name not in there[1]
    noted = [line.facts["code"] for line in audit_page(services.engine, AuditFilter(kind="command_refused"), 10)]
    assert noted == ["unknown_case", FOREIGN[who]], "the audit knows which it was"
    assert (await calls(OFFICE).get(f"/api/v1/cases/{case.case_id}")).status_code == 200


async def test_a_foreign_receipt_and_a_foreign_import_are_answered_as_missing_ones(
    calls: Caller, services: Services, town: Campaign, case: CaseRow
) -> None:
    with services.engine.begin() as connection:
        sent = "INSERT INTO handed_in (command_id, case_id) VALUES ('r-1', :case)"
        connection.execute(text(sent), {"case": case.case_id})
        job = """INSERT INTO jobs (job_id, kind, campaign_id, "by", params, total)
            VALUES ('j-1', 'import', :of, :by, '{"file": "x.csv"}', 0)"""
        connection.execute(text(job), {"of": town.campaign_id, "by": INSPECTOR})
    reader = calls(f"supervisor:王@{ELSEWHERE}")
    await reader.get("/api/v1/campaigns")
    for address, there, code in (("receipts", "r-1", "unknown_receipt"), ("imports", "j-1", "unknown_job")):
        foreign = await asked(services, reader, f"/api/v1/{address}/{there}", there)
        assert foreign == await asked(services, reader, f"/api/v1/{address}/x-1", "x-1")
        assert foreign[0] == 404 and code in foreign[1]
        assert (await calls(INSPECTOR).get(f"/api/v1/{address}/{there}")).status_code == 200
        assert (await calls(OFFICE).get(f"/api/v1/{address}/{there}")).status_code == 200


async def test_a_forgotten_filter_shows_nothing_foreign(
    calls: Caller, services: Services, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall holds where the first is forgotten: lists of a page that filters nothing by the reader."""

    def all_that_is_wanted(campaign: Campaign, who: Actor, wanted: Place) -> Place:
        reach(campaign, who)
        return wanted

    monkeypatch.setattr("serving.actors.within", all_that_is_wanted)
    reader = calls(f"supervisor:王@{ELSEWHERE}")
    everything = len((await calls(OFFICE).get("/api/v1/cases?limit=1000")).json()["cases"])
    cases = (await reader.get("/api/v1/cases?limit=1000")).json()["cases"]
    assert {row["district"] for row in cases} == {ELSEWHERE} and 0 < len(cases) < everything
    overdue = (await reader.get("/api/v1/overdue?limit=1000")).json()["overdue"]
    assert {row["district"] for row in overdue} == {ELSEWHERE}
    told = (await reader.get("/api/v1/inbox?limit=1000")).json()["inbox"]
    assert {row["district"] for row in told} == {ELSEWHERE}
