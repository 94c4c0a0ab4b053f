"""How much waits on each task queue, as Temporal counts it: roughly, and in one question a queue."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

_WITHIN = timedelta(seconds=5)
_TYPES = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)


async def backlogs(client: Client, queues: Sequence[str]) -> dict[str, int]:
    """Tasks of workflows and activities that no worker has taken yet, by queue. Raises RPCError."""
    waiting = await asyncio.gather(*(_waiting(client, queue, kind) for queue in queues for kind in _TYPES))
    each = len(_TYPES)
    return {queue: sum(waiting[number * each : number * each + each]) for number, queue in enumerate(queues)}


async def _waiting(client: Client, queue: str, kind: TaskQueueType.ValueType) -> int:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind, report_stats=True
    )
    told = await client.workflow_service.describe_task_queue(asked, timeout=_WITHIN)
    return int(told.stats.approximate_backlog_count)
