"""A city from its opening to its certificate: so many subjects, opened, worked by real commands, settled.

    python -m bench.city [--subjects N] [--no-work]

Workers are processes of their own, as in earnest. Reported: rates a stage beside Temporal's raw start rate in the same
run, the answers to officials' commands while everything settles, sizes, and what `readmodel verify` says.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.stack import bench_services
from desk.campaign import campaign_view, run_campaign, steer
from desk.connection import Services
from desk.submit import Unreachable, submit
from models.actors import Actor
from models.campaign import CAMPAIGN_COMMAND
from models.commands import COMMAND, AnyCommand
from models.instants import show_instant
from models.refusals import Refused
from models.register import Registered
from models.wire import CASE_WORKFLOW
from rules.plan_check import PlanFile, read_plan
from store.campaigns import Campaign, add_campaign, plans_from
from store.register import add_subjects
from store.steering import certificate_of, open_cases
from workers.check import verify_all

PLAN = Path(__file__).resolve().parent.parent / "campaigns" / "karamay-2013.toml"
RESULTS = Path(__file__).resolve().parent / "results"
_OFFICE = Actor(role="office", name="bench", territory="650200")
_DISTRICTS = ("650203", "650202", "650204", "650205")
_AT_ONCE = 24
_RAW = 1000
_OPENED_A_SECOND = 20  # at least: the plan of a city in which nobody works ends once its cases are open


def trial(now: datetime, ends_at: datetime) -> PlanFile:
    """The shipped plan with instants, in its phase 3 today: look-backs can be done, and the end may come soon."""
    words = PLAN.read_text(encoding="utf-8").replace('id = "karamay-2013"', 'id = "city"', 1)
    days = {"05-05": -200, "05-31": -150, "06-01": -150, "10-31": -1, "11-01": -1, "05-17": -190}
    instants = {written: now + timedelta(days=offset) for written, offset in days.items()}
    instants |= {"12-15": ends_at - timedelta(hours=1), "12-31": ends_at}
    for written, at in instants.items():
        instant = show_instant(at)
        for key in ("begins", "ends", "plan_due", "look_back_on"):
            words = words.replace(f'{key} = "{written}"', f'{key} = "{instant}"')
    read = read_plan(words, "city.toml")
    assert isinstance(read, PlanFile), read
    return read


@contextmanager
def workers(services: Services) -> Generator[None]:
    """A process for each queue, stopped at the end."""
    env = {**os.environ, "RECTIFY_HOME": str(services.home)}
    (services.home / "endpoints.json").write_text(services.endpoints.model_dump_json())
    log = (services.home / "workers.log").open("w")
    started = [
        subprocess.Popen([sys.executable, "-P", "-m", "cli.main", "worker", queue], env=env, stderr=log)
        for queue in ("cases", "campaigns")
    ]
    try:
        yield
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(30)
        log.close()


class City:
    """One campaign over a register, and a clock for each of its stages."""

    def __init__(self, services: Services, campaign: Campaign, subjects: int) -> None:
        self.services, self.engine, self.campaign, self.subjects = services, services.engine, campaign, subjects
        self.told: dict[str, Any] = {"subjects": subjects}

    async def begin(self) -> None:
        """Connect."""
        self.client = await self.services.temporal()

    def register(self) -> None:
        """So many subjects."""
        began = time.perf_counter()
        added = [
            Registered(subject_id=f"s-{n:06d}", name=f"第{n}号经营部", district=_DISTRICTS[n % 4], sector="fire_safety")
            for n in range(self.subjects)
        ]
        with self.engine.begin() as connection:
            add_subjects(connection, added, _OFFICE)
        self.took("registered", began, self.subjects)

    async def raw(self) -> None:
        """How fast Temporal takes starts of nothing at all."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def start(n: int) -> None:
            async with gate:
                await self.client.start_workflow(CASE_WORKFLOW, {}, id=f"raw/{n}", task_queue="nobody")

        began = time.perf_counter()
        await asyncio.gather(*(start(n) for n in range(_RAW)))
        self.took("raw_starts", began, _RAW)

    async def open(self) -> None:
        """Every subject's case, by the campaign."""
        began = time.perf_counter()
        await run_campaign(self.client, self.campaign)
        order = {"do": "open_cases", "by": str(_OFFICE), "command_id": str(uuid.uuid4())}
        await steer(self.client, self.engine, self.campaign, CAMPAIGN_COMMAND.validate_python(order))
        while True:
            view = await campaign_view(self.client, self.campaign.campaign_id)
            if view is not None and view.state.opening is None:
                break
            if self.campaign.now() >= self.campaign.phases[-1].ends_at:
                sys.exit("the campaign ended before every case was opened: nothing was measured")
            await asyncio.sleep(0.5)
        self.took("opened", began, self.subjects)
        raw = self.told["raw_starts"]["per_second"]
        self.told["opened"]["ratio_to_raw_starts"] = round(self.told["opened"]["per_second"] / raw, 3)

    async def work(self) -> None:
        """A seeded course for each: most are in order, some have hazards, some go on to a look-back, some are late."""
        chance, gate = random.Random(20130513), asyncio.Semaphore(_AT_ONCE)
        courses = [_course(n, chance) for n in range(self.subjects)]
        refused: list[str] = []

        async def through(n: int, course: list[AnyCommand]) -> None:
            case_id = f"case/{self.campaign.campaign_id}/s-{n:06d}"
            async with gate:
                for command in course:
                    answer = await self._sent(case_id, command)
                    if isinstance(answer, Refused):
                        refused.append(answer.code)

        began = time.perf_counter()
        await asyncio.gather(*(through(n, course) for n, course in enumerate(courses)))
        self.took("worked", began, sum(map(len, courses)))
        self.told["worked"]["refused"] = len(refused)

    async def _sent(self, case_id: str, command: AnyCommand) -> Any:
        while True:
            with suppress(Unreachable):
                return await submit(self.client, self.engine, case_id, command)

    async def settle(self, *, now: bool) -> None:
        """At the end of the plan, or at once by order, while officials go on handing in."""
        if now:
            order = {"do": "complete_now", "by": str(_OFFICE), "command_id": str(uuid.uuid4()), "reason": "bench"}
            await steer(self.client, self.engine, self.campaign, CAMPAIGN_COMMAND.validate_python(order))
        else:
            await asyncio.sleep(max(0.0, (self.campaign.phases[-1].ends_at - datetime.now(UTC)).total_seconds()))
        self.told["open_at_the_end"] = open_cases(self.engine, self.campaign.campaign_id)
        answers: list[float] = []
        over = asyncio.Event()

        async def official() -> None:
            chance = random.Random(1)
            while not over.is_set():
                case_id = f"case/{self.campaign.campaign_id}/s-{chance.randrange(self.subjects):06d}"
                began = time.perf_counter()
                is_open = await asyncio.to_thread(self._is_open, case_id)  # else it is told from the record
                with suppress(Unreachable, LookupError):
                    await submit(self.client, self.engine, case_id, _note(case_id))
                if is_open:
                    answers.append(time.perf_counter() - began)
                await asyncio.sleep(0.2)

        began = time.perf_counter()
        busy = asyncio.create_task(official())
        while certificate_of(self.engine, self.campaign.campaign_id) is None:  # noqa: ASYNC110 -- another process does it
            await asyncio.sleep(0.5)
        self.took("settled", began, self.told["open_at_the_end"])
        over.set()
        await busy
        account = certificate_of(self.engine, self.campaign.campaign_id)
        assert account is not None
        self.told["settled"] |= {
            "certificate": account.outcomes,
            "missed": self.subjects - account.opened,
            "command_p50_s": round(statistics.median(answers), 3),
            "command_p99_s": round(sorted(answers)[int(len(answers) * 0.99)], 3),
            "command_max_s": round(max(answers), 3),
            "commands": len(answers),
        }
        print(f"· settled {self.told['settled']}", file=sys.stderr)  # noqa: T201 -- a report

    def _is_open(self, case_id: str) -> bool:
        with self.engine.connect() as connection:
            sql = text("SELECT outcome IS NULL FROM cases WHERE case_id = :id")
            return bool(connection.execute(sql, {"id": case_id}).scalar_one_or_none())

    async def verify(self) -> None:
        """Record, fold and workflows against each other; how big it all is."""
        plans_from(self.engine)
        began = time.perf_counter()
        checked, differences = await verify_all(self.client, self.engine, None)
        self.took("verified", began, checked)
        self.told["verified"]["differences"] = len(differences)
        with self.services.owner.connect() as connection:
            names = connection.execute(text("SELECT datname, oid FROM pg_database")).all()
        self.told["megabytes"] = {name: self._megabytes(oid) for name, oid in names if "template" not in name}

    def _megabytes(self, database: int) -> int:
        """Of its files: Temporal's databases are closed to our roles."""
        return round(sum(f.stat().st_size for f in self.services.home.rglob(f"base/{database}/*")) / 1e6)

    def took(self, stage: str, began: float, number: int) -> None:
        """Note a stage: seconds, and how many a second."""
        seconds = time.perf_counter() - began
        self.told[stage] = {"seconds": round(seconds, 1), "per_second": round(number / seconds, 1), "number": number}
        print(f"· {stage} {self.told[stage]}", file=sys.stderr)  # noqa: T201 -- a report


def _course(n: int, chance: random.Random) -> list[AnyCommand]:
    district = _DISTRICTS[n % 4]
    inspector, supervisor = f"inspector:i@{district}", f"supervisor:s@{district}"
    kind = chance.random()
    found = {"ref": "F1", "category": "H05", "grade": "general", "description": "no drill"}
    facts: list[dict[str, Any]] = [{"do": "record_findings", "by": inspector, "findings": [found]}]
    if kind < 0.6:
        answers = {"licensed": True, "major_hazard": False, "lawful": True}
        facts = [{"do": "record_findings", "by": inspector, "findings": [], "answers": answers}]
    elif kind < 0.95:
        facts.append({"do": "register", "by": inspector, "assignments": [{"ref": "F1", "responsible": "r"}]})
        if kind < 0.85:
            facts += [
                {"do": "declare_rectified", "by": f"enterprise:e@{district}", "refs": ["F1"], "evidence": ["photo"]},
                {"do": "reinspect", "by": inspector, "verdicts": [{"ref": "F1", "passed": True}]},
                {"do": "look_back", "by": inspector, "recurred": False},
            ]
    else:
        facts[0]["findings"] = [{**found, "category": "V04", "description": "beyond the licence"}]
        facts += [
            {"do": "register", "by": inspector, "assignments": [{"ref": "F1", "responsible": "r"}]},
            {"do": "propose_measure", "by": inspector, "must": "suspend"},
            {"do": "approve_measure", "by": supervisor, "must": "suspend"},
        ]
    return [COMMAND.validate_python({"command_id": str(uuid.uuid4()), **f}) for f in facts]


def _note(case_id: str) -> AnyCommand:
    by = {"role": "office", "name": "bench", "territory": "650200"}
    return COMMAND.validate_python({"do": "add_note", "by": by, "command_id": str(uuid.uuid4()), "text": "how is it?"})


async def measure(services: Services, subjects: int, *, work: bool) -> dict[str, Any]:
    """The whole report."""
    now = datetime.now(UTC).replace(microsecond=0)
    ends_at = now + (timedelta(days=2) if work else timedelta(seconds=90 + subjects / _OPENED_A_SECOND))
    city = City(services, add_campaign(services.engine, trial(now, ends_at), now.year), subjects)
    await city.begin()
    city.register()
    await city.raw()
    with workers(services):
        await city.open()
        if work:
            await city.work()
        await city.settle(now=work)
        await city.verify()
    return city.told


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=10_000)
    parser.add_argument("--no-work", action="store_true", help="nobody acts: every case is open at the end")
    given = parser.parse_args()
    with bench_services() as services:
        report = asyncio.run(measure(services, given.subjects, work=not given.no_work))
    shown = json.dumps(report, indent=2, ensure_ascii=False)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"city-{'open' if given.no_work else 'worked'}-{given.subjects}.json").write_text(shown + "\n")
    print(shown)  # noqa: T201 -- a report


if __name__ == "__main__":
    main()
