"""A city from its opening to its certificate: so many subjects, opened, worked by real commands, settled.

    python -m bench.city [--subjects N] [--no-work]

Workers are processes of their own, as in earnest. Reported: rates a stage beside Temporal's raw start rate in the same
run, the answers to officials' commands while everything settles, sizes, and what `readmodel verify` says.
"""

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from bench.failing import require_all_sound, watched
from bench.stack import bench_services, keep
from desk.campaign import campaign_view, run_campaign, steer
from engine.connection import Services
from engine.hand_in import submit
from engine.unreachable import Unreachable
from models.actors import Actor
from models.campaign import CAMPAIGN_COMMAND
from models.commands import COMMAND, AnyCommand
from models.instants import show_instant
from models.refusals import Refused
from models.register import Registered
from models.wire import CAMPAIGN_ATTRIBUTE, CASE_WORKFLOW
from rules.files.plan_check import PlanFile, read_plan
from store.campaign_log import open_cases
from store.campaigns import Campaign, add_campaign, plans_from
from store.certificate import certificate_of
from store.subjects import add_subjects
from workers.check import verify_all

PLAN = Path(__file__).resolve().parent.parent / "campaigns" / "karamay-2013.toml"
T = TypeVar("T")
_OFFICE = Actor(role="office", name="bench", territory="650200")
_DISTRICTS = ("650203", "650202", "650204", "650205")
_AT_ONCE = 24
_RAW = 1000
_OPENED_A_SECOND = 20  # at least: the plan of a city in which nobody works ends once its cases are open
_LOOK_EVERY = 5.0


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


class WorkerDied(Exception):
    """Nobody works on a queue any more."""


@contextmanager
def workers(
    services: Services, queues: Sequence[str] = ("cases", "campaigns")
) -> Generator[dict[str, subprocess.Popen[bytes]]]:
    """A process for each queue, stopped at the end."""
    env = {**os.environ, "RECTIFY_HOME": str(services.home)}
    (services.home / "endpoints.json").write_text(services.endpoints.model_dump_json())
    log = (services.home / "workers.log").open("w")
    started = {
        queue: subprocess.Popen([sys.executable, "-P", "-m", "cli.main", "worker", queue], env=env, stderr=log)
        for queue in queues
    }
    try:
        yield started
    finally:
        for one in started.values():
            one.terminate()
        for one in started.values():
            one.wait(30)
        log.close()


class City:
    """One campaign over a register, and a clock for each of its stages."""

    def __init__(self, services: Services, campaign: Campaign, subjects: int) -> None:
        self.services, self.engine, self.campaign, self.subjects = services, services.engine, campaign, subjects
        self.told: dict[str, Any] = {"subjects": subjects}
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.looked = time.monotonic()

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

    async def raw(self, number: int) -> None:
        """How fast Temporal takes starts of nothing at all."""
        gate, run = asyncio.Semaphore(_AT_ONCE), uuid.uuid4().hex[:8]

        async def start(n: int) -> None:
            async with gate:
                await self.client.start_workflow(CASE_WORKFLOW, {}, id=f"raw/{run}/{n}", task_queue="nobody")

        began = time.perf_counter()
        await asyncio.gather(*(start(n) for n in range(number)))
        self.took("raw_starts", began, number)

    async def open(self, settle_within: int) -> None:
        """Every subject's case, by the campaign."""
        began = time.perf_counter()
        await run_campaign(self.client, self.campaign, settle_within=settle_within)
        await self.steered(do="open_cases")
        await self.until(self._opened)
        self.took("opened", began, self.subjects)
        raw = self.told["raw_starts"]["per_second"]
        self.told["opened"]["ratio_to_raw_starts"] = round(self.told["opened"]["per_second"] / raw, 3)

    async def steered(self, **order: str) -> None:
        """An order of the office to the campaign, asked until it is answered."""
        facts = {"by": str(_OFFICE), "command_id": str(uuid.uuid4()), **order}
        command = CAMPAIGN_COMMAND.validate_python(facts)
        while (taken := await self._asked(lambda: steer(self.client, self.engine, self.campaign, command))) is None:
            pass
        assert not isinstance(taken, Refused), taken

    async def _opened(self) -> bool:
        view = await campaign_view(self.client, self.campaign.campaign_id)
        if view is not None and view.state.opening is None:
            return True
        if self.campaign.now() >= self.campaign.phases[-1].ends_at:
            sys.exit("the campaign ended before every case was opened: nothing was measured")
        return False

    async def until(self, done: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        """Wait for what another process does."""
        while not await self._asked(done):  # noqa: ASYNC110 -- another process does it
            await asyncio.sleep(0.5)

    async def _asked(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """The answer; None where nobody gave one."""
        await self._look()
        with suppress(Unreachable):
            return await watched(question(), self._look)
        return None

    async def _look(self) -> None:
        """Now and then: WorkerDied or FailingTask where nobody can go on."""
        if time.monotonic() - self.looked < _LOOK_EVERY:
            return
        self.looked = time.monotonic()
        for queue, worker in self.workers.items():
            if worker.poll() is not None:
                log = (self.services.home / "workers.log").read_text(encoding="utf-8", errors="replace")
                raise WorkerDied(f"the worker of {queue} ended: {log[-2000:]}")
        await require_all_sound(self.client, f"{CAMPAIGN_ATTRIBUTE} = '{self.campaign.campaign_id}'")

    async def work(self) -> None:
        """A seeded course for each: most are in order, some have hazards, some go on to a look-back, some are late."""
        courses, gate = self.courses(), asyncio.Semaphore(_AT_ONCE)
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

    def courses(self) -> list[list[AnyCommand]]:
        """The commands of each case, the same at every call but for their ids."""
        chance = random.Random(20130513)
        return [_course(n, chance) for n in range(self.subjects)]

    async def _sent(self, case_id: str, command: AnyCommand) -> Any:
        while (answer := await self._asked(lambda: submit(self.client, self.engine, case_id, command))) is None:
            pass
        return answer

    async def settle(self, *, now: bool) -> None:
        """At the end of the plan, or at once by order, while officials go on handing in."""
        if now:
            await self.steered(do="complete_now", reason="bench")
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
        try:
            await self.until(self.certified)
            self.took("settled", began, self.told["open_at_the_end"])
        finally:
            over.set()
            await busy
        account = certificate_of(self.engine, self.campaign.campaign_id)
        assert account is not None
        self.told["settled"] |= {
            "certificate": account.outcomes,
            "missed": self.subjects - account.opened,
            "commands": len(answers),
        }
        if answers:  # a small city is settled before anybody asks
            self.told["settled"] |= {
                "command_p50_s": round(statistics.median(answers), 3),
                "command_p99_s": round(sorted(answers)[int(len(answers) * 0.99)], 3),
                "command_max_s": round(max(answers), 3),
            }
        print(f"· settled {self.told['settled']}", file=sys.stderr)  # noqa: T201 -- a report

    async def certified(self) -> bool:
        """Whether the campaign has ended."""
        return certificate_of(self.engine, self.campaign.campaign_id) is not None

    def _is_open(self, case_id: str) -> bool:
        with self.engine.connect() as connection:
            sql = text("SELECT outcome IS NULL FROM cases WHERE case_id = :id")
            return bool(connection.execute(sql, {"id": case_id}).scalar_one_or_none())

    async def verify(self) -> None:
        """Record, fold and workflows against each other; how big it all is."""
        plans_from(self.engine)
        began = time.perf_counter()
        checked, differences = await verify_all(self.client, self.engine, self.services.files, None)
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


async def measure(
    services: Services,
    subjects: int,
    *,
    work: bool,
    raw: int = _RAW,
    settle_within: int = 600,
    by_order: bool = False,
) -> dict[str, Any]:
    """The whole report. What was worked on is settled by order, else by the clock (or by order too)."""
    by_order = by_order or work
    now = datetime.now(UTC).replace(microsecond=0)
    ends_at = now + (timedelta(days=2) if by_order else timedelta(seconds=90 + subjects / _OPENED_A_SECOND))
    city = City(services, add_campaign(services.engine, trial(now, ends_at), now.year), subjects)
    await city.begin()
    city.register()
    await city.raw(raw)
    with workers(services) as city.workers:
        await city.open(settle_within)
        if work:
            await city.work()
        await city.settle(now=by_order)
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
    keep(report, f"city-{'open' if given.no_work else 'worked'}-{given.subjects}")


if __name__ == "__main__":
    main()
