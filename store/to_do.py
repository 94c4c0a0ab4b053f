"""What an office can do next: deadlines that run or were missed and are its to meet, most urgent first.

What waits for something else, as a re-inspection for the declaration, is not there yet (`rules/clocks/table.py:ready`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from models.base import Frozen
from rules.clocks.periods import phase_at
from store.campaigns import Campaign
from store.counted import COUNTED_TO, Rows, counted
from store.overdue import (
    DEADLINE_ROW,
    OF_CASES,
    OPEN,
    UNMET,
    DeadlineRow,
    OverdueCursor,
    OverdueFilter,
    deadline_conditions,
    with_findings,
)

DECISION = "(d.clock IN ('decision', 'extension') AND d.role <> 'inspector')"
"""A decision on what somebody else has asked for; the clock of a decision is an inspector's, who proposes, before."""


class ToDoRow(DeadlineRow):
    """One thing to be done; `days_late` where it was missed, else `days_left`."""

    days_late: int | None
    days_left: int | None


class ToDoCount(Frozen):
    """How many there are in all, how many of them are late, and how many wait for a decision."""

    all: int
    late: int
    decisions: int


_READY = (
    "LEFT JOIN LATERAL (SELECT f.state, f.due_at FROM findings f WHERE f.case_id = d.case_id AND f.ref = d.about"
    " AND d.clock IN ('rectification', 'reinspection') OFFSET 0) AS f ON true"  # looked up alone: most need none
    " WHERE (d.clock <> 'rectification' OR f.state <> 'declared')"
    " AND (d.clock <> 'reinspection' OR f.state = 'declared' OR f.due_at <= :now)"
    " AND (d.clock <> 'look_back' OR :looks_back)" + UNMET
)
TO_DO = f"FROM {OF_CASES} {_READY}{OPEN}"
TO_DO_ALONE = f"FROM deadlines d {_READY}"
"""Where nothing is asked that does not stand beside the deadline itself."""


def to_do_page(
    engine: Engine,
    campaign: Campaign,
    now: datetime,
    which: OverdueFilter,
    limit: int,
    *,
    subject_id: str | None = None,
    decisions: bool = False,
    clocks: Sequence[str] = (),
    after: OverdueCursor | None = None,
) -> tuple[ToDoRow, ...]:
    """The rows after the last one of the page before; `decisions`, `clocks`: those alone."""
    filters, facts = to_do_conditions(campaign, now, which, subject_id, decisions, after)
    if clocks:
        filters, facts = f"{filters} AND d.clock = ANY(:clocks)", {**facts, "clocks": list(clocks)}
    rows = f"SELECT {DEADLINE_ROW} {TO_DO}{filters}"
    if which.officer is not None or subject_id is not None:  # few are left: found first, then sorted
        rows = f"SELECT * FROM ({rows} OFFSET 0) AS own"
    page = f"{rows} ORDER BY due_at, case_id, clock, about LIMIT :limit"
    found = with_findings(engine, campaign.plan, page, {**facts, "limit": limit})
    return tuple(to_do_row(row, now) for row in found)


def to_do_count(
    engine: Engine, campaign: Campaign, now: datetime, which: OverdueFilter, subject_id: str | None = None
) -> ToDoCount:
    """Counted up to one more than `COUNTED_TO`."""
    rows, facts = to_do_rows(campaign, now, which, subject_id)
    sql = f"""SELECT count(*) AS all, count(*) FILTER (WHERE due_at <= :now) AS late,
        count(*) FILTER (WHERE is_decision) AS decisions FROM ({rows} LIMIT {COUNTED_TO + 1}) AS rows"""
    with engine.connect() as connection:
        found = connection.execute(text(sql), facts).mappings().one()
    return ToDoCount(**found)


def declared_late(engine: Engine, which: OverdueFilter, now: datetime, subject_id: str | None = None) -> int:
    """What was declared there, or by one subject, past its date: nothing is to be done, it is overdue all the same."""
    there, facts = _there("d", which, subject_id)
    sql = f"""SELECT 1 FROM deadlines d JOIN findings f ON f.case_id = d.case_id AND f.ref = d.about
        WHERE d.clock = 'rectification' AND f.state = 'declared' AND d.due_at <= :now{there}{UNMET}"""
    return counted(engine, Rows(sql, {**facts, "now": now}))


class Stayed(Frozen):
    """A case that waits for the stay of a measure to be lifted: no clock runs for that."""

    case_id: str
    subject: str


def stayed(engine: Engine, which: OverdueFilter, limit: int) -> tuple[Stayed, ...]:
    """Those of the place whose turn is that of the role."""
    there, facts = _there("m", which)
    sql = text(f"""SELECT DISTINCT m.case_id, c.subject_name AS subject FROM musts m JOIN cases c USING (case_id)
        WHERE m.state IN ('owed', 'proposed', 'decided') AND m.stayed_at IS NOT NULL
            AND c.outcome IS NULL AND c.next_role = :role{there} ORDER BY m.case_id LIMIT :limit""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {**facts, "role": which.role, "limit": limit}).mappings()
        return tuple(Stayed.model_validate(dict(row)) for row in rows)


def _there(table: str, which: OverdueFilter, subject_id: str | None = None) -> tuple[str, dict[str, Any]]:
    """The place of the list, or one subject of it, as it stands beside each deadline and must."""
    facts: dict[str, Any] = which.model_dump(include={"campaign_id", "district", "sector"}, exclude_none=True)
    facts |= {"subject_id": subject_id} if subject_id else {}
    return "".join(f" AND {table}.{name} = :{name}" for name in facts), facts


def to_do_rows(
    campaign: Campaign, now: datetime, which: OverdueFilter, subject_id: str | None = None, decisions: bool = False
) -> Rows:
    """What can be done now, to be counted: when it is due, and whether it is a decision."""
    filters, facts = to_do_conditions(campaign, now, which, subject_id, decisions, None)
    to_do = TO_DO if which.asks_cases else TO_DO_ALONE
    return Rows(f"SELECT d.due_at, {DECISION} AS is_decision {to_do}{filters}", facts)


def to_do_conditions(
    campaign: Campaign,
    now: datetime,
    which: OverdueFilter,
    subject_id: str | None,
    decisions: bool,
    after: OverdueCursor | None,
) -> tuple[str, dict[str, Any]]:
    """The filters of what can be done now, as SQL after `TO_DO`, and their values."""
    filters, facts = deadline_conditions(which, after)
    phase = phase_at(campaign.phases, now)
    facts |= {"now": now, "looks_back": phase is not None and campaign.plan.phase(phase).look_back}
    if subject_id is not None:
        filters, facts = f"{filters} AND d.subject_id = :subject_id", {**facts, "subject_id": subject_id}
    return (f"{filters} AND {DECISION}" if decisions else filters), facts


def to_do_row(row: dict[str, Any], now: datetime) -> ToDoRow:
    """The row, and how late it is, or how long it has."""
    late, left = now - row["due_at"], row["due_at"] - now
    is_late = row["due_at"] <= now
    return ToDoRow(**row, days_late=late.days if is_late else None, days_left=None if is_late else left.days)
