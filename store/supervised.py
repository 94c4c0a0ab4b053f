"""What is supervised: open deadlines of cases that are listed, and those that were missed and have risen a level."""

from datetime import datetime

from sqlalchemy import Engine

from store.campaigns import Campaign
from store.counted import Rows, counted
from store.overdue import DEADLINE_ROW, OverdueCursor, OverdueFilter, cases_there, with_findings
from store.to_do import TO_DO, TO_DO_ALONE, ToDoRow, to_do_conditions, to_do_row

_RISEN = " AND d.due_at <= :risen"
_LISTED = " AND c.listed IS NOT NULL AND d.due_at > :risen"
"""Not beside the others: together they are all, each once, and every row of the first is due before those of these."""


def supervised_page(
    engine: Engine,
    campaign: Campaign,
    now: datetime,
    risen: datetime,
    which: OverdueFilter,
    limit: int,
    after: OverdueCursor | None = None,
) -> tuple[ToDoRow, ...]:
    """Most urgent first; `risen`: what fell due up to then has risen (`rules/clocks/urgency.py:risen_since`)."""
    filters, facts = to_do_conditions(campaign, now, which, None, False, after)
    last = "ORDER BY due_at, case_id, clock, about LIMIT :limit"
    parts = (f"(SELECT {DEADLINE_ROW} {TO_DO}{filters}{part} {last})" for part in (_RISEN, _listed(which)))
    page = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS parts {last}"
    rows = with_findings(engine, campaign.plan, page, {**facts, "risen": risen, "limit": limit})
    return tuple(to_do_row(row, now) for row in rows)


def supervised_count(engine: Engine, campaign: Campaign, now: datetime, risen: datetime, which: OverdueFilter) -> int:
    """Counted up to one more than `COUNTED_TO`."""
    return counted(engine, supervised_rows(campaign, now, risen, which))


def supervised_rows(campaign: Campaign, now: datetime, risen: datetime, which: OverdueFilter) -> Rows:
    """What is supervised, to be counted."""
    filters, facts = to_do_conditions(campaign, now, which, None, False, None)
    parts = f"SELECT 1 {TO_DO_ALONE}{filters}{_RISEN} UNION ALL SELECT 1 {TO_DO}{filters}{_listed(which)}"
    return Rows(parts, {**facts, "risen": risen})


def _listed(which: OverdueFilter) -> str:
    return f"{cases_there(which)}{_LISTED}"
