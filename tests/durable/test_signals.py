"""`inspection_result`: the same way in for devices that wait for no answer; a refusal becomes an event."""

from models.events import CommandRefused
from store.audit import AuditFilter, audit_page
from store.receipts import handed_in, keep_receipt
from tests.cast import SUPERVISOR
from tests.durable.office import CaseFile, Office, command, eventually, finding
from views.receipt import signal_receipt


async def test_a_fitting_result_is_accepted_like_any_command(office: Office) -> None:
    file = await office.open("05-10")
    sent = command("record_findings", findings=[finding("F1", "H01")])
    await file.signal(sent)
    await file.signal(sent)
    assert (await file.logged("record_findings")).command_id == sent.command_id
    await file.register("F1")
    assert await file.steps() == ["open", "record_findings", "register"], "twice sent, once recorded"
    await file.intact()


async def test_a_refused_result_is_recorded_and_changes_nothing(office: Office) -> None:
    file = await office.open("05-10")
    before = await file.case()
    sent = command("register", assignments=[{"ref": "F9", "responsible": "Sun"}])
    await file.signal(sent)
    line = await file.logged("register")
    [event] = line.events
    assert isinstance(event, CommandRefused)
    assert (event.do, event.refusal.code) == ("register", "unknown_ref")
    [told] = audit_page(file.engine, AuditFilter(kind="command_refused"), 5)
    assert (told.case_id, told.facts) == (file.case_id, {"code": "unknown_ref", "deed": "register", "signal": True})

    async def caught_up() -> bool:
        return (await file.case()).seq == 2

    await eventually(caught_up)
    after = await file.case()
    changed = {"seq": after.seq, "clock_at": after.clock_at}
    assert after == before.model_copy(update=changed)
    assert sent.command_id not in after.handled, "a refused one may be sent again"
    await file.record(finding("F9", "H01"))
    assert (await file.send(sent)).__class__.__name__ == "Receipt"
    await file.intact()


def receipt(file: CaseFile, command_id: str) -> tuple[str, int | None, str | None]:
    """What the record says of a signal: state, place in the log, code."""
    found = handed_in(file.engine, command_id)
    assert found is not None and found.case_id == file.case_id
    told = signal_receipt(command_id, found)
    return told.state, told.seq, told.code


async def test_who_sent_a_signal_can_ask_what_became_of_it(office: Office) -> None:
    file = await office.open("05-10")
    taken, refused = (
        command("add_note", text="one"),
        command("register", assignments=[{"ref": "F9", "responsible": "x"}]),
    )
    for sent in (taken, refused):
        await file.signal(sent)
    await file.logged("register")
    assert receipt(file, taken.command_id) == ("accepted", 2, None)
    assert receipt(file, refused.command_id) == ("refused", 3, "unknown_ref")
    keep_receipt(file.engine, "on its way", file.case_id)
    assert receipt(file, "on its way") == ("waiting", None, None)
    assert handed_in(file.engine, "never sent") is None
    await file.record(finding("F9", "H01"))
    await file.signal(refused)
    assert receipt(file, refused.command_id)[0] in ("refused", "accepted")

    async def accepted() -> bool:
        return receipt(file, refused.command_id) == ("accepted", 5, None)

    await eventually(accepted)
    await file.do("void", SUPERVISOR, reason="opened in error")
    assert receipt(file, "on its way") == ("refused", None, "case_closed")
    assert receipt(file, taken.command_id) == ("accepted", 2, None)


async def test_the_receipt_of_one_signal_is_not_that_of_another_whose_id_begins_alike(office: Office) -> None:
    file = await office.open("05-10")
    for given in ("a:2", "a"):
        keep_receipt(file.engine, given, file.case_id)
    await file.signal(command("register", assignments=[{"ref": "F9", "responsible": "x"}], command_id="a:2"))
    await file.logged("register")
    assert receipt(file, "a:2")[0] == "refused"
    assert receipt(file, "a") == ("waiting", None, None)


async def test_a_signal_that_only_a_newer_version_reads_waits_for_it_and_nonsense_is_none(
    office: Office,
) -> None:
    file = await office.open("05-10")
    for nonsense in ({}, {"x": 1}, "x", None):
        await file.handle.signal("inspection_result", nonsense)
    await file.handle.signal("inspection_result")
    await file.do("add_note", text="one")
    sent = command("add_note", text="two")
    await file.handle.signal("inspection_result", {"command": {**sent.model_dump(mode="json"), "urgent": True}})

    async def waits() -> bool:
        return "WORKFLOW_TASK_FAILED" in await file.events()

    await eventually(waits)
    assert await file.steps() == ["open", "add_note"]
