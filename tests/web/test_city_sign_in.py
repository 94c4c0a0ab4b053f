"""The city's own sign-in: who was linked comes in by it, and nobody by what was not signed for this very sign-in."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from desk import city_sign_in
from desk.city_provider import CityClient, CityProvider, is_safe
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from tests.cast import HERE
from tests.people import PASSWORD, member, person
from tests.web.conftest import Reading
from tests.web.provider import CLIENT, SECRET, Provider, providing
from tests.web.serve import served
from tests.web.test_pages import sound

INSPECTOR = f"inspector:张三@{HERE}"
Browsing = Callable[[], httpx.Client]


@pytest.fixture(scope="session")
def running() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """An honest one, that knows somebody."""
    running.lies, running.describes, running.is_away, running.subject = {}, {}, False, f"u-{time.time_ns()}"
    running.asked.clear()
    return running


@pytest.fixture
def site(services: Services, provider: Provider) -> Iterator[str]:
    """The site, with a button of the city's."""
    client = CityClient(
        issuer=provider.issuer, client_id=CLIENT, secret=SECRET, zh="市统一门户", en="the city's portal"
    )
    with served(services, city=CityProvider(client)) as address:
        yield address


@pytest.fixture
def browsing(site: str) -> Iterator[Browsing]:
    """Browsers on the site, each with cookies of its own."""
    opened: list[httpx.Client] = []

    def browse() -> httpx.Client:
        opened.append(httpx.Client(base_url=site, headers={"Origin": site}, timeout=60))
        return opened[-1]

    yield browse
    for client in opened:
        client.close()


def led(browser: httpx.Client, path: str, **fields: str) -> str:
    """The provider's address to which a button leads."""
    told = browser.post(path, data=fields)
    assert told.status_code == 200, (told.status_code, told.text)
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', told.text)
    assert found is not None
    return unescape(found[1])


def way_back(address: str) -> str:
    """Where the provider leads whoever is led there."""
    return httpx.get(address).headers["location"]


def go(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """There and back again."""
    return browser.get(way_back(led(browser, path, **fields)))


def signed_in(browser: httpx.Client, services: Services) -> str:
    login = member(services, INSPECTOR).login
    assert browser.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
    return login


def linked(browser: httpx.Client, services: Services) -> str:
    """Somebody who is signed in by password and has linked the account; the login."""
    login = signed_in(browser, services)
    told = go(browser, "/me/city")
    assert (told.status_code, told.headers["location"]) == (303, "/me/ways")
    return login


def why_refused(services: Services) -> list[object]:
    lines = audit_page(services.engine, AuditFilter(kind="sign_in_failed"), 50)
    assert all(line.facts["way"] == "city" and line.outcome == "refused" for line in lines)
    return [line.facts["why"] for line in lines]


def test_who_has_linked_the_account_comes_in_by_it_and_nobody_else(
    browsing: Browsing, services: Services, provider: Provider
) -> None:
    mine, elsewhere = browsing(), browsing()
    told = go(elsewhere, "/sign-in/city")
    assert told.status_code == 403 and "未关联" in told.text and SESSION_COOKIE not in elsewhere.cookies
    login = linked(mine, services)
    told = go(elsewhere, "/sign-in/city", next="/cases")
    assert (told.status_code, told.headers["location"]) == (303, "/cases")
    assert login in elsewhere.get("/me").text
    asked = provider.asked[-1]
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == ("code", "openid", "S256")
    assert asked["redirect_uri"].endswith("/sign-in/city/back") and "prompt" not in asked
    [came] = audit_page(services.engine, AuditFilter(kind="sign_in"), 1)
    assert came.facts["way"] == "city" and why_refused(services) == ["not_linked"]
    whole = "".join(line.model_dump_json() for line in audit_page(services.engine, AuditFilter(), 50))
    assert provider.subject not in whole
    provider.subject = "somebody else"
    assert go(browsing(), "/sign-in/city").status_code == 403


def test_a_way_back_is_good_once_in_time_and_in_its_browser(
    browsing: Browsing, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(browsing(), services)
    browser, other = browsing(), browsing()
    back = way_back(led(browser, "/sign-in/city"))
    led(other, "/sign-in/city")  # so that the other has a mark of its own
    assert other.get(back).status_code == 403  # somebody else's way back signs nobody in
    assert browser.get(back).status_code == 403  # and it was used up
    back = way_back(led(browser, "/sign-in/city"))
    assert browser.get(re.sub("state=[^&]+", "state=x", back)).status_code == 403
    assert browser.get(back).status_code == 303 and browser.get(back).status_code == 403
    monkeypatch.setattr(city_sign_in, "BACK_WITHIN", timedelta(seconds=-1))
    assert browser.get(way_back(led(browser, "/sign-in/city"))).status_code == 403
    monkeypatch.undo()
    address = led(browser, "/sign-in/city")
    state = httpx.URL(address).params["state"]
    assert browser.get("/sign-in/city/back", params={"state": state, "error": "access_denied"}).status_code == 403
    assert browser.get("/sign-in/city/back").status_code == 403
    assert why_refused(services) == ["state", "declined", "state", "state", "state", "state", "state"]


@pytest.mark.parametrize(
    "lies",
    [
        *({"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": None}, {"iss": "http://127.0.0.1:1"}),
        *(
            {"exp": 1},
            {"exp": None},
            {"sub": None},
            {"sub": ""},
            {"sub": 7},
            {"iat": 4_000_000_000},
            {"auth_time": "x"},
        ),
        *({"aud": [CLIENT, "another"]}, {"azp": "another"}, {"alg": "none"}, {"alg": "HS256"}),
        {"key": RSAKey.generate_key(2048, {"kid": "1"})},
    ],
    ids=lambda lies: "another key" if "key" in lies else str(lies),
)
def test_what_the_provider_did_not_sign_for_this_sign_in_proves_nothing(
    browsing: Browsing, services: Services, provider: Provider, lies: dict[str, Any]
) -> None:
    linked(browsing(), services)
    browser = browsing()
    provider.lies = lies
    assert go(browser, "/sign-in/city").status_code == 403
    assert SESSION_COOKIE not in browser.cookies and len(why_refused(services)) == 1
    provider.lies = {"aud": [CLIENT], "nbf": int(time.time()), "auth_time": None}
    assert go(browser, "/sign-in/city").status_code == 303


def test_a_new_key_of_the_provider_is_learned(
    browsing: Browsing, services: Services, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(browsing(), services)
    provider.renew_key()
    assert go(browsing(), "/sign-in/city").status_code == 403  # asked for too lately
    monkeypatch.setattr("desk.city_provider._AGAIN", 0.0)
    assert go(browsing(), "/sign-in/city").status_code == 303


def test_a_code_of_another_sign_in_is_refused_by_its_verifier(browsing: Browsing, services: Services) -> None:
    linked(browsing(), services)
    browser = browsing()
    first, second = (way_back(led(browser, "/sign-in/city")) for _ in range(2))
    code = httpx.URL(first).params["code"]
    assert browser.get(re.sub("code=[^&]+", f"code={code}", second)).status_code == 403
    assert why_refused(services) == ["code"]


def test_a_provider_that_is_away_or_describes_another_is_told_and_the_password_works(
    browsing: Browsing, services: Services, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.city_provider._KEPT", -1.0)  # it is asked each time
    browser = browsing()
    begun = way_back(led(browser, "/sign-in/city"))
    provider.is_away = True
    for told in (browser.post("/sign-in/city"), browser.get(begun)):
        assert told.status_code == 503 and "市统一门户没有应答" in told.text and "密码" in told.text
    provider.is_away = False
    for described in (
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": f"{provider.issuer}/.well-known/openid-configuration"},
        {"token_endpoint": None},
    ):
        provider.describes = described
        assert browser.post("/sign-in/city").status_code == 503, described
    signed_in(browser, services)
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("address", "issuer", "safe"),
    [
        ("https://a.example/x", "https://b.example", True),
        ("http://a.example/x", "https://a.example", False),
        ("http://a.example", "http://a.example", False),
        ("http://127.0.0.1:1/x", "http://localhost:2", True),
        ("http://[::1]/x", "http://127.0.0.1", True),
        ("http://127.0.0.1/x", "https://a.example", False),
        ("ftp://127.0.0.1/x", "http://127.0.0.1", False),
        ("https:///x", "https://a.example", False),
    ],
)
def test_a_provider_is_asked_over_tls_but_on_this_machine(address: str, issuer: str, safe: bool) -> None:
    assert is_safe(address, issuer) is safe


def test_a_proof_anew_is_one_that_was_given_just_now_by_the_same_person(
    browsing: Browsing, services: Services, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = browsing()
    linked(mine, services)
    before, subject = mine.cookies[SESSION_COOKIE], provider.subject
    told = go(mine, "/prove/city", next="/me/ways")
    assert (told.status_code, told.headers["location"]) == (303, "/me/ways")
    assert mine.cookies[SESSION_COOKIE] != before
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    for lies in ({"auth_time": None}, {"auth_time": int(time.time()) - 600}, {"auth_time": int(time.time()) + 600}):
        provider.lies = lies
        assert go(mine, "/prove/city").status_code == 403, lies
    provider.lies, provider.subject = {}, "somebody else"
    assert go(mine, "/prove/city").status_code == 403
    provider.subject = subject
    back = way_back(led(mine, "/prove/city"))
    other = browsing()
    signed_in(other, services)
    assert other.get(back).status_code == 403
    assert why_refused(services) == ["state", "another", "auth_time", "auth_time", "auth_time"]
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    for path in ("/me/city", "/me/city/remove"):
        assert mine.post(path).status_code == 403


def test_an_account_of_the_city_is_one_persons_and_the_last_way_in_stays(
    browsing: Browsing, services: Services, provider: Provider
) -> None:
    mine, his = browsing(), browsing()
    linked(mine, services)
    signed_in(his, services)
    assert go(his, "/me/city").status_code == 409
    link = re.search(r'name="link" value="([^"]+)"', mine.get("/me/ways").text)
    assert link is not None
    assert his.post("/me/city/remove", data={"link": link[1]}).status_code in (303, 409)
    assert go(browsing(), "/sign-in/city").status_code == 303, "nobody unlinks another's"
    with services.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET password_hash = NULL")
    assert mine.post("/me/city/remove", data={"link": link[1]}).status_code == 409
    with services.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET password_hash = 'x'")
    assert mine.post("/me/city/remove", data={"link": link[1]}).status_code == 303
    assert go(browsing(), "/sign-in/city").status_code == 403


def test_an_invitation_links_an_account_once_instead_of_a_password(browsing: Browsing, services: Services) -> None:
    invited = person(services, INSPECTOR)
    browser = browsing()
    assert "市统一门户" in browser.get(f"/invited/{invited.token}").text
    told = go(browser, f"/invited/{invited.token}/city")
    assert told.status_code == 303 and invited.login in browser.get("/me").text
    assert browser.post(f"/invited/{invited.token}/city").status_code == 410
    assert go(browsing(), "/sign-in/city").status_code == 303
    page = browser.get("/prove").text
    assert 'name="password"' not in page and "/prove/city" in page


@pytest.mark.parametrize("path", ["/sign-in/city", "/me/city", "/prove/city", "/me/city/remove"])
def test_other_pages_begin_nothing(browsing: Browsing, services: Services, path: str) -> None:
    browser = browsing()
    signed_in(browser, services)
    assert browser.post(path, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(("width", "lang"), [("desktop", "en"), ("phone", "zh")])
async def test_the_citys_sign_in_by_hand(
    site: str, reading: Reading, services: Services, town: Campaign, width: str, lang: str
) -> None:
    invited = person(services, INSPECTOR)
    page = (await reading(width, who=None)).page
    await page.goto(f"{site}/invited/{invited.token}?lang={lang}")
    await sound(page)
    await page.click("form[action$='/city'] button")
    await page.wait_for_url(f"{site}/")
    await page.goto(f"{site}/me")
    await page.click("form[action='/sign-out'] button")
    await page.wait_for_url(f"{site}/sign-in")
    await sound(page)
    await page.click("form[action='/sign-in/city'] button")
    await page.wait_for_url(f"{site}/")
    await page.goto(f"{site}/prove?next=/me/ways")
    await sound(page)
    await page.click("form[action='/prove/city'] button")
    await page.wait_for_url(f"{site}/me/ways")
    await sound(page)
