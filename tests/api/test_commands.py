"""Commands over HTTP: through the desk to a running case, by whom the token names, once."""

import asyncio
from uuid import uuid4

import pytest

from engine.connection import Services
from models.wire import CASES_QUEUE
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from tests.api.conftest import Caller
from tests.api.test_refusals import problem
from tests.cast import ENTERPRISE, HERE, INSPECTOR, OFFICE, SUPERVISOR
from tests.durable.office import Office
from tests.durable.office import command as asked_for
from workers.beats import beating

pytestmark = pytest.mark.clause("contracts §3")
FINDING = {"ref": "F1", "category": "H08", "grade": "general", "description": "疏散通道堵塞"}


async def test_a_case_by_http(calls: Caller, office: Office) -> None:
    case = await office.open("06-03")
    path = f"/api/v1/cases/{case.case_id}/commands"
    inspector = calls(INSPECTOR)
    command = {"do": "record_findings", "findings": [FINDING], "command_id": str(uuid4())}
    told = (await inspector.post(path, json=command)).json()
    assert (told["accepted"], told["stage"], told["command_id"]) == (True, "registration", command["command_id"])
    assert told["due"].endswith("+08:00")
    again = await inspector.post(path, json={**command, "by": INSPECTOR})
    assert again.status_code == 200 and again.json()["seq"] == told["seq"]
    other = await inspector.post(path, json={**command, "findings": [{**FINDING, "ref": "F2"}]})
    assert problem(other, 409, "command_id_reused")["rule"] == "contracts §1"
    encoded = path.replace(case.case_id, case.case_id.replace("/", "%2F"))
    assert (await inspector.post(encoded, json={"do": "add_note", "text": "x"})).status_code == 200
    assert (await case.steps()) == ["open", "record_findings", "add_note"]
    async with beating(office.services.engine, CASES_QUEUE):
        checks = (await inspector.get("/readyz")).json()["checks"]
    assert checks["database"] and checks["temporal"] and checks["worker_cases"]
    assert not checks["worker_imports"]


async def test_who_speaks_is_who_the_token_names(calls: Caller, office: Office) -> None:
    case = await office.open("06-03")
    path = f"/api/v1/cases/{case.case_id}/commands"
    void = {"do": "void", "reason": "立案有误"}
    problem(await calls(INSPECTOR).post(path, json={**void, "by": SUPERVISOR}), 403, "actor_differs")
    problem(await calls(INSPECTOR).post(path, json=void), 403, "role_not_permitted")
    problem(await calls("supervisor:王@650202").post(path, json=void), 404, "unknown_case")
    problem(await calls(f"{INSPECTOR}/fireworks").post(path, json={"do": "add_note", "text": "x"}), 404, "unknown_case")
    problem(await calls(ENTERPRISE).post(path, json=void), 403, "role_not_permitted")
    problem(await calls(None).post(path, json=void), 401, "no_token")
    clock = {"do": "campaign_completed", "command_id": str(uuid4())}
    problem(await calls(OFFICE).post(path, json=clock), 409, "clock_only")
    assert await case.steps() == ["open"]
    assert (await calls(SUPERVISOR).post(path, json=void)).json()["outcome"] == "void"
    problem(await calls(SUPERVISOR).post(path, json=void), 409, "case_closed")
    noted = audit_page(office.services.engine, AuditFilter(kind="command_refused", case_id=case.case_id), 100)
    codes = ["actor_differs", "role_not_permitted", "wrong_territory", "wrong_sector", "clock_only"]
    assert [one.facts["code"] for one in reversed(noted)] == [*codes, "case_closed"]
    assert {one.facts["deed"] for one in noted} == {"void", "add_note", "campaign_completed"}
    assert all(one.by.token and one.by.name is None and one.outcome == "refused" for one in noted)


async def test_a_command_is_signed_for_the_token_that_brought_it(calls: Caller, office: Office) -> None:
    """Of many requests at once each speaks for itself."""
    case = await office.open("06-03")
    path = f"/api/v1/cases/{case.case_id}/commands"
    callers = {who: calls(who) for who in (INSPECTOR, SUPERVISOR, OFFICE)}
    asked = [(who, f"{who} {n}") for n in range(4) for who in callers]
    told = await asyncio.gather(*(callers[who].post(path, json={"do": "add_note", "text": t}) for who, t in asked))
    assert [answer.status_code for answer in told] == [200] * len(asked)
    doors: dict[str, set[str]] = {}
    for line in (await case.log())[1:]:
        assert line.claim is not None and line.by is not None
        doors.setdefault(str(line.by), set()).add(line.claim.door)
        assert line.claim.door.startswith("token:") and str(line.by) in str(line.events)
    assert doors.keys() == callers.keys()
    assert len(set.union(*doors.values())) == len(doors), "one token each"


async def test_what_became_of_a_signal_is_told_to_whoever_may_read_its_case(calls: Caller, office: Office) -> None:
    case = await office.open("06-03")
    sent = asked_for("add_note", text="by a device")
    await case.signal(sent)
    await case.logged("add_note")
    path = f"/api/v1/receipts/{sent.command_id}"
    receipt = (await calls(INSPECTOR).get(path)).json()
    assert (receipt["state"], receipt["seq"], receipt["case_id"]) == ("accepted", 2, case.case_id)
    foreign = problem(await calls("supervisor:王@650202").get(path), 404, "unknown_receipt")
    missing = problem(await calls(INSPECTOR).get("/api/v1/receipts/nothing"), 404, "unknown_receipt")
    assert foreign["en"].replace(sent.command_id, "") == missing["en"].replace("nothing", "")


async def test_whoever_may_do_nothing_in_a_case_hears_nothing_else_of_it(calls: Caller, office: Office) -> None:
    """Territory and role come before whether the case has ended, or whether the command_id was taken."""
    case = await office.open("06-03")
    path, given = f"/api/v1/cases/{case.case_id}/commands", str(uuid4())
    void = {"do": "void", "reason": "立案有误", "command_id": given}
    assert (await calls(SUPERVISOR).post(path, json=void)).json()["outcome"] == "void"
    foreign, note = "supervisor:王@650202", {"do": "add_note", "text": "x"}
    for command in (note, {**note, "command_id": given}, {"do": "void", "reason": "x"}):
        problem(await calls(foreign).post(path, json=command), 404, "unknown_case")
    problem(await calls(INSPECTOR).post(path, json={"do": "void", "reason": "x"}), 403, "role_not_permitted")
    problem(await calls(SUPERVISOR).post(path, json=note), 409, "case_closed")
    problem(await calls(SUPERVISOR).post(path, json={**note, "command_id": given}), 409, "command_id_reused")
    assert (await calls(SUPERVISOR).post(path, json=void)).json()["outcome"] == "void", "sent again: the same answer"
    unknown = path.replace(case.case_id, case.case_id + "-9")
    problem(await calls(foreign).post(unknown, json=note), 404, "unknown_case")


async def test_opening_by_http(calls: Caller, office: Office, services: Services, campaign: Campaign) -> None:
    subject = {"name": "某商场", "district": HERE, "sector": "fire_safety", "code": "91350100M000100Y44"}
    opening = {"subject": subject, "command_id": str(uuid4())}
    too_early = await calls(INSPECTOR).post("/api/v1/cases", json=opening)
    problem(too_early, 409, "campaign_not_running")
    [noted] = audit_page(services.engine, AuditFilter(kind="command_refused"), 10)
    assert noted.case_id is None and noted.facts["deed"] == "open" and noted.by.role == "inspector"
    with services.engine.begin() as connection:
        offset = office.campaign_at("06-03").clock_offset
        connection.exec_driver_sql("UPDATE campaigns SET clock_offset = %s", (offset,))
    told = await calls(INSPECTOR).post("/api/v1/cases", json=opening)
    assert told.status_code == 200, told.text
    office.file(told.json()["case_id"])
    assert told.json()["warnings"][0]["zh"] and told.headers["location"].endswith(told.json()["case_id"])
    again = await calls(INSPECTOR).post("/api/v1/cases", json={**opening, "campaign": campaign.campaign_id})
    assert again.json()["case_id"] == told.json()["case_id"]
    foreign = {**opening, "command_id": str(uuid4()), "subject": {**subject, "district": "650202"}}
    problem(await calls(INSPECTOR).post("/api/v1/cases", json=foreign), 403, "wrong_territory")
    problem(await calls(INSPECTOR).post("/api/v1/cases", json={**opening, "campaign": "none"}), 404, "unknown_campaign")


async def test_an_opening_under_a_like_name_is_warned_of_within_the_reach_of_who_asks(
    calls: Caller, office: Office, services: Services, campaign: Campaign
) -> None:
    with services.engine.begin() as connection:
        offset = office.campaign_at("06-03").clock_offset
        connection.exec_driver_sql("UPDATE campaigns SET clock_offset = %s", (offset,))

    async def warned(who: str, name: str, district: str = HERE) -> list[dict[str, str]]:
        opening = {"subject": {"name": name, "district": district}}
        told = await calls(who).post("/api/v1/cases", json=opening)
        assert told.status_code == 200, told.text
        office.file(told.json()["case_id"])
        return told.json()["warnings"]

    assert await warned(INSPECTOR, "相近（二）有限公司") == []
    (warning,) = await warned(INSPECTOR, "相近(二)有限责任公司")
    assert "相近（二）有限公司" in warning["zh"] and "subject merge" in warning["en"]
    elsewhere, city = "inspector:王@650202", "office:市安委会办公室@650200"
    assert await warned(elsewhere, "相近（二）有限公司", "650202") == [], "what it may not read it is not told"
    assert await warned(city, "相近（二）有限公司", "650204") != []


async def test_an_unknown_case_and_a_service_that_is_away(
    calls: Caller, office: Office, api: object, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown, known = (f"/api/v1/cases/{i}/commands" for i in ("case/none/none", (await office.open("06-03")).case_id))
    problem(await calls(INSPECTOR).post(unknown, json={"do": "add_note", "text": "x"}), 404, "unknown_case")
    nowhere = Services(services.endpoints.model_copy(update={"temporal_address": "127.0.0.1:9"}))
    monkeypatch.setattr(api.state.backing, "_client", None)  # pyright: ignore
    monkeypatch.setattr(api.state.backing, "services", nowhere)  # pyright: ignore
    problem(await calls(INSPECTOR).post(unknown, json={"do": "add_note", "text": "x"}), 404, "unknown_case")
    told = await calls(INSPECTOR).post(known, json={"do": "add_note", "text": "x"})
    assert "command_id" in problem(told, 503, "temporal_unreachable")["remedy_en"]
    ready = problem(await calls(None).get("/readyz"), 503, "not_ready")
    workers = {f"worker_{queue}": False for queue in ("cases", "campaigns", "imports", "notices")}
    nowhere.close()
    assert ready["checks"] == {"database": True, "temporal": False, **workers, "payload_keys": True, "claim_keys": True}
    assert "worker_notices" in ready["en"] and "rectify up" in ready["remedy_zh"]
