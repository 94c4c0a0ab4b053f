"""`inspection_result`: the same way in for devices that wait for no answer; a refusal becomes an event."""

from models.events import CommandRefused
from tests.durable.office import Office, command, eventually, finding


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
