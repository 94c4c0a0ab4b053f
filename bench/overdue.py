"""The overdue question at a growing number of cases: first page and counts, now and as of earlier, with query plans.

    python -m bench.overdue [--cases 10000 100000 1000000]

A third of the cases is closed; one in a hundred has missed a deadline; each has three deadlines, one of them unmet.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from bench.stack import bench_services, keep, shipped_plan
from engine.connection import Services
from store.campaigns import Campaign, add_campaign
from store.counts import case_counts, overdue_counts
from store.overdue import OverdueFilter, overdue_page

_SIZES = (10_000, 100_000, 1_000_000)
_TIMES = 200
_CASES = """
    INSERT INTO cases (case_id, campaign_id, subject_id, subject_name, district, sector, source, stage, next_role,
        due_at, outcome, opened_at, closed_at, seq)
    SELECT 'case/' || CAST(:campaign AS text) || '/' || n, :campaign, 's' || n, '某厂' || n,
        (ARRAY['650202', '650203', '650204', '650205'])[1 + n % 4], 'fire_safety', 'inspection',
        CASE WHEN n % 3 = 0 THEN 'closed' ELSE 'rectification' END, 'enterprise',
        CASE WHEN n % 3 > 0 THEN CAST(:now AS timestamptz) + interval '1 hour' * (n % 100 - 1) * (1 + n % 1000) END,
        CASE WHEN n % 3 = 0 THEN 'compliant' END, CAST(:now AS timestamptz) - interval '60 days',
        CASE WHEN n % 3 = 0 THEN CAST(:now AS timestamptz) - interval '5 days' END, 3
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n"""
# two that were met, the third as the case says; that of a closed one was met with the others
_DEADLINES = """
    INSERT INTO deadlines (case_id, clock, about, set_seq, kind, role, set_at, due_at, met_at)
    SELECT c.case_id, 'rectification', 'F' || f, f,
        CASE WHEN c.subject_id LIKE '%00' THEN 'duty' ELSE 'rectification' END, 'enterprise', c.opened_at,
        CASE WHEN f < 3 THEN c.opened_at + interval '15 days' ELSE coalesce(c.due_at, c.closed_at) END,
        CASE WHEN f < 3 OR c.outcome IS NOT NULL THEN c.opened_at + f * interval '10 days' END
    FROM cases c, generate_series(1, 3) AS f"""


def measure(services: Services, campaign: Campaign, sizes: tuple[int, ...], times: int = _TIMES) -> dict[str, Any]:
    """Milliseconds of the first page of 50 and of the counts at each size; growth from the first size to the last."""
    report: dict[str, Any] = {}
    for size in sizes:
        _fill(services, campaign, size)
        report[str(size)] = _questions(services, campaign, times)
        print(f"· {size} {report[str(size)]['now']}", file=sys.stderr)  # noqa: T201 -- a report
    first, last = (report[str(size)] for size in (sizes[0], sizes[-1]))
    names = [name for name in first if name != "plan"]
    report["growth"] = {name: round(last[name]["p50_ms"] / first[name]["p50_ms"], 2) for name in names}
    return report


def _fill(services: Services, campaign: Campaign, size: int) -> None:
    with services.owner.begin() as connection:
        connection.execute(text("TRUNCATE deadlines, cases"))
        facts = {"campaign": campaign.campaign_id, "now": campaign.now(), "first": 1, "last": size}
        connection.execute(text(_CASES), facts)
        connection.execute(text(_DEADLINES))
    with services.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE deadlines"))
        connection.execute(text("VACUUM ANALYZE cases"))


def _questions(services: Services, campaign: Campaign, times: int) -> dict[str, Any]:
    engine, plan, now = services.engine, campaign.plan, campaign.now()
    everything = OverdueFilter(campaign_id=campaign.campaign_id)

    def ask(at: datetime = now, which: OverdueFilter = everything) -> object:
        return overdue_page(engine, plan, at, which, 50, now=now)

    here = everything.model_copy(update={"district": "650203"})
    return {
        "now": _timed(ask, times),
        "district": _timed(lambda: ask(which=here), times),
        "a_day_ago": _timed(lambda: ask(now - timedelta(days=1)), times),
        "a_month_ago": _timed(lambda: ask(now - timedelta(days=30)), times),
        "overdue_counts": _timed(lambda: overdue_counts(engine, plan, campaign.campaign_id, now), min(times, 20)),
        "case_counts": _timed(lambda: case_counts(engine, campaign.campaign_id), min(times, 20)),
        "plan": _plan_of(services, ask),
    }


def _timed(ask: Callable[[], object], times: int) -> dict[str, float]:
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(found, n=100)
    return {"p50_ms": round(statistics.median(found), 2), "p99_ms": round(cuts[98], 2)}


def _plan_of(services: Services, ask: Any) -> list[str]:
    """The query plan of the statement that the question sends."""
    sent: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(services.engine, "before_cursor_execute", keep)
    ask()
    event.remove(services.engine, "before_cursor_execute", keep)
    with services.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN {sent[-1][0]}", sent[-1][1])
        return [row[0] for row in rows]


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=_SIZES)
    given = parser.parse_args()
    with bench_services() as services:
        campaign = add_campaign(services.engine, shipped_plan(), datetime.now(UTC).year)
        report = measure(services, campaign, tuple(given.cases))
    keep(report, "overdue")


if __name__ == "__main__":
    main()
