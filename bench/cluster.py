"""A cluster of Temporal and rectify whose every process is killed in turn while cases run: who waits, and how long.

    python -m bench.cluster [--cases N] [--dead-for SECONDS] [--at-once N]

Two each of frontend, history, matching and internal worker of Temporal, on one PostgreSQL, with mutual TLS; on each of
two machines pages and workers. Reported: waits for the answer to a command, by who was dead; tries that nobody
answered; how big it all is; and what the auditor finds, which is to be nothing.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psutil

from bench.cluster_stack import Cluster, cluster, example
from bench.cluster_town import TEMPORAL, Death, Wait, town
from bench.stack import keep
from tests.durable.auditor import audit

_QUEUES = ("cases", "campaigns", "imports", "notices")
_WORKERS = tuple(f"{queue}-{n}" for queue in ("cases", "campaigns", "imports") for n in (1, 2))
_VICTIMS = (*TEMPORAL, *_WORKERS, "notices-1", "web-1", "web-2", "postgres")
_ROWS = 40
"""Of each ledger; one comes after the other."""
_ECHO = 3.0
"""Seconds after somebody is back in which waits are still counted to his death."""


async def measure(on: Cluster, cases: int, *, dead_for: float, at_once: int, between: int) -> dict[str, Any]:
    """The whole report."""
    async with town(on) as place:
        began = time.monotonic()
        async with asyncio.TaskGroup() as work:
            work.create_task(place.work(cases, at_once, pause=0.2))
            work.create_task(place.imports(_ROWS))
            work.create_task(place.kill_in_turn(_VICTIMS, dead_for=dead_for, between=between, rest=2 * _ECHO))
        took = time.monotonic() - began
        print("· audit", file=sys.stderr)  # noqa: T201 -- a report
        of_rows = {one for row in place.rows.values() if row.state == "done" for one in row.did["command_ids"]}
        found = await audit(
            await on.services.temporal(),
            on.services.engine,
            place.calls,
            others=lambda step: step.command_id in of_rows,
            within=60,
        )
    return {
        "cases": cases,
        "at_once": at_once,
        "dead_for_seconds": dead_for,
        "history_shards": int(example()["TEMPORAL_SHARDS"]),
        "cores": os.cpu_count(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "seconds": round(took, 1),
        "commands_answered": len(place.waits),
        "commands_acknowledged": place.calls.acknowledged,
        "commands_per_second": round(len(place.waits) / took, 1),
        "tries_without_answer": place.calls.unanswered,
        "rows_of_ledgers": dict(Counter(row.code or row.state for row in place.rows.values())),
        "over_http": dict(place.said),
        "ended_by_themselves": place.fallen,
        "found_by_the_auditor": [str(one) for one in found],
        "waits": waits_by_death(place.waits, place.deaths),
        "megabytes_of_memory": _memory(on),
    }


def waits_by_death(waits: Sequence[Wait], deaths: Sequence[Death]) -> dict[str, dict[str, float]]:
    """Median, 99th percentile and longest, in seconds: of all, while nobody was dead, and around each death."""
    around = {
        death.who: [w for w in waits if w.ended >= death.at and w.began <= death.back_at + _ECHO] for death in deaths
    }
    quiet = [w for w in waits if not any(w.ended >= d.at and w.began <= d.back_at + _ECHO for d in deaths)]
    return {name: _told(some) for name, some in {"all": list(waits), "nobody": quiet, **around}.items() if some}


def _told(waits: Sequence[Wait]) -> dict[str, float]:
    seconds = sorted(wait.ended - wait.began for wait in waits)
    return {
        "commands": len(seconds),
        "p50_s": round(statistics.median(seconds), 3),
        "p99_s": round(seconds[int(len(seconds) * 0.99)], 3),
        "max_s": round(seconds[-1], 3),
    }


def _memory(on: Cluster) -> dict[str, int]:
    """Of each living process."""
    pids = {name: part.children.alive(name) for name, part in on.parts.items()}
    return {name: round(psutil.Process(pid).memory_info().rss / 1e6) for name, pid in pids.items() if pid}


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--dead-for", type=float, default=10.0, help="seconds until a part is started again")
    parser.add_argument("--at-once", type=int, default=24, help="officials who work at the same time")
    given = parser.parse_args()
    with cluster(_QUEUES) as on:
        report = asyncio.run(
            measure(on, given.cases, dead_for=given.dead_for, at_once=given.at_once, between=given.at_once * 4)
        )
    keep(report, f"cluster-{given.cases}-dead-{given.dead_for:g}s")


if __name__ == "__main__":
    main()
