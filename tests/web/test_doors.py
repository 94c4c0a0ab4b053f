"""Every page and form asks who may: with nobody, and with somebody who may not, it is refused (ADR 0038)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from cli.site import create_site
from desk import sign_in
from desk.sign_in import IDLE_FOR
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.people import person_of
from store.sessions import visits_of
from tests.cast import INSPECTOR, SUPERVISOR
from tests.people import person, session
from tests.routes import routes
from tests.web.serve import served

OF_NOBODY = {
    "GET /sign-in": "the form",
    "POST /sign-in": "login and password prove who it is",
    "POST /sign-in/as": "of a demonstration alone",
    "POST /sign-in/passkey/begin": "a challenge",
    "POST /sign-in/passkey": "a passkey proves who it is",
    "POST /sign-in/city": "leads to the city's own sign-in",
    "GET /sign-in/city/back": "whom the city names, as it was begun in this browser",
    "POST /invited/{token}/city": "whoever has the link",
    "POST /sign-out": "ends the session that it comes with, if any",
    "GET /invited/{token}": "whoever has the link",
    "POST /invited/{token}": "whoever has the link, once",
}
LINKS = ("GET /invited/{token}", "POST /invited/{token}")
OF_A_SESSION = {
    "GET /me": "one's own",
    "POST /me/post": "a post that the person holds",
    "POST /me/sessions/end": "the person's own sessions",
    "POST /me/tokens/end": "tokens of the person's own posts",
    "GET /prove": "the form",
    "POST /prove": "by the password",
    "POST /prove/passkey/begin": "a challenge",
    "POST /prove/passkey": "by a passkey",
    "POST /prove/city": "leads to the city's own sign-in",
    "GET /me/ways": "after a proof",
    "POST /me/passkeys/begin": "after a proof",
    "POST /me/passkeys": "after a proof",
    "POST /me/passkeys/remove": "after a proof, one's own",
    "POST /me/city": "after a proof",
    "POST /me/city/remove": "after a proof, one's own",
    "GET /prove/done": "the form stands beside it",
    "GET /me/password": "one's own",
    "POST /me/password": "by the old one",
    "GET /me/codes/off": "after a proof",
    "POST /me/codes/off": "after a proof",
    "GET /me/codes": "after a proof",
    "POST /me/codes": "after a proof",
}
OF_A_READER = {
    "GET /": "what the post may read",
    "GET /cases": "what the post may read",
    "GET /cases/export": "what the post may read; noted",
    "GET /board/export": "officials, what the post may read; noted",
    "GET /work/export": "what the post may read; noted",
    "GET /views": "one's own, and those that others share",
    "POST /views": "one's own",
    "POST /views/{view_id}": "one's own",
    "GET /work/live": "what the post may read",
    "GET /work/next": "what the post may read",
    "GET /cases/{case_id}": "what the post may read",
    "GET /cases/{case_id}/files/{sha256}": "what the post may read",
    "GET /cases/{case_id}/do/{do}": "what the post may do there, by the table of deeds",
    "POST /cases/{case_id}/do/{do}": "the same; the worker asks again",
    "GET /cases/{case_id}/visit": "who gives verdicts, by the table of deeds",
    "POST /cases/{case_id}/visit": "the same; the worker asks again",
    "GET /inbox": "what the post may read; an enterprise what it was told",
    "GET /work": "what the post may read",
    "GET /site": "inspectors, by the table of deeds",
    "GET /site/day": "the same: what the post may read",
    "GET /self-inspection": "the own ledger, or what the post may read",
    "GET /self-inspection/template": "whoever reads anything of the campaign",
    "POST /self-inspection": "who speaks for a subject, by the table of deeds",
    "POST /self-inspection/file": "the same",
    "POST /self-inspection/rectified": "the same",
    "GET /measures": "officials, what the post may decide, after a proof",
    "POST /measures": "by the table of deeds; the worker asks again",
    "GET /campaigns/new": "the office, by the table of deeds",
    "POST /campaigns/new": "the same",
    "GET /campaigns/{campaign_id}": "what the post may read",
    "GET /campaigns/{campaign_id}/figures": "officials, what the post may read",
    "GET /campaigns/{campaign_id}/weeks": "officials, what the post may read",
    "GET /campaigns/{campaign_id}/do/{do}": "the office, by the table of deeds",
    "POST /campaigns/{campaign_id}/do/{do}": "the same",
    "GET /orders/new/{what}": "officials, by the table of deeds",
    "POST /orders/new/{what}": "the same",
    "GET /orders/{job_id}": "whoever gave the order, or reads everywhere",
    "GET /subjects": "officials, what the post may read",
    "GET /subjects/new": "by the table of deeds",
    "POST /subjects/new": "the same",
    "GET /subjects/{subject_id}": "officials, what the post may read",
    "POST /subjects/{subject_id}/phones": "by the table of deeds; noted",
    "GET /subjects/{subject_id}/do/{do}": "what the post may do with it, by the table of deeds",
    "POST /subjects/{subject_id}/do/{do}": "the same",
    "GET /ledgers": "officials: own imports, those that one may take back, all for whoever reads everything",
    "GET /ledgers/template": "officials",
    "GET /ledgers/export": "officials: what the post may read; noted",
    "GET /ledgers/new": "who may import, by the table of deeds",
    "POST /ledgers/new": "the same",
    "GET /ledgers/checks/{file_id}": "whoever sent the file",
    "POST /ledgers/checks/{file_id}": "whoever sent the file",
    "POST /ledgers/checks/{file_id}/apply": "whoever sent the file, and may import",
    "POST /ledgers/checks/{file_id}/drop": "whoever sent the file",
    "GET /ledgers/checks/{file_id}/annotated": "whoever sent the file",
    "GET /ledgers/jobs/{job_id}": "as the list of imports",
    "GET /ledgers/jobs/{job_id}/undo": "the same, and who may take something back",
    "POST /ledgers/jobs/{job_id}/undo": "the same; the worker asks again row by row",
}
OF_A_MANAGER = {
    "GET /people": "who manages people",
    "GET /people/subjects": "who manages people",
    "GET /people/new": "after a proof",
    "POST /people/new": "after a proof",
    "GET /people/{person_id}": "who manages people",
    "GET /people/{person_id}/do/{do}": "after a proof",
    "POST /people/{person_id}/do/{do}": "after a proof",
}

OF_ADMINISTRATION = {
    "GET /admin": "leads to the first page that one has",
    "GET /admin/health": "who looks at how the system runs",
    "GET /admin/jobs": "the same; no case by name for whoever reads none",
    "GET /admin/jobs/{job_id}": "the same",
    "GET /admin/jobs/{job_id}/do/{do}": "who keeps it running, after a proof",
    "POST /admin/jobs/{job_id}/do/{do}": "who keeps it running, after a proof",
    "GET /admin/schedules": "who looks at how the system runs",
    "GET /admin/schedules/{chore}/do/{do}": "who keeps it running, after a proof",
    "POST /admin/schedules/{chore}/do/{do}": "who keeps it running, after a proof",
    "GET /admin/tokens": "who manages tokens",
    "GET /admin/tokens/new": "after a proof",
    "POST /admin/tokens/new": "after a proof",
    "GET /admin/tokens/{token_id}/revoke": "after a proof",
    "POST /admin/tokens/{token_id}/revoke": "after a proof",
    "GET /admin/audit": "who reads the audit log",
    "GET /admin/audit/export": "who reads the audit log; noted",
}


@pytest.fixture
def browser(services: Services, campaign: Campaign) -> Iterator[httpx.Client]:
    """A browser that says where its forms were."""
    with served(services) as site, httpx.Client(base_url=site, headers={"Origin": site}, timeout=60) as client:
        yield client


def asked(client: httpx.Client, route: str) -> httpx.Response:
    """The answer to a form that is filled in with whatever."""
    method, _, path = route.partition(" ")
    names = {"case_id": "case/karamay-2013-2027/x", "campaign_id": "karamay-2013-2027", "token": "none", "do": "void"}
    names |= {"subject_id": "x", "person_id": "p-1", "what": "note", "job_id": "none", "file_id": "0" * 32}
    names |= {"sha256": "sha256:0", "chore": "remind", "token_id": "0" * 12, "view_id": "none"}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    form = {"post": "o", "session": "s", "password": "x", "person": "p", "login": "x"}
    return client.request(method, path, data=form if method == "POST" else None)


def test_every_page_and_form_is_listed_here_by_who_may_ask(services: Services) -> None:
    found = {route for route in routes(create_site(services)) if "/api/v1/" not in route}
    programs = {f"GET /{path}" for path in ("healthz", "readyz", "metrics", "openapi.json")}
    assert found == {*OF_NOBODY, *OF_A_SESSION, *OF_A_READER, *OF_A_MANAGER, *OF_ADMINISTRATION} | programs


def test_with_nobody_every_page_leads_to_the_sign_in_and_every_form_is_refused(browser: httpx.Client) -> None:
    for route in (*OF_A_SESSION, *OF_A_READER, *OF_A_MANAGER, *OF_ADMINISTRATION):
        told = asked(browser, route)
        led = told.status_code == 303 and told.headers["location"].startswith("/sign-in?next=")
        assert led if route.startswith("GET") else told.status_code == 401, route
    refused = {route: asked(browser, route).status_code for route in ("POST /sign-in/as", *LINKS)}
    assert refused == {"POST /sign-in/as": 404, **dict.fromkeys(LINKS, 410)}
    assert asked(browser, "POST /sign-in").status_code == 401


def test_whoever_reads_nothing_reads_no_page(browser: httpx.Client, services: Services) -> None:
    browser.cookies.set(SESSION_COOKIE, session(services, "admin:Gu@650200"))
    for route in OF_A_READER.keys() - {"GET /"}:
        assert asked(browser, route).status_code == 403, route
    assert asked(browser, "GET /").headers["location"] == "/people", "whoever manages people begins with them"


def test_whoever_manages_nobody_sees_no_person(browser: httpx.Client, services: Services) -> None:
    browser.cookies.set(SESSION_COOKIE, session(services, INSPECTOR))
    for route in (*OF_A_MANAGER, *OF_ADMINISTRATION):
        assert asked(browser, route).status_code == 403, route


def test_nobody_acts_in_another_s_post_nor_ends_another_s_session(browser: httpx.Client, services: Services) -> None:
    other, now = person(services, SUPERVISOR), datetime.now(UTC)
    kept = sign_in.begin(services.engine, other.account_id, other.person_id, "tests", now)
    [post] = person_of(services.engine, other.person_id).posts
    browser.cookies.set(SESSION_COOKIE, session(services, INSPECTOR))
    assert browser.post("/me/post", data={"post": post.post_id}).status_code == 403
    browser.post("/me/sessions/end", data={"session": kept.session_id})
    assert [v.session_id for v in visits_of(services.engine, other.person_id, now, IDLE_FOR)] == [kept.session_id]


@pytest.mark.parametrize("who", [INSPECTOR, "admin:Gu@650200", "office:Zhou@650200"])
def test_no_form_takes_anything_from_another_page(browser: httpx.Client, services: Services, who: str) -> None:
    browser.cookies.set(SESSION_COOKIE, session(services, who))
    browser.headers.update({"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"})
    every = (*OF_NOBODY, *OF_A_SESSION, *OF_A_READER, *OF_A_MANAGER, *OF_ADMINISTRATION)
    told = {route: asked(browser, route) for route in every if route.startswith("POST ")}
    assert {route: answer.status_code for route, answer in told.items() if answer.status_code < 400} == {}
    assert len(told) > 30 and told["POST /sign-out"].status_code == 403, "whoever that is stays signed in"
