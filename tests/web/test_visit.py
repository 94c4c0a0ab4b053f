"""`/cases/{id}/visit`: verdicts, restart and look-back in one form; each said once, and nothing half-applied hidden."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import FilePayload

from desk.tokens import issue
from models.events import FilesAttached, VerdictGiven
from rules.words.refusals import refuse
from serving.problems import refused
from store.attachments import attachments
from tests.cast import HERE, PROOF, actor
from tests.durable.office import CaseFile, Office, finding
from tests.pictures import jpeg
from tests.web.conftest import As, Reading
from tests.web.test_evidence import photo
from tests.web.test_pages import follow, sound
from tests.web.visitor import Visitor, moved_to

INSPECTOR, COLLEAGUE = f"inspector:张三@{HERE}", f"inspector:李四@{HERE}"
SAYS_WHY = {"verdicts.1.passed": "false", "verdicts.1.note": "护栏仍未安装"}


@pytest.fixture
async def case(office: Office) -> CaseFile:
    """Two findings that were declared, and one that was not."""
    opened = await office.open("06-03")
    await opened.record(finding("1", "H01"), finding("2", "H02"), finding("3", "H03"))
    await opened.register("1", "2", "3")
    await opened.declare("1", "2")
    return opened


async def send(who: Visitor, case: CaseFile, fields: dict[str, Any], *files: Any) -> httpx.Response:
    """The form is opened, filled in and sent, with files by the names of their fields."""
    address = f"/cases/{case.case_id}/visit"
    return await who.client.post(address, data={**await who.hidden(address), **fields}, files=[*files] or None)


def of_row(row: int, content: bytes, name: str) -> tuple[str, tuple[str, bytes, str]]:
    return f"verdicts.{row}.files", photo(content, name)[1]


async def events(case: CaseFile, kind: type[Any]) -> list[Any]:
    return [event for line in await case.log() for event in line.events if isinstance(event, kind)]


@pytest.mark.clause("3.1.register")
async def test_one_form_judges_what_awaits_a_verdict_each_with_its_own_photos(visitor: As, case: CaseFile) -> None:
    inspector, colleague = visitor(INSPECTOR), visitor(COLLEAGUE)
    page = await inspector.see(f"/cases/{case.case_id}/visit")
    assert 'id="1"' in page and 'id="2"' in page and 'id="3"' not in page, "what awaits no verdict is not asked"
    assert "photo 1" in page, "what the enterprise declared stands beside it"
    other = re.search(r'<option value="(o-[^"]+)" >李四', page)
    assert other is not None
    fields = {"verdicts.0.passed": "true", **SAYS_WHY, "with": other.group(1)}
    told = await send(
        inspector, case, fields, of_row(0, jpeg(mark="red"), "一.jpg"), of_row(1, jpeg(mark="green"), "二.jpg")
    )
    assert told.status_code == 303, told.text
    assert "Done: re-inspection" in await inspector.see(told.headers["location"])
    verdicts = await events(case, VerdictGiven)
    assert [(v.ref, v.passed, v.note) for v in verdicts] == [("1", True, ""), ("2", False, "护栏仍未安装")]
    assert [(e.refs, [f.name for f in e.files]) for e in await events(case, FilesAttached)] == [
        (("1",), ["一.jpg"]),
        (("2",), ["二.jpg"]),
    ]
    judged = [line for line in await case.log() if line.do == "reinspect"]
    assert len(judged) == 1 and judged[0].second is not None and judged[0].second.name == "李四"
    await colleague.see(f"/cases/{case.case_id}/visit", 409)


async def test_sent_twice_it_has_one_effect_and_without_a_reason_none(visitor: As, case: CaseFile) -> None:
    inspector, address = visitor(INSPECTOR), f"/cases/{case.case_id}/visit"
    hidden = await inspector.hidden(address)
    bare = {**hidden, "verdicts.0.passed": "true", "verdicts.1.passed": "false"}
    red = of_row(1, jpeg(mark="red"), "二.jpg")
    told = await inspector.client.post(address, data=bare, files=[red])
    assert told.status_code == 422 and 'id="wrong-verdicts.1.note"' in told.text and "二.jpg" in told.text
    assert await case.steps() == ["open", "record_findings", "register", "declare_rectified"], "nothing half-applied"
    kept = re.findall(r'name="(verdicts.1.kept)" value="(sha256:[0-9a-f]{64})" checked', told.text)
    whole = {**bare, **SAYS_WHY, **dict(kept)}
    answers = [await inspector.client.post(address, data=whole) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303], answers[1].text
    assert (await case.steps())[4:] == ["reinspect"], "photos are of their verdict"
    nothing = await send(inspector, await _new(case.office), {})
    assert nothing.status_code == 422 and "nothing was filled in" in nothing.text


async def test_photos_beyond_those_of_one_command_are_attached_before_it(
    visitor: As, case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.acting.visited.FILES_A_COMMAND", 1)
    files = of_row(0, jpeg(mark="red"), "一.jpg"), of_row(1, jpeg(mark="green"), "二.jpg")
    told = await send(visitor(INSPECTOR), case, {"verdicts.0.passed": "true", **SAYS_WHY}, *files)
    assert told.status_code == 303, told.text
    attached = [(e.do, e.refs, [f.name for f in e.files]) for e in await events(case, FilesAttached)]
    assert attached == [("attach", ("2",), ["二.jpg"]), ("reinspect", ("1",), ["一.jpg"])]


async def _new(office: Office) -> CaseFile:
    opened = await office.open("06-03")
    await opened.record(finding("1", "H01"))
    await opened.register("1")
    await opened.declare("1")
    return opened


async def suspended(office: Office) -> CaseFile:
    """A case whose suspension has one ground passed: the restart and a verdict wait."""
    opened = await office.open("06-03")
    await opened.record(finding("1", "V05"), finding("2", "H02"))
    await opened.register("1", "2")
    await opened.carry_out("suspend", "06-03")
    await opened.declare("1", "2")
    await opened.verdict(**{"1": True})
    return opened


@pytest.mark.clause("3.1.restart")
async def test_a_verdict_and_a_restart_are_told_apart(visitor: As, office: Office) -> None:
    """The restart is refused for want of a signatory; the verdict beside it stands, and the page says both."""
    opened = await suspended(office)
    inspector = visitor(INSPECTOR)
    met = {f"conditions.{c}": "true" for c in ("measures", "licences", "safety")}
    fields = {"verdicts.0.passed": "true", **met, "signatories": "张三"}
    told = await send(inspector, opened, fields)
    assert told.status_code == 409, told.text
    assert "accepted" in told.text and "Two different signatories" in told.text
    assert 'id="wrong-signatories"' in told.text and "a name a line" in told.text
    assert (await opened.steps())[-1] == "reinspect"
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', told.text))
    assert set(again) == {"id.accept_restart", "seen"}, "what was taken is asked no more"
    address = f"/cases/{opened.case_id}/visit"
    unsaid = {**again, "conditions.measures": "true", "signatories": ["张三", "李四"]}
    open_still = await inspector.client.post(address, data=unsaid)
    assert open_still.status_code == 422
    assert re.search(r'<span class="block">[^<]+: [^<]+; ', open_still.text), "which field, and what to do"
    at = set(re.findall(r'id="wrong-(conditions\.\w+)"', open_still.text))
    assert at == {"conditions.licences", "conditions.safety"}, "what is not said is asked for, and not taken as unmet"
    form = await inspector.see(address)
    assert "<h1>Restart" in form and "suspension" in form and "seen at 1" in form, "what it is about stands beside it"
    assert (await opened.steps())[-1] == "reinspect"
    refusing = {**again, **met, "conditions.safety": "false", "reason": "消防通道堵塞"}
    assert (await inspector.client.post(f"/cases/{opened.case_id}/visit", data=refusing)).status_code == 303
    assert "消防通道堵塞" in await inspector.see(f"/cases/{opened.case_id}")
    assert "消防通道堵塞" in await inspector.see(address), "and why it was refused the last time"
    others = await send(inspector, opened, {**met, "signatories": ["鬼一", "鬼二"]})
    assert others.status_code == 409 and "张三 is to be among the signatories" in others.text
    signed = {**met, "signatories": ["张三", "李四"]}
    paper = ("files", photo(jpeg(mark="red"), "验收单.jpg")[1])
    assert (await send(inspector, opened, signed, paper)).status_code == 303
    assert (await opened.steps())[-2:] == ["refuse_restart", "accept_restart"]
    assert "验收单.jpg" in await inspector.see(f"/cases/{opened.case_id}?tab=evidence")


@pytest.mark.clause("3.3")
@pytest.mark.parametrize("recurred", [False, True])
async def test_a_look_back_is_in_the_same_form(visitor: As, office: Office, recurred: bool) -> None:
    opened = await office.open("11-03")
    await opened.record(finding("1", "H01"))
    await opened.register("1")
    await opened.declare("1")
    await opened.verdict(**{"1": True})
    inspector = visitor(INSPECTOR)
    moved_to(office, "11-03")
    found = {"findings.0.ref": "2", "findings.0.grade": "general", "findings.0.category": "H01"}
    found |= {"findings.0.description": "再次堵塞"} if recurred else {}
    fields = {"recurred": "true", **found} if recurred else {"recurred": "false", "findings.0.ref": "2"}
    hidden = await inspector.hidden(f"/cases/{opened.case_id}/visit")
    files = [("findings.0.files", photo(jpeg(mark="red"), "再次.jpg")[1])] if recurred else None
    told = [
        await inspector.client.post(f"/cases/{opened.case_id}/visit", data={**hidden, **fields}, files=files)
        for _ in range(2)
    ]
    assert [t.status_code for t in told] == [303, 303], told[-1].text
    assert [file.refs for file in (await opened.case()).files] == ([("2",)] if recurred else [])
    assert (await opened.steps())[-1] == "look_back" and (await opened.steps()).count("look_back") == 1


async def test_who_may_not_judge_has_no_such_form_and_its_commands_no_other(visitor: As, case: CaseFile) -> None:
    await visitor(f"supervisor:王五@{HERE}").see(f"/cases/{case.case_id}/visit", 403)
    await visitor("inspector:外区@650202").see(f"/cases/{case.case_id}/visit", 404)
    inspector = visitor(INSPECTOR)
    led = await inspector.client.get(f"/cases/{case.case_id}/do/reinspect")
    assert led.status_code == 303 and led.headers["location"] == f"/cases/{case.case_id}/visit"
    told = await inspector.client.post(f"/cases/{case.case_id}/do/reinspect", data={"verdicts.0.passed": "true"})
    assert told.status_code == 404
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    told = await inspector.client.post(f"/cases/{case.case_id}/visit", data={"id.reinspect": "x"}, headers=foreign)
    assert told.status_code == 403
    assert (await case.steps())[-1] == "declare_rectified"


async def test_a_token_that_only_reads_hands_in_no_file(site: str, visitor: As, case: CaseFile) -> None:
    services, until = case.office.services, datetime.now(UTC) + timedelta(days=1)
    hidden = await visitor(INSPECTOR).hidden(f"/cases/{case.case_id}/visit")
    secret, _ = issue(services.engine, services.home, actor(INSPECTOR), until, scope=("read",))
    headers = {"Authorization": f"Bearer {secret}", "Origin": site}
    picture = jpeg(mark="red")
    async with httpx.AsyncClient(base_url=site, headers=headers, timeout=60) as program:
        for path, file in (("visit", of_row(0, picture, "一.jpg")), ("do/attach", photo(picture, "一.jpg"))):
            told = await program.post(f"/cases/{case.case_id}/{path}", data=hidden, files=[file])
            assert told.status_code == 403, path
    assert attachments(services.engine, case.case_id) == (), "nothing is kept"


async def test_what_was_taken_is_told_though_nothing_is_left_to_do(
    visitor: As, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await suspended(office)
    inspector, address = visitor(INSPECTOR), f"/cases/{opened.case_id}/visit"
    hidden = await inspector.hidden(address)

    def nothing(*_: Any) -> None:
        raise refused(refuse("case_not_open"))

    monkeypatch.setattr("web.acting.visit._visit", nothing)
    met = {f"conditions.{c}": "true" for c in ("measures", "licences", "safety")}
    fields = {**hidden, "verdicts.0.passed": "true", **met, "signatories": "张三"}
    told = await inspector.client.post(address, data=fields)
    assert told.status_code == 409 and "accepted" in told.text
    assert (await opened.steps())[-1] == "reinspect"


@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_by_hand(site: str, visitor: As, reading: Reading, case: CaseFile, width: str) -> None:
    page = (await reading(width, who=INSPECTOR)).page
    await page.goto(f"{site}/cases/{case.case_id}?lang=zh")
    await follow(page, ".offers a[href$='/visit']")
    await sound(page)
    await page.check("[name='verdicts.0.passed'][value=true]")
    picture: FilePayload = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": jpeg(mark="red")}
    await page.set_input_files("[name='verdicts.0.files']", [picture])
    await page.click(".btn-main")
    await page.wait_for_url("**?done=reinspect")
    assert "已办理：复查" in await page.inner_text(".done")


@pytest.mark.clause("3.1.register")
async def test_why_something_came_back_stands_before_whoever_must_act(
    visitor: As, office: Office, case: CaseFile
) -> None:
    """A failed verdict before the enterprise, a returned proposal before the inspector, until it is done anew."""
    inspector = visitor(INSPECTOR)
    assert (await send(inspector, case, {"verdicts.0.passed": "true", **SAYS_WHY})).status_code == 303
    subject = case.case_id.rpartition("/")[2]
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject)
    await case.do("propose_measure", must="suspend")
    await case.do("return_measure", f"supervisor:Wang@{HERE}", must="suspend", reason="照片不清楚")
    for page in ("/work", f"/cases/{case.case_id}"):
        told = await inspector.see(page)
        assert "Returned" in told and "照片不清楚" in told, page
    assert "护栏仍未安装" in await enterprise.see(f"/cases/{case.case_id}")
    told = await enterprise.see("/work")
    assert "护栏仍未安装" in told and "照片不清楚" not in told
    await case.do("propose_measure", must="suspend")
    await case.do("approve_measure", f"supervisor:Wang@{HERE}", must="suspend")
    assert "What came back" in await inspector.see(f"/cases/{case.case_id}")
    assert "Returned</b>" not in await inspector.see(f"/cases/{case.case_id}")
    await case.do("record_execution", must="suspend", date="2027-06-03", details=PROOF["suspend"])
    await case.declare("2")
    assert "What came back" not in await inspector.see(f"/cases/{case.case_id}")
    assert "护栏仍未安装" in await inspector.see(f"/cases/{case.case_id}/visit"), "whoever looks again is told"
