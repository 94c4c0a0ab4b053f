"""Acting on a case's own page: by forms alone, once each, by the right person, on what was shown (real Temporal)."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from desk import people
from engine.operator import operator
from serving.cookies import SESSION_COOKIE
from store.case_log import timeline
from store.people import people as everybody
from tests.cast import CHECKS, HERE
from tests.durable.office import CaseFile, Office
from tests.people import post, session
from tests.web.conftest import Reading
from tests.web.test_pages import follow, sound
from tests.web.visitor import moved_to

INSPECTOR, GOVERNMENT = f"inspector:张三@{HERE}", f"government:赵六@{HERE}"
FOUND = {
    "findings.0.ref": "1",
    "findings.0.category": "V01",
    "findings.0.grade": "general",
    "findings.0.description": "无证经营",
}


class Desk:
    """Somebody who has signed in and works on one case with a browser without scripts."""

    def __init__(self, site: str, office: Office, case: CaseFile, post: str) -> None:
        self.token = session(office.services, post)
        self.case = f"/cases/{case.case_id}"
        headers = {"Origin": site, "Accept": "text/html", "Accept-Language": "en"}
        self.client = httpx.AsyncClient(
            base_url=site, timeout=60, cookies={SESSION_COOKIE: self.token}, headers=headers
        )

    async def form(self, do: str, about: str = "") -> dict[str, str]:
        """The hidden fields of the form, which is there."""
        told = await self.client.get(f"{self.case}/do/{do}", params={"about": about} if about else {})
        assert told.status_code == 200, told.text
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', told.text))

    async def send(self, do: str, fields: dict[str, Any], about: str = "") -> httpx.Response:
        """The form is sent."""
        return await self.client.post(f"{self.case}/do/{do}", params={"about": about} if about else {}, data=fields)

    async def act(self, do: str, about: str = "", **fields: Any) -> None:
        """The form is opened, filled in and sent, and the case says that it is done."""
        told = await self.send(do, {**await self.form(do, about), **fields}, about)
        assert told.status_code == 303 and told.headers["location"] == f"{self.case}?done={do}", told.text
        assert 'role="status">Done: ' in (await self.client.get(told.headers["location"])).text


At = Callable[[str], Desk]


@pytest.fixture
async def at_desk(site: str, office: Office, opened: CaseFile) -> AsyncIterator[At]:
    """Seats somebody of a post at the case."""
    seated: list[Desk] = []

    def seat(post: str) -> Desk:
        seated.append(Desk(site, office, opened, post))
        return seated[-1]

    yield seat
    for desk in seated:
        await desk.client.aclose()


@pytest.fixture
async def opened(office: Office) -> CaseFile:
    case = await office.open("06-03")
    moved_to(office, "06-03")
    return case


async def propose_close(inspector: Desk) -> None:
    """From the finding to the proposal of a closure."""
    await inspector.act("record_findings", **FOUND)
    await inspector.act("register", **{"assignments.0.responsible": "孙七"})
    await inspector.act("propose_measure", "close")


@pytest.mark.clause("contracts §1")
async def test_from_the_finding_to_the_closure_by_forms_alone(at_desk: At, office: Office, opened: CaseFile) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    await government.act("return_measure", "close", reason="补充证据")
    proposal = await inspector.client.get(f"{inspector.case}/do/propose_measure?about=close")
    assert "补充证据" in proposal.text, "why it came back stands where it is proposed anew"
    await inspector.act("propose_measure", "close", note="建议关闭")
    approval = await government.client.get(f"{government.case}/do/approve_measure?about=close")
    assert "建议关闭" in approval.text and "补充证据" in approval.text, "whoever decides reads what was written before"
    await government.act("approve_measure", "close", reason="同意")
    execution = await inspector.client.get(f"{inspector.case}/do/record_execution?about=close")
    assert "end with it, without a re-inspection. The case is closed: shut down." in execution.text
    checks = {"details.checks": list(CHECKS)}
    early = {**await inspector.form("record_execution", "close"), **checks, "date": "2027-06-02"}
    refused = await inspector.send("record_execution", early, "close")
    assert refused.status_code == 409 and re.search(r'id="field-date"[^>]*aria-invalid="true"', refused.text)
    await inspector.act("record_execution", "close", date="2027-06-03", **checks)
    assert (await opened.steps())[:4] == ["open", "record_findings", "register", "propose_measure"]
    decided = [line for line in timeline(office.services.engine, opened.case_id) if line.do.endswith("n_measure")]
    decided += [line for line in timeline(office.services.engine, opened.case_id) if line.do == "approve_measure"]
    assert len(re.findall(r"shown='sha256:[0-9a-f]{64}'", str(decided))) == 2


@pytest.mark.clause("domain §4")
async def test_a_page_from_before_approves_nothing_and_shows_what_is_proposed_now(
    at_desk: At, opened: CaseFile
) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    stale = await government.form("approve_measure", "close")
    await government.act("return_measure", "close", reason="补充证据")
    await inspector.act("propose_measure", "close")
    told = await government.send("approve_measure", {**stale, "reason": "同意"}, "close")
    assert told.status_code == 409 and "look again" in told.text and "同意" in told.text
    fresh = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', told.text))
    assert fresh["shown"] != stale["shown"]
    told = await government.send("approve_measure", {**fresh, "shown": ""}, "close")
    assert told.status_code == 422 and "carries the hash" in told.text
    assert (await government.send("approve_measure", fresh, "close")).status_code == 303
    again = await government.send("approve_measure", fresh, "close")  # the button was pressed twice
    assert again.status_code in (303, 409)
    assert (await opened.steps()).count("approve_measure") == 1


@pytest.mark.clause("domain §4")
async def test_a_rescission_says_what_it_brings_with_it_and_asks_who_it_is(
    at_desk: At, opened: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    await government.act("approve_measure", "close", reason="同意")
    told = await government.client.get(f"{government.case}/do/rescind_finding")
    assert "With 1 rescinded:" in told.text and "withdrawn" in told.text and "closed" in told.text
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', told.text))
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    told = await government.send("rescind_finding", {**form, "ref": "1", "reason": "不成立"})
    assert told.status_code == 403 and "/prove" in told.text and "不成立" in told.text
    assert "rescind_finding" not in await opened.steps()


@pytest.mark.clause("domain §7")
@pytest.mark.parametrize("taken", ["role", "district", "account", "session", "proof"])
async def test_what_is_taken_away_in_the_middle_of_an_approval_is_gone_when_it_is_sent(
    at_desk: At, office: Office, opened: CaseFile, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    form = await government.form("approve_measure", "close")
    services, now = office.services, datetime.now(UTC)
    who = next(p for p in everybody(services.engine) if p.name == "赵六")
    match taken:
        case "role":
            people.end_post(services.engine, operator(), who.posts[0].post_id, now)
        case "district":
            people.end_post(services.engine, operator(), who.posts[0].post_id, now)
            people.give_post(services.engine, operator(), who.person_id, post("government:赵六@650202"))
        case "account":
            people.leave(services.engine, operator(), who.person_id, now)
        case "session":
            with services.engine.begin() as connection:
                connection.execute(text("UPDATE sessions SET ended_at = now()"))
        case _:
            monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    told = await government.send("approve_measure", form, "close")
    assert told.status_code in (401, 403, 404), told.status_code
    assert "approve_measure" not in await opened.steps()
    if taken == "proof":
        assert "/prove" in told.text and form["command_id"] in told.text


async def test_the_form_says_what_is_to_be_mended_and_forgets_nothing(at_desk: At, opened: CaseFile) -> None:
    inspector = at_desk(INSPECTOR)
    form = await inspector.form("record_findings")
    wrong = {**form, **FOUND, "findings.0.inspected_on": "昨天", "note": "记得带相机"}
    told = await inspector.send("record_findings", wrong)
    assert told.status_code == 422 and 'id="wrong-findings.0.inspected_on"' in told.text
    assert "无证经营" in told.text and "记得带相机" in told.text and form["command_id"] in told.text
    told = await inspector.send("record_findings", {**wrong, "more": "findings"})
    assert told.status_code == 200 and 'name="findings.1.description"' in told.text
    assert (await inspector.send("record_findings", {**form, **FOUND})).status_code == 303
    assert (await inspector.send("record_findings", {**form, **FOUND})).status_code == 303  # sent twice, done once
    assert (await opened.steps()) == ["open", "record_findings"]


async def test_a_form_of_another_office_of_another_page_or_of_nothing_is_none(at_desk: At, opened: CaseFile) -> None:
    inspector = at_desk(INSPECTOR)
    path = f"{inspector.case}/do/"
    assert (await inspector.client.get(f"{path}approve_measure?about=close")).status_code == 403
    for nothing in ("open", "deadline_passed", "x", "reinspect/x"):
        assert (await inspector.client.get(path + nothing)).status_code == 404, nothing
    assert (await inspector.client.get(f"{inspector.case}/visit")).status_code == 409
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    told = await inspector.client.post(f"{path}add_note", data={"text": "x"}, headers=foreign)
    assert told.status_code == 403 and "other pages" in told.text
    many = b"&".join(b"a%d=1" % n for n in range(6_000))
    for body in (b"\xff\xfe=%00", b"text=%00", b"=" * 10, many, b"text=%01", b"findings.x.ref=1&more=x"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await inspector.client.post(f"{path}add_note", content=body, headers=headers)).status_code < 500
    assert (await opened.steps()) == ["open"]


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_an_approval_by_hand(
    site: str, reading: Reading, at_desk: At, opened: CaseFile, width: str, lang: str
) -> None:
    inspector = at_desk(INSPECTOR)
    await propose_close(inspector)
    page = (await reading(width, who=GOVERNMENT)).page
    await page.goto(f"{site}{inspector.case}?lang={lang}")
    await sound(page)
    await follow(page, "a[href*='do/approve_measure']")
    await sound(page)
    assert "无证经营" in await page.inner_text(".proposal")
    await page.fill("[name=reason]", "同意")
    await page.click(".act .btn-main")
    await page.wait_for_url("**?done=approve_measure")
    await sound(page)
    assert (await opened.steps())[-1] == "approve_measure"
