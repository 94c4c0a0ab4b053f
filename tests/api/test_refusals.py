"""Whoever has no token, the wrong role or the wrong shape gets a problem document, never a crash."""

import json
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk.tokens import BadToken, ExpiredToken, SignedActor, ensure_token_key, read, sign
from engine.connection import Services
from engine.operator import operator
from models.actors import Actor
from serving.bodies import LARGEST
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.tokens import issued_tokens, revoke_tokens
from tests.api.conftest import Caller, token
from tests.cast import INSPECTOR, OFFICE
from tests.store.paper import long_case, write

pytestmark = pytest.mark.clause("contracts §3")
CASE = "/api/v1/cases/case/karamay-2013-2027/p-1"


def problem(told: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which has both languages."""
    assert told.headers["content-type"] == "application/problem+json", told.text
    document = told.json()
    assert (told.status_code, document["status"], document["code"]) == (status, status, code), told.text
    assert document["zh"] and document["en"] and "Traceback" not in told.text
    return document


@pytest.mark.parametrize(
    "path", ["/api/v1/cases", "/api/v1/overdue", "/api/v1/inbox", "/api/v1/campaigns", CASE, f"{CASE}/timeline"]
)
async def test_without_a_token_there_is_nothing(calls: Caller, services: Services, path: str) -> None:
    told = await calls(None).get(path)
    assert "rectify user token" in problem(told, 401, "no_token")["remedy_en"]
    assert told.headers["www-authenticate"].startswith("Bearer")
    good = token(services, OFFICE)
    other = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    for bad, code in (
        (other, "token_invalid"),
        ("x", "token_invalid"),
        (token(services, OFFICE, days=-1), "token_expired"),
    ):
        told = await calls(None).get(path, headers={"Authorization": f"Bearer {bad}"})
        assert bad not in told.text or bad == "x"
        problem(told, 401, code)


@pytest.mark.parametrize("who", ["enterprise:经办人@650203", "public:市民@650203", "admin:管理员@650200"])
async def test_roles_without_a_door_are_told_so(calls: Caller, campaign: Campaign, who: str) -> None:
    problem(await calls(who).get("/api/v1/cases"), 403, "role_not_permitted")
    problem(await calls(who).post(f"{CASE}/commands", json={"do": "void", "reason": "x"}), 403, "role_not_permitted")


def test_a_token_is_bound_to_actor_time_and_home(services: Services) -> None:
    key = ensure_token_key(services.home)
    assert stat.S_IMODE((services.home / "token.key").stat().st_mode) == 0o600
    given = token(services, INSPECTOR)
    signed = read(key, given)
    assert str(signed.actor) == INSPECTOR and given == sign(key, signed)
    with pytest.raises(BadToken):
        read(b"another key", given)
    with pytest.raises(ExpiredToken):
        read(key, given, datetime.now(UTC) + timedelta(days=2))
    head, body, signature = given.split(".")
    for other in (
        f"{head}.{body[:-2]}AA.{signature}",
        f"{head}.{body}",
        f"{head}2.{body}.{signature}",
        "",
        "你",
        "." * 9,
    ):
        with pytest.raises(BadToken):
            read(key, other)


@pytest.mark.usefixtures("campaign")
async def test_a_key_that_is_taken_away_ends_every_token_at_once_and_a_new_one_takes_none_back(
    calls: Caller, services: Services
) -> None:
    stolen = calls(OFFICE)
    assert (await stolen.get("/api/v1/cases")).status_code == 200
    key = services.home / "token.key"
    key.rename(services.home / "token.key.old")
    try:
        problem(await stolen.get("/api/v1/cases"), 401, "token_invalid")
        assert (await calls(OFFICE).get("/api/v1/cases")).status_code == 200, "by a new key"
        problem(await stolen.get("/api/v1/cases"), 401, "token_invalid")
    finally:
        (services.home / "token.key.old").replace(key)


@pytest.mark.usefixtures("campaign")
async def test_one_token_is_called_back_alone_and_the_next_request_knows(calls: Caller, services: Services) -> None:
    stolen, other = calls(OFFICE), calls(OFFICE)
    stolen_id = issued_tokens(services.engine)[1].token_id
    assert revoke_tokens(services.engine, stolen_id, operator()) == 1
    problem(await stolen.get("/api/v1/cases"), 401, "token_invalid")
    assert (await other.get("/api/v1/cases")).status_code == 200
    assert revoke_tokens(services.engine, stolen_id, operator()) == 0, "it was called back before"
    assert revoke_tokens(services.engine, None, operator()) == 1
    lines = [(one.kind, one.facts["token_id"]) for one in audit_page(services.engine, AuditFilter(), 10)]
    other_id = next(one.token_id for one in issued_tokens(services.engine) if one.token_id != stolen_id)
    given = [("permission_given", other_id), ("permission_given", stolen_id)]
    assert lines == [("permission_revoked", other_id), ("permission_revoked", stolen_id), *given]
    problem(await other.get("/api/v1/cases"), 401, "token_invalid")


async def test_a_signed_token_that_was_never_issued_is_none(calls: Caller, services: Services) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    actor = Actor(role="office", name="x", territory="650200")
    forged = sign(ensure_token_key(services.home), SignedActor(actor, later, "x"))
    told = await calls(None).get("/api/v1/cases", headers={"Authorization": f"Bearer {forged}"})
    problem(told, 401, "token_invalid")


@pytest.mark.parametrize("who", ["office:y@999999", "auditor:y@110000", "regulator:y@6502", "inspector:y@999999"])
async def test_a_territory_that_the_plan_has_not_reads_nothing(calls: Caller, campaign: Campaign, who: str) -> None:
    for address in ("/api/v1/cases", "/api/v1/overdue", f"/api/v1/campaigns/{campaign.campaign_id}"):
        problem(await calls(who).get(address), 403, "wrong_territory")


async def test_a_strange_host_gets_nothing(calls: Caller) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"):
        told = await calls(OFFICE).get("/healthz", headers={"Host": host})
        problem(told, 421, "strange_host")
    for host in ("localhost:8780", "127.0.0.1", "[::1]:8780"):
        assert (await calls(None).get("/healthz", headers={"Host": host})).json() == {"alive": True}


BODIES: list[tuple[bytes, int, str]] = [
    (b"", 422, "body"),
    (b"\xff\xfe", 422, "body"),
    (b"[1]", 422, "body"),
    (b"{}", 422, "do"),
    (b"[" * 100_000, 422, "body"),
    (b'{"do": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", 422, "body"),
    (b'{"do": "void", "reason": 1e999}', 0, ""),
    (b'{"do": "void", "reason": NaN}', 422, "body"),
    (b'{"do": "void", "reason": ' + b"9" * 5000 + b"}", 422, "body"),
    (b'{"do": "void", "reason": "a\\u0000b"}', 422, "reason"),
    (b'{"do": "void", "reason": "a\\ud800b"}', 422, "reason"),
    (b'{"do": "void", "reason": null}', 422, "reason"),
    (b'{"do": "void", "reason": "x", "by": "nobody"}', 422, "by"),
    (b'{"do": "void", "reason": "x", "more": 1}', 422, "more"),
    (b'{"do": "fly"}', 422, "do"),
    (b'{"do": "void", "reason": "x", "do": "add_note"}', 422, "do"),
    (b'{"do": "void", "reason": "x", "reason": "x"}', 422, "reason"),
    (b'{"do": "reinspect", "verdicts": [{"ref": "F1", "passed": false, "passed": true}]}', 422, "passed"),
    (b'{"do": "void", "a\\u0000": 1, "a\\u0000": 2}', 422, "a"),
    (b'{"do": ["void"]}', 422, "do"),
    (b'{"do": "reinspect", "verdicts": [{"ref": "F1", "passed": "perhaps"}]}', 422, "verdicts.0.passed"),
    (
        b'{"do": "register", "assignments": [{"ref": "F1", "responsible": "x", "due": "9999-99-99"}]}',
        422,
        "assignments.0.due",
    ),
    (b'{"do": "void", "reason": "x", "observed_at": "0001-01-01T00:00:00+23:59"}', 422, "observed_at"),
    (b'{"do": "accept_restart", "conditions": {"a\\u0000": true}, "signatories": ["x"]}', 422, "conditions.?"),
]


@pytest.mark.parametrize(("body", "status", "field"), BODIES, ids=range(len(BODIES)))
async def test_a_wrong_body_names_its_field(
    calls: Caller, campaign: Campaign, body: bytes, status: int, field: str
) -> None:
    told = await calls(INSPECTOR).post(f"{CASE}/commands", content=body, headers={"Content-Type": "application/json"})
    if status:
        assert field in {e["field"] for e in problem(told, status, "invalid_input")["errors"]}
    assert told.status_code < 500


async def test_a_body_is_bounded(calls: Caller, campaign: Campaign) -> None:
    office = calls(OFFICE)
    big = json.dumps({"do": "void", "reason": "x" * LARGEST}).encode()

    async def in_pieces() -> Any:
        for start in range(0, len(big), 100_000):
            yield big[start : start + 100_000]

    problem(await office.post(f"{CASE}/commands", content=big), 413, "too_large")
    problem(await office.post(f"{CASE}/commands", content=in_pieces()), 413, "too_large")
    problem(await office.post(f"{CASE}/commands", data={"do": "void"}), 415, "not_json")
    for odd in (b"\xb2", b"-1", b"1e9", b"9" * 400):
        told = await office.post(f"{CASE}/commands", content=b"{}", headers={b"Content-Length": odd})
        assert told.status_code < 500, odd


QUERIES = [
    ("/api/v1/cases?limit=0", "limit"),
    ("/api/v1/cases?limit=" + "9" * 5000, "limit"),
    ("/api/v1/cases?stage=sleeping", "stage"),
    ("/api/v1/cases?district=110000", "district"),
    ("/api/v1/cases?sector=space", "sector"),
    ("/api/v1/cases?colour=red", "colour"),
    ("/api/v1/cases?q=%00", "q"),
    ("/api/v1/cases?after=%F0%9F", "after"),
    ("/api/v1/cases?after=bm9uZQ", "after"),
    ("/api/v1/cases?overdue=perhaps", "overdue"),
    ("/api/v1/overdue?as_of=someday", "as_of"),
    ("/api/v1/overdue?as_of=9999-12-31", "as_of"),
    ("/api/v1/overdue?kind=both", "kind"),
    ("/api/v1/inbox?topic=gossip", "topic"),
    ("/api/v1/inbox?after=e30", "after"),
    ("/api/v1/overdue?after=e30", "after"),
    ("/api/v1/cases?district=650203&district=650202", "district"),
    ("/api/v1/imports?limit=1&limit=2", "limit"),
    ("/api/v1/imports?state=asleep", "state"),
]


@pytest.mark.parametrize(("path", "field"), QUERIES)
async def test_a_wrong_parameter_is_named(calls: Caller, campaign: Campaign, path: str, field: str) -> None:
    told = await calls(OFFICE).get(path)
    assert field in {e["field"] for e in problem(told, 422, "invalid_input")["errors"]}


async def test_addresses_and_methods_that_are_not_there(calls: Caller, campaign: Campaign) -> None:
    office = calls(OFFICE)
    problem(await office.get("/api/v1/nothing"), 404, "not_found")
    problem(await office.get("/api/v1/cases/x%00y"), 404, "not_found")
    problem(await office.get("/api/v1/cases/case/a/b%00"), 404, "not_found")
    problem(await office.get("/api/v1/campaigns/none"), 404, "unknown_campaign")
    problem(await office.get("/api/v1/cases?campaign=none"), 404, "unknown_campaign")
    told = await office.delete("/api/v1/cases")
    problem(told, 405, "method_not_allowed")
    assert told.headers["allow"]


async def test_without_a_campaign(calls: Caller) -> None:
    assert (await calls(OFFICE).get("/api/v1/cases")).json() == {"cases": [], "next": None}
    assert (await calls(OFFICE).get("/api/v1/campaigns")).json() == {"campaigns": []}
    assert "campaign start" in problem(await calls(OFFICE).get("/api/v1/overdue"), 404, "no_campaign")["remedy_en"]


async def test_a_database_that_is_away_is_told(
    calls: Caller, services: Services, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = calls(OFFICE)
    services.engine.dispose()
    elsewhere = services.engine.url.set(port=9)
    monkeypatch.setattr(services.engine, "url", elsewhere)
    monkeypatch.setattr(services.engine.pool, "_creator", services.engine.pool._creator)
    monkeypatch.setattr(services.engine.dialect, "connect", _refuse)
    told = problem(await office.get("/api/v1/cases"), 503, "database_unreachable")
    assert "rectify up" in told["remedy_en"]
    text = (await office.get("/metrics")).text
    assert "rectify_database_up 0.0" in text and "rectify_http_requests_total" in text


def _refuse(*_: Any, **__: Any) -> Any:
    import psycopg

    raise psycopg.OperationalError("connection refused")


async def test_a_changed_log_is_told(calls: Caller, services: Services, campaign: Campaign, superuser: Any) -> None:
    log = long_case(campaign, 1, steps=5)
    write(services.engine, campaign.plan, log)
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER ALL")
    superuser.execute("UPDATE case_log SET body = '{}' WHERE seq = 2")
    assert "readmodel verify" in problem(await calls(OFFICE).get(CASE), 500, "broken_log")["remedy_en"]
