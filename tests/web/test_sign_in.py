"""Coming in: who proves to be somebody gets a session, and loses it with the next request after it was taken away."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pyotp.totp import TOTP
from sqlalchemy import text

from desk import one_time_codes, people, sign_in
from engine.connection import MARK, Services
from engine.operator import operator
from serving.cookies import SESSION_COOKIE
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_page
from store.sessions import visit_of
from tests.cast import ELSEWHERE, HERE
from tests.people import PASSWORD, member, person, post, session
from tests.web.conftest import Reading
from tests.web.test_pages import follow, sound

INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:张三@{HERE}"
CASE = "/cases/case/karamay-2013-2027/demo-157"
_FAILED = AuditFilter(kind="sign_in_failed")


@pytest.fixture
def browser_of(site: str) -> Iterator[httpx.Client]:
    """A browser that says where its forms were, and keeps cookies."""
    with httpx.Client(base_url=site, headers={"Origin": site}, timeout=60) as client:
        yield client


def try_to_come_in(client: httpx.Client, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def is_in(client: httpx.Client) -> bool:
    return client.get("/me").status_code == 200


# ---------------------------------------------------------------- the way in


@pytest.mark.parametrize("path", ["/", "/cases", CASE, "/inbox", "/campaigns/karamay-2013-2027", "/me"])
def test_without_a_session_every_page_leads_to_the_form_and_back(
    browser_of: httpx.Client, services: Services, town: Campaign, path: str
) -> None:
    led = browser_of.get(path, params={"lang": "en"})
    assert led.status_code == 303 and led.headers["location"].startswith("/sign-in?next=")
    onward = httpx.URL(led.headers["location"]).params["next"]
    back = try_to_come_in(browser_of, member(services, "office:周主任@650200").login, next=onward)
    assert back.status_code == 303 and back.headers["location"] == onward == f"{path}?lang=en"
    assert browser_of.get(path).status_code == 200


def test_a_part_of_a_page_asks_for_the_form_as_a_whole_page(browser_of: httpx.Client, campaign: Campaign) -> None:
    told = browser_of.get("/cases", headers={"HX-Request": "true"})
    assert told.headers["hx-redirect"].startswith("/sign-in?next=")


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "x", ""])
def test_the_way_on_stays_here(browser_of: httpx.Client, services: Services, onward: str) -> None:
    told = try_to_come_in(browser_of, member(services, INSPECTOR).login, next=onward)
    assert told.status_code == 303 and told.headers["location"] == "/"


def test_a_wrong_password_and_a_wrong_login_are_told_alike(browser_of: httpx.Client, services: Services) -> None:
    known = member(services, INSPECTOR).login
    told = [try_to_come_in(browser_of, login, "不是这个密码啊啊啊") for login in (known, "nobody")]
    assert [one.status_code for one in told] == [401, 401] and not is_in(browser_of)
    pages = [one.text.replace(login, "") for one, login in zip(told, (known, "nobody"), strict=True)]
    assert pages[0] == pages[1] and "登录名、密码或动态口令不正确" in pages[0]


def test_strangers_who_guess_lock_out_strangers_and_nobody_at_the_own_desk(
    browser_of: httpx.Client, site: str, services: Services
) -> None:
    login = member(services, INSPECTOR).login
    assert try_to_come_in(browser_of, login).status_code == 303  # this desk is known from here on
    assert browser_of.post("/sign-out").status_code == 303
    with httpx.Client(base_url=site, headers={"Origin": site}, timeout=120) as stranger, ThreadPoolExecutor(4) as many:
        guesses = list(many.map(lambda n: try_to_come_in(stranger, login, f"guess number {n}").status_code, range(9)))
        assert guesses.count(401) <= 5 and set(guesses) <= {401, 429, 503}
        assert [try_to_come_in(stranger, login).status_code for _ in range(2)] == [429, 429]
        locked = [line.facts.get("locked_for") for line in audit_page(services.engine, _FAILED, 20)]
        assert [minutes for minutes in locked if minutes] == [15], "the log says once that the door was shut"
        assert try_to_come_in(stranger, member(services, SUPERVISOR).login).status_code == 303  # beside him, unharmed
    assert try_to_come_in(browser_of, login).status_code == 303


def test_a_mark_of_another_login_makes_no_device_known(services: Services) -> None:
    key = b"k" * 32
    mark = sign_in.device_mark(key, "zhang")
    assert sign_in.device_of(key, mark, "ZHANG") == mark.partition(".")[0]
    for other in (mark.replace(".", "0."), "x", "", None, mark[:-1] + ("0" if mark[-1] != "0" else "1")):
        assert sign_in.device_of(key, other, "zhang") == sign_in.STRANGER
    assert sign_in.device_of(key, mark, "li") == sign_in.STRANGER


# ---------------------------------------------------------------- other pages


def test_what_another_page_sends_is_refused(browser_of: httpx.Client, site: str, services: Services) -> None:
    assert try_to_come_in(browser_of, member(services, INSPECTOR).login).status_code == 303
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Origin": site.replace("127.0.0.1", "127.0.0.2")},
    ):
        for path in ("/sign-in", "/sign-out", "/me/post", "/me/sessions/end", "/me/tokens/end", "/sign-in/as"):
            assert browser_of.post(path, headers=headers).status_code == 403, (headers, path)
        told = browser_of.post(f"/api/v1{CASE}/commands", headers=headers, json={"do": "add_note", "text": "x"})
        assert told.status_code == 403 and told.json()["code"] == "foreign_page"
    assert is_in(browser_of)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_pages(browser_of: httpx.Client, services: Services) -> None:
    told = try_to_come_in(browser_of, member(services, INSPECTOR).login)
    kept = [line for line in told.headers.get_list("set-cookie") if line.startswith(SESSION_COOKIE)]
    assert len(kept) == 1 and "HttpOnly" in kept[0] and "SameSite=lax" in kept[0] and "Domain" not in kept[0]
    token = browser_of.cookies[SESSION_COOKIE]
    with services.engine.connect() as connection:
        assert token not in str(connection.execute(text("SELECT * FROM sessions")).all())


# ---------------------------------------------------------------- taken away


def test_what_is_taken_away_is_gone_with_the_next_request(
    browser_of: httpx.Client, services: Services, town: Campaign
) -> None:
    one = member(services, INSPECTOR)
    assert try_to_come_in(browser_of, one.login).status_code == 303 and browser_of.get("/cases").status_code == 200
    [held] = people.store.person_of(services.engine, one.person_id).posts
    people.end_post(services.engine, operator(), held.post_id, datetime.now(UTC))
    assert browser_of.get("/cases").status_code == 403 and is_in(browser_of)  # somebody still, but in no post
    people.give_post(services.engine, operator(), one.person_id, post(INSPECTOR))
    assert browser_of.get("/cases").status_code == 403  # a session does not take up a new post by itself
    people.leave(services.engine, operator(), one.person_id, datetime.now(UTC))
    assert browser_of.get("/me").status_code == 303 and try_to_come_in(browser_of, one.login).status_code == 401


def test_a_session_ends_after_its_time_and_after_rest(services: Services) -> None:
    token = sign_in.hashed(session(services, INSPECTOR))
    now = datetime.now(UTC)
    for later, lives in (
        (timedelta(), True),
        (sign_in.IDLE_FOR - timedelta(minutes=1), True),
        (sign_in.IDLE_FOR * 2 - timedelta(minutes=2), True),  # seen in between
        (sign_in.IDLE_FOR * 4, False),
    ):
        assert (visit_of(services.engine, token, now + later, sign_in.IDLE_FOR) is not None) is lives, later
    again = sign_in.hashed(session(services, INSPECTOR))
    late = now + sign_in.SESSION_LASTS + timedelta(minutes=1)
    assert visit_of(services.engine, again, late, sign_in.SESSION_LASTS * 2) is None


def test_who_ends_all_sessions_is_out_everywhere(browser_of: httpx.Client, site: str, services: Services) -> None:
    login = member(services, INSPECTOR).login
    with httpx.Client(base_url=site, headers={"Origin": site}, timeout=60) as elsewhere:
        assert try_to_come_in(browser_of, login).status_code == try_to_come_in(elsewhere, login).status_code == 303
        assert browser_of.post("/me/sessions/end").status_code == 303
        assert not is_in(browser_of) and not is_in(elsewhere)


# ---------------------------------------------------------------- in which post


def test_a_person_acts_in_one_post_at_a_time_and_under_a_new_token_in_the_next(
    browser_of: httpx.Client, services: Services, town: Campaign
) -> None:
    one = member(services, INSPECTOR, f"supervisor:张三@{ELSEWHERE}")
    try_to_come_in(browser_of, one.login)
    posts = {p.territory: p.post_id for p in people.store.person_of(services.engine, one.person_id).posts}
    assert browser_of.get(f"/cases?district={HERE}").status_code == 200
    assert browser_of.get(f"/cases?district={ELSEWHERE}").status_code == 403
    before = browser_of.cookies[SESSION_COOKIE]
    assert browser_of.post("/me/post", data={"post": posts[ELSEWHERE]}).status_code == 303
    assert browser_of.cookies[SESSION_COOKIE] != before
    assert browser_of.get(f"/cases?district={ELSEWHERE}").status_code == 200
    assert httpx.get(f"{browser_of.base_url}/me", cookies={SESSION_COOKIE: before}).status_code == 303
    [other] = people.store.person_of(services.engine, person(services, INSPECTOR).person_id).posts
    assert browser_of.post("/me/post", data={"post": other.post_id}).status_code == 403


def test_a_delegate_acts_for_the_principal_as_long_as_it_lasts(services: Services) -> None:
    engine = services.engine
    principal, delegate = person(services, SUPERVISOR), person(services, f"inspector:李四@{HERE}")
    now = datetime.now(UTC)
    [held] = people.store.person_of(engine, principal.person_id).posts
    given = people.delegate(engine, operator(), held.post_id, delegate.person_id, now, now + timedelta(days=3))
    assert given.startswith("d-")
    own, for_another = people.store.standings(engine, delegate.person_id, now + timedelta(days=2))
    assert own.delegation_id is None and own.actor.principal is None
    assert (for_another.actor.role, for_another.actor.principal) == ("supervisor", principal.person_id)
    assert for_another.actor.same_person(own.actor.model_copy(update={"person": principal.person_id}))
    for then in (now - timedelta(days=1), now + timedelta(days=3)):
        assert all(s.delegation_id is None for s in people.store.standings(engine, delegate.person_id, then))
    people.leave(engine, operator(), principal.person_id, now + timedelta(days=1))
    assert len(people.store.standings(engine, delegate.person_id, now + timedelta(days=2))) == 1


# ---------------------------------------------------------------- what is noted


def test_whoever_comes_and_goes_and_what_is_given_and_taken_is_in_the_audit_log(
    browser_of: httpx.Client, services: Services
) -> None:
    one = member(services, INSPECTOR)
    try_to_come_in(browser_of, one.login, "不是这个密码啊啊啊")
    try_to_come_in(browser_of, one.login)
    browser_of.post("/sign-out")
    [held] = people.store.person_of(services.engine, one.person_id).posts
    people.end_post(services.engine, operator(), held.post_id, datetime.now(UTC))
    people.leave(services.engine, operator(), one.person_id, datetime.now(UTC))
    told = [
        line
        for line in audit_page(services.engine, AuditFilter(), 50)
        if one.person_id in (line.by.person, line.about_person)
    ]
    kinds = [f"{line.kind} {line.facts.get('what', '')}".strip() for line in reversed(told)]
    assert kinds == [
        *("permission_given post", "permission_given account", "sign_in_failed", "sign_in", "sign_out"),
        *("permission_revoked post", "permission_revoked everything"),
    ]
    whole = "".join(line.model_dump_json() for line in audit_page(services.engine, AuditFilter(), 50))
    assert one.login not in whole and PASSWORD not in whole and one.token not in whole and "张三" not in whole


# ---------------------------------------------------------------- the link


def test_an_invitation_sets_a_password_once(browser_of: httpx.Client, services: Services) -> None:
    invited = person(services, INSPECTOR)
    link = f"/invited/{invited.token}"
    assert browser_of.get(link).status_code == 200
    for password, again in (("short", "short"), (PASSWORD, PASSWORD + "1"), (invited.login * 2, invited.login * 2)):
        assert browser_of.post(link, data={"password": password, "again": again}).status_code == 422
    assert browser_of.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert browser_of.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 410
    assert browser_of.get(link).status_code == 410 and try_to_come_in(browser_of, invited.login).status_code == 303


def test_a_new_invitation_uses_up_the_one_before(services: Services) -> None:
    first, now = person(services, INSPECTOR), datetime.now(UTC)
    second = people.invite_again(services.engine, operator(), first.login, now)
    assert second is not None and sign_in.accept_invitation(services.engine, first.token, PASSWORD, now) is None
    late = now + sign_in.INVITED_FOR + timedelta(minutes=1)
    assert sign_in.accept_invitation(services.engine, second.token, PASSWORD, late) is None
    assert sign_in.accept_invitation(services.engine, second.token, PASSWORD, now) == first.login


# ---------------------------------------------------------------- codes, and proofs anew


def secret_of(page: str) -> str:
    found = re.search(r'<b class="mono">([A-Z2-7]{32})</b>', page)
    assert found is not None
    return found[1]


def test_an_account_that_takes_up_codes_asks_for_each_once(browser_of: httpx.Client, services: Services) -> None:
    login = member(services, INSPECTOR).login
    try_to_come_in(browser_of, login)
    offered = browser_of.get("/me/codes").text
    sealed = re.search(r'name="sealed" value="([^"]+)"', offered)
    assert sealed is not None and secret_of(offered) not in sealed[1]
    totp = TOTP(secret_of(offered))
    present = int(datetime.now(UTC).timestamp()) // 30
    again = browser_of.post("/me/codes", data={"sealed": sealed[1], "code": "000000"})
    assert again.status_code == 422 and secret_of(again.text) == secret_of(offered), "the phone has it already"
    assert browser_of.post("/me/codes", data={"sealed": sealed[1][:-4] + "AAAA", "code": "000000"}).status_code == 422
    first = totp.generate_otp(present)
    assert browser_of.post("/me/codes", data={"sealed": sealed[1], "code": first}).status_code == 303
    with services.engine.connect() as connection:
        assert secret_of(offered) not in str(connection.execute(text("SELECT * FROM accounts")).all())
    for code, status in (("", 401), ("123", 401), (first, 401), (totp.generate_otp(present + 1), 303)):
        assert try_to_come_in(browser_of, login, code=code).status_code == status, code
    assert try_to_come_in(browser_of, login, code=totp.generate_otp(present + 1)).status_code == 401  # used up


def test_a_secret_of_another_account_is_not_taken_up(services: Services) -> None:
    ring, now = services.keys, datetime.now(UTC)
    one, other = member(services, INSPECTOR), member(services, SUPERVISOR)
    secret, sealed = one_time_codes.offer(ring, one.account_id)
    code = TOTP(secret).at(now)
    assert not one_time_codes.take_up(services.engine, ring, other.account_id, sealed, code, now)
    assert one_time_codes.take_up(services.engine, ring, one.account_id, sealed, code, now)


def test_weighty_deeds_ask_for_a_proof_anew(
    browser_of: httpx.Client, services: Services, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = member(services, SUPERVISOR)
    try_to_come_in(browser_of, one.login)
    [own] = case_page(services.engine, CaseFilter(campaign_id=town.campaign_id, district=HERE), town.now(), 1)

    def give(do: str, **facts: str) -> httpx.Response:
        return browser_of.post(f"/api/v1/cases/{own.case_id}/commands", json={"do": do, **facts})

    assert give("approve_measure", must="close").json()["code"] == "not_shown"
    weighty = {"must": "close", "shown": f"sha256:{'0' * 64}"}
    assert give("approve_measure", **weighty).json()["code"] == "role_not_permitted"
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    told = give("approve_measure", must="close")
    assert told.status_code == 403 and told.json()["code"] == "prove_again"
    assert give("add_note", text="x").json()["code"] != "prove_again"  # an everyday deed
    led = browser_of.get("/me/codes")
    assert led.status_code == 303 and led.headers["location"] == "/prove?next=%2Fme%2Fcodes&do=take_up_codes"
    assert "requires you to confirm your identity again" in browser_of.get(f"{led.headers['location']}&lang=en").text
    assert browser_of.post("/prove", data={"password": "不是这个密码啊啊啊"}).status_code == 401
    [tried] = audit_page(services.engine, _FAILED, 5)
    assert tried.facts["way"] == "proof", "whoever is signed in did not fail to sign in"
    before = browser_of.cookies[SESSION_COOKIE]
    back = browser_of.post("/prove", data={"password": PASSWORD, "next": "/me/codes"})
    assert back.status_code == 303 and back.headers["location"] == "/me/codes"
    assert browser_of.cookies[SESSION_COOKIE] != before
    monkeypatch.undo()
    assert give("approve_measure", **weighty).json()["code"] == "role_not_permitted"


def test_whoever_speaks_for_a_subject_reads_and_works_on_its_case_alone(
    browser_of: httpx.Client, services: Services, town: Campaign
) -> None:
    cookies = {SESSION_COOKIE: session(services, f"enterprise:王芳@{HERE}", subject="demo-157")}
    known = case_page(services.engine, CaseFilter(campaign_id=town.campaign_id), town.now(), 2)
    own, other = CASE, next(f"/cases/{c.case_id}" for c in known if c.subject_id != "demo-157")
    with httpx.Client(base_url=browser_of.base_url, cookies=cookies, headers=browser_of.headers) as client:
        assert client.get("/").headers["location"] == "/work"
        assert client.get("/cases").text.count('href="/cases/case/') == 1
        assert client.get(own).status_code == 200 and client.get(f"/api/v1{own}").status_code == 200
        told = set(re.findall(r'href="(/cases/case/[^"?]+)', client.get("/inbox").text))
        assert told == {own}, "what it was told itself"
        for path in ("/api/v1/inbox", "/api/v1/overdue"):
            assert client.get(path).status_code == 403, path
        for path in (other, f"/api/v1{other}"):
            assert client.get(path).status_code == 404, path
        assert [c["subject_id"] for c in client.get("/api/v1/cases").json()["cases"]] == ["demo-157"]
        assert client.get("/api/v1/campaigns/karamay-2013-2027").json()["counts"] == []
        told = client.post(
            f"/api/v1{other}/commands", json={"do": "declare_rectified", "refs": ["F1"], "evidence": "x"}
        )
        assert told.status_code == 404 and told.json()["code"] == "unknown_case"


# ---------------------------------------------------------------- the switch of persons


def test_only_a_demonstration_has_a_switch_of_persons(
    browser_of: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    actor = people.add(services.engine, operator(), "检查员1", "inspector1", [post(INSPECTOR)], now, is_demo=True)
    real = person(services, INSPECTOR)
    assert browser_of.post("/sign-in/as", data={"person": actor.person_id}).status_code == 404
    assert "检查员1" not in browser_of.get("/sign-in").text
    monkeypatch.setattr(Services, "is_demo", True)
    assert "检查员1" in browser_of.get("/sign-in").text and MARK == "demo.txt"
    assert browser_of.post("/sign-in/as", data={"person": real.person_id}).status_code == 404
    assert browser_of.post("/sign-in/as", data={"person": actor.person_id}).status_code == 303 and is_in(browser_of)
    [line] = audit_page(services.engine, AuditFilter(kind="sign_in"), 1)
    assert line.facts["way"] == "demonstration", "nobody typed a password"


# ---------------------------------------------------------------- as a person meets it


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_way_in_and_out_by_hand(
    site: str, reading: Reading, services: Services, town: Campaign, width: str, lang: str
) -> None:
    one = person(services, INSPECTOR, f"supervisor:张三@{ELSEWHERE}")
    page = (await reading(width, who=None)).page
    await page.goto(f"{site}/invited/{one.token}?lang={lang}")
    await sound(page)
    for field in ("password", "again"):
        await page.fill(f"[name={field}]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in?done=password")
    await sound(page)
    await page.fill("[name=login]", one.login)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site}/")
    await follow(page, "a.me")
    await sound(page)
    await page.click(".cast form button")
    await page.wait_for_url(f"{site}/")
    assert {"zh": "独山子", "en": "Dushanzi"}[lang] in await page.inner_text(".me")
    await page.goto(f"{site}/me")
    await page.click("form[action='/sign-out'] button")
    await page.wait_for_url("**/sign-in")
