"""A campaign with the workers of cases and jobs, and jobs in it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from temporalio.client import Client

from activities.rows import Hand
from desk.orders import signing
from engine.connection import Services
from engine.jobs import run_job
from models.jobs import AnyItem, ItemResult, Job, LedgerFinding, LedgerRow, UndoRow
from models.register import SubjectFacts
from store.campaigns import Campaign, add_campaign
from store.jobs import create_job, items, job_of
from tests.cast import INSPECTOR, SUPERVISOR, actor
from tests.durable.office import eventually
from tests.durable.test_campaign import end_all, plan_in_seconds
from workers.cases import cases_worker
from workers.imports import imports_worker

BY = actor(INSPECTOR)
BOSS = actor(SUPERVISOR)
HOUR = 3600


class Works:
    """A campaign in its first phase, and jobs in it."""

    def __init__(self, client: Client, services: Services, campaign: Campaign) -> None:
        self.client, self.services, self.engine, self.campaign = client, services, services.engine, campaign
        self.hand = Hand(client, services.engine)

    def row(self, number: int, subject: str, *findings: LedgerFinding, district: str = "650203") -> LedgerRow:
        facts = SubjectFacts(name=f"Works {subject}", district=district)
        return LedgerRow(
            sheet="台账", row=number, subject_id=subject, facts=facts, inspected_on=date(2026, 5, 10),
            findings=findings, digest=f"digest-{number}", by=BY,
        )  # fmt: skip

    def job(self, kind: str, *rows: AnyItem, **params: str) -> Job:
        job_id = uuid4().hex[:12]
        listed = [(f"row {n}", row) for n, row in enumerate(rows, start=1)]
        by = BY if kind == "import" else BOSS
        sign = signing(self.services.signer, by, params.get("order", kind), job_id, self.campaign.campaign_id)
        return create_job(self.engine, job_id, kind, self.campaign.campaign_id, str(BY), params, listed, sign)

    async def done(self, job: Job) -> list[ItemResult]:
        """The results of a job that ran to its end."""
        await run_job(self.client, job.job_id)
        await self.ended(job)
        return [i.result for i in items(self.engine, job.job_id) if i.result]

    async def ended(self, job: Job) -> Job:
        """The job once it ran to its end, whoever has it run."""

        async def done() -> Job | None:
            found = job_of(self.engine, job.job_id)
            return found if found is not None and found.state == "done" else None

        found = await eventually(done, within=60)
        assert found is not None
        return found

    async def undone(self, job: Job) -> list[ItemResult]:
        undo = [
            UndoRow(
                item=i.number, case_id=i.result.case_id or "", refs=tuple(i.result.did["refs"]),
                command_ids=tuple(i.result.did["command_ids"]), by=BOSS, reason="a wrong file",
            )
            for i in items(self.engine, job.job_id, state="done") if i.result
        ]  # fmt: skip
        return await self.done(self.job("undo", *undo, job=job.job_id))

    def case_of(self, subject: str) -> str:
        return f"case/{self.campaign.campaign_id}/{subject}"


def _campaign(services: Services, *ends: int) -> Campaign:
    now = datetime.now(UTC).replace(microsecond=0)
    plan = plan_in_seconds(now, (ends[0], ends[1], ends[2]), f"jobs-{uuid4().hex[:6]}")
    return add_campaign(services.engine, plan, now.year)


async def _works(client: Client, services: Services, *ends: int) -> AsyncIterator[Works]:
    campaign = _campaign(services, *ends)
    async with cases_worker(client, services.engine), imports_worker(client, services.engine):
        yield Works(client, services, campaign)
        await end_all(client, services)


@pytest.fixture
def idle_works(client: Client, services: Services) -> Works:
    """In the first phase, without workers."""
    return Works(client, services, _campaign(services, HOUR, 2 * HOUR, 3 * HOUR))


@pytest.fixture
async def works(client: Client, services: Services) -> AsyncIterator[Works]:
    """In the first phase."""
    async for found in _works(client, services, HOUR, 2 * HOUR, 3 * HOUR):
        yield found


@pytest.fixture
async def works_of_phase_2(client: Client, services: Services) -> AsyncIterator[Works]:
    """In the second phase: a must is owed as soon as its ground is there."""
    async for found in _works(client, services, -HOUR, 2 * HOUR, 3 * HOUR):
        yield found


def hazard(**more: str) -> LedgerFinding:
    return LedgerFinding.model_validate({"category": "H05", "grade": "general", "description": "no drill", **more})
