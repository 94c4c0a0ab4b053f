"""The desk of whoever decides on measures: each proposal is shown as it is signed, and several are decided at once."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from store.case_log import timeline
from tests.cast import HERE
from tests.durable.office import CaseFile, Office
from tests.web.conftest import As
from tests.web.visitor import Visitor

INSPECTOR, GOVERNMENT = f"inspector:张三@{HERE}", f"government:赵六@{HERE}"


@pytest.fixture
async def proposed(office: Office, visitor: As) -> list[CaseFile]:
    """Three cases in which a closure is proposed."""
    inspector, cases = visitor(INSPECTOR), [await office.open("06-03") for _ in range(3)]
    for case in cases:
        await propose(inspector, case)
    return cases


async def propose(inspector: Visitor, case: CaseFile) -> None:
    path = f"/cases/{case.case_id}/do/"
    found = {"ref": "1", "category": "V01", "grade": "general", "description": f"无证经营 {case.case_id}"}
    await inspector.act(f"{path}record_findings", **{f"findings.0.{name}": value for name, value in found.items()})
    await inspector.act(f"{path}register", **{"assignments.0.responsible": "孙七"})
    await inspector.act(f"{path}propose_measure?about=close")


async def desk(government: Visitor) -> tuple[str, dict[str, str], dict[str, str]]:
    """The page, its hidden fields, and the number of each case on it."""
    page = await government.see("/measures")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    return page, hidden, {v: n.partition(".")[2] for n, v in hidden.items() if n.startswith("case_id.")}


def approvals(office: Office, case: CaseFile) -> list[Any]:
    return [line for line in timeline(office.services.engine, case.case_id) if line.do == "approve_measure"]


@pytest.mark.clause("domain §4")
async def test_several_proposals_are_decided_at_once_each_by_what_was_shown_of_it(
    office: Office, visitor: As, proposed: list[CaseFile]
) -> None:
    first, second, third = proposed
    government, inspector = visitor(GOVERNMENT), visitor(INSPECTOR)
    page, hidden, places = await desk(government)
    assert set(places) == {case.case_id for case in proposed}
    assert all(f"无证经营 {case.case_id}" in page and "张三" in page for case in proposed)
    # meanwhile the second is returned and proposed again: what was shown of it is no more
    await government.act(f"/cases/{second.case_id}/do/return_measure?about=close", reason="补充证据")
    await inspector.act(f"/cases/{second.case_id}/do/propose_measure?about=close")
    chosen = [places[first.case_id], places[second.case_id]]
    form = {**hidden, "chosen": chosen, "reason": "同意", "do": "approve_measure"}
    for _ in range(2):  # the button is pressed twice
        told = await government.client.post("/measures", data=form)
        assert told.status_code == 200 and told.text.count(">approved</span>") == 1, told.text
        assert told.text.count(">refused</span>") == 1 and "look again" in told.text
    assert [len(approvals(office, case)) for case in proposed] == [1, 0, 0]
    _, _, places = await desk(government)
    assert set(places) == {second.case_id, third.case_id}


async def test_a_proof_that_is_too_old_is_given_above_what_was_ticked_and_written(
    office: Office, visitor: As, proposed: list[CaseFile]
) -> None:
    government = visitor(GOVERNMENT)
    _, hidden, places = await desk(government)
    with office.services.owner.begin() as connection:
        connection.execute(text("UPDATE sessions SET proven_at = proven_at - interval '1 hour'"))
    case_id = proposed[0].case_id
    form = {**hidden, "chosen": [places[case_id]], "reason": "经研究同意", "do": "approve_measure"}
    told = await government.client.post("/measures", data=form)
    assert told.status_code == 403 and 'id="proof"' in told.text and "/prove," not in told.text
    [ticked] = re.findall(r'name="chosen" value="(\d+)" checked', told.text)
    assert f'name="case_id.{ticked}" value="{case_id}"' in told.text and "经研究同意</textarea>" in told.text
    assert approvals(office, proposed[0]) == []


@pytest.mark.clause("domain §7")
async def test_nobody_else_decides_there(office: Office, visitor: As, proposed: list[CaseFile]) -> None:
    _, hidden, places = await desk(visitor(GOVERNMENT))
    form = {**hidden, "chosen": list(places.values()), "do": "approve_measure"}
    for post in (INSPECTOR, f"supervisor:李四@{HERE}", "government:赵六@650204"):
        other = visitor(post)
        assert 'name="case_id.0"' not in await other.see("/measures")
        told = await other.client.post("/measures", data=form)
        assert told.text.count(">refused</span>") == 3 and ">approved</span>" not in told.text, post
    for wrong in ({**form, "do": "void"}, {"chosen": "x" * 50}, {}):
        assert (await visitor(GOVERNMENT).client.post("/measures", data=wrong)).status_code == 422
    for case_id in ("", "x", "case/a", "case/a/b", "case/a/b/c", "../x", "x" * 5_000):
        forged = {"do": "approve_measure", "chosen": "0", "case_id.0": case_id, "must.0": "close", "shown.0": "x"}
        told = await visitor(GOVERNMENT).client.post("/measures", data=forged)
        assert told.status_code == 200 and told.text.count(">refused</span>") == 1, case_id
    nothing = await visitor(GOVERNMENT).client.post("/measures", data={"do": "approve_measure"})
    assert nothing.status_code == 422 and "nothing was chosen" in nothing.text
    assert [len(approvals(office, case)) for case in proposed] == [0, 0, 0]
