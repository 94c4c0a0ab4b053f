"""What stands beside a form: what was asked, what it rests on, what may be done instead; nothing written is lost."""

import re
from html import unescape

import pytest

from models.files import LARGEST_FILE
from rules.words.clauses import clause_said
from tests.cast import HERE
from tests.durable.office import CaseFile, Office
from tests.web.test_acting import GOVERNMENT, INSPECTOR, At, at_desk, opened, propose_close

__all__ = ["at_desk", "opened"]  # fixtures
SUPERVISOR, ENTERPRISE = f"supervisor:李四@{HERE}", f"enterprise:王五@{HERE}"
HAZARD = {
    "findings.0.ref": "1",
    "findings.0.category": "H01",
    "findings.0.grade": "general",
    "findings.0.description": "灭火器失效",
}


def told(page: str) -> str:
    """What a reader reads, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.clause("domain §5")
async def test_an_extension_is_decided_beside_what_was_asked_and_why(
    at_desk: At, office: Office, opened: CaseFile
) -> None:
    inspector, supervisor = at_desk(INSPECTOR), at_desk(SUPERVISOR)
    await inspector.act("record_findings", **HAZARD)
    form = told((await inspector.client.get(f"{inspector.case}/do/register")).text)
    assert "Due by the plan 2027-06-18 24:00" in form and "Due at the latest 2027-10-31 24:00" in form
    await inspector.act("register", **{"assignments.0.responsible": "孙七"})
    await opened.do("request_extension", ENTERPRISE, ref="1", due="2027-06-25", reason="配件未到货")
    deciding = told((await supervisor.client.get(f"{supervisor.case}/do/decide_extension")).text)
    for said in ("灭火器失效", "Due now 2027-06-18 24:00", "Asked until 2027-06-25 24:00", "Why 配件未到货"):
        assert said in deciding, said


async def test_beside_new_findings_stand_those_that_were_recorded_and_each_needs_the_same(
    at_desk: At, opened: CaseFile
) -> None:
    inspector = at_desk(INSPECTOR)
    assert (
        "Recorded in this case already" not in (await inspector.client.get(f"{inspector.case}/do/record_findings")).text
    )
    await inspector.act("record_findings", **HAZARD)
    form = (await inspector.client.get(f"{inspector.case}/do/record_findings?rows=2")).text
    assert "Recorded in this case already" in form and "1 灭火器失效" in told(form) and "Category H01" in told(form)
    for n in (0, 1):
        needed = re.search(
            rf'Description <i class="needed"[^>]*>\*</i></span>\s*<textarea[^>]*name="findings.{n}', form
        )
        assert needed and ("required" in form[needed.end() :].partition(">")[0]) is (n == 0), n


async def test_a_return_says_why_on_the_form_and_on_the_desk(at_desk: At, opened: CaseFile) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    hidden = await government.form("return_measure", "close")
    refused = await government.send("return_measure", {**hidden, "reason": " "}, "close")
    assert refused.status_code == 422 and "fill it in" in refused.text
    desk = (await government.client.get("/measures")).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', desk))
    refused = await government.client.post("/measures", data={**hidden, "chosen": "0", "do": "return_measure"})
    assert refused.status_code == 422 and "a return needs a reason" in refused.text
    assert re.search(r'name="chosen"[^>]*checked', refused.text), "what was ticked stays ticked"
    assert (await opened.steps())[-1] == "propose_measure"
    sent = {**hidden, "chosen": "0", "do": "return_measure", "reason": "补充证据"}
    assert (await government.client.post("/measures", data=sent)).status_code == 200
    assert (await opened.steps())[-1] == "return_measure"


@pytest.mark.clause("3.2.must3")
async def test_the_amounts_of_a_fine_are_looked_at_before_it_is_proposed(at_desk: At, opened: CaseFile) -> None:
    inspector = at_desk(INSPECTOR)
    for ref in ("1", "2"):
        await inspector.act("record_findings", **{**HAZARD, "findings.0.ref": ref, "findings.0.category": "V05"})
        await inspector.act("register", **{"assignments.0.responsible": "孙七"})
    form = await inspector.form("propose_measure", "fine")

    async def send(**fields: str) -> str:
        answer = await inspector.send("propose_measure", {**form, **fields}, "fine")
        assert answer.status_code in (200, 303, 409, 422), answer.text
        return answer.text

    by_gains = {"fine.article": "by-illegal-gains"}
    assert 'id="wrong-fine.base"' in await send(**by_gains), "a base that is missing is told at its field"
    shown = await send(**by_gains, **{"fine.base": "23,500.50"})
    assert "the unit: 117,502.50 yuan; 孙七: 50,000.00 yuan" in shown and "Nothing was proposed yet" in shown
    sure = unescape(re.findall(r'name="sure" value="([^"]+)"', shown)[0])
    other = await send(**by_gains, **{"fine.base": "30000", "sure": sure})
    assert "the unit: 150,000.00 yuan" in other, "other amounts are looked at anew"
    assert "propose_measure" not in await opened.steps()
    await send(**by_gains, **{"fine.base": "23,500.50", "sure": sure})
    assert (await opened.steps())[-1] == "propose_measure"
    desk = told((await at_desk(SUPERVISOR).client.get("/measures")).text)
    assert "Fine of the unit, yuan 117,502.50" in desk and "Fine of a person, yuan 孙七 50,000.00" in desk


async def test_where_nothing_is_ticked_the_opinion_stays(at_desk: At, opened: CaseFile) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    desk = (await government.client.get("/measures")).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', desk))
    told = await government.client.post("/measures", data={**hidden, "do": "approve_measure", "reason": "同意关闭"})
    assert told.status_code == 422 and "nothing was chosen" in told.text and ">同意关闭</textarea>" in told.text
    assert (await opened.steps())[-1] == "propose_measure"


async def test_what_was_decided_already_is_told_so(at_desk: At, opened: CaseFile) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    await propose_close(inspector)
    before = await government.form("approve_measure", "close")
    await government.act("approve_measure", "close", reason="同意")
    late = await government.send("approve_measure", {**before, "command_id": "another"}, "close")
    assert late.status_code == 409 and "is approved already, and to be executed" in late.text


async def test_forms_show_grounds_and_lead_to_what_may_be_done_instead(at_desk: At, opened: CaseFile) -> None:
    inspector, government = at_desk(INSPECTOR), at_desk(GOVERNMENT)
    at_desk(f"inspector:陈九@{HERE}")
    first = (await inspector.client.get(f"{inspector.case}/do/record_findings")).text
    assert f"{inspector.case}/do/record_findings?about=nothing" in first
    await inspector.act(
        "record_findings", **HAZARD | {"findings.0.category": "V01", "findings.0.description": "无证经营"}
    )
    await inspector.act("register", **{"assignments.0.responsible": "孙七"})
    proposing = told((await inspector.client.get(f"{inspector.case}/do/propose_measure?about=close")).text)
    assert "The measure and its grounds" in proposing and "无证经营" in proposing
    await inspector.act("propose_measure", "close")
    approving = (await government.client.get(f"{government.case}/do/approve_measure?about=close")).text
    assert f"{government.case}/do/return_measure?about=close" in approving
    assert "The other inspector" not in approving and "The other inspector" in first


async def test_a_file_that_is_too_large_leaves_the_form_as_it_was(at_desk: At, opened: CaseFile) -> None:
    inspector = at_desk(INSPECTOR)
    hidden = await inspector.form("record_findings")
    files = [("files", ("大.jpg", b"x" * (LARGEST_FILE + 1), "image/jpeg"))]
    at = f"{inspector.case}/do/record_findings"
    told = await inspector.client.post(at, data={**hidden, **HAZARD}, files=files)
    assert told.status_code == 413 and "20 MB" in told.text and "灭火器失效" in told.text
    assert hidden["command_id"] in told.text, "it is the same form"
    assert await opened.steps() == ["open"]


def test_no_clause_of_ours_is_called_by_its_file() -> None:
    assert clause_said("domain §4") == ("措施办理要求", "on measures")
    assert clause_said("domain §99") == ("办理要求", "on how cases are handled")
    assert clause_said("3.2.must2") == ("3.2“四个一律”第二项", "3.2, the second of the four musts")
    assert clause_said("3.3") == ("3.3", "3.3")
