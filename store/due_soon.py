"""Deadlines that run out next: not yet missed, soonest first, page by page."""

from datetime import datetime

from sqlalchemy import Engine

from models.plan import Plan
from store.counted import Rows, counted
from store.overdue import (
    DEADLINE_ROW,
    OF_CASES,
    OPEN,
    UNMET,
    DeadlineRow,
    OverdueCursor,
    OverdueFilter,
    counted_from,
    deadline_conditions,
    with_findings,
)

_SOON = "WHERE d.due_at > :as_of AND d.due_at <= :until" + UNMET


class DueSoonRow(DeadlineRow):
    """One deadline that still runs. `days_left`: whole days until it."""

    days_left: int


def due_soon_page(
    engine: Engine,
    plan: Plan,
    as_of: datetime,
    until: datetime,
    which: OverdueFilter,
    limit: int,
    after: OverdueCursor | None = None,
) -> tuple[DueSoonRow, ...]:
    """What runs out after `as_of` and up to `until`, soonest first; the next page has the instant of the first one."""
    filters, facts = deadline_conditions(which, after)
    rows = f"SELECT {DEADLINE_ROW} FROM {OF_CASES} {_SOON}{OPEN}{filters}"
    page = f"{rows} ORDER BY due_at, case_id, clock, about LIMIT :limit"
    found = with_findings(engine, plan, page, {**facts, "as_of": as_of, "until": until, "limit": limit})
    return tuple(DueSoonRow(**row, days_left=(row["due_at"] - as_of).days) for row in found)


def due_soon_count(engine: Engine, as_of: datetime, until: datetime, which: OverdueFilter) -> int:
    """How many they are, counted up to one more than `COUNTED_TO`."""
    return counted(engine, due_soon_rows(as_of, until, which))


def due_soon_rows(as_of: datetime, until: datetime, which: OverdueFilter) -> Rows:
    """What runs out then, to be counted."""
    filters, facts = deadline_conditions(which)
    sql = f"SELECT 1 FROM {counted_from(which)} {_SOON}{OPEN if which.asks_cases else ''}{filters}"
    return Rows(sql, {**facts, "as_of": as_of, "until": until})
