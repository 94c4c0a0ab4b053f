"""Deadlines that run out next: not yet missed, soonest first, page by page."""

from datetime import datetime

from sqlalchemy import Engine

from models.plan import Plan
from store.case_list import counted
from store.overdue import (
    DEADLINE_ROW,
    UNMET,
    DeadlineRow,
    OverdueCursor,
    OverdueFilter,
    deadline_conditions,
    with_findings,
)

_FROM = "FROM deadlines d JOIN cases c USING (case_id) WHERE d.due_at > :as_of AND d.due_at <= :until" + UNMET


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
    page = f"SELECT {DEADLINE_ROW} {_FROM}{filters} ORDER BY due_at, case_id, clock, about LIMIT :limit"
    rows = with_findings(engine, plan, page, {**facts, "as_of": as_of, "until": until, "limit": limit})
    return tuple(DueSoonRow(**row, days_left=(row["due_at"] - as_of).days) for row in rows)


def due_soon_count(engine: Engine, as_of: datetime, until: datetime, which: OverdueFilter) -> int:
    """How many they are, counted up to one more than `COUNTED_TO`."""
    filters, facts = deadline_conditions(which)
    return counted(engine, f"SELECT 1 {_FROM}{filters}", {**facts, "as_of": as_of, "until": until})
