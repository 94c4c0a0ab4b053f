"""A workflow task that fails is tried again for ever: a benchmark that waits for one ends, with its reason."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHandle

T = TypeVar("T")
_LOOK_AFTER = 3.0
_TOLD = {EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED}
_OF_THE_CODE = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
}


class FailingTask(Exception):
    """The workflow's code fails at this point of its history, and would at every try."""


async def answered(client: Client, handle: WorkflowHandle[Any, Any], answering: Coroutine[Any, Any, T]) -> T:
    """The workflow's answer; FailingTask if it takes long and the workflow's last task failed."""
    return await watched(answering, lambda: require_sound(client, handle))


async def watched(answering: Coroutine[Any, Any, T], look: Callable[[], Awaitable[None]]) -> T:
    """The answer; while it takes long, `look` looks and may raise."""
    asked = asyncio.create_task(answering)
    try:
        while not (await asyncio.wait({asked}, timeout=_LOOK_AFTER))[0]:
            await look()
        return await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def require_sound(client: Client, handle: WorkflowHandle[Any, Any]) -> None:
    """FailingTask if the last task of the workflow failed by its own code."""
    events = (await handle.fetch_history()).events
    last = next((event for event in reversed(events) if event.event_type in _TOLD), None)
    if last is None or last.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return
    failed = last.workflow_task_failed_event_attributes
    if failed.cause in _OF_THE_CODE:
        reason = await client.data_converter.decode_failure(failed.failure)
        raise FailingTask(f"a workflow task of {handle.id} fails: {reason}") from reason


async def require_all_sound(client: Client, query: str, most: int = 20) -> None:
    """The same of some of the running workflows that match."""
    running = client.list_workflows(f"ExecutionStatus = 'Running' AND {query}", limit=most)
    for workflow_id in [found.id async for found in running]:
        await require_sound(client, client.get_workflow_handle(workflow_id))
