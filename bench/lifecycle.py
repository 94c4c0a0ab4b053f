"""Cases a second for a happy and a fully escalated case, beside the floor, in one run; histories.

    python -m bench.lifecycle [--cases N] [--rounds N]

Ratios are what counts: rounds of product and floor, with claims and without, alternate, so that the machine's mood
meets both.
"""

import argparse
import asyncio
import logging
import statistics
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from bench import courses, normal_step
from bench.failing import answered
from bench.floor import QUEUE, TABLE, FloorWorkflow, floor_worker
from bench.stack import bench_services, keep, shipped_plan
from engine.claim_keys import ClaimBook
from engine.claims import Signer
from engine.connection import Services
from models.commands import AnyCommand
from models.instants import BEIJING
from models.wire import CAMPAIGN_ATTRIBUTE, CASE_WORKFLOW, CASES_QUEUE, DISTRICT_ATTRIBUTE, CaseStart, Submission
from rules.access.claims import check_with
from store.campaigns import Campaign, add_campaign
from workers.cases import cases_worker
from workers.logs import log_as_json

_AT_ONCE = 24
Course = Callable[[], list[AnyCommand]]


class Bench:
    """One stack, one campaign in phase 3, workers in this process."""

    def __init__(self, client: Client, services: Services, campaign: Campaign) -> None:
        self.client, self.services, self.campaign = client, services, campaign

    def attributes(self) -> TypedSearchAttributes:
        """As the desk sets them at the start."""
        keyword = SearchAttributeKey.for_keyword
        return TypedSearchAttributes(
            [
                SearchAttributePair(keyword(CAMPAIGN_ATTRIBUTE), self.campaign.campaign_id),
                SearchAttributePair(keyword(DISTRICT_ATTRIBUTE), "650203"),
            ]
        )

    async def case(self, course: list[AnyCommand], workflow: str = CASE_WORKFLOW, queue: str = CASES_QUEUE) -> str:
        """One case through its course, by the workflow's own way in; its id."""
        subject = uuid.uuid4().hex
        case_id, opening = f"case/{self.campaign.campaign_id}/{subject}", courses.opening(subject)
        start = CaseStart(
            case_id=case_id,
            digest=self.campaign.digest,
            phases=self.campaign.phases,
            opening=opening,
            clock_offset=self.campaign.clock_offset,
        )
        handle = await self.client.start_workflow(
            workflow, start, id=case_id, task_queue=queue, search_attributes=self.attributes()
        )
        return await self._drive(handle, [opening, *course])

    async def floor(self, course: list[AnyCommand]) -> str:
        """The same updates on the floor."""
        commands = [courses.opening("floor"), *course]
        handle = await self.client.start_workflow(
            FloorWorkflow.run,
            len(commands),
            id=f"floor/{uuid.uuid4().hex}",
            task_queue=QUEUE,
            search_attributes=self.attributes(),
        )
        return await self._drive(handle, commands)

    async def _drive(self, handle: WorkflowHandle[Any, Any], commands: list[AnyCommand]) -> str:
        for command in commands:
            asked = handle.execute_update("submit", Submission(command=command), id=command.command_id)
            await answered(self.client, handle, asked)
        return handle.id

    async def rate(self, one: Callable[[], Any], number: int) -> float:
        """Cases a second, `_AT_ONCE` at a time."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def gated() -> None:
            async with gate:
                await one()

        began = time.perf_counter()
        tasks = [asyncio.create_task(gated()) for _ in range(number)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return number / (time.perf_counter() - began)

    async def history(self, case_id: str) -> dict[str, int]:
        """Events and bytes of a finished case's history, as the server keeps it (sealed)."""
        history = await self.client.get_workflow_handle(case_id).fetch_history()
        return {"events": len(history.events), "bytes": sum(e.ByteSize() for e in history.events)}


async def compare(bench: Bench, course: Course, number: int, rounds: int, *, normal: bool) -> dict[str, Any]:
    """Rates of product and floor (and of the variant with a normal step), round by round, and their ratio."""
    rates: dict[str, list[float]] = {"case": [], "floor": []}
    if normal:
        rates["normal step"] = []
    for _ in range(rounds):
        rates["floor"].append(await bench.rate(lambda: bench.floor(course()), number))
        rates["case"].append(await bench.rate(lambda: bench.case(course()), number))
        if normal:
            variant = (normal_step.CaseWithNormalStep.__name__, normal_step.QUEUE)
            rates["normal step"].append(await bench.rate(lambda v=variant: bench.case(course(), *v), number))
    middle = {name: round(statistics.median(found), 1) for name, found in rates.items()}
    ratios = [c / f for c, f in zip(rates["case"], rates["floor"], strict=True)]
    return {
        "updates": len(course()) + 1,
        "cases_per_second": middle,
        "ratio_to_floor": round(statistics.median(ratios), 3),
        "ratios": [round(r, 3) for r in ratios],
        "history": await bench.history(await bench.case(course())),
        "floor_history": await bench.history(await bench.floor(course())),
    }


@contextmanager
def without_claims(engine: Engine) -> Generator[None]:
    """Nothing is signed, and whoever checks takes everything: what commands were before they were signed."""

    def none(*_: object) -> None:
        return None

    kept = Signer.claim, ClaimBook.refused
    Signer.claim = ClaimBook.refused = none  # pyright: ignore[reportAttributeAccessIssue] -- a measurement
    check_with(none)
    try:
        yield
    finally:
        Signer.claim, ClaimBook.refused = kept
        check_with(ClaimBook(engine).refused)


async def cost_of_claims(bench: Bench, number: int, rounds: int) -> dict[str, Any]:
    """Happy cases with and without claims in turn, who is first too: what claims cost of the rate, and of our CPU.

    Our CPU is that of this process, worker and asker together; servers are not in it.
    """
    costs: dict[str, list[float]] = {"rate": [], "cpu": []}
    for round_number in range(rounds):
        found: dict[bool, tuple[float, float]] = {}
        for signed in (round_number % 2 == 0, round_number % 2 == 1):
            with nullcontext() if signed else without_claims(bench.services.engine):
                began = time.process_time()
                rate = await bench.rate(lambda: bench.case(courses.happy()), number)
                found[signed] = rate, time.process_time() - began
        costs["rate"].append(1 - found[True][0] / found[False][0])
        costs["cpu"].append(1 - found[False][1] / found[True][1])
    return {
        name: {"median": round(statistics.median(each), 3), "rounds": [round(cost, 3) for cost in each]}
        for name, each in costs.items()
    }


async def measure(services: Services, number: int, rounds: int) -> dict[str, Any]:
    """The whole report."""
    with services.owner.begin() as connection:
        connection.execute(text(TABLE))
        connection.execute(text("GRANT ALL ON bench_floor TO rectify_app"))
    today = datetime(2027, 11, 8, 9, tzinfo=BEIJING)
    offset = int((today - datetime.now(UTC)).total_seconds())
    campaign = add_campaign(services.engine, shipped_plan(), 2027, offset)
    client = await services.temporal()
    bench = Bench(client, services, campaign)
    workers = (
        cases_worker(client, services.engine),
        floor_worker(client, services.engine),
        normal_step.normal_worker(client, services.engine),
    )
    async with workers[0], workers[1], workers[2]:
        for warm in (bench.case, bench.floor):
            await bench.rate(lambda one=warm: one(courses.happy()), min(number, 20))
        claims = await cost_of_claims(bench, number, max(2, rounds * 2))
        plan, day = campaign.plan, today.date().isoformat()
        return {
            "happy": await compare(bench, courses.happy, number, rounds, normal=True),
            "escalated": await compare(
                bench, lambda: courses.escalated(plan, day), max(1, number // 2), rounds, normal=False
            ),
            "cost_of_claims": claims,
        }


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    log_as_json(logging.WARNING)
    with bench_services() as services:
        report = asyncio.run(measure(services, given.cases, given.rounds))
    keep(report, "lifecycle")


if __name__ == "__main__":
    main()
