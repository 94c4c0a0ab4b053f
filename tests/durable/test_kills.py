"""kill -9, in turn, of the worker, the Temporal server and PostgreSQL while officials work: nothing lost or doubled.

RECTIFY_KILL_CASES raises the number of cases, RECTIFY_KILL_ROUNDS that of rounds of kills.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from temporalio.client import Client

from embedded.children import Children, log_tail
from embedded.errors import StackError
from embedded.settings import StackSettings
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from engine.hand_in import Answer, open_case, submit
from engine.unreachable import Unreachable
from models.commands import AnyCommand, Open
from models.wire import Receipt
from rules.files.plan_check import PlanFile
from store.campaigns import Campaign, add_campaign
from store.migrate import migrate
from tests.cast import ENTERPRISE
from tests.durable.auditor import audit
from tests.durable.calls import Calls
from tests.durable.office import Office, command, finding, kill

CASES = int(os.environ.get("RECTIFY_KILL_CASES", "100"))
ROUNDS = int(os.environ.get("RECTIFY_KILL_ROUNDS", "2"))
VICTIMS = ("worker-cases", "temporal", "postgres")
pytestmark = pytest.mark.needs_postgres_engine(reason="every part is killed while officials work")


@pytest.fixture
def settings() -> Iterator[StackSettings]:
    """A stack of its own, as durable as in earnest, for its PostgreSQL is killed too."""
    with throwaway_settings(durable=True, time_skipping=False) as settings:
        yield settings


@dataclass
class Town:
    """The stack, and what its officials were told."""

    settings: StackSettings
    services: Services
    client: Client
    campaign: Campaign
    calls: Calls = field(default_factory=Calls)
    kills: list[str] = field(default_factory=list[str])
    troubles: list[str] = field(default_factory=list[str])
    killed_enough: bool = False

    async def start_worker(self) -> None:
        """A real worker process, unless it lives."""
        env = {**os.environ, "RECTIFY_HOME": str(self.settings.home), "RECTIFY_CACHE": str(self.settings.cache)}
        argv = [sys.executable, "-P", "-m", "cli.main", "worker", "cases"]
        Children(self.settings.home).start("worker-cases", argv, env=env)

    async def kill(self, victim: str) -> None:
        """As by `kill -9`, and everything is brought up again."""
        await kill(Children(self.settings.home), victim)
        self.kills.append(victim)
        await self.bring_up()

    async def bring_up(self) -> None:
        """Start what does not run."""
        try:
            await up(self.settings)
            await self.start_worker()
        except StackError as trouble:  # it died again meanwhile: the next call starts it
            self.troubles.append(str(trouble))

    async def insist(self, case_id: str, sent: AnyCommand) -> Receipt:
        """Hand in a command until it is answered: the same command_id each time."""
        answer = await self.calls.insisted(case_id, sent, lambda: self._hand_in(case_id, sent))
        assert isinstance(answer, Receipt), f"{sent.do}: {answer}"
        return answer

    async def _hand_in(self, case_id: str, sent: AnyCommand) -> Answer:
        if isinstance(sent, Open):
            return await open_case(self.client, self.services.engine, self.campaign, case_id.rpartition("/")[2], sent)
        return await submit(self.client, self.services.engine, case_id, sent)


@pytest.fixture
async def stricken(settings: StackSettings, plan_file: PlanFile) -> AsyncIterator[Town]:
    """A stack with one worker process, on 10 May of the campaign."""
    services = Services(await up(settings))
    migrate(services.owner)
    keep_claim_keys(services.owner, services.home)
    client = await services.temporal()
    pinned = add_campaign(services.engine, plan_file, 2027)
    offset = Office(client, services, pinned).campaign_at("05-10").clock_offset
    town = Town(settings, services, client, pinned.model_copy(update={"clock_offset": offset}))
    await town.start_worker()
    yield town
    services.close()


async def official(town: Town, number: int) -> None:
    """One case from its opening to a passed re-inspection, and notes for as long as the killing goes on."""
    random = Random(number)
    case_id = f"case/{town.campaign.campaign_id}/s-{number}"
    subject = {"id": f"s-{number}", "name": f"Factory {number}", "district": "650203"}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("open", {"subject": subject}),
        ("record_findings", {"findings": [finding("F1", "H01"), finding("F2", "H05", "major")]}),
        ("register", {"assignments": [{"ref": r, "responsible": "Sun"} for r in ("F1", "F2")]}),
        ("declare_rectified", {"refs": ["F1", "F2"], "evidence": ["photo 1"], "by": ENTERPRISE}),
        ("reinspect", {"verdicts": [{"ref": "F1", "passed": True}, {"ref": "F2", "passed": False}]}),
    ]
    while len(town.kills) < number % (len(VICTIMS) + 1) and not town.killed_enough:  # noqa: ASYNC110 - a few looks
        await asyncio.sleep(0.1)  # some open before the first kill, some after each
    for do, fields in steps:
        await town.insist(case_id, command(do, **fields))
        await asyncio.sleep(random.random() * 2)
    while not town.killed_enough:
        await town.insist(case_id, command("add_note", text=f"note of {number}"))
        await asyncio.sleep(0.5 + random.random())


async def killer(town: Town) -> None:
    """Kill each in turn, at a time when commands are being answered again."""
    for number in range(ROUNDS * len(VICTIMS)):
        await _at_work(town)
        await town.kill(VICTIMS[number % len(VICTIMS)])
    await _at_work(town)
    town.killed_enough = True


async def _at_work(town: Town, within: float = 120) -> None:
    """Until a third as many commands as there are cases were answered again.

    Meanwhile, as a service manager does, whatever ended by itself is started again: a Temporal server gives up if
    its database dies while it starts.
    """
    before, deadline = town.calls.acknowledged, time.monotonic() + within
    while town.calls.acknowledged < before + CASES // 3:
        assert time.monotonic() < deadline, "\n".join(
            [
                f"{town.kills}: {town.calls.acknowledged - before} answers in {within} s",
                *town.troubles[-3:],
                _last_words(town),
            ]
        )
        await town.bring_up()
        await asyncio.sleep(1)


def _last_words(town: Town) -> str:
    children = Children(town.settings.home)
    return "\n".join(f"{name}: {log_tail(children.log_of(name), 3000)}" for name in ("temporal", "worker-cases"))


@pytest.mark.timeout(900)
async def test_killing_every_part_in_turn_loses_no_command_and_doubles_none(
    stricken: Town, record_property: Callable[[str, object], None]
) -> None:
    town = stricken
    async with asyncio.TaskGroup() as work:
        for number in range(CASES):
            work.create_task(official(town, number))
        work.create_task(killer(town))
    record_property("commands", town.calls.acknowledged)
    record_property("tries without an answer", town.calls.unanswered)
    assert town.kills == list(VICTIMS) * ROUNDS

    assert await audit(await town.services.temporal(), town.services.engine, town.calls) == []
    await _nobody_answers(town)


async def _nobody_answers(town: Town) -> None:
    """Without any worker an official hears within a minute that nobody answers, and does not wait for ever."""
    await kill(Children(town.settings.home), "worker-cases")
    case_id, sent = f"case/{town.campaign.campaign_id}/s-0", command("add_note", text="is anybody there?")
    with pytest.raises(Unreachable):
        await asyncio.wait_for(submit(town.client, town.services.engine, case_id, sent), 60)
