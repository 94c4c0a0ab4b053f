"""The floor: what the platform alone costs. The same updates, timers, upserts; a record step of one row; no rules."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import Engine, text

    from models.wire import DUE_ATTRIBUTE, STAGE_ATTRIBUTE, Submission

QUEUE = "bench-floor"
_STAGE = SearchAttributeKey.for_keyword(STAGE_ATTRIBUTE)
_DUE = SearchAttributeKey.for_datetime(DUE_ATTRIBUTE)
TABLE = "CREATE TABLE IF NOT EXISTS bench_floor (id text, seq int, body text, hash text, PRIMARY KEY (id, seq))"
_INSERT = text("INSERT INTO bench_floor VALUES (:id, :seq, :body, :hash) ON CONFLICT DO NOTHING")


@workflow.defn(name="Floor")
class FloorWorkflow:
    """Takes `updates` updates, re-arming a timer and upserting two attributes at each."""

    @workflow.init
    def __init__(self, updates: int) -> None:
        self.left, self.taken, self.turn = updates, 0, asyncio.Lock()

    @workflow.run
    async def run(self, updates: int) -> int:
        """Until all updates came."""
        while self.left:
            seen = self.taken
            with suppress(TimeoutError):
                await workflow.wait_condition(lambda seen=seen: self.taken != seen, timeout=timedelta(days=10))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.taken

    @workflow.update(name="submit")
    async def submit(self, submission: Submission) -> int:
        """One recorded step."""
        async with self.turn:
            await workflow.execute_local_activity(
                "floor_record",
                args=[workflow.info().workflow_id, self.taken + 1, submission],
                start_to_close_timeout=timedelta(seconds=30),
                summary=submission.command.do,
            )
            self.taken, self.left = self.taken + 1, self.left - 1
            due = workflow.now() + timedelta(days=self.taken)
            workflow.upsert_search_attributes([_STAGE.value_set(f"s{self.taken % 7}"), _DUE.value_set(due)])
        return self.taken


def floor_step(engine: Engine) -> Any:
    """The record step of the floor: one row, committed."""

    @activity.defn(name="floor_record")
    def floor_record(case_id: str, seq: int, submission: Submission) -> Submission:
        body = submission.model_dump_json()
        row = {"id": case_id, "seq": seq, "body": body, "hash": hashlib.sha256(body.encode()).hexdigest()}
        with engine.begin() as connection:
            connection.execute(_INSERT, row)
        return submission

    return floor_record


def floor_worker(client: Client, engine: Engine) -> Worker:
    """As the product's worker, with the floor's workflow."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[FloorWorkflow],
        activities=[floor_step(engine)],
        activity_executor=ThreadPoolExecutor(40),
        max_concurrent_activities=40,
        max_concurrent_local_activities=40,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
