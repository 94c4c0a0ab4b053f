"""kill -9 of every part amid an opening, an import, a move and a completion: each ends as if nothing had happened."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.service import RPCError

from desk.campaign import campaign_view, run_campaign, steer
from desk.orders import signing
from embedded.children import Children
from embedded.errors import StackError
from embedded.settings import StackSettings
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from engine.jobs import run_job
from engine.unreachable import Unreachable
from models.campaign import AnyCampaignCommand, CampaignView
from models.jobs import LedgerFinding, LedgerRow
from models.register import Registered, SubjectFacts
from store.campaign_log import calendar_moves
from store.campaigns import Campaign, add_campaign, campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.certificate import certificate_of
from store.jobs import create_job, items, job_of
from store.migrate import migrate
from store.subjects import add_subjects
from store.verify import all_case_ids
from tests.durable.auditor import audit
from tests.durable.calls import Calls
from tests.durable.office import eventually, kill
from tests.durable.test_campaign import HOUR, OFFICE, order, plan_in_seconds
from tests.durable.works import BY

T = TypeVar("T")
SUBJECTS, ROWS = 90, 40
QUEUES = ("cases", "campaigns", "imports")
VICTIMS = ("worker-campaigns", "worker-cases", "temporal", "worker-imports", "postgres")
pytestmark = pytest.mark.needs_postgres_engine(reason="every part is killed while a campaign runs")
_AWAY = (Unreachable, RPCError, RuntimeError, DBAPIError, StackError, TimeoutError)


@pytest.fixture
def settings() -> Iterator[StackSettings]:
    """A stack of its own, as durable as in earnest, for its PostgreSQL is killed too."""
    with throwaway_settings(durable=True, time_skipping=False) as settings:
        yield settings


class KilledCity:
    """A register, a campaign, and somebody who kills every part of the stack in turn."""

    def __init__(self, settings: StackSettings, services: Services, client: Client, campaign: Campaign) -> None:
        self.settings, self.services, self.client, self.campaign = settings, services, client, campaign
        self.engine = services.engine

    async def bring_up(self) -> None:
        """Start what does not run, as a service manager does."""
        with suppress(StackError):
            await up(self.settings)
            env = {**os.environ, "RECTIFY_HOME": str(self.settings.home), "RECTIFY_CACHE": str(self.settings.cache)}
            for queue in QUEUES:
                argv = [sys.executable, "-P", "-m", "cli.main", "worker", queue]
                Children(self.settings.home).start(f"worker-{queue}", argv, env=env)

    async def through(self, stage: Callable[[], Awaitable[T | None]]) -> T:
        """The stage's answer, asked for until it is there, while every part is killed once."""
        killing = asyncio.create_task(self._kill_all())
        try:
            while True:
                with suppress(*_AWAY):
                    if (answer := await stage()) is not None and killing.done():
                        return answer
                if killing.done():
                    killing.result()
                    await self.bring_up()
                await asyncio.sleep(0.3)
        finally:
            killing.cancel()

    async def _kill_all(self) -> None:
        for victim in VICTIMS:
            await asyncio.sleep(0.7)
            while Children(self.settings.home).alive(victim) is None:  # it fell with another: a victim must live
                await self.bring_up()
                await asyncio.sleep(0.2)
            await kill(Children(self.settings.home), victim)
            await self.bring_up()

    async def steered(self, command: AnyCampaignCommand) -> CampaignView:
        """The order given until somebody takes it: the same order each time."""
        while True:
            with suppress(*_AWAY):
                view = await steer(self.client, self.engine, self.campaign, command)
                assert isinstance(view, CampaignView), view
                return view
            await asyncio.sleep(0.3)


@pytest.fixture
async def city(settings: StackSettings) -> AsyncIterator[KilledCity]:
    services = Services(await up(settings))
    migrate(services.owner)
    keep_claim_keys(services.owner, services.home)
    now = datetime.now(UTC).replace(microsecond=0)
    campaign = add_campaign(services.engine, plan_in_seconds(now, (HOUR, 2 * HOUR, 3 * HOUR), "killed"), now.year)
    city = KilledCity(settings, services, await services.temporal(), campaign)
    await city.bring_up()
    await run_campaign(city.client, campaign, settle_within=3)
    yield city

    async def idle() -> bool:  # a question that nobody waits for any more still holds its connection
        return services.engine.pool.checkedout() == 0

    await eventually(idle)
    services.close()


def opened_by_the_campaign(campaign: Campaign, subject_id: str) -> str:
    """The id of the command by which the campaign itself opens the subject's case."""
    return str(uuid5(NAMESPACE_URL, f"rectify/{campaign.campaign_id}/{subject_id}"))


@pytest.mark.timeout(900)
async def test_a_campaign_survives_the_death_of_every_part_in_each_of_its_stages(city: KilledCity) -> None:
    engine, campaign = city.engine, city.campaign
    subjects = [Registered(subject_id=f"s-{n:03d}", name=f"Works {n}", district="650203") for n in range(SUBJECTS)]
    with engine.begin() as connection:
        add_subjects(connection, subjects, OFFICE)

    opening = order(do="open_cases")

    async def opened() -> bool | None:
        await city.steered(opening)
        view = await campaign_view(city.client, campaign.campaign_id)
        there = len(cases_by_id(engine, CaseFilter(campaign_id=campaign.campaign_id), 1000))
        return True if view is not None and view.state.opening is None and there == SUBJECTS else None

    await city.through(opened)
    assert all(len(timeline(engine, c)) == 1 for c in all_case_ids(engine)), "each opened once"

    found = LedgerFinding(category="H05", grade="general", description="no drill", responsible="manager")
    rows = [
        LedgerRow(
            sheet="a", row=n, subject_id=f"s-{n:03d}" if n % 2 else f"new-{n}", inspected_on=date.today(),
            facts=None if n % 2 else SubjectFacts(name=f"New {n}", district="650203"), findings=(found,),
            digest=f"row-{n}", by=BY,
        )
        for n in range(ROWS)
    ]  # fmt: skip
    listed = [(f"row {n}", row) for n, row in enumerate(rows)]
    sign = signing(city.services.signer, BY, "import", "killed-import", campaign.campaign_id)
    create_job(engine, "killed-import", "import", campaign.campaign_id, str(BY), {}, listed, sign)

    async def imported() -> bool | None:
        await run_job(city.client, "killed-import")
        job = job_of(engine, "killed-import")
        return True if job is not None and job.state == "done" else None

    await city.through(imported)
    job = job_of(engine, "killed-import")
    assert job is not None and (job.done, job.failed) == (ROWS, 0)
    every = list(all_case_ids(engine))
    assert len(every) == SUBJECTS + ROWS // 2
    worked = [c for c in every if len(timeline(engine, c)) == 3]
    assert len(worked) == ROWS, "each row once: opened, recorded, registered"

    to = campaign.phases[0].ends_at - timedelta(seconds=600)
    moving = order(do="move_boundary", phase="investigation", edge="ends", to=to.isoformat(), reason="a decision")

    async def told() -> bool | None:
        view = await city.steered(moving)
        heard = [c for c in every if "calendar_moved" in [t.do for t in timeline(engine, c)]]
        return True if view.state.told == view.state.calendar == 1 and heard == every else None

    await city.through(told)
    assert len(calendar_moves(engine, campaign.campaign_id)) == 1
    assert campaign_of(engine, campaign.campaign_id).phases[0].ends_at == to
    for case_id in every:
        assert [t.do for t in timeline(engine, case_id)].count("calendar_moved") == 1

    ending = order(do="complete_now", reason="a decision")
    await city.steered(ending)

    async def certified() -> bool | None:
        return True if certificate_of(engine, campaign.campaign_id) is not None else None

    await city.through(certified)
    account = certificate_of(engine, campaign.campaign_id)
    assert account is not None
    assert (account.opened, sum(account.outcomes.values())) == (len(every), len(every))
    of_rows = {i for item in items(engine, "killed-import") if item.result for i in item.result.did["command_ids"]}
    of_openings = {opened_by_the_campaign(campaign, subject.subject_id) for subject in subjects}
    asked = of_rows | of_openings
    assert await audit(city.client, engine, Calls(), others=lambda step: step.command_id in asked) == []
