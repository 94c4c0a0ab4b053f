"""Phase boundaries and the end of the campaign fall at their instants, whenever the workflow wakes."""

import hashlib
from datetime import timedelta
from uuid import uuid4

from models.events import CaseClosed, PhaseBegan
from models.refusals import Refused
from tests.durable.office import CaseFile, Office, command, finding, instant

THE_END = "12-31 24:00"


async def test_pending_musts_are_owed_at_the_first_instant_of_phase_two_and_settled_ones_lapse(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "V04", "major"), finding("F2", "V01"))
    await file.register("F1", "F2")
    before = {m.must: (m.state, m.refs) for m in (await file.case()).musts}
    assert before == {"suspend": ("pending", ("F1",)), "close": ("pending", ("F2",))}
    await file.declare("F2")
    await file.verdict(F2=True)
    assert {m.must: m.state for m in (await file.case()).musts} == {"suspend": "pending", "close": "withdrawn"}

    await file.to("06-01 08:00")
    began = await file.logged("phase_began")
    assert began.at == instant("05-31 24:00")
    assert isinstance(began.events[0], PhaseBegan) and began.events[0].phase == "rectification"
    [suspend] = (await file.case()).owed
    assert (suspend.must, suspend.refs, suspend.arose_at) == ("suspend", ("F1",), instant("05-31 24:00"))
    assert suspend.decide_by == instant("06-04 24:00"), "three working days after 1 June"
    assert (await file.attributes())["CaseStage"] == "escalation"
    assert (await file.attributes())["CaseDueAt"] == instant("06-04 24:00")
    await file.carry_out("suspend", "06-01")
    await file.intact()


async def test_a_phase_begins_before_a_command_of_the_same_morning_is_decided(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "V04", "major"))
    await file.register("F1")
    assert await file.refused("propose_measure", must="suspend") != ""
    await file.to("05-31 24:00")
    await file.do("propose_measure", must="suspend")
    assert (await file.steps())[-2:] == ["phase_began", "propose_measure"]


async def test_a_phase_that_changes_nothing_for_a_case_wakes_nobody_and_is_told_with_the_next_thing(
    office: Office,
) -> None:
    file = await office.open("05-24")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    before = await file.events()
    await file.to("06-02 12:00")
    woken = [e for e in (await file.events())[len(before) :] if e in ("TIMER_FIRED", "WORKFLOW_TASK_SCHEDULED")]
    assert woken == [], "a hazard under rectification is as it was"
    await file.do("add_note", text="June")
    begun, note = (await file.log())[-2:]
    assert (begun.do, begun.at) == ("phase_began", instant("05-31 24:00"))
    assert note.do == "add_note" and (await file.case()).phase == "rectification"
    await file.intact()


def place(case_id: str, spread_within: int) -> int:
    """Seconds after the end at which the workflow of this case wakes."""
    return int(hashlib.sha256(case_id.encode()).hexdigest()[:8], 16) % spread_within


async def at_the_end(office: Office, spread_within: int) -> CaseFile:
    """A case opened in December that wakes well after the end."""
    while True:
        subject = f"s-{uuid4().hex[:8]}"
        case_id = f"case/{office.campaign.campaign_id}/{subject}"
        if place(case_id, spread_within) > spread_within // 2:
            return await office.open("12-20", subject=subject, spread_within=spread_within)


async def test_at_the_end_a_consolidated_case_is_rectified_and_its_missed_look_back_listed(office: Office) -> None:
    file = await office.open("12-20")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    await file.declare("F1")
    await file.verdict(F1=True)
    await file.to(THE_END)
    done = await file.logged("campaign_completed")
    await file.ended()
    assert done.at == instant(THE_END)
    closed = next(e for e in done.events if isinstance(e, CaseClosed))
    assert closed.outcome == "rectified" and closed.unmet is not None and closed.unmet.look_back_missed
    assert (await file.attributes())["CaseStage"] == "closed"
    assert "CaseDueAt" not in await file.attributes()
    await file.intact()


async def test_everything_else_is_carried_over_with_what_is_unmet_at_the_instant_of_the_end_however_late_it_wakes(
    office: Office,
) -> None:
    file = await at_the_end(office, spread_within := 6 * 3600)
    await file.record(finding("F1", "V04"), finding("F2", "H01"))
    await file.register("F1")
    await file.register("F2", due="2027-12-28")
    await file.to(instant(THE_END) + timedelta(minutes=2))
    assert (await file.view()).case is not None and "campaign_completed" not in await file.steps(), "it still sleeps"
    await file.to(instant(THE_END) + timedelta(seconds=place(file.case_id, spread_within) + 60))
    done = await file.logged("campaign_completed")
    await file.ended()
    assert done.at == instant(THE_END), "recorded with the end's instant"
    case = await file.case()
    assert case.outcome == "carried_over" and case.closed_at == instant(THE_END) and case.unmet is not None
    assert case.unmet.musts == ("suspend-1",) and "F2" in case.unmet.overdue_findings
    assert {m.state for m in case.musts} == {"carried_over"}
    await file.intact()


async def test_a_command_after_the_end_but_before_the_workflow_wakes_finds_the_case_closed(office: Office) -> None:
    file = await at_the_end(office, 6 * 3600)
    await file.record(finding("F1", "H01"))
    await file.to(instant(THE_END) + timedelta(minutes=1))
    answer = await file.send(command("register", assignments=[{"ref": "F1", "responsible": "Sun"}]))
    assert isinstance(answer, Refused) and answer.code == "case_closed"
    if "campaign_completed" not in await file.steps():  # refused by the validator: the signal path still records
        await file.signal(command("add_note", text="late"))
    assert (await file.logged("campaign_completed")).at == instant(THE_END)
    await file.ended()
    assert (await file.steps())[-1] == "campaign_completed", "nothing after the ending"
    await file.intact()
