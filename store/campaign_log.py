"""What happens to a campaign as a whole: its own log, the moves of its calendar, what lies ahead."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.campaign import CampaignLine, MoveRequest, RecordedMove
from models.plan import CalendarMove, PhaseDates
from rules.case.clock_actor import told_by
from store.opening import NotOpened, active_subjects, not_opened, subjects_without_case

_LINE = text("""
INSERT INTO campaign_log (campaign_id, key, at, "do", "by", reason, body)
VALUES (:campaign_id, :key, :at, :do, :by, :reason, CAST(:body AS jsonb)) ON CONFLICT DO NOTHING
""")
_MOST_LISTED = 50


class LoggedLine(Frozen):
    """A line of the campaign's own log."""

    at: datetime
    do: str
    by: str | None
    reason: str | None
    body: dict[str, Any]


def log_line(engine: Engine, line: CampaignLine) -> None:
    """Write a line once, however often it is tried."""
    with engine.begin() as connection:
        write_line(connection, line)


def campaign_lines(engine: Engine, campaign_id: str) -> tuple[LoggedLine, ...]:
    """The campaign's log, oldest first."""
    sql = 'SELECT at, "do", "by", reason, body FROM campaign_log WHERE campaign_id = :id ORDER BY line'
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"id": campaign_id}).mappings().all()
    return tuple(LoggedLine.model_validate(dict(row)) for row in rows)


def record_move(engine: Engine, asked: MoveRequest) -> RecordedMove:
    """A boundary is moved from this transaction on: for new cases by the campaign, for running ones step by step.

    Or a year is published: then the boundaries stay, and what holds is the newest publication of the year, whichever of
    two came here first. Tried again it has one effect and the same answer. Where the record has moves already that
    whoever asks does not know, as after a restore, nothing is written, and the newest of them is the answer.
    """
    phases = to_json(asked.move.phases).decode()
    facts = {**asked.model_dump(exclude={"move"}), "number": asked.move.number, "moved_at": asked.move.at}
    days = asked.move.working_days
    facts |= {"phases": phases, "working_days": days.model_dump_json() if days else None}
    facts["year"] = days.year if days else None
    facts["new_at"] = asked.old_at if days else _boundary(asked.move.phases, asked.phase, asked.edge)
    with engine.begin() as connection:
        added = connection.execute(
            text("""
            INSERT INTO calendar_moves (campaign_id, number, moved_at, phase, edge, old_at, new_at, phases, "by",
                reason, command_id, working_days)
            VALUES (:campaign_id, :number, :moved_at, :phase, :edge, :old_at, :new_at, CAST(:phases AS jsonb), :by,
                :reason, :command_id, coalesce((SELECT days FROM working_years WHERE year = CAST(:year AS integer)
                    ORDER BY number DESC LIMIT 1), CAST(:working_days AS jsonb)))
            ON CONFLICT DO NOTHING RETURNING number
            """),
            facts,
        ).first()
        if added is not None:
            connection.execute(
                text("UPDATE campaigns SET phases = CAST(:phases AS jsonb) WHERE campaign_id = :campaign_id"), facts
            )
        row = connection.execute(
            text("""SELECT number, moved_at AS at, phases, working_days, command_id <> :command_id AS is_another
            FROM calendar_moves WHERE campaign_id = :campaign_id
            ORDER BY command_id = :command_id DESC, number DESC LIMIT 1"""),
            facts,
        ).mappings()
        return RecordedMove.model_validate(dict(row.one()))


def last_move(engine: Engine, campaign_id: str) -> CalendarMove | None:
    """The newest move of the campaign's calendar, if there was one."""
    sql = """SELECT number, moved_at AS at, phases, working_days FROM calendar_moves
    WHERE campaign_id = :id ORDER BY number DESC LIMIT 1"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"id": campaign_id}).mappings().first()
    return CalendarMove.model_validate(dict(row)) if row else None


def followers(engine: Engine, case_ids: Sequence[str], move: CalendarMove) -> int:
    """How many of the cases follow the move: they recorded it, ended, or were opened under it."""
    sql = """SELECT count(*) FROM cases c WHERE case_id = ANY(:ids) AND (outcome IS NOT NULL OR opened_at >= :at
        OR EXISTS (SELECT FROM case_log l WHERE l.case_id = c.case_id AND l.command_id = :told))"""
    facts = {"ids": list(case_ids), "at": move.at, "told": told_by(move)}
    with engine.connect() as connection:
        return int(connection.execute(text(sql), facts).scalar_one())


def calendar_moves(engine: Engine, campaign_id: str) -> list[dict[str, Any]]:
    """Every move of the campaign's calendar, oldest first: who, why, which boundary, from when to when.

    `year` is the year that was published, where no boundary was moved, `working_days` its days.
    """
    sql = """SELECT number, moved_at, phase, edge, old_at, new_at, "by", reason, command_id,
    (working_days ->> 'year')::int AS year, working_days FROM calendar_moves WHERE campaign_id = :id ORDER BY number"""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), {"id": campaign_id}).mappings()]


def open_cases(engine: Engine, campaign_id: str) -> int:
    """How many cases of the campaign are open."""
    sql = "SELECT count(*) FROM cases WHERE campaign_id = :id AND outcome IS NULL"
    with engine.connect() as connection:
        return int(connection.execute(text(sql), {"id": campaign_id}).scalar_one())


def write_line(connection: Connection, line: CampaignLine) -> None:
    """A line within the caller's transaction, once, however often it is tried."""
    facts = line.model_dump(exclude={"body"})
    connection.execute(_LINE, {**facts, "body": json.dumps(line.body, ensure_ascii=False)})


def _boundary(phases: tuple[PhaseDates, ...], phase_id: str, edge: str) -> datetime:
    phase = next(p for p in phases if p.id == phase_id)
    return phase.begins_at if edge == "begins" else phase.ends_at


class Coverage(Frozen):
    """The active subjects, those of them with a case, and the first without one whose opening was tried."""

    subjects: int
    with_case: int
    not_opened: tuple[NotOpened, ...]


class Outlook(Coverage):
    """What lies ahead beside: unmet deadlines until the instant, and those missed, by kind."""

    due_soon: dict[str, int]
    overdue: dict[str, int]


def coverage(engine: Engine, campaign_id: str) -> Coverage:
    """Which subjects of the register the campaign has reached."""
    with engine.connect() as connection:
        return _coverage(connection, campaign_id)


def _coverage(connection: Connection, campaign_id: str) -> Coverage:
    subjects = active_subjects(connection)
    without = subjects_without_case(connection, campaign_id)
    left = not_opened(connection, campaign_id, _MOST_LISTED)
    return Coverage(subjects=subjects, with_case=subjects - without, not_opened=left)


def outlook(engine: Engine, campaign_id: str, now: datetime, until: datetime) -> Outlook:
    """One look for the status screen; `due_soon` is what falls in [now, until)."""
    unmet = """SELECT d.kind, count(*) FILTER (WHERE d.due_at > :now) AS soon, count(*) FILTER (WHERE d.due_at <= :now)
        AS missed FROM deadlines d JOIN cases c USING (case_id)
        WHERE c.campaign_id = :id AND d.met_at IS NULL AND d.replaced_at IS NULL AND d.due_at < :until
        GROUP BY d.kind"""
    given = {"id": campaign_id, "now": now, "until": until}
    with engine.connect() as connection:
        rows = connection.execute(text(unmet), given).all()
        reached = _coverage(connection, campaign_id)
    return Outlook(
        due_soon={row.kind: row.soon for row in rows},
        overdue={row.kind: row.missed for row in rows},
        **dict(reached),
    )
