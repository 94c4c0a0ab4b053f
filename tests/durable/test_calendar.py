"""The committee moves a boundary: running cases follow, what fell before falls first, nothing is decided by a mix."""

from datetime import datetime
from uuid import uuid4

import pytest

from models.calendar_moved import CalendarMoved
from models.campaign import MoveRequest
from models.plan import CalendarMove
from models.refusals import Refused
from models.wire import CALENDAR_SIGNAL, Receipt
from rules.campaign.decide import moved
from store.campaign_log import calendar_moves, record_move
from store.campaigns import campaign_of
from tests.durable.office import CaseFile, Office, command, finding, instant


def move(office: Office, to: str, at: str, phase: str = "investigation", command_id: str = "") -> CalendarMove:
    """The record from this instant on: the phase ends then."""
    campaign = campaign_of(office.services.engine, office.campaign.campaign_id)
    phases = moved(campaign.phases, phase, "ends", instant(to), instant(at))
    assert not isinstance(phases, Refused), phases
    old = next(p.ends_at for p in campaign.phases if p.id == phase)
    number = len(calendar_moves(office.services.engine, campaign.campaign_id)) + 1
    asked = MoveRequest(
        campaign_id=campaign.campaign_id,
        command_id=command_id or str(uuid4()),
        by="office:Qian@650200",
        reason="a decision of the committee",
        phase=phase,
        edge="ends",
        old_at=old,
        move=CalendarMove(number=number, at=instant(at), phases=phases),
    )
    return record_move(office.services.engine, asked)


async def pending_case(office: Office) -> CaseFile:
    """Unlawful conduct of May: a suspension waits for phase 2."""
    file = await office.open("05-10")
    await file.record(finding("F1", "V04", "major"))
    await file.register("F1")
    return file


async def owed_since(file: CaseFile) -> datetime | None:
    return next((m.arose_at for m in (await file.case()).owed), None)


@pytest.mark.clause("domain §5")
async def test_a_boundary_moved_to_an_earlier_day_is_followed_at_once(office: Office) -> None:
    file = await pending_case(office)
    await file.to("05-12")
    told = move(office, "05-20 24:00", "05-12")
    await file.handle.signal(CALENDAR_SIGNAL, told)
    line = await file.logged("calendar_moved")
    assert isinstance(line.events[0], CalendarMoved) and line.events[0].calendar == 1
    assert (await file.case()).calendar == 1
    await file.to("05-21 08:00")
    assert await owed_since(file) == instant("05-20 24:00")
    await file.intact()


@pytest.mark.clause("domain §5")
async def test_a_boundary_moved_to_a_later_day_holds_though_nobody_told_the_case(office: Office) -> None:
    file = await pending_case(office)
    move(office, "06-10 24:00", "05-12")
    await file.to("06-02 08:00")
    assert await owed_since(file) is None, "the timer fell at the old boundary, and found the new one"
    assert "calendar_moved" in await file.steps() and "phase_began" not in await file.steps()
    assert await file.refused("propose_measure", must="suspend") != ""
    await file.to("06-11 08:00")
    assert await owed_since(file) == instant("06-10 24:00")
    await file.intact()


async def test_a_command_after_a_move_is_decided_by_the_new_calendar_only(office: Office) -> None:
    """Nobody told the case: its next step finds the move, takes it first, and then decides anew."""
    file = await pending_case(office)
    await file.to("06-02")
    assert await owed_since(file) == instant("05-31 24:00")
    move(office, "11-15 24:00", "06-02", phase="rectification")
    await file.record(finding("F2", "H05"))
    await file.to("10-30")
    await file.register("F2")
    case = await file.case()
    assert case.calendar == 1
    f2 = case.finding("F2")
    assert f2 is not None and f2.due_at == instant("11-14 24:00"), "15 days: the cap is no longer 31 October"
    assert (await file.steps()).count("calendar_moved") == 1
    await file.intact()


async def test_what_fell_before_the_move_falls_first(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    told = move(office, "06-20 24:00", "05-28")  # the rectification was due on 25 May; the case sleeps until 30 May
    await file.to("05-30")
    await file.handle.signal(CALENDAR_SIGNAL, told)
    await file.logged("calendar_moved")
    lines = [(line.do, line.at) for line in (await file.log())[-2:]]
    assert lines == [("deadline_passed", instant("05-25 24:00")), ("calendar_moved", instant("05-28"))]
    await file.intact()


async def test_two_moves_are_followed_in_their_order(office: Office) -> None:
    file = await pending_case(office)
    move(office, "06-05 24:00", "05-12")
    second = move(office, "06-08 24:00", "05-13")
    await file.to("05-15")
    await file.handle.signal(CALENDAR_SIGNAL, second)
    await file.do("add_note", text="after both")
    followed = [e.calendar for line in await file.log() for e in line.events if isinstance(e, CalendarMoved)]
    assert followed == [1, 2]
    await file.to("06-09 08:00")
    assert await owed_since(file) == instant("06-08 24:00")
    await file.intact()


async def test_a_move_recorded_twice_is_one_move(office: Office) -> None:
    first = move(office, "06-05 24:00", "05-12", command_id="the-decision")
    again = record_move(
        office.services.engine,
        MoveRequest(
            campaign_id=office.campaign.campaign_id,
            command_id="the-decision",
            by="office:Qian@650200",
            reason="again",
            phase="investigation",
            edge="ends",
            old_at=instant("05-31 24:00"),
            move=first.model_copy(update={"number": 2}),
        ),
    )
    assert again == first
    [told] = calendar_moves(office.services.engine, office.campaign.campaign_id)
    assert (told["old_at"], told["new_at"]) == (instant("05-31 24:00"), instant("06-05 24:00"))
    assert (told["by"], told["reason"]) == ("office:Qian@650200", "a decision of the committee")


async def test_a_case_that_is_opened_by_an_old_calendar_begins_under_the_new_one(office: Office) -> None:
    """The office read the campaign before the move, and its opening arrives after it."""
    move(office, "06-10 24:00", "05-09")
    answer = await office.hand_in("05-10", "late", office.opening("late"))
    assert isinstance(answer, Receipt)
    file = office.file(answer.case_id)
    case = await file.case()
    assert case.calendar == 1 and case.investigation_due_at == instant("06-10 24:00")
    await file.send(command("add_note", text="works"))
    await file.intact()
