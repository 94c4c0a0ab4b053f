"""Reminders by level and by hand: each once, however often the schedule runs."""

from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Engine, text

from models.plan import Plan
from rules.clocks.urgency import level

_PAGE = 2000


def remind(engine: Engine, plan: Plan, campaign_id: str, now: datetime) -> int:
    """Tell each missed deadline once to each level that it reaches (domain §5); how many were told now.

    The level is computed from the due date, so a night without a run loses nothing but its own lower levels.
    """
    told, last = 0, (datetime.min.replace(tzinfo=now.tzinfo), "", "", "", 0)
    while page := _overdue(engine, campaign_id, now, last):
        rows = [{**row, "level": level(plan, row["due_at"], now), "at": now} for row in page]
        with engine.begin() as connection:
            told += len(
                connection.execute(
                    text("""INSERT INTO reminders (case_id, clock, about, set_seq, level, district, due_at, at)
                    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(case_id text, clock text, about text,
                        set_seq integer, level text, district text, due_at timestamptz, at timestamptz)
                    ON CONFLICT DO NOTHING RETURNING 1"""),
                    {"rows": to_json(rows).decode()},
                ).all()
            )
        end = page[-1]
        last = (end["due_at"], end["case_id"], end["clock"], end["about"], end["set_seq"])
    return told


def _overdue(
    engine: Engine, campaign_id: str, now: datetime, after: tuple[datetime, str, str, str, int]
) -> list[dict[str, Any]]:
    sql = """SELECT d.case_id, d.clock, d.about, d.set_seq, c.district, d.due_at
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
    with engine.begin() as connection:
        told = connection.execute(
            text("""INSERT INTO reminders (case_id, clock, about, set_seq, level, district, due_at, at, "by", words)
            SELECT case_id, 'by_hand', :occasion, seq, next_role, district, coalesce(due_at, :now), :now, :by, :words
            FROM cases
            WHERE case_id = :case_id AND outcome IS NULL AND next_role IS NOT NULL
            ON CONFLICT DO NOTHING RETURNING 1"""),
            {"case_id": case_id, "occasion": occasion, "now": now, "by": by, "words": words},
        ).first()
        if told is not None:
            return True
        again = text("SELECT 1 FROM reminders WHERE case_id = :id AND clock = 'by_hand' AND about = :occasion")
        return connection.execute(again, {"id": case_id, "occasion": occasion}).first() is not None


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
