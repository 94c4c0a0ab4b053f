"""A worker that takes the tasks of a case and never answers: it is found out, and starts anew by itself."""

import asyncio
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client

from engine.start_case import Beginning
from engine.stuck import StuckCase, unanswered_by
from models.wire import CASE_WORKFLOW, CASES_QUEUE
from tests.durable.office import Office, eventually
from workers.anew import until_held_up
from workers.cases import cases_worker

ROOT = Path(__file__).parents[2]
ONCE_MORE = """
import os, sys
from workers.anew import start_anew
print(os.getpid(), "STARTED_ANEW_AT" in os.environ, sys.argv[1:], flush=True)
if "STARTED_ANEW_AT" not in os.environ:
    start_anew(("case/x/y",))
"""


async def take_and_say_nothing(client: Client) -> None:
    """What a worker does that has lost its way."""
    while True:
        await client.workflow_service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=CASES_QUEUE), identity=client.identity
            ),
            timeout=timedelta(seconds=70),
        )


async def test_a_worker_that_never_answers_for_a_case_is_told_so_and_another_goes_on(
    idle_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, campaign = idle_office.client, idle_office.campaign_at("05-10")
    case_id = f"case/{campaign.campaign_id}/s-silent"
    beginning = Beginning(campaign, case_id, idle_office.opening("s-silent"), ())
    impatient = beginning.options() | {"task_timeout": timedelta(seconds=1)}
    await client.start_workflow(CASE_WORKFLOW, beginning.start, **impatient)
    file = idle_office.file(case_id)
    silent = asyncio.create_task(take_and_say_nothing(client))

    async def reported(_: Client, most: int) -> tuple[StuckCase, ...]:  # as the server does after some minutes
        others = [StuckCase(case_id=f"case/x/{n}", why="WorkflowTaskFailed") for n in range(30)]
        return (*others, StuckCase(case_id=case_id, why="WorkflowTaskTimedOut"))[:most]

    monkeypatch.setattr("engine.stuck.stuck_cases", reported)

    async def named() -> tuple[str, ...]:
        return await unanswered_by(client, client.identity)

    try:
        assert await eventually(named) == (case_id,)
        assert await unanswered_by(client, "another worker") == ()
        assert await until_held_up(client, asyncio.Event(), every=0.1) == (case_id,)
        stopped = asyncio.Event()

        async def stopped_meanwhile(*asked: Any) -> tuple[str, ...]:
            looks.append(1)
            if len(looks) == 2:
                stopped.set()
            return (case_id,)

        looks: list[int] = []
        with monkeypatch.context() as patched:
            patched.setattr("workers.anew.unanswered_by", stopped_meanwhile)
            assert await until_held_up(client, stopped, every=0.1) == (), "a stop is a stop"
        monkeypatch.setenv("STARTED_ANEW_AT", str(time.time()))
        stopped = asyncio.Event()
        asyncio.get_running_loop().call_later(1, stopped.set)
        assert await until_held_up(client, stopped, every=0.1) == (), "not twice in half an hour"
    finally:
        silent.cancel()
    async with cases_worker(client, idle_office.services.engine):
        await file.logged("open", within=120)


def test_a_process_that_starts_anew_is_the_same_one_from_its_beginning() -> None:
    argv = [sys.executable, "-P", "-c", ONCE_MORE, "worker", "cases"]
    told = subprocess.run(argv, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    lines = [line for line in told.stdout.splitlines() if line.endswith("['worker', 'cases']")]
    [first, second] = [line.split(" ", 1) for line in lines]
    assert first[0] == second[0] and first[1] == "False ['worker', 'cases']" and second[1] == "True ['worker', 'cases']"
