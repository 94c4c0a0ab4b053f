"""Passkeys: whoever holds one comes in, once for each challenge, from our page alone; nothing else does."""

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page

from desk import passkeys
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from tests.cast import HERE
from tests.people import PASSWORD, member
from tests.web.authenticator import Authenticator, encoded
from tests.web.conftest import Reading
from tests.web.test_pages import sound

INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:李四@{HERE}"


@pytest.fixture
def by_name(site: str) -> str:
    """The site by a host name: passkeys are for no other."""
    return site.replace("127.0.0.1", "localhost")


Browsing = Callable[[], httpx.Client]


@pytest.fixture
def browsing(site: str, by_name: str) -> Iterator[Browsing]:
    """Browsers on the site by its name, each with cookies of its own."""
    opened: list[httpx.Client] = []

    def browse() -> httpx.Client:
        told = {"Origin": by_name, "Host": by_name.removeprefix("http://"), "Accept": "application/json"}
        opened.append(httpx.Client(base_url=site, headers=told, timeout=60))
        return opened[-1]

    yield browse
    for client in opened:
        client.close()


def ask(browser: httpx.Client, address: str) -> dict[str, Any]:
    told = browser.post(f"{address}/begin", json={})
    assert told.status_code == 200, told.text
    return told.json()


def bring(browser: httpx.Client, address: str, credential: object, **more: str) -> tuple[int, str]:
    """What the site says to it: the status, and the code of a refusal or where it leads."""
    told = browser.post(address, json={"credential": credential, **more})
    return told.status_code, told.json().get("code") or told.json()["onward"]


def signed_in(browser: httpx.Client, services: Services, who: str = INSPECTOR) -> str:
    """Somebody new who came in by password in that browser; the account's id."""
    one = member(services, who)
    assert browser.post("/sign-in", data={"login": one.login, "password": PASSWORD}).status_code == 303
    return one.account_id


def with_passkey(browser: httpx.Client, services: Services, by_name: str, who: str = INSPECTOR) -> Authenticator:
    """The passkey of somebody new, who is signed in in that browser."""
    signed_in(browser, services, who)
    device = Authenticator(by_name)
    made = device.made(ask(browser, "/me/passkeys"))
    assert bring(browser, "/me/passkeys", made, name=" 办公室电脑\u200b ") == (200, "/me/ways")
    return device


def why_refused(services: Services) -> list[object]:
    lines = audit_page(services.engine, AuditFilter(kind="sign_in_failed"), 50)
    assert all(line.facts["way"] == "passkey" and line.outcome == "refused" for line in lines)
    return [line.facts["why"] for line in lines]


def test_a_passkey_is_enough_to_come_in_and_leads_on(browsing: Browsing, services: Services, by_name: str) -> None:
    device = with_passkey(browsing(), services, by_name)
    elsewhere = browsing()
    answer = device.answer(ask(elsewhere, "/sign-in/passkey"))
    assert bring(elsewhere, "/sign-in/passkey", answer, next="/cases") == (200, "/cases")
    page = elsewhere.get("/me").text
    assert "办公室电脑" in page and "\u200b" not in page
    [came, *_] = audit_page(services.engine, AuditFilter(kind="sign_in"), 1)
    assert came.facts["way"] == "passkey" and came.by.person
    for wrong in ("//evil.example", "https://evil.example", ["/"], None):
        answer = device.answer(ask(elsewhere, "/sign-in/passkey"))
        told = elsewhere.post("/sign-in/passkey", json={"credential": answer, "next": wrong})
        assert told.json() == {"onward": "/"}


def test_an_answer_is_taken_once_in_time_and_in_its_browser(
    browsing: Browsing, services: Services, by_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, browser, other = with_passkey(browsing(), services, by_name), browsing(), browsing()
    answer = device.answer(ask(browser, "/sign-in/passkey"))
    assert bring(browser, "/sign-in/passkey", answer)[0] == 200
    assert bring(browser, "/sign-in/passkey", answer) == (401, "sign_in_expired")
    stolen = device.answer(ask(browser, "/sign-in/passkey"))
    ask(other, "/sign-in/passkey")  # so that the other has a mark of its own
    assert bring(other, "/sign-in/passkey", stolen) == (401, "sign_in_expired")
    assert bring(browser, "/sign-in/passkey", stolen) == (401, "sign_in_expired"), "it was used up"
    monkeypatch.setattr(passkeys, "ANSWERED_WITHIN", timedelta(seconds=-1))
    late = device.answer(ask(browser, "/sign-in/passkey"))
    monkeypatch.undo()
    assert bring(browser, "/sign-in/passkey", late) == (401, "sign_in_expired")
    assert why_refused(services) == ["challenge"] * 4
    with services.engine.connect() as connection:
        waiting = connection.exec_driver_sql("SELECT count(*) FROM sign_in_steps").scalar_one()
    assert waiting == 1, "what was answered is gone, and what the other browser asked for waits"


def test_an_answer_for_another_page_purpose_or_finger_is_none(
    browsing: Browsing, services: Services, by_name: str
) -> None:
    mine = browsing()
    device, browser = with_passkey(mine, services, by_name), browsing()

    def told(**instead: str) -> tuple[int, str]:
        return bring(browser, "/sign-in/passkey", device.answer(ask(browser, "/sign-in/passkey"), **instead))

    assert told(origin="https://evil.example") == (401, "wrong_passkey")
    assert told(origin=by_name.replace("localhost", "127.0.0.1")) == (401, "wrong_passkey")
    assert told(type="webauthn.create") == (401, "wrong_passkey")
    assert told(challenge=encoded(b"x" * 64)) == (401, "sign_in_expired")
    assert told()[0] == 200
    device.is_verified = False
    assert told() == (401, "wrong_passkey")
    device.is_verified, device.host = True, "evil.example"
    assert told() == (401, "wrong_passkey")
    device.host = "localhost"
    for_proof = device.answer(ask(mine, "/prove/passkey"))
    assert bring(mine, "/sign-in/passkey", for_proof) == (401, "sign_in_expired")
    tampered = device.answer(ask(browser, "/sign-in/passkey"))
    tampered["response"]["signature"] = encoded(b"0" * 70)
    assert bring(browser, "/sign-in/passkey", tampered) == (401, "wrong_passkey")


def test_a_count_that_goes_back_is_refused_and_noted(browsing: Browsing, services: Services, by_name: str) -> None:
    device, browser = with_passkey(browsing(), services, by_name), browsing()
    device.sign_count = 7
    assert bring(browser, "/sign-in/passkey", device.answer(ask(browser, "/sign-in/passkey")))[0] == 200
    for count in (7, 3, 0):
        device.sign_count = count
        answer = device.answer(ask(browser, "/sign-in/passkey"))
        assert bring(browser, "/sign-in/passkey", answer) == (401, "passkey_counts_back"), count
    assert why_refused(services) == ["sign_count"] * 3
    device.sign_count = 8
    assert bring(browser, "/sign-in/passkey", device.answer(ask(browser, "/sign-in/passkey")))[0] == 200


def test_guesses_lock_out_that_passkey_and_no_password(browsing: Browsing, services: Services, by_name: str) -> None:
    mine, browser = browsing(), browsing()
    device = with_passkey(mine, services, by_name)
    for _ in range(5):
        wrong = device.answer(ask(browser, "/sign-in/passkey"), origin="https://evil.example")
        assert bring(browser, "/sign-in/passkey", wrong) == (401, "wrong_passkey")
    right = device.answer(ask(browser, "/sign-in/passkey"))
    assert bring(browser, "/sign-in/passkey", right) == (429, "too_many_failures")
    other = with_passkey(browsing(), services, by_name, SUPERVISOR)
    assert bring(browser, "/sign-in/passkey", other.answer(ask(browser, "/sign-in/passkey")))[0] == 200
    login = mine.get("/me").text.partition("登录名：")[2].partition("<")[0].strip()
    assert browsing().post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303


def test_a_proof_anew_takes_a_passkey_of_the_account_alone(
    browsing: Browsing, services: Services, by_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, his = browsing(), browsing()
    device, other = with_passkey(mine, services, by_name), with_passkey(his, services, by_name, SUPERVISOR)
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    assert mine.post("/me/passkeys/begin", json={}).json()["code"] == "prove_again"
    assert mine.get("/me/ways", headers={"Accept": "text/html"}).headers["location"].startswith("/prove?next=")
    monkeypatch.undo()
    options = ask(mine, "/prove/passkey")
    assert [one["id"] for one in options["allowCredentials"]] == [encoded(device.credential_id)]
    assert bring(mine, "/prove/passkey", other.answer(options)) == (401, "wrong_passkey")
    before = mine.cookies[SESSION_COOKIE]
    answer = device.answer(ask(mine, "/prove/passkey"))
    assert bring(mine, "/prove/passkey", answer, next="/me/ways") == (200, "/me/ways")
    assert mine.cookies[SESSION_COOKIE] != before
    in_his = device.answer(ask(his, "/prove/passkey"))
    assert bring(his, "/prove/passkey", in_his) == (401, "wrong_passkey")


def test_a_passkey_is_one_accounts_and_the_last_way_in_stays(
    browsing: Browsing, services: Services, by_name: str
) -> None:
    mine, his = browsing(), browsing()
    device = with_passkey(mine, services, by_name)
    account_id = signed_in(his, services, SUPERVISOR)
    assert bring(his, "/me/passkeys", device.made(ask(his, "/me/passkeys"))) == (401, "wrong_passkey")
    wrong = Authenticator(by_name).made(ask(his, "/me/passkeys"), origin="https://evil.example")
    assert bring(his, "/me/passkeys", wrong) == (401, "wrong_passkey")
    second = Authenticator(by_name)
    made = second.made(ask(his, "/me/passkeys"))
    assert bring(mine, "/me/passkeys", made) == (401, "sign_in_expired")  # begun in another session
    made = second.made(ask(his, "/me/passkeys"))
    assert bring(his, "/me/passkeys", made)[0] == 200
    assert bring(his, "/me/passkeys", made) == (401, "sign_in_expired")
    shown = encoded(second.credential_id)
    assert mine.post("/me/passkeys/remove", data={"passkey": shown}).status_code == 303
    assert shown in his.get("/me/ways").text, "nobody removes another's"
    with services.owner.begin() as connection:
        sql = "UPDATE accounts SET password_hash = NULL WHERE account_id = %s"
        connection.exec_driver_sql(sql, (account_id,))
    assert his.post("/me/passkeys/remove", data={"passkey": shown}).status_code == 409
    browser = browsing()
    assert bring(browser, "/sign-in/passkey", second.answer(ask(browser, "/sign-in/passkey")))[0] == 200
    third = Authenticator(by_name)
    assert bring(his, "/me/passkeys", third.made(ask(his, "/me/passkeys")))[0] == 200
    assert his.post("/me/passkeys/remove", data={"passkey": shown}).status_code == 303
    gone = second.answer(ask(browser, "/sign-in/passkey"))
    assert bring(browser, "/sign-in/passkey", gone) == (401, "wrong_passkey")


@pytest.mark.parametrize(
    "hostile",
    [
        *({}, {"id": 7}, {"id": "x"}, {"id": "x", "response": []}, {"response": {"clientDataJSON": "[]"}}, None, []),
        {"id": "x", "response": {"clientDataJSON": "é", "authenticatorData": 1}},
        {"id": "x" * 100_000, "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "bnVsbA"}},
        {"id": "x", "response": {"clientDataJSON": base64.urlsafe_b64encode(b"[" * 100_000).decode()}},
    ],
)
def test_what_no_browser_sends_is_refused_in_a_sentence(
    browsing: Browsing, services: Services, by_name: str, hostile: object
) -> None:
    browser = browsing()
    signed_in(browser, services)
    for address in ("/sign-in/passkey", "/prove/passkey", "/me/passkeys"):
        ask(browser, address)
        assert bring(browser, address, hostile)[0] in (401, 429), address


def test_other_pages_and_numbers_get_no_challenge(browsing: Browsing, services: Services, site: str) -> None:
    browser = browsing()
    signed_in(browser, services)
    for address in ("/sign-in/passkey", "/prove/passkey", "/me/passkeys"):
        for path in (address, f"{address}/begin"):
            told = browser.post(path, json={}, headers={"Origin": "http://evil.example"})
            assert (told.status_code, told.json()["code"]) == (403, "foreign_page"), path
    here = {"Origin": site, "Host": site.removeprefix("http://")}
    told = browser.post("/sign-in/passkey/begin", json={}, headers=here)
    assert (told.status_code, told.json()["code"]) == (409, "passkeys_need_a_name")
    page = httpx.get(f"{site}/sign-in?lang=zh&next=/cases").text
    assert f"{site.replace('127.0.0.1', 'localhost')}/sign-in" in page and "data-passkey" not in page


# ---------------------------------------------------------------- as a person meets it


async def virtual_authenticator(page: Page) -> tuple[Any, str]:
    """Chromium's own, which verifies its user by itself: the session that steers it, and its id."""
    session: Any = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


@pytest.mark.parametrize(("width", "lang"), [("desktop", "zh"), ("phone", "en")])
async def test_a_passkey_by_hand(
    by_name: str, reading: Reading, services: Services, town: Campaign, width: str, lang: str
) -> None:
    one = member(services, INSPECTOR)
    reader = await reading(width, who=None)
    page = reader.page
    session, authenticator = await virtual_authenticator(page)
    await page.goto(f"{by_name}/sign-in?lang={lang}&next=/me/ways")
    await page.fill("[name=login]", one.login)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{by_name}/me/ways")
    await sound(page)
    await page.fill("[name=name]", "窗口电脑")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".ways b")
    await sound(page)
    kept = await session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    assert [c["rpId"] for c in kept["credentials"]] == ["localhost"]
    await page.goto(f"{by_name}/me")
    await sound(page)
    await page.click("form[action='/sign-out'] button")
    await page.wait_for_url(f"{by_name}/sign-in")
    await sound(page)
    await page.click("[data-passkey=get] button")
    await page.wait_for_url(f"{by_name}/")
    await page.goto(f"{by_name}/prove?next=/me")
    await sound(page)
    await page.click("[data-passkey=get] button")
    await page.wait_for_url(f"{by_name}/me")
    await session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    await page.goto(f"{by_name}/prove?next=/me")
    await page.click("[data-passkey=get] button")
    await page.wait_for_selector("[role=alert]:not([hidden])")
    assert {"zh": "未完成", "en": "Not done"}[lang] in await page.inner_text("[role=alert]")
    await page.goto(f"{by_name}/me/ways")
    await page.click(".ways button")
    await page.wait_for_selector(".nothing")
