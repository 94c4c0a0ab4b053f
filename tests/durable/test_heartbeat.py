"""An activity that takes longer than its heartbeat time-out is begun once; one whose worker hangs is begun again."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

TIMEOUT, LONGER = 1.0, 3.0
"""Seconds: of the heartbeat, and of the work."""


@workflow.defn
class LongWork:
    """One activity; its answer is the number of its attempt."""

    @workflow.run
    async def run(self, name: str) -> int:
        """Until it is done."""
        return await workflow.execute_activity(
            name,
            result_type=int,
            start_to_close_timeout=timedelta(seconds=60),
            heartbeat_timeout=timedelta(seconds=TIMEOUT),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10)),
        )


@activity.defn
async def waits() -> int:
    """Beside others, on the worker's loop."""
    await asyncio.sleep(LONGER)
    return activity.info().attempt


@activity.defn
def blocks() -> int:
    """In a thread of its own."""
    time.sleep(LONGER)
    return activity.info().attempt


@activity.defn
async def hangs_once() -> int:
    """The first time it holds the whole worker, which then cannot beat."""
    if activity.info().attempt == 1:
        time.sleep(LONGER)  # noqa: ASYNC251 -- that is the fault
    return activity.info().attempt


@pytest.mark.parametrize(("work", "again"), [(waits, False), (blocks, False), (hangs_once, True)])
async def test_work_is_begun_again_only_where_its_worker_hangs(
    client: Client, work: Callable[[], Any], again: bool
) -> None:
    queue = f"heartbeat-{uuid4()}"
    runner, threads = UnsandboxedWorkflowRunner(), ThreadPoolExecutor(1)
    async with Worker(
        client, task_queue=queue, workflows=[LongWork], activities=[work], activity_executor=threads,
        workflow_runner=runner,
    ):  # fmt: skip
        attempt = await client.execute_workflow(LongWork.run, work.__name__, id=queue, task_queue=queue)
    assert (attempt > 1) == again
