"""A token does what its scope names, and a token of a post ends with the post: the record decides, at each request."""

from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from desk import people
from desk.tokens import SignedActor, ensure_token_key, issue, sign
from engine.connection import Services
from engine.operator import operator
from models.actors import Actor
from rules.access.scope import ALL, Scope
from store.audit import AuditFilter, audit_page
from store.people import standings
from store.tokens import issued_tokens, token_in_force
from tests.api.conftest import Caller
from tests.cast import INSPECTOR, OFFICE, actor
from tests.people import person

CASE = "/api/v1/cases/case/karamay-2013-2027/demo-157"
SOON = timedelta(days=1)


def given(services: Services, who: Actor, scope: Scope = ALL, post_id: str | None = None) -> dict[str, str]:
    """The header of a new token."""
    token, _ = issue(
        services.engine, services.home, who, datetime.now(UTC) + SOON, scope=scope, label="系统", post_id=post_id
    )
    return {"Authorization": f"Bearer {token}"}


def asked(api: FastAPI) -> list[tuple[str, str]]:
    """Every address of the API, as method and path."""
    paths: dict[str, dict[str, object]] = api.openapi()["paths"]
    return [(m.upper(), path) for path, of in paths.items() if path.startswith("/api/") for m in of]


@pytest.mark.usefixtures("town")
async def test_every_address_asks_for_the_scope_and_what_it_refuses_is_noted(
    calls: Caller, api: FastAPI, services: Services
) -> None:
    addresses = asked(api)
    assert len(addresses) >= 12, "the addresses were not found"
    headers = given(services, actor(OFFICE), ("merge",))
    for method, path in addresses:
        address = path.replace("{case_id}", CASE.removeprefix("/api/v1/cases/")).replace("{campaign_id}", "x")
        body = {"do": "add_note", "text": "x"} if method == "POST" else None
        query = {"name": "x.jpg"} if method == "POST" and path.endswith("/files") else None
        told = await calls(None).request(method, address, headers=headers, json=body, params=query)
        assert (told.status_code, told.json()["code"]) == (403, "out_of_scope"), (method, path)
        assert told.json()["remedy_zh"] and told.json()["remedy_en"]
    lines = audit_page(services.engine, AuditFilter(kind="command_refused"), 50)
    assert len(lines) == len(addresses)
    assert {line.facts["deed"] for line in lines} == {"read", "open", "add_note", "import", "attach"}
    assert {line.facts["code"] for line in lines} == {"out_of_scope"} and all(line.by.token for line in lines)


@pytest.mark.usefixtures("town")
async def test_a_token_reads_or_does_what_its_scope_names(calls: Caller, services: Services) -> None:
    async def codes(scope: Scope) -> list[str | int]:
        headers, told = given(services, actor(INSPECTOR), scope), list[httpx.Response]()
        told.append(await calls(None).get("/api/v1/overdue", headers=headers))
        for do in ("record_findings", "transfer"):
            told.append(await calls(None).post(f"{CASE}/commands", headers=headers, json={"do": do}))
        return [one.json().get("code", one.status_code) for one in told]

    wrong = "invalid_input"  # it was let in, and its body is looked at
    assert await codes(("read",)) == [200, "out_of_scope", "out_of_scope"]
    assert await codes(("read", "record_findings")) == [200, wrong, "out_of_scope"]
    assert await codes(("record_findings",)) == ["out_of_scope", wrong, "out_of_scope"]
    assert await codes(ALL) == [200, wrong, wrong]


@pytest.mark.usefixtures("town")
async def test_the_record_decides_whatever_the_token_says(
    calls: Caller, services: Services, superuser: psycopg.Connection
) -> None:
    async def scoped(headers: dict[str, str]) -> int:
        return (await calls(None).get("/api/v1/cases", headers=headers)).status_code

    narrow, wide = given(services, actor(OFFICE), ("merge",)), given(services, actor(OFFICE))
    assert (await scoped(narrow), await scoped(wide)) == (403, 200)
    superuser.execute("UPDATE access_tokens SET scope = 'read' WHERE scope = 'merge'")
    superuser.execute("UPDATE access_tokens SET scope = 'import' WHERE scope = 'all'")
    superuser.commit()
    assert (await scoped(narrow), await scoped(wide)) == (200, 403)
    superuser.execute("UPDATE access_tokens SET scope = NULL")  # as issued before there were scopes
    superuser.commit()
    assert (await scoped(narrow), await scoped(wide)) == (200, 200)
    superuser.execute("UPDATE access_tokens SET expires_at = clock_timestamp()")
    superuser.commit()
    assert (await scoped(narrow), await scoped(wide)) == (401, 401)
    one = issued_tokens(services.engine)[0]
    longer = SignedActor(actor(OFFICE), datetime.now(UTC) + SOON, one.token_id)
    forged = {"Authorization": f"Bearer {sign(ensure_token_key(services.home), longer)}"}
    assert await scoped(forged) == 401


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("ending", ["end_post", "leave"])
async def test_a_token_of_a_post_speaks_as_its_holder_and_ends_with_it(
    calls: Caller, services: Services, ending: str
) -> None:
    engine, one = services.engine, person(services, OFFICE)
    [held] = standings(engine, one.person_id, datetime.now(UTC))
    headers = given(services, held.actor, ("read",), held.post.post_id)
    assert (await calls(None).get("/api/v1/cases", headers=headers)).status_code == 200
    token_id = issued_tokens(engine)[0].token_id
    found = token_in_force(engine, token_id, datetime.now(UTC))
    assert found is not None and found.actor == held.actor and held.actor.person == one.person_id
    if ending == "leave":
        people.leave(engine, operator(), one.person_id, datetime.now(UTC))
    else:
        people.end_post(engine, operator(), held.post.post_id, datetime.now(UTC))
        anew = held.post.model_copy(update={"since_at": datetime.now(UTC)})
        people.give_post(engine, operator(), one.person_id, anew)  # another one is another one
    told = await calls(None).get("/api/v1/cases", headers=headers)
    assert (told.status_code, told.json()["code"]) == (401, "token_invalid")


@pytest.mark.usefixtures("campaign")
def test_that_a_token_was_used_is_noted_once_a_minute(services: Services) -> None:
    given(services, actor(OFFICE))
    [one], now = issued_tokens(services.engine), datetime.now(UTC)
    assert one.last_used_at is None and one.label == "系统" and str(one.issued_by).startswith("os:")
    for later, noted in ((0, 0), (50, 0), (61, 61), (100, 61), (122, 122)):
        assert token_in_force(services.engine, one.token_id, now + timedelta(seconds=later))
        [after] = issued_tokens(services.engine)
        assert after.last_used_at == now + timedelta(seconds=noted), later
