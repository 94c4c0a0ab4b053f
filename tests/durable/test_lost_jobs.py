"""A job that the record has running and of which Temporal knows nothing: the worker gives it a workflow."""

import asyncio

from engine.jobs import run_job
from models.audit import AuditActor
from models.jobs import IMPORTS_QUEUE, work_of
from store.jobs import job_of, stop_job
from tests.durable.test_campaign import end_all
from tests.durable.works import Works, hazard
from workers.cases import cases_worker
from workers.lost_jobs import bring_back, bringing_back
from workers.process import _serve

OPERATOR = AuditActor(account="os:operator")


async def test_a_job_that_was_frozen_and_never_started_goes_on_when_a_worker_starts(idle_works: Works) -> None:
    """As by an API that was killed between freezing the list and starting the job."""
    works, stopped = idle_works, asyncio.Event()
    job, left = (works.job("import", works.row(n, f"s{n}", hazard())) for n in range(2))
    assert stop_job(works.engine, left.job_id, OPERATOR)
    async with cases_worker(works.client, works.engine):
        serving = asyncio.create_task(_serve(works.services, IMPORTS_QUEUE, stopped))
        assert (await works.ended(job)).done == 1
        stopped.set()
        await serving
        await end_all(works.client, works.services)
    not_done = job_of(works.engine, left.job_id)
    assert not_done is not None and not_done.waiting == 1, "what somebody stopped stays so"


async def test_a_job_is_brought_back_at_the_next_look_too(works: Works) -> None:
    async with bringing_back(works.client, works.engine, every=0.2):
        job = works.job("import", works.row(1, "a", hazard()))
        assert (await works.ended(job)).done == 1


async def test_a_job_whose_workflow_was_lost_is_brought_back(works: Works) -> None:
    job = works.job("import", *(works.row(n, f"s{n}", hazard()) for n in range(20)))
    await run_job(works.client, job.job_id)
    await works.client.get_workflow_handle(work_of(job.job_id)).terminate("the server lost it")
    await bring_back(works.client, works.engine)
    assert (await works.ended(job)).done == 20


async def test_a_job_whose_workflow_runs_is_left_alone(idle_works: Works) -> None:
    works = idle_works
    job = works.job("import", works.row(1, "a", hazard()))
    await run_job(works.client, job.job_id)
    handle = works.client.get_workflow_handle(work_of(job.job_id))
    before = await handle.describe()
    assert await bring_back(works.client, works.engine) == ()
    after = await handle.describe()
    assert (after.run_id, after.history_length) == (before.run_id, before.history_length), "it hears nothing of it"
    await handle.terminate("the test is over")
    assert await bring_back(works.client, works.engine) == (job.job_id,)
    await handle.terminate("the test is over")
