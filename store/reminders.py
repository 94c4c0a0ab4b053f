"""Reminders by level and by hand: each once, however often the schedule runs, with its notice in the inbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.plan import Plan
from rules.case.announce_table import REMINDED
from rules.clocks.urgency import level
from rules.words.clock_words import duty

_PAGE = 2000
_BY_HAND = "by_hand"
_ONE_AFTER_ANOTHER = text("SELECT pg_advisory_xact_lock(hashtext('reminders'))")
# The inbox tells one by case, place in the log and number. Those of reminders begin beyond what a step announces, and
# count the reminders of the case, officers of one reminder under one number.
_REMIND = text("""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(case_id text, clock text, about text, set_seq integer,
        level text, district text, due_at timestamptz, at timestamptz, "by" text, words text, what text, told jsonb)
), reminded AS (
    INSERT INTO reminders (case_id, clock, about, set_seq, level, district, due_at, at, "by", words)
    SELECT case_id, clock, about, set_seq, level, district, coalesce(due_at, at), at, "by", words FROM given
    ON CONFLICT DO NOTHING RETURNING case_id, clock, about, set_seq, level
), notices AS (
    INSERT INTO inbox (case_id, seq, number, topic, what, about, role, district, person, stage, due_at, at)
    SELECT case_id, c.seq, 1000 + before.reminders
            + dense_rank() OVER (PARTITION BY case_id ORDER BY g.clock, g.about, g.set_seq, g.level),
        'reminder', g.what, g.told, g.level, g.district, coalesce(o.person, ''), c.stage, g.due_at, g.at
    FROM reminded JOIN given g USING (case_id, clock, about, set_seq, level) JOIN cases c USING (case_id)
    CROSS JOIN LATERAL (SELECT count(*) AS reminders FROM reminders r WHERE r.case_id = c.case_id) AS before
    LEFT JOIN LATERAL jsonb_array_elements_text(c.officers) AS o(person) ON g.level = 'inspector'
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM reminded
""")


class HandReminder(Frozen):
    """Somebody's reminder to whoever acts next in a case: `level` is that role, `by` `role:name@territory`."""

    case_id: str
    order_id: str
    level: str
    at: datetime
    by: str | None
    words: str | None


def remind(engine: Engine, plan: Plan, campaign_id: str, now: datetime) -> int:
    """Tell each missed deadline once to each level that it reaches (domain §5); how many were told now.

    The level is computed from the due date, so a night without a run loses nothing but its own lower levels.
    """
    told, last = 0, (datetime.min.replace(tzinfo=now.tzinfo), "", "", "", 0)
    while page := _overdue(engine, campaign_id, now, last):
        with engine.begin() as connection:
            told += _reminded(connection, [_risen(plan, row, now) for row in page])
        end = page[-1]
        last = (end["due_at"], end["case_id"], end["clock"], end["about"], end["set_seq"])
    return told


def _risen(plan: Plan, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A missed deadline at the level that it has reached, told in the words of whoever is late."""
    told = [] if row["about"] == "case" else [row["about"]]
    what = f"missed_{duty(row['clock'], row['role'])}"
    return {**row, "level": level(plan, row["due_at"], now), "at": now, "what": what, "told": told}


def _reminded(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    connection.execute(_ONE_AFTER_ANOTHER)
    return connection.execute(_REMIND, {"rows": to_json(rows).decode()}).scalar_one()


def _overdue(
    engine: Engine, campaign_id: str, now: datetime, after: tuple[datetime, str, str, str, int]
) -> list[dict[str, Any]]:
    sql = """SELECT d.case_id, d.clock, d.about, d.set_seq, d.role, c.district, d.due_at
    FROM deadlines d JOIN cases c USING (case_id)
    WHERE c.campaign_id = :campaign_id AND d.met_at IS NULL AND d.replaced_at IS NULL AND d.due_at <= :now
        AND (d.due_at, d.case_id, d.clock, d.about, d.set_seq) > (:due, :case_id, :clock, :about, :set_seq)
    ORDER BY d.due_at, d.case_id, d.clock, d.about, d.set_seq LIMIT :limit"""
    due, case_id, clock, about, set_seq = after
    given = {"campaign_id": campaign_id, "now": now, "due": due, "case_id": case_id, "clock": clock, "about": about}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**given, "set_seq": set_seq, "limit": _PAGE}).mappings().all()
    return [dict(row) for row in rows]


def remind_case(
    engine: Engine, case_id: str, occasion: str, now: datetime, *, by: str | None = None, words: str | None = None
) -> bool:
    """Remind whoever acts next in an open case, once an occasion, in somebody's words; False for one that has ended."""
    asked = {"id": case_id, "occasion": occasion}
    again = text("SELECT 1 FROM reminders WHERE case_id = :id AND clock = 'by_hand' AND about = :occasion")
    open_case = text("""SELECT case_id, seq AS set_seq, next_role AS level, district, (
            SELECT min(d.due_at) FROM deadlines d WHERE d.case_id = c.case_id AND d.role = c.next_role
                AND d.met_at IS NULL AND d.replaced_at IS NULL
        ) AS due_at FROM cases c
    WHERE case_id = :id AND outcome IS NULL AND next_role IS NOT NULL""")
    with engine.begin() as connection:
        connection.execute(_ONE_AFTER_ANOTHER)  # before it is read what was said: two tries say it once
        if connection.execute(again, asked).first() is not None:
            return True
        case = connection.execute(open_case, asked).mappings().first()
        if case is None:
            return False
        said = {"clock": _BY_HAND, "about": occasion, "at": now, "by": by, "words": words}
        _reminded(connection, [{**case, **said, "what": REMINDED, "told": [occasion]}])
        return True


def hand_reminders(engine: Engine, case_ids: Sequence[str], limit: int) -> tuple[HandReminder, ...]:
    """What these cases were reminded of by hand, newest first."""
    if not case_ids:
        return ()
    sql = text("""SELECT case_id, about AS order_id, level, at, "by", words FROM reminders
    WHERE case_id = ANY(:case_ids) AND clock = 'by_hand' ORDER BY at DESC, case_id, about LIMIT :limit""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"case_ids": list(case_ids), "limit": limit}).mappings()
        return tuple(HandReminder.model_validate(dict(row)) for row in rows)


class CaseReminded(HandReminder):
    """A reminder in a case, by hand or by level; of a missed deadline its `clock`, what that is `about` and whose."""

    clock: str
    about: str
    role: str | None


def reminders_in(engine: Engine, case_id: str, limit: int) -> tuple[CaseReminded, ...]:
    """What somebody was reminded of in a case, newest first."""
    sql = text("""SELECT r.case_id, r.about AS order_id, r.level, r.at, r."by", r.words, r.clock, r.about, d.role
    FROM reminders r LEFT JOIN deadlines d USING (case_id, clock, about, set_seq)
    WHERE r.case_id = :case_id ORDER BY r.at DESC, r.clock, r.about LIMIT :limit""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"case_id": case_id, "limit": limit}).mappings()
        return tuple(CaseReminded.model_validate(dict(row)) for row in rows)


def reminders(
    engine: Engine, *, level: str | None = None, district: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """What was told, newest first; `role`: whose duty it was when it was told, none of a reminder by hand."""
    wanted = {"level": level, "district": district}
    given = {name: value for name, value in wanted.items() if value is not None}
    where = " AND ".join(["true", *(f"r.{name} = :{name}" for name in given)])
    sql = f"""SELECT case_id, clock, about, r.level, r.district, r.due_at, r.at, r."by", r.words, d.role
    FROM reminders r LEFT JOIN deadlines d USING (case_id, clock, about, set_seq) WHERE {where}
    ORDER BY r.at DESC, r.due_at, case_id LIMIT :limit"""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), {**given, "limit": limit}).mappings()]
