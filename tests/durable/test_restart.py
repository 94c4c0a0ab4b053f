"""A case that is restarted from its record hears all the same what its former run had not handled."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from models.wire import CALENDAR_SIGNAL
from store.campaigns import move_clock
from tests.durable.office import CaseFile, Office, command, eventually, finding, instant
from tests.durable.test_calendar import move
from tests.durable.test_signals import receipt
from workers import restart
from workers.cases import cases_worker
from workers.restart import restart_case


@pytest.fixture
async def left(idle_office: Office) -> AsyncIterator[CaseFile]:
    """A case of 10 May with a hazard. Nobody works on it any more: what comes to it lies in its history."""
    office = idle_office
    engine, since = office.services.engine, instant("05-10") - datetime.now(UTC)
    office.campaign = move_clock(engine, office.campaign.campaign_id, since)
    async with cases_worker(office.client, engine):
        file = await office.open("05-10")
        await file.record(finding("F1", "H01"))
    yield file


async def restarted(file: CaseFile, **how: bool) -> None:
    assert await restart_case(file.office.client, file.engine, file.case_id, None, **how) is None


async def test_a_move_of_the_calendar_is_told_to_a_case_that_is_restarted(left: CaseFile) -> None:
    told = move(left.office, "06-20 24:00", "05-10 08:00")
    await left.handle.signal(CALENDAR_SIGNAL, told)
    await restarted(left)
    async with cases_worker(left.office.client, left.engine):
        await left.logged("calendar_moved")
        await eventually(left.caught_up)
        assert (await left.case()).calendar == told.number
        await left.intact()


async def test_signals_that_were_not_handled_are_handed_in_again_and_others_are_not(left: CaseFile) -> None:
    office = left.office
    before, late = (
        command("add_note", text="before"),
        command("register", assignments=[{"ref": "F2", "responsible": "x"}]),
    )
    async with cases_worker(office.client, left.engine):
        await left.signal(before)
        await left.signal(late)
        await left.logged("register")
        assert receipt(left, late.command_id)[0::2] == ("refused", "unknown_ref")
        await left.record(finding("F2", "H02"))  # handed in again it would be taken now
    fits = command("add_note", text="while it was stuck")
    fits_not = command("register", assignments=[{"ref": "F9", "responsible": "x"}])
    for sent in (fits, fits_not):
        await left.signal(sent)
    await left.handle.signal("inspection_result")
    await left.handle.signal("inspection_result", {"x": 1})
    assert receipt(left, fits.command_id)[0] == "waiting"
    await restarted(left)
    async with cases_worker(office.client, left.engine):

        async def settled() -> bool:
            return "waiting" not in {receipt(left, sent.command_id)[0] for sent in (fits, fits_not)}

        await eventually(settled)
        assert receipt(left, fits.command_id)[0] == "accepted"
        assert receipt(left, fits_not.command_id)[0::2] == ("refused", "unknown_ref")
        steps = await left.steps()
        assert steps[:5] == ["open", "record_findings", "add_note", "register", "record_findings"]
        assert sorted(steps[5:]) == ["add_note", "register"], "each once"
        await eventually(left.caught_up)
        await left.intact()


async def test_a_restart_that_was_cut_short_hands_them_in_the_next_time(
    left: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = command("add_note", text="while it was stuck")
    await left.signal(sent)

    async def killed(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched, pytest.raises(ConnectionError):
        patched.setattr(restart, "revive", killed)
        await restarted(left)
    await restarted(left)
    await restarted(left)
    async with cases_worker(left.office.client, left.engine):
        assert (await left.logged("add_note")).command_id == sent.command_id
        await eventually(left.caught_up)
        await left.intact()


async def test_a_signal_by_which_the_case_is_stuck_can_be_left(left: CaseFile) -> None:
    newer = {"command": {**command("add_note", text="x").model_dump(mode="json"), "urgent": True}}
    await left.handle.signal("inspection_result", newer)
    await restarted(left)
    async with cases_worker(left.office.client, left.engine):

        async def stuck() -> bool:
            return "WORKFLOW_TASK_FAILED" in await left.events()

        await eventually(stuck)
        await restarted(left, leaving_signals=True)
        await left.do("add_note", text="it goes on")
        assert await left.steps() == ["open", "record_findings", "add_note"]
        await left.intact()
