"""A deadline is a durable timer: it falls at its instant, once, and only where it still stands."""

from models.events import DeadlinePassed
from models.instants import show_instant
from models.refusals import Refused
from rules.clocks.deadlines import overdue
from store.overdue import OverdueFilter, overdue_page
from tests.cast import ENTERPRISE, SUPERVISOR
from tests.durable.office import CaseFile, Office, command, eventually, finding, instant


async def rectifying(office: Office, when: str = "05-10") -> CaseFile:
    """A case with one general hazard registered, due 15 days later at 24:00."""
    file = await office.open(when)
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    return file


async def test_a_deadline_falls_at_exactly_its_instant_and_everyone_can_see_it(office: Office) -> None:
    file = await rectifying(office)
    assert await file.attributes() == {
        "CampaignId": office.campaign.campaign_id,
        "DistrictCode": "650203",
        "CaseStage": "rectification",
        "CaseDueAt": instant("05-25 24:00"),
    }
    await file.to("05-27 09:00")

    fallen = await file.logged("deadline_passed")
    assert fallen.at == instant("05-25 24:00")
    assert isinstance(fallen.events[0], DeadlinePassed)
    assert [(m.clock, m.about) for m in fallen.events[0].missed] == [("rectification", "F1")]
    case = await file.case()
    late = overdue(office.campaign.plan, case, instant("05-27 09:00"))
    assert [(d.clock, d.about) for d in late] == [("rectification", "F1")]
    listed = overdue_page(file.engine, office.campaign.plan, instant("05-27 09:00"), OverdueFilter(), 10)
    assert [(o.case_id, o.about, o.days_late) for o in listed] == [(file.case_id, "F1", 1)]

    async def shown() -> bool:
        found = await file.attributes()
        return found["CaseStage"] == "reinspection" and found["CaseDueAt"] == instant("05-25 24:00")

    await eventually(shown)
    await file.intact()


async def test_temporal_itself_can_be_asked_what_is_overdue(office: Office) -> None:
    late, early = await rectifying(office, "05-10"), await rectifying(office, "05-14")
    query = f"CaseDueAt < '{show_instant(instant('05-26 09:00'))}' AND ExecutionStatus = 'Running'"

    async def found() -> set[str]:
        return {run.id async for run in office.client.list_workflows(query)}

    async def finds_that_one_alone() -> bool:  # an earlier state of the other may be seen a moment longer
        cases = await found()
        return late.case_id in cases and early.case_id not in cases

    await eventually(finds_that_one_alone)


async def test_a_timer_for_a_replaced_due_date_does_nothing(office: Office) -> None:
    file = await rectifying(office)
    until = instant("06-09 24:00")
    await file.do("request_extension", ENTERPRISE, ref="F1", due=until.isoformat(), reason="parts")
    await file.do("decide_extension", SUPERVISOR, ref="F1", granted=True, reason="seen")
    assert (await file.attributes())["CaseDueAt"] == until

    await file.to("05-30 09:00")
    await file.do("add_note", text="the old instant has passed")
    assert "deadline_passed" not in await file.steps()
    assert await file.refused("reinspect", verdicts=[{"ref": "F1", "passed": True}]) == "not_awaiting_verdict"

    await file.to("06-10 09:00")
    assert (await file.logged("deadline_passed")).at == until
    assert (await file.steps()).count("deadline_passed") == 1
    await file.intact()


async def test_a_command_at_or_after_the_due_instant_is_decided_after_the_deadline(office: Office) -> None:
    file = await rectifying(office)
    await file.to("05-25 24:00")
    late = await file.send(
        command("request_extension", ENTERPRISE, ref="F1", due="2027-05-30", reason="an hour of work more")
    )
    assert isinstance(late, Refused) and late.code == "extension_too_late"
    await file.do("reinspect", verdicts=[{"ref": "F1", "passed": True}])
    steps = await file.steps()
    assert steps.index("deadline_passed") < steps.index("reinspect"), "the clock acts first"
    line = (await file.log())[steps.index("reinspect")]
    assert line.at >= instant("05-25 24:00")
