"""The page `/metrics`: what this process counts, and what the installation is asked when somebody looks."""

import time

from fastapi.concurrency import run_in_threadpool
from prometheus_client import generate_latest

from serving.backing import Backing
from serving.gauges import Seen
from serving.health import backlog_of, condition

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LATELY_SECONDS = 2.0


async def metrics_page(behind: Backing) -> bytes:
    """In the text format of Prometheus. Who looks again within two seconds sees the same parts."""
    gauges = behind.metrics.gauges
    async with gauges.asking:
        if time.monotonic() - gauges.seen_at > _LATELY_SECONDS:
            gauges.seen, gauges.seen_at = await _see(behind), time.monotonic()
    return await run_in_threadpool(generate_latest, behind.metrics.registry)


async def _see(behind: Backing) -> Seen:
    found = await condition(behind)
    parts = found.by_name | {"files": found.files is None}
    if "temporal" in found.missing:
        return Seen(parts)
    return Seen(parts, await backlog_of(behind), len(found.stuck))
