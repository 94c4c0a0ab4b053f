"""A step on its way into the record is never broken off: not by a cancellation, a time limit or an eviction."""

import asyncio
from datetime import timedelta

import psycopg
from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.record import record_step
from engine.connection import Services
from models.wire import RecordRequest
from rules.case.clock_actor import next_step
from store.campaigns import Campaign
from store.case_log import timeline
from tests.durable.office import eventually, instant
from tests.store.paper import opened, write
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workers.notices import notices_worker

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"


async def test_a_step_that_is_cancelled_amid_its_transaction_is_recorded_and_holds_no_lock(
    engine: Engine, campaign: Campaign, superuser: psycopg.Connection
) -> None:
    case = write(engine, campaign.plan, [opened(campaign, f"case/{campaign.campaign_id}/s-1", instant("05-10"))])
    fallen = next_step(campaign.plan, case, case.ends_at + timedelta(days=1))
    assert fallen is not None
    request = RecordRequest(digest=campaign.digest, before=case, transition=fallen)
    mine = {"id": case.case_id}
    superuser.execute("SELECT pg_advisory_lock(hashtextextended(%(id)s, 0))", mine)
    environment = ActivityEnvironment()
    recording = asyncio.create_task(asyncio.to_thread(environment.run, record_step(engine), request))

    async def waits() -> bool:
        return superuser.execute(WAITING).fetchone() == (1,)

    await eventually(waits)
    environment.cancel()
    superuser.execute("SELECT pg_advisory_unlock(hashtextextended(%(id)s, 0))", mine)
    assert (await recording).transitions == (fallen,)
    assert timeline(engine, case.case_id)[-1] == fallen
    free = superuser.execute("SELECT pg_try_advisory_lock(hashtextextended(%(id)s, 0))", mine).fetchone()
    assert free == (True,)


async def test_no_activity_on_a_thread_of_any_worker_can_be_interrupted(client: Client, services: Services) -> None:
    engine = services.engine
    notices = notices_worker(client, engine, services.files)
    for worker in (cases_worker(client, engine), campaigns_worker(client, engine), notices):
        steps = [activity._Definition.must_from_callable(step) for step in worker.config()["activities"]]  # pyright: ignore
        threaded = [step for step in steps if not step.is_async]
        assert threaded
        assert all(step.no_thread_cancel_exception for step in threaded), threaded
