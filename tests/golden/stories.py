"""The runs whose histories are kept: told to a real office, on a real server."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from models.wire import CALENDAR_SIGNAL, Submission
from tests.durable.forger import Forger
from tests.durable.office import CaseFile, Office, command, eventually, finding, instant
from tests.durable.publication import publication

Story = Callable[[Office], Awaitable[CaseFile]]


async def happy(office: Office) -> CaseFile:
    """A hazard found, registered, rectified, verified; looked back on in November: rectified."""
    file = await office.open("05-10", subject="golden-happy")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    await file.to("05-12 10:00")
    await file.declare("F1")
    await file.verdict(F1=True)
    await file.to("11-05 10:00")
    await file.do("look_back", recurred=False)
    await file.ended()
    return file


async def closed_and_fined(office: Office) -> CaseFile:
    """Unlawful conduct, suspended, failed again: closed and fined at the upper limit: shut down."""
    file = await office.open("06-02", subject="golden-closed")
    await file.record(finding("F1", "V04"))
    await file.register("F1")
    await file.carry_out("suspend", "06-02")
    await file.declare("F1")
    await file.verdict(F1=False)
    await file.carry_out("fine", "06-02")
    await file.carry_out("close", "06-02")
    await file.ended()
    return file


async def carried_over(office: Office) -> CaseFile:
    """Pending in May, owed at the phase boundary, deadlines missed until the year ends: carried over."""
    file = await office.open("05-28", subject="golden-carried", spread_within=3600)
    await file.record(finding("F1", "V04", "major"), finding("F2", "H05"))
    await file.register("F1", "F2")
    await file.to("06-02 09:00")
    await file.do("propose_measure", must="suspend")
    await file.to("12-31 23:00")
    await file.do("add_note", text="nothing was done")
    await file.to(instant("12-31 24:00") + timedelta(hours=2))
    await file.ended()
    return file


async def continued(office: Office) -> CaseFile:
    """A case that continues as new after some forty events; its second run is kept."""
    file = await office.open("05-10", subject="golden-continued")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    first = (await file.handle.describe()).run_id
    while (await file.handle.describe()).run_id == first:
        await file.do("add_note", text="more")
    await file.declare("F1")
    await file.verdict(F1=True)
    return file


async def published(office: Office) -> CaseFile:
    """A year of working days is published while a suspension is owed: it is due later, and is missed then."""
    file = await office.open("06-01", subject="golden-published")
    await file.record(finding("F1", "V04"), finding("F2", "H05"))
    await file.register("F1")
    await file.to("06-01 12:00")
    told = publication(office.services.engine, office.campaign, "06-01 11:00")
    await file.handle.signal(CALENDAR_SIGNAL, told)
    await file.logged("calendar_moved")
    await file.to("06-07 09:00")
    await file.register("F2")
    await file.to("06-08 09:00")
    await file.do("propose_measure", must="suspend")
    return file


async def claimed(office: Office) -> CaseFile:
    """Beside what is signed, a signal that nobody proves to have sent, and one that an official did and may not."""
    file = await office.open("05-10", subject="golden-claimed")
    forger = await Forger.of(office.services)
    handle = forger.client.get_workflow_handle(file.case_id)
    await handle.signal("inspection_result", Submission(command=command("add_note", text="whose?")))
    await file.logged("add_note")
    await file.signal(command("void", reason="an inspector may not"))
    await file.logged("void")
    await file.record(finding("F1", "H01"))
    return file


async def learnt(office: Office) -> CaseFile:
    """Steps that the case loses: one comes back by a signal that it would have refused, one by a command."""
    file = await office.open("05-10", subject="golden-learnt")
    await file.record(finding("F1", "H01"))
    await file.lose(command("register", assignments=[{"ref": "F1", "responsible": "Sun"}]))
    await file.signal(command("declare_rectified", refs=["F1"], evidence=["photo 1"]))
    await file.logged("declare_rectified")
    await eventually(file.caught_up)
    await file.lose(command("reinspect", verdicts=[{"ref": "F1", "passed": False}]))
    await file.declare("F1")
    return file


STORIES: dict[str, Story] = {
    "happy": happy,
    "closed_and_fined": closed_and_fined,
    "carried_over": carried_over,
    "continued": continued,
    "published": published,
    "claimed": claimed,
    "learnt": learnt,
}
