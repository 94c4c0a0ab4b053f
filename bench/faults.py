"""Cases worked on while Temporal's own persistence fails, and what the auditor finds afterwards (ADR 0059).

    python -m bench.faults [--cases N] [--at-once N]

The harness of `tests/durable/test_faults.py`, with worker processes as in earnest and PostgreSQL that waits for its
disk. A tenth of the cases is worked on without faults first, for the waits of the rest to be compared with.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable
from typing import Any

from bench.city import workers
from bench.stack import keep
from embedded.throwaway import throwaway_settings
from engine.claims import console, speaks
from models.wire import Receipt
from tests.durable.calls import Call
from tests.durable.faulty_town import FaultyTown, Injected, begun
from tests.durable.persistence_faults import KINDS, TOGETHER

_SEED = 20130513
_PHASE_AFTER = 90  # seconds: amid the faults


async def measure(town: FaultyTown, cases: int) -> dict[str, Any]:
    """The whole report."""
    told: dict[str, Any] = {"cases": cases, "at_once": town.at_once, "rates": KINDS, "load": os.getloadavg()[0]}
    calm = max(1, cases // 10)
    told["without faults"] = await _timed(town, calm, town.work(calm, calm // 10))
    left = (cases - calm) // len(TOGETHER)
    for number, kinds in enumerate(TOGETHER):
        working = town.work_under(kinds, _SEED + 100 * number, left, left // 10, at_least=max(4, left // 10))
        told[" and ".join(kinds)] = await _timed(town, left, working)
    began = time.perf_counter()
    await town.settled(within=600)
    told["settled_s"] = round(time.perf_counter() - began, 1)
    began = time.perf_counter()
    found = await town.audited()
    told["audit"] = {
        "seconds": round(time.perf_counter() - began, 1),
        "commands": len({call.key for call in town.calls.made}),
        "acknowledged": town.calls.acknowledged,
        "found": [list(one) for one in found[:100]],
    }
    return told


async def _timed(town: FaultyTown, cases: int, working: Awaitable[Injected | None]) -> dict[str, Any]:
    began, before = time.perf_counter(), len(town.calls.made)
    injected = await working
    seconds, calls = time.perf_counter() - began, town.calls.made[before:]
    waits = _waits(calls)
    report = {
        "cases": cases,
        "seconds": round(seconds, 1),
        "acknowledged": len({call.key for call in calls if isinstance(call.answer, Receipt)}),
        "tries_without_an_answer": sum(call.answer is None and call.command.do != "reinspect" for call in calls),
        "wait_p50_s": round(statistics.median(waits), 3),
        "wait_p99_s": round(waits[int(len(waits) * 0.99)], 3),
        "wait_max_s": round(waits[-1], 3),
        "injected": {kind: dict(methods) for kind, methods in (injected or {}).items()},
    }
    print(f"· {report}", file=sys.stderr)  # noqa: T201 -- a report
    return report


def _waits(calls: list[Call]) -> list[float]:
    """Of every command that was answered, how long its tries took together."""
    waits: dict[tuple[str, str], float] = {}
    for call in calls:
        waits[call.key] = waits.get(call.key, 0.0) + call.seconds
    return sorted(waits[call.key] for call in calls if call.answer is not None)


async def run(cases: int, at_once: int) -> dict[str, Any]:
    """On a stack of its own."""
    with throwaway_settings(time_skipping=False, durable=True) as settings:
        town = await begun(settings, _PHASE_AFTER, at_once)
        speaks(console())
        try:
            with workers(town.services, ("cases", "imports")):
                await town.work(1, 1)  # once the workers are there
                return await measure(town, cases)
        finally:
            town.services.close()


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=40)
    asked = parser.parse_args()
    keep(asyncio.run(run(asked.cases, asked.at_once)), "faults")


if __name__ == "__main__":
    main()
