"""Tokens of the API in the browser: issued, shown once, used, called back."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk.people import Invited, end_post
from engine.connection import Services
from engine.operator import operator
from models.instants import day_of, end_of_day
from rules.access.scope import OF_PAGES
from store.campaigns import Campaign
from store.people import people, person_of
from store.tokens import issued_tokens
from tests.cast import INSPECTOR
from tests.people import person
from tests.web.seats import Desk, noted, seated
from tests.web.test_admin import ADMIN, AUDITOR, REGULATOR


@pytest.fixture
async def desk(site: str, services: Services) -> AsyncIterator[Desk]:
    """The site on the test's own database, without workers."""
    async with seated(site, services) as found:
        yield found


async def test_a_token_is_shown_once_used_and_called_back(desk: Desk, campaign: Campaign, services: Services) -> None:
    holder: Invited = person(services, INSPECTOR)
    [post] = person_of(services.engine, holder.person_id).posts
    admin, new = desk.seat(ADMIN), "/admin/tokens/new"
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    fields = {"post_id": post.post_id, "label": "平台", "until": until, "scope": ["read", "add_note"]}
    sent = {**await admin.hidden(new), **fields}
    first, again = [await admin.client.post(new, data=sent) for _ in range(2)]
    assert first.status_code == 200 and first.headers["cache-control"] == "no-store"
    secrets = [re.findall(r'id="token-secret">([^<]+)<', told.text) for told in (first, again)]
    assert secrets[0] == secrets[1] != [] and len(issued_tokens(services.engine)) == 1, "sent twice it is one token"
    other = await admin.client.post(new, data={**sent, "scope": ["read"]})
    assert other.status_code == 409 and "something else" in other.text and secrets[0][0] not in other.text
    [token] = issued_tokens(services.engine)
    line = noted(services, "permission_given")
    assert line.facts["token_id"] == token.token_id and line.by.role == "admin" and token.scope == ("read", "add_note")
    bearer = {"Authorization": f"Bearer {secrets[0][0]}"}
    async with httpx.AsyncClient(base_url=desk.site, headers=bearer) as program:
        assert (await program.get("/api/v1/cases")).status_code == 200
        late = await admin.client.post(new, data=sent)
        assert late.status_code == 409 and "shown no more" in late.text and secrets[0][0] not in late.text
        listed = await admin.see("/admin/tokens")
        assert secrets[0][0] not in listed and token.token_id in listed and "never" not in listed
        revoke = f"/admin/tokens/{token.token_id}/revoke"
        form = await admin.hidden(revoke)
        for _ in range(2):
            assert (await admin.client.post(revoke, data=form)).status_code == 303
        late = await admin.see(revoke, 409)
        assert "it was revoked on 20" in late and "nothing is left to do" in late
        assert (await program.get("/api/v1/cases")).status_code == 401
    line = noted(services, "permission_revoked")
    assert (line.facts["token_id"], line.about_person) == (token.token_id, holder.person_id), "whose it was"
    assert (line.facts["role"], line.facts["post"]) == ("inspector", post.post_id)
    logged = await desk.seat(AUDITOR).see("/admin/audit?kind=permission_revoked")
    assert f"token: {token.token_id} · 平台" in logged and f"who={holder.person_id}" in logged
    assert token.token_id not in await admin.see("/admin/tokens")
    ended = await admin.see("/admin/tokens?ended=true")
    assert token.token_id in ended and re.search(r"revoked</span> <small[^>]*>on 20\d\d-", ended)
    assert "reading cases, adding notes" in ended, "for what it was, not what has happened"


async def test_whoever_holds_the_post_sees_its_tokens_and_calls_them_back(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    admin, holder, another = desk.seat(ADMIN), desk.seat(INSPECTOR), desk.seat(INSPECTOR)
    own = await holder.see("/me")
    [holder_id] = [one.person_id for one in people(services.engine) if one.person_id in own]
    [post] = person_of(services.engine, holder_id).posts
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    assert "/me/tokens/end" not in own
    fields = {"post_id": post.post_id, "label": "平台", "until": until, "scope": ["read"]}
    assert (await admin.send("/admin/tokens/new", fields)).status_code == 200
    [token] = issued_tokens(services.engine)
    assert token.token_id in await holder.see("/me") and token.token_id not in await another.see("/me")
    sent = {"token": token.token_id}
    for stranger in (admin, another):
        assert (await stranger.client.post("/me/tokens/end", data=sent)).status_code == 404
    assert (await holder.client.post("/me/tokens/end", data=sent)).status_code == 303
    line = noted(services, "permission_revoked")
    assert (line.facts["token_id"], line.by.person) == (token.token_id, holder_id)
    assert "The token was revoked" in await holder.see("/me?done=token") and token.token_id not in await holder.see(
        "/me"
    )
    assert (await holder.client.post("/me/tokens/end", data=sent)).status_code == 404


async def test_a_token_is_shown_again_for_minutes_alone(
    desk: Desk, campaign: Campaign, services: Services, superuser: Any
) -> None:
    [post] = person_of(services.engine, person(services, INSPECTOR).person_id).posts
    admin, new = desk.seat(ADMIN), "/admin/tokens/new"
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    sent = {**await admin.hidden(new), "post_id": post.post_id, "label": "x", "until": until, "scope": ["read"]}
    assert (await admin.client.post(new, data=sent)).status_code == 200
    superuser.execute("UPDATE access_tokens SET issued_at = issued_at - interval '11 minutes'")
    late = await admin.client.post(new, data=sent)
    assert late.status_code == 409 and 'id="token-secret"' not in late.text


async def test_a_token_that_may_not_be_issued_is_refused_at_its_field(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    [post] = person_of(services.engine, person(services, INSPECTOR).person_id).posts
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    wrongs: list[dict[str, Any]] = [
        *({"post_id": "o-nobody"}, {"scope": ["all"]}, {"scope": ["approve_measure"]}, {"scope": []}),
        {"scope": ["read", "assign_officers"]},  # a deed of a person, for which no page issues a token
        *({"until": "2020-01-01"}, {"until": "soon"}, {"label": "x" * 101}),
    ]
    admin = desk.seat(ADMIN)
    for wrong in wrongs:
        [named] = wrong
        fields = {"post_id": post.post_id, "label": "x", "until": until, "scope": ["read"], **wrong}
        told = await admin.send("/admin/tokens/new", fields)
        assert told.status_code == 422 and f'id="wrong-{named}"' in told.text, wrong
        assert told.text.count('id="wrong-') == 1, wrong
    told = await admin.send("/admin/tokens/new", {"post_id": "", "label": "", "until": "soon", "scope": []})
    assert set(re.findall(r'id="wrong-(\w+)"', told.text)) == {"post_id", "label", "until", "scope"}, "all at once"
    [other] = person_of(services.engine, person(services, AUDITOR).person_id).posts
    fields = {"post_id": other.post_id, "label": "x", "until": until, "scope": ["record_findings"]}
    told = await admin.send("/admin/tokens/new", fields)
    assert told.status_code == 422 and "of no use in that post" in told.text
    assert issued_tokens(services.engine) == ()
    assert noted(services, "command_refused").facts["code"] == "scope_of_no_use", "what a rule refuses leaves its line"


async def test_a_token_is_told_by_post_and_sector_and_each_use_by_the_posts_that_have_it(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    person(services, INSPECTOR)
    [post] = person_of(services.engine, person(services, REGULATOR).person_id).posts
    admin, new = desk.seat(ADMIN), "/admin/tokens/new"
    form = await admin.see(new)
    assert "officers assigned" not in form and "importing ledgers (inspector)" in form
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    fields = {"post_id": post.post_id, "label": "平台", "until": until, "scope": ["read"]}
    assert (await admin.send(new, fields)).status_code == 200
    [token] = issued_tokens(services.engine)
    for page in ("/admin/tokens", f"/admin/tokens/{token.token_id}/revoke"):
        told = await admin.see(page)
        assert "regulator · the whole city · Road transport" in told and token.actor not in told, page


def test_no_page_issues_a_token_for_what_asks_a_person_for_a_proof() -> None:
    assert not {"all", "approve_measure", "return_measure", "void", "manage_people", "manage_tokens"} & set(OF_PAGES)
    assert not {"propose_measure", "record_execution", "accept_restart", "reinspect", "rescind_finding"} & set(OF_PAGES)
    assert {"read", "import", "record_findings"} <= set(OF_PAGES)


async def test_a_token_lasts_no_longer_than_its_post(desk: Desk, campaign: Campaign, services: Services) -> None:
    admin, holder = desk.seat(ADMIN), person(services, INSPECTOR)
    [post] = person_of(services.engine, holder.person_id).posts
    today = day_of(datetime.now(UTC))
    ends, later = end_of_day(today + timedelta(days=5)), (today + timedelta(days=9)).isoformat()
    facts = {"post_id": post.post_id, "label": "平台", "scope": ["read"], "until": later}
    issued = await admin.send("/admin/tokens/new", facts)
    assert issued.status_code == 200
    [first] = issued_tokens(services.engine)
    assert first.ends_at == first.expires_at
    end_post(services.engine, operator(), post.post_id, ends)
    [first] = issued_tokens(services.engine)
    assert first.ends_at == ends, "it goes with the post"
    listed = await admin.see("/admin/tokens")
    assert f"{today + timedelta(days=5)} 24:00" in listed and "ends with the post" in listed
    beyond = await admin.send("/admin/tokens/new", facts)
    assert beyond.status_code == 422 and 'id="wrong-until"' in beyond.text and "the post is held until" in beyond.text
    end_post(services.engine, operator(), post.post_id, datetime.now(UTC))
    assert first.token_id not in await admin.see("/admin/tokens"), "ended with its post"
    assert "post ended" in await admin.see("/admin/tokens?ended=true")
