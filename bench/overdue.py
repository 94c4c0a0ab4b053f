"""The overdue question at growing numbers of deadlines: first page, now and as of a month ago, with query plans."""

import statistics
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from desk.connection import Services
from store.campaigns import Campaign
from store.lists import OverdueFilter, overdue_page

_SIZES = (10_000, 100_000)
_TIMES = 200
_FILL = (
    """
    INSERT INTO cases SELECT 'case/bench/' || n, :campaign, 's' || n, '某厂' || n,
        (ARRAY['650202', '650203', '650204', '650205'])[1 + n % 4], NULL, 'fire_safety', 'inspection',
        'rectification', 'enterprise', :now, NULL, NULL, :now, NULL, 1
    FROM generate_series(1, :cases) AS n""",
    # a tenth is overdue, a tenth lies ahead, the rest was met
    """
    INSERT INTO deadlines SELECT 'case/bench/' || (1 + n / 4), 'rectification', 'F' || n % 4, n,
        CASE WHEN n % 2 = 0 THEN 'duty' ELSE 'rectification' END, 'enterprise',
        CAST(:now AS timestamptz) - interval '60 days',
        CAST(:now AS timestamptz) + (n % 40 - 36) * interval '1 day' + n * interval '1 second' / 1000,
        CASE WHEN n % 5 > 0 THEN CAST(:now AS timestamptz) - (n % 50) * interval '1 day' END, NULL
    FROM generate_series(0, :rows - 1) AS n""",
)


def measure(services: Services, campaign: Campaign) -> dict[str, Any]:
    """Milliseconds of the first page of 50, at each size; growth between the sizes."""
    report: dict[str, Any] = {}
    now = campaign.now()
    for size in _SIZES:
        with services.owner.begin() as connection:
            connection.execute(text("DELETE FROM deadlines"))
            connection.execute(text("DELETE FROM cases"))
            facts = {"campaign": campaign.campaign_id, "now": now, "cases": size // 4 + 1, "rows": size}
            for statement in _FILL:
                connection.execute(text(statement), facts)
        with services.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE deadlines"))
            connection.execute(text("VACUUM ANALYZE cases"))
        which = OverdueFilter(campaign_id=campaign.campaign_id)

        def ask(at: datetime = now, w: OverdueFilter = which) -> object:
            return overdue_page(services.engine, campaign.plan, at, w, 50, now=now)

        here = which.model_copy(update={"district": "650203"})
        report[str(size)] = {
            "now": _timed(ask),
            "district": _timed(lambda h=here, a=ask: a(now, h)),
            "a_day_ago": _timed(lambda a=ask: a(now - timedelta(days=1))),
            "a_month_ago": _timed(lambda a=ask: a(now - timedelta(days=30))),
            "plan": _plan_of(services, ask),
        }
    small, large = (report[str(size)]["now"]["p50_ms"] for size in _SIZES)
    report["growth"] = round(large / small, 2)
    return report


def _timed(ask: Any) -> dict[str, float]:
    found: list[float] = []
    for _ in range(_TIMES):
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
