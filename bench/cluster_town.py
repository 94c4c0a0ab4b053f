"""Officials of a town on a cluster, by both frontends and both machines' API, and somebody who kills its parts."""

import asyncio
import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from bench.city import trial
from bench.cluster_stack import Cluster, Part
from desk.campaign import run_campaign
from desk.tokens import issue
from engine.claims import console, speaks
from engine.hand_in import Answer, open_case, submit
from engine.jobs import run_job
from engine.unreachable import Unreachable
from models.actors import Actor, parse_actor
from models.commands import COMMAND, AnyCommand, Open
from models.jobs import ItemResult
from models.refusals import Refused
from models.wire import Receipt
from store.campaigns import Campaign, add_campaign
from store.jobs import items, job_of
from tests.durable.calls import Calls
from tests.durable.works import Works, hazard

_DISTRICT = "650203"
_INSPECTOR = f"inspector:i@{_DISTRICT}"
_ANSWERED_WITHIN = 40.0
_ASKS_AGAIN = 0.2
_BACK_WITHIN = 90.0
TEMPORAL = tuple(f"temporal-{service}-{n}" for service in ("frontend", "history", "matching", "worker") for n in (1, 2))


class Way(Protocol):
    """How an official's commands come in."""

    async def ask(self, campaign: Campaign, case_id: str, command: AnyCommand) -> Answer:
        """The answer of one try; Unreachable where there is none."""
        ...


@dataclass
class ByFrontends(Way):
    """Straight to Temporal, as the command line does, by whichever frontend answers."""

    cluster: Cluster
    client: Client

    async def ask(self, campaign: Campaign, case_id: str, command: AnyCommand) -> Answer:
        """As promised above."""
        engine = self.cluster.services.engine
        if isinstance(command, Open):
            return await open_case(self.client, engine, campaign, case_id.rpartition("/")[2], command)
        return await submit(self.client, engine, case_id, command)


@dataclass
class ByWeb(Way):
    """Over HTTP to one machine's pages; to the other's where nobody answers, as a load balancer does."""

    webs: list[str]
    client: httpx.AsyncClient
    said: Counter[str]

    async def ask(self, campaign: Campaign, case_id: str, command: AnyCommand) -> Answer:
        """As promised above; Unreachable for 503, and whatever else went wrong is in `said`."""
        to = "/api/v1/cases" if isinstance(command, Open) else f"/api/v1/cases/{case_id}/commands"
        more = {"campaign": campaign.campaign_id} if isinstance(command, Open) else {}
        facts = command.model_dump(mode="json", exclude_defaults=True, exclude={"by"}) | {"do": command.do}
        try:
            answer = await self.client.post(f"{self.webs[0]}{to}", json=facts | more)
        except httpx.TransportError as error:
            self._no_answer(type(error).__name__)
            raise Unreachable(str(error)) from None
        if answer.status_code >= 500:
            self._no_answer(str(answer.status_code))
            raise Unreachable(answer.text)
        told: dict[str, Any] = answer.json()
        if answer.is_success:
            due = told["due"] and datetime.fromisoformat(told["due"])
            return Receipt(
                case_id=told["case_id"], seq=told["seq"], stage=told["stage"], due_at=due, outcome=told["outcome"]
            )
        return Refused(code=told["code"], rule=told.get("rule") or "", zh=told["zh"], en=told["en"])

    def _no_answer(self, what: str) -> None:
        self.said[what] += 1
        self.webs.append(self.webs.pop(0))


@dataclass(frozen=True)
class Death:
    """Who was dead, from when until when: seconds of the monotonic clock."""

    who: str
    at: float
    back_at: float


@dataclass(frozen=True)
class Wait:
    """How long somebody waited for the answer to a command, all tries together."""

    began: float
    ended: float


@dataclass
class Town:
    """What is asked, what was answered, and who died meanwhile."""

    cluster: Cluster
    campaign: Campaign
    ways: list[Way]
    said: Counter[str]
    works: Works
    calls: Calls = field(default_factory=Calls)
    waits: list[Wait] = field(default_factory=list[Wait])
    deaths: list[Death] = field(default_factory=list[Death])
    fallen: list[str] = field(default_factory=list[str])
    """Who ended without having been killed."""
    killed_enough: bool = False
    rows: dict[str, ItemResult] = field(default_factory=dict[str, ItemResult])
    """What became of each row of a ledger, by its subject."""

    async def insist(self, way: Way, case_id: str, command: AnyCommand) -> Answer:
        """Hand in a command until it is answered: the same command_id each time."""
        began = time.monotonic()
        answer = await self.calls.insisted(
            case_id, command, lambda: way.ask(self.campaign, case_id, command), every=_ASKS_AGAIN
        )
        self.waits.append(Wait(began, time.monotonic()))
        return answer

    async def case(self, number: int, pause: float) -> None:
        """One case from its opening to a passed re-inspection; something refused, and something sent twice, amid it."""
        way, chance = self.ways[number % len(self.ways)], random.Random(number)
        case_id = f"case/{self.campaign.campaign_id}/s-{number}"
        course = _course(number)
        for one, accepted in [*course, course[-1]]:
            answer = await self.insist(way, case_id, one)
            assert isinstance(answer, Receipt) is accepted, (case_id, one.do, answer)
            await asyncio.sleep(chance.random() * pause)

    async def work(self, cases: int, at_once: int, pause: float) -> None:
        """All cases, so many at once; then notes on them until the killing is over."""
        left = iter(range(cases))

        async def official(which: int) -> None:
            for number in left:
                await self.case(number, pause)
            chance = random.Random(which)
            while not self.killed_enough:
                number = chance.randrange(cases)
                case_id = f"case/{self.campaign.campaign_id}/s-{number}"
                note = command("add_note", text=f"note of {which}")
                answer = await self.insist(self.ways[which % len(self.ways)], case_id, note)
                assert isinstance(answer, Receipt) or answer.code == "unknown_case", (case_id, answer)
                await asyncio.sleep(pause)

        async with asyncio.TaskGroup() as work:
            for which in range(at_once):
                work.create_task(official(which))

    async def imports(self, rows: int) -> None:
        """One ledger of so many rows after the other until the killing is over; each comes to its end, whoever dies."""
        works = self.works
        while not self.killed_enough:
            names = [f"row-{number}" for number in range(len(self.rows), len(self.rows) + rows)]
            listed = [works.row(n, name, hazard(responsible="r")) for n, name in enumerate(names, start=len(self.rows))]
            job_id = works.job("import", *listed).job_id
            while not await self._runs(job_id):  # noqa: ASYNC110 - it is asked anew
                await asyncio.sleep(_ASKS_AGAIN)
            results = await self._ended(job_id, within=60 + 10 * rows)
            self.rows |= dict(zip(names, results, strict=True))

    async def _runs(self, job_id: str) -> bool:
        try:
            await run_job(self.works.client, job_id)
        except Unreachable:
            return False
        return True

    async def _ended(self, job_id: str, within: float) -> list[ItemResult]:
        deadline, engine = time.monotonic() + within, self.cluster.services.engine
        while True:
            with suppress(OperationalError):  # PostgreSQL is killed too
                if (job := await asyncio.to_thread(job_of, engine, job_id)) is not None and job.state == "done":
                    return [i.result for i in await asyncio.to_thread(items, engine, job_id) if i.result]
            assert time.monotonic() < deadline, f"job {job_id} has not ended within {within} s"
            await asyncio.sleep(0.5)

    async def kill_in_turn(self, names: Sequence[str], *, dead_for: float, between: int, rest: float = 0) -> None:
        """Each in turn as by `kill -9`, dead so long, started again.

        Before each so many commands are answered, and `rest` seconds are nobody's.
        """
        for name in names:
            await self._answers(between)
            await asyncio.sleep(rest)
            part = self.cluster.parts[name]
            at = time.monotonic()
            await killed(part)
            await asyncio.sleep(dead_for)
            part.start()
            await _listening(part)
            self.deaths.append(Death(name, at, time.monotonic()))
            self._lift_the_fallen()
        await self._answers(between)
        self._lift_the_fallen()
        self.killed_enough = True

    def _lift_the_fallen(self) -> None:
        """As a service manager does."""
        for name, part in self.cluster.parts.items():
            if not part.children.alive(name):
                self.fallen.append(part.last_words)
                part.start()

    async def _answers(self, more: int) -> None:
        before, deadline = len(self.waits), time.monotonic() + 2 * _BACK_WITHIN
        while len(self.waits) < before + more:
            if time.monotonic() > deadline:
                silent = f"{len(self.waits) - before} answers after the death of {[d.who for d in self.deaths][-1:]}"
                raise TimeoutError("\n".join([silent, *(part.last_words for part in self.cluster.parts.values())]))
            await asyncio.sleep(0.1)


@asynccontextmanager
async def town(cluster: Cluster) -> AsyncGenerator[Town]:
    """A campaign in its third phase, and ways in: two clients of Temporal, two of HTTP."""
    speaks(console())
    now = datetime.now(UTC).replace(microsecond=0)
    services = cluster.services
    campaign = add_campaign(services.engine, trial(now, now + timedelta(days=2)), now.year)
    clients = [await services.temporal() for _ in range(2)]
    await run_campaign(clients[0], campaign)
    inspector = Actor.model_validate(parse_actor(_INSPECTOR))
    token = issue(services.engine, services.home, inspector, now + timedelta(days=1))[0]
    said: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=200)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=_ANSWERED_WITHIN, limits=limits) as http:
        first, second = cluster.webs
        webs = [ByWeb([first, second], http, said), ByWeb([second, first], http, said)]
        ways = [*(ByFrontends(cluster, client) for client in clients), *webs]
        yield Town(cluster, campaign, ways, said, Works(clients[0], services, campaign))


async def killed(part: Part) -> None:
    """As by `kill -9`; returns when the process is gone."""
    pid = part.children.alive(part.name)
    assert pid is not None, part.last_words
    os.kill(pid, signal.SIGKILL)
    while part.children.alive(part.name):  # noqa: ASYNC110 - the kernel takes a moment
        await asyncio.sleep(0.02)


async def _listening(part: Part) -> None:
    deadline = time.monotonic() + _BACK_WITHIN
    while not await asyncio.to_thread(lambda: part.listens):
        assert time.monotonic() < deadline, part.last_words
        await asyncio.sleep(0.05)


def _course(number: int) -> list[tuple[AnyCommand, bool]]:
    """Commands to a case, and whether each is accepted."""
    subject = {"id": f"s-{number}", "name": f"第{number}号经营部", "district": _DISTRICT, "sector": "fire_safety"}
    found = {"ref": "F1", "category": "H05", "grade": "general", "description": "no drill"}
    verdict = {"passed": True, "note": "seen"}
    return [
        (command("open", subject=subject), True),
        (command("record_findings", findings=[found]), True),
        (command("register", assignments=[{"ref": "F1", "responsible": "r"}]), True),
        (command("reinspect", verdicts=[{"ref": "F9", **verdict}]), False),
        (command("declare_rectified", refs=["F1"], evidence=["photo"]), True),
        (command("reinspect", verdicts=[{"ref": "F1", **verdict}]), True),
    ]


def command(do: str, **fields: Any) -> AnyCommand:
    """A command of the inspector's."""
    return COMMAND.validate_python({"command_id": str(uuid.uuid4()), "do": do, "by": _INSPECTOR, **fields})
