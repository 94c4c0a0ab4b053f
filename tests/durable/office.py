"""An office at work on a real server: opens cases on a date of the campaign, hands in commands, moves their clocks."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, RPCError, WorkflowExecutionStatus, WorkflowHistory
from temporalio.testing import TimeSkipper

from embedded.children import Children
from engine.claims import console, speaking
from engine.connection import Services
from engine.hand_in import Answer, current, open_case, signal_result, submit
from models.campaign import workflow_id
from models.case import Case
from models.commands import COMMAND, AnyCommand, Open
from models.events import Transition
from models.instants import parse_instant
from models.refusals import Refused
from models.wire import CaseView, Receipt
from rules.case.decide import decide
from store.campaigns import Campaign
from store.case_log import timeline
from store.log import record
from store.verify import check_case, fold_case
from tests.cast import ENTERPRISE, GOVERNMENT, HERE, INSPECTOR, PROOF, SUPERVISOR, UPPER_LIMIT

T = TypeVar("T")
YEAR = 2027


def instant(text: str) -> datetime:
    """`06-01 24:00` or `06-01` (09:00) of the campaign's year, Beijing time."""
    day, _, hour = text.partition(" ")
    return parse_instant(f"{YEAR}-{day}T{hour or '09:00'}")


def command(do: str, by: str = INSPECTOR, **fields: Any) -> AnyCommand:
    """A command; without a command_id it gets a fresh one."""
    return COMMAND.validate_python({"command_id": str(uuid4()), "do": do, "by": by, **fields})


def finding(ref: str, category: str, grade: str = "general", **flags: bool) -> dict[str, Any]:
    """A finding as an inspector writes it down."""
    return {"ref": ref, "category": category, "grade": grade, "description": f"seen at {ref}", **flags}


async def eventually(what: Callable[[], Awaitable[T]], within: float = 90.0) -> T:
    """Ask until the answer is true, or fail with the last one; the bound is for a machine that is busy."""
    deadline = time.monotonic() + within
    while not (answer := await what()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        await asyncio.sleep(0.05)
    return answer


async def kill(children: Children, name: str) -> None:
    """As by `kill -9`; returns when the process is gone."""
    pid = children.alive(name)
    assert pid is not None, f"{name} does not live"
    os.kill(pid, signal.SIGKILL)

    async def gone() -> bool:
        return children.alive(name) is None

    await eventually(gone)


class Office:
    """Opens cases; `shut` ends those that still run, so that no other test meets them."""

    def __init__(self, client: Client, services: Services, campaign: Campaign) -> None:
        self.client, self.services, self.campaign = client, services, campaign
        self.skipper = TimeSkipper(client)
        self.files: list[CaseFile] = []

    def campaign_at(self, when: str) -> Campaign:
        """The campaign, its clock moved so that this is its present instant."""
        offset = (instant(when) - datetime.now(UTC)).total_seconds()
        return self.campaign.model_copy(update={"clock_offset": round(offset)})

    def opening(self, subject: str, **fields: Any) -> Open:
        """The command that opens a case."""
        facts = {"id": subject, "name": "A factory", "district": HERE, "sector": "fire_safety", **fields}
        opening = command("open", subject=facts)
        assert isinstance(opening, Open)
        return opening

    async def open(self, when: str, *, subject: str | None = None, spread_within: int = 0, **fields: Any) -> "CaseFile":
        """Open a case on this date of the campaign; `fields`: of its subject."""
        subject = subject or f"s-{uuid4().hex[:8]}"
        opened = await self.hand_in(when, subject, self.opening(subject, **fields), spread_within=spread_within)
        assert isinstance(opened, Receipt), opened
        return self.file(opened.case_id)

    async def hand_in(self, when: str, subject: str, opening: Open, spread_within: int = 0) -> Answer:
        """The answer to an opening, whatever it is."""
        campaign = self.campaign_at(when)
        engine = self.services.engine
        return await open_case(self.client, engine, campaign, subject, opening, spread_within=spread_within)

    def file(self, case_id: str) -> "CaseFile":
        """The file of a case that is open already."""
        self.files.append(CaseFile(self, case_id))
        return self.files[-1]

    async def shut(self) -> None:
        """End what still runs, the campaign first, which may open cases."""
        campaign = self.client.get_workflow_handle(workflow_id(self.campaign.campaign_id))
        for handle in (campaign, *(file.handle for file in self.files)):
            try:
                await handle.terminate("the test is over")
            except RPCError:  # ended by itself, or gone, or never there
                continue
        self.files.clear()


class CaseFile:
    """One case, as the officials see it."""

    def __init__(self, office: Office, case_id: str) -> None:
        self.office, self.case_id = office, case_id
        self.engine = office.services.engine
        self.handle = office.client.get_workflow_handle(case_id)

    async def send(self, sent: AnyCommand) -> Answer:
        """Hand in a command."""
        return await submit(self.office.client, self.engine, self.case_id, sent)

    async def do(self, kind: str, by: str = INSPECTOR, **fields: Any) -> Receipt:
        """A command that is accepted."""
        answer = await self.send(command(kind, by, **fields))
        assert isinstance(answer, Receipt), f"{kind}: {answer}"
        return answer

    async def refused(self, kind: str, by: str = INSPECTOR, **fields: Any) -> str:
        """A command that is refused: with which code."""
        answer = await self.send(command(kind, by, **fields))
        assert isinstance(answer, Refused), f"{kind}: {answer}"
        return answer.code

    async def signal(self, sent: AnyCommand) -> None:
        """Hand in a command as a device does."""
        await signal_result(self.office.client, self.engine, self.case_id, sent)

    async def known_to_refuse(self, sent: AnyCommand) -> str:
        """With which code the case would refuse the command by what it knows itself, whatever the log holds."""
        view = await self.view()
        judged = decide(self.office.campaign.plan, view.case, sent, view.now)
        assert isinstance(judged, Refused), judged
        return judged.code

    async def caught_up(self) -> bool:
        """Whether the case knows all that its log holds."""
        return (await self.case()).seq == len(await self.log())

    async def lose(self, sent: AnyCommand) -> None:
        """Record a command's step as a worker that died right after, and whose update the server forgot too."""
        case = (await asyncio.to_thread(fold_case, self.engine, self.case_id)).case
        plan = self.office.campaign.plan
        decided = decide(plan, case, sent, (await self.view()).now)
        assert isinstance(decided, Transition), decided
        with speaking(console()):
            claim = self.office.services.signer.claim(self.case_id, sent)
        claimed = decided.model_copy(update={"claim": claim})
        await asyncio.to_thread(record, self.engine, plan, case, claimed)

    # -- what officials do

    async def record(self, *findings: dict[str, Any]) -> Receipt:
        """Findings."""
        return await self.do("record_findings", findings=list(findings))

    async def register(self, *refs: str, **more: Any) -> Receipt:
        """Registered, by default with the plan's due date."""
        return await self.do("register", assignments=[{"ref": r, "responsible": "Sun", **more} for r in refs])

    async def declare(self, *refs: str) -> Receipt:
        """Declared rectified by the enterprise."""
        return await self.do("declare_rectified", ENTERPRISE, refs=list(refs), evidence=["photo 1"])

    async def verdict(self, **passed: bool) -> Receipt:
        """Re-inspected: `verdict(F1=True)`."""
        return await self.do("reinspect", verdicts=[{"ref": r, "passed": p} for r, p in passed.items()])

    async def carry_out(self, must: str, on: str) -> Receipt:
        """A measure proposed, approved and executed."""
        fine = {"fine": UPPER_LIMIT} if must == "fine" else {}
        await self.do("propose_measure", must=must, **fine)
        await self.do("approve_measure", GOVERNMENT if must == "close" else SUPERVISOR, must=must)
        return await self.do("record_execution", must=must, date=f"{YEAR}-{on}", details=PROOF[must])

    # -- its clock

    async def to(self, when: str | datetime) -> None:
        """Move the case's clock on to this instant of the campaign."""
        at = instant(when) if isinstance(when, str) else when
        offset = timedelta(seconds=(await self.view()).clock_offset)
        now = await self.office.skipper.get_current_time(self.handle) + offset
        assert at > now, f"it is {now} already"
        await self.office.skipper.fast_forward(self.handle, at - now)

    # -- what can be seen of it

    async def view(self) -> CaseView:
        """The running workflow's own answer."""
        return await current(self.office.client, self.case_id)

    async def case(self) -> Case:
        """The case as the running workflow has it."""
        case = (await self.view()).case
        assert case is not None
        return case

    async def log(self) -> tuple[Transition, ...]:
        """The permanent record."""
        return await asyncio.to_thread(timeline, self.engine, self.case_id)

    async def steps(self) -> list[str]:
        """What was done, in order."""
        return [step.do for step in await self.log()]

    async def logged(self, do: str, within: float = 20.0) -> Transition:
        """The first line of this kind, once it is there."""

        async def found() -> Transition | None:
            return next((step for step in await self.log() if step.do == do), None)

        line = await eventually(found, within)
        assert line is not None
        return line

    async def history(self) -> WorkflowHistory:
        """The workflow's history, as it is stored."""
        return await self.handle.fetch_history()

    async def events(self) -> list[str]:
        """The kinds of its events, in order."""
        return [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") for e in (await self.history()).events]

    async def attributes(self) -> dict[str, Any]:
        """Its search attributes by name, without those of the server's own."""
        described = await self.handle.describe()
        return {p.key.name: p.value for p in described.typed_search_attributes if p.key.name != "BuildIds"}

    async def ended(self, within: float = 20.0) -> WorkflowExecutionStatus:
        """How the workflow ended."""

        async def status() -> WorkflowExecutionStatus | None:
            found = (await self.handle.describe()).status
            return None if found == WorkflowExecutionStatus.RUNNING else found

        status_found = await eventually(status, within)
        assert status_found is not None
        return status_found

    async def intact(self) -> None:
        """Log, read model and running workflow agree, and no command is in the log twice."""
        ids = [step.command_id for step in await self.log()]
        assert len(ids) == len(set(ids)), "a command_id twice"
        assert await asyncio.to_thread(check_case, self.engine, self.case_id) == []
        assert await self.case() == (await asyncio.to_thread(fold_case, self.engine, self.case_id)).case
