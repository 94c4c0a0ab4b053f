"""One's own account: the password changed, codes given up, what is shown once copied, a proof that leads back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import expect
from pyotp.totp import TOTP
from sqlalchemy import text

from desk.one_time_codes import offer, take_up
from desk.people import invite_again
from engine.connection import Services
from engine.operator import operator
from serving.cookies import SESSION_COOKIE
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.payload_keys import needed_keys
from store.sessions import asks_for_codes
from tests.cast import HERE
from tests.people import PASSWORD, member, person, session
from tests.web.conftest import Reading

INSPECTOR, ADMIN = f"inspector:张三@{HERE}", "admin:管理员@650200"
ANOTHER = "甲乙丙丁戊己庚辛壬癸"


def browser(site: str) -> httpx.Client:
    """One that says where its forms were, in English."""
    return httpx.Client(base_url=site, headers={"Origin": site, "Accept-Language": "en"}, timeout=60)


@pytest.fixture
def mine(site: str) -> Iterator[httpx.Client]:
    with browser(site) as client:
        yield client


def come_in(client: httpx.Client, login: str, password: str = PASSWORD, **more: str) -> int:
    return client.post("/sign-in", data={"login": login, "password": password, **more}).status_code


def test_a_session_that_ended_is_told_on_the_form(mine: httpx.Client, services: Services) -> None:
    come_in(mine, member(services, INSPECTOR).login)
    assert "<title>Not found" in mine.get("/nowhere?lang=en").text, "a trouble has words for a title"
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET ended_at = now()"))
    assert "Your session has ended" in mine.get("/sign-in?lang=en").text
    told = mine.post("/me/sessions/end", headers={"Accept": "text/html"}).text
    assert "<title>Sign-in needed" in told and 'href="/sign-in?' in told and "open /sign-in" not in told


def test_the_own_password_is_changed_by_the_old_one_and_ends_all_other_sessions(
    mine: httpx.Client, site: str, services: Services
) -> None:
    one = member(services, INSPECTOR)
    with browser(site) as elsewhere:
        assert come_in(mine, one.login) == come_in(elsewhere, one.login) == 303
        assert 'href="/me/password"' in mine.get("/me").text
        before = mine.cookies[SESSION_COOKIE]
        for old, new, again, status in (
            ("不是这个密码啊啊啊", ANOTHER, ANOTHER, 401),
            (PASSWORD, ANOTHER, ANOTHER + "1", 422),
            (PASSWORD, "short", "short", 422),
            (PASSWORD, PASSWORD, PASSWORD, 422),
        ):
            told = mine.post("/me/password", data={"old": old, "password": new, "again": again})
            assert told.status_code == status and 'role="alert"' in told.text, (old, new)
        assert elsewhere.get("/me").status_code == 200, "nothing happened yet"
        done = mine.post("/me/password", data={"old": PASSWORD, "password": ANOTHER, "again": ANOTHER})
        assert done.status_code == 303 and mine.cookies[SESSION_COOKIE] != before
        assert "The password was changed" in mine.get(done.headers["location"]).text
        assert elsewhere.get("/me").status_code == 303
        assert come_in(elsewhere, one.login) == 401 and come_in(elsewhere, one.login, ANOTHER) == 303
    [line] = [a for a in audit_page(services.engine, AuditFilter(), 20) if a.facts.get("what") == "password"][:1]
    assert (line.by.person, line.facts["sessions"]) == (one.person_id, 1)


def test_who_has_codes_changes_the_password_with_one_and_gives_codes_up_after_a_question(
    mine: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, now = member(services, INSPECTOR), datetime.now(UTC)
    assert come_in(mine, one.login) == 303
    secret, sealed = offer(services.keys, one.account_id)
    earlier = now - timedelta(seconds=30)
    assert take_up(services.engine, services.keys, one.account_id, sealed, TOTP(secret).at(earlier), now)
    facts = {"old": PASSWORD, "password": ANOTHER, "again": ANOTHER}
    assert 'name="code"' in mine.get("/me/password").text
    assert mine.post("/me/password", data=facts).status_code == 401, "the password alone is not enough"
    assert mine.post("/me/password", data={**facts, "code": TOTP(secret).at(now)}).status_code == 303
    assert mine.post("/me/codes", data={}).status_code == 422 and asks_for_codes(services.engine, one.account_id)
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    assert mine.get("/me/codes/off").headers["location"].startswith("/prove?")
    assert mine.post("/me/codes/off").status_code == 403 and asks_for_codes(services.engine, one.account_id)
    monkeypatch.undo()
    assert "the entry on the phone" in mine.get("/me/codes/off").text
    assert mine.post("/me/codes/off").status_code == 303 and not asks_for_codes(services.engine, one.account_id)


def test_who_followed_the_link_is_told_that_the_password_is_set(mine: httpx.Client, services: Services) -> None:
    link = f"/invited/{person(services, INSPECTOR).token}"
    done = mine.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert "The password is set" in mine.get(done.headers["location"]).text


def test_who_set_a_password_anew_comes_in_by_it_whoever_guessed_before_and_after(
    mine: httpx.Client, site: str, services: Services
) -> None:
    """The page of who is locked out says to ask for a new link: it is to help."""
    one, wrong = member(services, INSPECTOR), [401] * 5 + [429]
    assert [come_in(mine, one.login, f"guess number {n}") for n in range(6)] == wrong
    invited = invite_again(services.engine, operator(), one.login, datetime.now(UTC))
    assert invited is not None
    with browser(site) as elsewhere:
        assert mine.post(f"/invited/{invited.token}", data={"password": ANOTHER, "again": ANOTHER}).status_code == 303
        assert [come_in(elsewhere, one.login, f"guess number {n}") for n in range(6)] == wrong
        assert come_in(mine, one.login, ANOTHER) == 303
        assert come_in(elsewhere, one.login, ANOTHER) == 429, "a device that is not known"


async def test_what_is_shown_once_is_copied_and_a_proof_is_given_above_what_was_typed(
    reading: Reading, site: str, services: Services, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await reading(who=None)
    page, admin = reader.page, member(services, ADMIN)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"{site}/sign-in?lang=en")
    await page.fill("[name=login]", admin.login)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action='/sign-in'] button")
    await page.goto(f"{site}/people/new")
    await page.fill("[name=name]", "新人")
    await page.fill("[name=login]", "newcomer")
    await page.select_option("[name=role]", "inspector")
    await page.select_option("[name=territory]", HERE)
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    await page.click("form.act .btn-main")
    proof = page.locator("#proof")
    await proof.locator("[name=password]").fill("not the password")
    await proof.locator("button").click()
    await expect(proof.locator("[role=alert]")).to_be_visible()
    await proof.locator("[name=password]").fill(PASSWORD)
    await proof.locator("[name=password]").press("Enter")
    await expect(proof.locator(".done")).to_contain_text("send it again")
    monkeypatch.undo()
    assert await page.input_value("[name=name]") == "新人"
    await page.click("form.act .btn-main")
    link = (await page.inner_text("#invitation-link")).strip()
    assert re.search(r"/invited/\S+$", link)
    await page.click("[data-copy]")
    await expect(page.locator("#invitation-link-told")).to_have_text("copied")
    assert await page.evaluate("navigator.clipboard.readText()") == link
    reader.complaints.clear()  # the refusal before the proof, 403; the wrong password, 401
    padding = await page.eval_on_selector(".card.padded", "card => getComputedStyle(card).paddingLeft")
    assert padding != "0px"


def test_nobody_changes_a_password_that_the_account_does_not_have(
    mine: httpx.Client, site: str, services: Services
) -> None:
    mine.cookies.set(SESSION_COOKIE, session(services, INSPECTOR))
    assert mine.get("/me/password").status_code == 409 and 'href="/me/password"' not in mine.get("/me").text


def test_what_somebody_sends_as_sealed_is_no_key_that_the_installation_misses(
    mine: httpx.Client, services: Services
) -> None:
    """Else anybody who signed in could have every machine say that its cases cannot go on."""
    one = member(services, "inspector:张三@650203")
    assert come_in(mine, one.login) == 303
    for sealed in ("k-nobodys.AAAA", "k-nobodys", "evil\n<b>.AAAA", f"{services.keys.current()}.AAAA", "."):
        told = mine.post("/me/codes", data={"sealed": sealed, "code": "000000"})
        assert told.status_code == 422, (sealed, told.text)
    assert needed_keys(services.engine) == [], "nothing was told to be missing"


def test_who_signs_out_leaves_no_pictures_of_cases_behind(mine: httpx.Client, services: Services) -> None:
    assert come_in(mine, member(services, "inspector:张三@650203").login) == 303
    assert mine.post("/sign-out").headers["clear-site-data"] == '"cache"'
