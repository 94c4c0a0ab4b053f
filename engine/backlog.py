"""How much waits on each task queue, as Temporal counts it: roughly, and in one question a queue."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

_WITHIN = timedelta(seconds=5)
_TYPES = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)


class Backlog(NamedTuple):
    """How many tasks wait on a queue, and for how long the oldest of them has."""

    tasks: int
    oldest: timedelta


async def backlogs(client: Client, queues: Sequence[str]) -> dict[str, Backlog]:
    """Tasks of workflows and activities that no worker has taken yet, by queue. Raises RPCError."""
    waiting = await asyncio.gather(*(_waiting(client, queue, kind) for queue in queues for kind in _TYPES))
    each = len(_TYPES)
    of = {queue: waiting[number * each : number * each + each] for number, queue in enumerate(queues)}
    return {queue: Backlog(sum(n.tasks for n in some), max(n.oldest for n in some)) for queue, some in of.items()}


async def _waiting(client: Client, queue: str, kind: TaskQueueType.ValueType) -> Backlog:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind, report_stats=True
    )
    told = await client.workflow_service.describe_task_queue(asked, timeout=_WITHIN)
    return Backlog(int(told.stats.approximate_backlog_count), told.stats.approximate_backlog_age.ToTimedelta())
