"""A town whose Temporal server has faults inside it: officials, devices and jobs at work in its cases (ADR 0059).

Used by the test of a few dozen cases and by `python -m bench.faults` of some thousands.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client

from embedded.settings import StackSettings
from embedded.stack import up
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from engine.hand_in import Answer, open_case, signal_result, submit
from engine.jobs import run_job
from engine.unreachable import Unreachable
from models.commands import AnyCommand, Open
from models.refusals import Refused
from models.wire import Receipt
from store.campaigns import Campaign, add_campaign
from store.case_log import timeline
from store.jobs import items, job_of
from store.migrate import migrate
from store.verify import fold_cases
from tests.cast import ENTERPRISE
from tests.durable.auditor import Found, audit
from tests.durable.calls import Calls
from tests.durable.office import command, eventually, finding
from tests.durable.persistence_faults import FaultyTemporal
from tests.durable.test_campaign import HOUR, plan_in_seconds
from tests.durable.works import Works, hazard

Injected = dict[str, Counter[str]]
_DUE_IN = timedelta(seconds=3)


class FaultyTown:
    """One campaign on a stack of its own; its workers run beside."""

    def __init__(
        self, settings: StackSettings, services: Services, client: Client, campaign: Campaign, at_once: int = 40
    ) -> None:
        self.services, self.engine, self.client, self.campaign = services, services.engine, client, campaign
        self.temporal = FaultyTemporal(settings)
        self.works = Works(client, services, campaign)
        self.calls = Calls()
        self.opened, self.at_once = 0, at_once
        self.jobs: list[str] = []

    # -- under faults

    async def work_under(self, kinds: Sequence[str], seed: int, cases: int, rows: int, at_least: int) -> Injected:
        """So many cases worked on and a job of so many rows, while the server has these kinds of faults inside it.

        Goes on with notes until there were `at_least` of each kind. Returns how many there were, by kind and method.
        """
        await self.temporal.fail(kinds, seed)
        await self.work(cases, rows)
        deadline = time.monotonic() + 60
        while min(map(Counter[str].total, (injected := await self.injected(kinds)).values())) < at_least:
            assert time.monotonic() < deadline, f"too few: {injected}"
            await asyncio.gather(*(self.note(number) for number in range(self.opened - cases, self.opened)))
        return injected

    async def work(self, cases: int, rows: int) -> None:
        """So many cases worked on, some at once, and beside them a job of so many rows."""
        gate = asyncio.Semaphore(self.at_once)

        async def gated(number: int) -> None:
            async with gate:
                await self.official(number)

        async with asyncio.TaskGroup() as work:
            for number in range(self.opened, self.opened + cases):
                work.create_task(gated(number))
            work.create_task(self.job(rows))
            self.opened += cases

    async def injected(self, kinds: Sequence[str]) -> Injected:
        """How many faults the server has had so far, by kind and method."""
        return {kind: await self.temporal.injected(kind) for kind in kinds}

    async def official(self, number: int) -> None:
        """One case: two hazards, of which one is put right and one is late, and unlawful conduct for phase 2."""
        chance = random.Random(number)
        found = [finding("F1", "H01"), finding("F2", "H05", "major"), finding("F3", "V04", "major")]
        subject = {"id": f"s-{number}", "name": f"Factory {number}", "district": "650203"}
        await self.accepted(number, command("open", subject=subject))
        await self.accepted(number, command("record_findings", findings=found))
        while isinstance(await self.insist(number, _registering()), Refused):
            pass  # it took so long that the due instant has passed
        await self.refused(number, command("register", assignments=[{"ref": "F9", "responsible": "Sun"}]))
        await self.accepted(number, command("declare_rectified", ENTERPRISE, refs=["F2"], evidence=["photo 1"]))
        if chance.random() < 0.5:
            await self.device(number, command("reinspect", verdicts=[{"ref": "F2", "passed": True}]))
        else:
            await self.accepted(number, command("reinspect", verdicts=[{"ref": "F2", "passed": True}]))
        await self.note(number)
        await self.logged(number, "deadline_passed")
        await self.accepted(number, command("declare_rectified", ENTERPRISE, refs=["F1"], evidence=["photo 2"]))

    async def job(self, rows: int) -> None:
        """An import of rows about subjects of its own, to its end."""
        first = 10_000 * len(self.jobs)  # a row that says the same again would be skipped
        listed = [self.works.row(n, f"row-{n}", hazard(responsible="Sun")) for n in range(first, first + rows)]
        job_id = self.works.job("import", *listed).job_id
        self.jobs.append(job_id)

        async def ended() -> bool:
            found = job_of(self.engine, job_id)
            return found is not None and found.state == "done"

        await self._until(lambda: run_job(self.client, job_id))
        await eventually(ended, within=120 + 10 * rows)
        results = [item.result for item in items(self.engine, job_id)]
        assert all(result and result.state == "done" for result in results), results

    # -- handing in

    async def accepted(self, number: int, sent: AnyCommand) -> Receipt:
        """A command that is in order: asked until it is answered."""
        answer = await self.insist(number, sent)
        assert isinstance(answer, Receipt), f"{sent.do}: {answer}"
        return answer

    async def refused(self, number: int, sent: AnyCommand) -> None:
        """A command that is not: asked until it is answered."""
        answer = await self.insist(number, sent)
        assert isinstance(answer, Refused), f"{sent.do}: {answer}"

    async def insist(self, number: int, sent: AnyCommand) -> Answer:
        """The answer, whichever it is."""
        return await self.calls.insisted(self.case(number), sent, lambda: self._hand_in(number, sent))

    async def note(self, number: int) -> None:
        """Somebody who does not ask again where nobody answers."""
        sent = command("add_note", text=f"note of {number}")
        await self.calls.sent(self.case(number), sent, self._hand_in(number, sent))

    async def device(self, number: int, sent: AnyCommand) -> None:
        """A signal until it is taken in; nobody answers it."""

        async def once() -> None:
            self.calls.note(self.case(number), sent, None)
            await signal_result(self.client, self.engine, self.case(number), sent)

        await self._until(once)

    async def _until(self, asking: Callable[[], Awaitable[object]]) -> None:
        """Ask until it is taken in."""
        while True:
            with suppress(Unreachable):
                await asking()
                return
            await asyncio.sleep(0.2)

    async def _hand_in(self, number: int, sent: AnyCommand) -> Answer:
        if isinstance(sent, Open):
            return await open_case(self.client, self.engine, self.campaign, f"s-{number}", sent)
        return await submit(self.client, self.engine, self.case(number), sent)

    # -- afterwards

    async def settled(self, within: float = 60) -> None:
        """No faults any more; what nobody answered was asked again, and the next phase has begun in every case."""
        await self.temporal.calm()
        unanswered = [(case_id, sent) for case_id, sent in self.calls.never_answered if case_id in self.numbers]
        await asyncio.gather(*(self.insist(self.numbers[case_id], sent) for case_id, sent in unanswered))
        began = self.campaign.phases[1].begins_at
        await asyncio.sleep(max(0.0, (began - datetime.now(UTC)).total_seconds()))

        async def all_there() -> bool:
            cases = await asyncio.to_thread(fold_cases, self.engine, list(self.numbers))
            return {folded.case.phase for folded in cases.values()} == {self.campaign.phases[1].id}

        await eventually(all_there, within)

    @property
    def numbers(self) -> dict[str, int]:
        """Of the officials' cases, by id."""
        return {self.case(number): number for number in range(self.opened)}

    async def audited(self) -> list[Found]:
        """What the auditor finds; rows of jobs are asked for by their job."""
        of_rows = {
            command_id
            for job_id in self.jobs
            for item in items(self.engine, job_id, limit=100_000)
            if item.result
            for command_id in item.result.did["command_ids"]
        }
        return await audit(self.client, self.engine, self.calls, others=lambda step: step.command_id in of_rows)

    def case(self, number: int) -> str:
        """Its id."""
        return f"case/{self.campaign.campaign_id}/s-{number}"

    async def logged(self, number: int, do: str, within: float = 120) -> None:
        """Once the log has a line of this kind."""

        async def there() -> bool:
            return do in [step.do for step in await asyncio.to_thread(timeline, self.engine, self.case(number))]

        await eventually(there, within)


async def begun(settings: StackSettings, phase_after: int, at_once: int = 40) -> FaultyTown:
    """A stack that is up, and a campaign whose next phase begins after so many seconds."""
    services = Services(await up(settings))
    migrate(services.owner)
    keep_claim_keys(services.owner, services.home)
    now = datetime.now(UTC).replace(microsecond=0)
    campaign = add_campaign(services.engine, plan_in_seconds(now, (phase_after, HOUR, 2 * HOUR), "faults"), now.year)
    return FaultyTown(settings, services, await services.temporal(), campaign, at_once)


def _registering() -> AnyCommand:
    """Registered, the first with a due instant that comes soon."""
    due = (datetime.now(UTC) + _DUE_IN).isoformat()
    assigned: list[dict[str, Any]] = [{"ref": ref, "responsible": "Sun"} for ref in ("F1", "F2", "F3")]
    return command("register", assignments=[assigned[0] | {"due": due}, *assigned[1:]])
