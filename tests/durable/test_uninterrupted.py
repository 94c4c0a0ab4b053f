"""A step on its way into the record is never broken off: not by a cancellation, a time limit or an eviction."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from temporalio.testing import ActivityEnvironment

from activities.record import record_step
from models.wire import RecordRequest
from rules.case.clock_actor import next_step
from store.campaigns import Campaign
from store.case_log import timeline
from tests.durable.office import eventually, instant
from tests.store.paper import opened, write

ACTIVITIES = Path(__file__).parents[2] / "activities"
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


def test_whatever_runs_on_a_thread_is_declared_as_such() -> None:
    files = {file.name: file.read_text(encoding="utf-8") for file in ACTIVITIES.glob("*.py")}
    assert sum(len(re.findall(r"@on_a_thread\(.*\)\n +def ", text)) for text in files.values()) >= 8
    for name, text in files.items():
        assert not re.findall(r"@activity\.defn.*\n +def ", text), f"{name}: its thread may be interrupted"
