"""What a process counts of itself: commands by what became of them, steps of the record, deadlines that were late."""

from datetime import timedelta

import pytest

from engine.hand_in import submit
from engine.metrics import PROCESS, counted
from engine.unreachable import Unreachable
from store.campaigns import move_clock
from tests.durable.office import Office, command, finding, instant
from tests.durable.test_deadlines import rectifying


def told(name: str, **labels: str) -> float:
    """The sample as a page would tell it."""
    return PROCESS.get_sample_value(name, labels) or 0.0


async def test_commands_are_counted_by_what_became_of_them(office: Office) -> None:
    file = await office.open("05-10")
    before = {
        kind: told("rectify_commands_total", do=do, outcome=outcome, code=code)
        for kind, (do, outcome, code) in KINDS.items()
    }
    recorded = told("rectify_record_seconds_count", outcome="recorded")
    timed = told("rectify_command_seconds_count", do="record_findings", outcome="accepted")
    await file.record(finding("F1", "H01"))
    assert await file.refused("reinspect", verdicts=[{"ref": "F9", "passed": True}]) == KINDS["refused"][2]
    with pytest.raises(LookupError):
        await submit(office.client, office.services.engine, "case/none/none", command("add_note", text="?"))
    await file.signal(command("add_note", text="seen"))
    after = {
        kind: told("rectify_commands_total", do=do, outcome=outcome, code=code)
        for kind, (do, outcome, code) in KINDS.items()
    }
    assert {kind: after[kind] - before[kind] for kind in KINDS} == dict.fromkeys(KINDS, 1.0)
    assert told("rectify_command_seconds_count", do="record_findings", outcome="accepted") == timed + 1
    assert told("rectify_record_seconds_count", outcome="recorded") > recorded


KINDS = {
    "accepted": ("record_findings", "accepted", ""),
    "refused": ("reinspect", "refused", "unknown_ref"),
    "unknown": ("add_note", "refused", "unknown_case"),
    "sent": ("add_note", "sent", ""),
}


async def test_a_command_that_nobody_answers_is_counted_as_failed_and_its_error_is_told() -> None:
    async def nobody() -> None:
        raise Unreachable("no worker took the command in time")

    before = told("rectify_commands_total", do="open", outcome="failed", code="Unreachable")
    with pytest.raises(Unreachable):
        await counted("open", nobody())
    assert told("rectify_commands_total", do="open", outcome="failed", code="Unreachable") == before + 1


async def test_how_late_a_deadline_is_recorded_is_told_by_the_campaigns_own_clock(office: Office) -> None:
    file = await rectifying(office)
    count, late = told("rectify_clock_late_seconds_count"), told("rectify_clock_late_seconds_sum")
    ahead = instant("05-25 24:00") + timedelta(hours=2) - office.campaign.now()
    move_clock(office.services.engine, office.campaign.campaign_id, ahead)
    await file.to("05-27 09:00")
    await file.logged("deadline_passed")
    assert told("rectify_clock_late_seconds_count") == count + 1
    assert 7199 <= told("rectify_clock_late_seconds_sum") - late < 7260, "the clock is moved by whole seconds"
