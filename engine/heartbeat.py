"""Every activity that has a heartbeat time-out beats by itself, for as long as its worker lives.

So a worker that died is noticed within the time-out, and work that takes longer than that is not begun a second time.
What hangs while its worker lives is ended by the time that the activity may take in all.
"""

import asyncio
from typing import Any

import temporalio.client
import temporalio.worker
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

_BEATS_A_TIMEOUT = 4


class Heartbeat(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Of a client: the workers that are made with it have it too."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Beats around each activity."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        within = activity.info().heartbeat_timeout
        if not within:
            return await super().execute_activity(input)
        every = within.total_seconds() / _BEATS_A_TIMEOUT
        beating = asyncio.create_task(_beat(every, in_thread=input.executor is not None))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()


async def _beat(every: float, *, in_thread: bool) -> None:
    """The heart of an activity in a thread asks the loop and waits for it, so it may not be called on the loop."""
    while True:
        if in_thread:
            await asyncio.to_thread(activity.heartbeat)
        else:
            activity.heartbeat()
        await asyncio.sleep(every)
