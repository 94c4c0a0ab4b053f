"""Who was told what, newest first, page by page; and the lines of the outbox that could not be delivered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from models.base import Frozen
from rules.case.announce_table import REMINDED, Topic
from store.case_list import CaseFilter, case_conditions
from store.counted import Rows, counted

LATELY = timedelta(days=7)


class InboxFilter(Frozen):
    """Which notices; every field left out means all. `sector`: the case's; `officer`: told by name.

    `mine`: told by this name, or to the whole role.
    """

    campaign_id: str | None = None
    topic: Topic | None = None
    role: str | None = None
    district: str | None = None
    sector: str | None = None
    officer: str | None = None
    mine: str | None = None


class InboxRow(Frozen):
    """One notice to a role of a district, or to one person of it. `stage`: of the case when it was told; it is at
    `stage_now`.

    `reason`: what the log's line says for its command, as the reason of a return.
    """

    inbox_id: int
    case_id: str
    campaign_id: str
    subject: str
    sector: str | None
    seq: int
    topic: str
    what: str
    about: tuple[str, ...]
    role: str
    district: str
    person: str | None
    stage: str
    stage_now: str
    due_at: datetime | None
    at: datetime
    reason: str | None


class InboxCursor(Frozen):
    """The last row of a page."""

    at: datetime
    inbox_id: int


class DeadLetter(Frozen):
    """A line of the outbox that is tried no more. `error`: the database's code (SQLSTATE) of the last try."""

    outbox_id: int
    case_id: str
    seq: int
    topic: str
    attempts: int
    error: str | None
    dead_at: datetime


_TABLES = "inbox i JOIN cases c USING (case_id)"
_OF_CASE = {"campaign_id", "sector"}
_WITH_REASON = ("measure_approved", "measure_returned", "extension_granted", "extension_refused", "case_transferred")
_REASON = """SELECT event ->> 'reason' FROM case_log l, jsonb_array_elements(l.body::jsonb -> 'events') AS event
    WHERE l.case_id = i.case_id AND l.seq = i.seq AND i.what = ANY(:with_reason) AND event ->> 'reason' IS NOT NULL
    LIMIT 1"""


def inbox_page(
    engine: Engine, which: InboxFilter, limit: int, after: InboxCursor | None = None
) -> tuple[InboxRow, ...]:
    """The newest notices, or those that come after a page's last one."""
    where, facts = _conditions(which)
    if after is not None:
        where.append("(i.at, i.inbox_id) < (:at, :inbox_id)")
        facts |= after.model_dump()
    sql = f"""SELECT i.inbox_id, i.case_id, c.campaign_id, c.subject_name AS subject, c.sector, i.seq, i.topic, i.what,
        i.about, i.role, i.district, nullif(i.person, '') AS person, i.stage, c.stage AS stage_now, i.due_at, i.at,
        ({_REASON}) AS reason
    FROM {_TABLES} WHERE {" AND ".join(where)}
    ORDER BY i.at DESC, i.inbox_id DESC LIMIT :limit"""
    given = {**facts, "limit": limit, "with_reason": list(_WITH_REASON)}
    with engine.connect() as connection:
        return tuple(InboxRow(**row) for row in connection.execute(text(sql), given).mappings())


def told_by_order(engine: Engine, order_id: str, case_ids: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Whom an order to remind told of these cases: role and name, the name empty where the whole role is told."""
    sql = text("""SELECT case_id, role, person FROM inbox WHERE case_id = ANY(:case_ids) AND what = :what
        AND about = jsonb_build_array(CAST(:order_id AS text)) ORDER BY case_id, person""")
    told: dict[str, tuple[tuple[str, str], ...]] = {}
    with engine.connect() as connection:
        asked = {"case_ids": list(case_ids), "what": REMINDED, "order_id": order_id}
        for row in connection.execute(sql, asked):
            told[row.case_id] = (*told.get(row.case_id, ()), (row.role, row.person))
    return told


def reminded_lately(engine: Engine, which: CaseFilter, now: datetime) -> tuple[int, datetime | None]:
    """In how many cases of a list somebody was reminded within the last days, and when last."""
    where, facts = case_conditions(which, now)
    sql = f"""SELECT count(*) AS cases, max(reminded.last) AS last FROM cases JOIN (
            SELECT case_id, max(at) AS last FROM inbox
            WHERE at > :lately AND at <= :now_is AND what = :what GROUP BY case_id
        ) AS reminded USING (case_id) WHERE {" AND ".join(where) or "true"}"""
    asked = {**facts, "lately": now - LATELY, "now_is": now, "what": REMINDED}
    with engine.connect() as connection:
        found = connection.execute(text(sql), asked).one()
    return found.cases, found.last


def cursor_of(last: InboxRow) -> InboxCursor:
    """Where the page after this row begins."""
    return InboxCursor(at=last.at, inbox_id=last.inbox_id)


def inbox_count(engine: Engine, which: InboxFilter) -> int:
    """How many there are, counted up to one more than `COUNTED_TO`."""
    where, facts = _conditions(which)
    return counted(engine, Rows(f"SELECT 1 FROM {_TABLES} WHERE {' AND '.join(where)}", facts))


def _conditions(which: InboxFilter) -> tuple[list[str], dict[str, Any]]:
    facts = which.model_dump(exclude_none=True)
    columns = {name: f"{'c' if name in _OF_CASE else 'i'}.{name}" for name in facts} | {"officer": "i.person"}
    where = {name: f"{columns[name]} = :{name}" for name in facts} | {"mine": "i.person IN ('', :mine)"}
    return ["true", *(where[name] for name in facts)], facts


def dead_letters(engine: Engine, limit: int) -> tuple[DeadLetter, ...]:
    """The dead letters, oldest first."""
    sql = """SELECT outbox_id, case_id, seq, topic, attempts, last_error AS error, dead_at FROM outbox
    WHERE dead_at IS NOT NULL ORDER BY outbox_id LIMIT :limit"""
    with engine.connect() as connection:
        return tuple(DeadLetter(**row) for row in connection.execute(text(sql), {"limit": limit}).mappings())
