"""Numbers for boards and gauges: counted in the database, in a handful of statements whatever the size."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from models.plan import Plan
from rules.urgency import LEVELS


class StageCount(Frozen):
    """Cases of a district in a stage."""

    district: str
    stage: str
    cases: int


class OutcomeCount(Frozen):
    """Cases of a district that ended so."""

    district: str
    outcome: str
    cases: int


class OverdueCount(Frozen):
    """Missed deadlines of a district, of one kind, risen to one level."""

    district: str
    kind: Literal["rectification", "duty"]
    level: str
    missed: int


class AheadCount(Frozen):
    """Deadlines of one clock that fall on a day, and how many of them are whose."""

    clock: str
    role: str
    due: int


class OpenCount(Frozen):
    """Open cases of a campaign in a stage."""

    campaign_id: str
    stage: str
    cases: int


def stage_counts(engine: Engine, campaign_id: str) -> tuple[StageCount, ...]:
    """Cases of the campaign by district and stage, the closed ones too; answered by the index alone."""
    sql = """SELECT district, stage, count(*) AS cases FROM cases WHERE campaign_id = :campaign_id
        GROUP BY district, stage"""
    return tuple(StageCount(**row) for row in _rows(engine, sql, campaign_id=campaign_id))


def outcome_counts(engine: Engine, campaign_id: str) -> tuple[OutcomeCount, ...]:
    """Closed cases of the campaign by district and outcome."""
    sql = """SELECT district, outcome, count(*) AS cases FROM cases
        WHERE campaign_id = :campaign_id AND outcome IS NOT NULL GROUP BY district, outcome"""
    return tuple(OutcomeCount(**row) for row in _rows(engine, sql, campaign_id=campaign_id))


def overdue_counts(engine: Engine, plan: Plan, campaign_id: str, now: datetime) -> tuple[OverdueCount, ...]:
    """What is overdue now, by district, kind and the level to which it has risen (domain §5)."""
    sql = """SELECT c.district, d.kind, least(:top, floor(extract(epoch FROM :now - d.due_at) / :step))::int AS steps,
            count(*) AS missed
        FROM deadlines d JOIN cases c USING (case_id)
        WHERE d.met_at IS NULL AND d.replaced_at IS NULL AND d.due_at <= :now AND c.campaign_id = :campaign_id
        GROUP BY 1, 2, 3"""
    step = _length(plan).total_seconds()
    rows = _rows(engine, sql, campaign_id=campaign_id, now=now, step=step, top=len(LEVELS) - 1)
    return tuple(_risen(row) for row in rows)


def ahead(engine: Engine, campaign_id: str, now: datetime, until: datetime) -> tuple[AheadCount, ...]:
    """Unmet deadlines that fall after now and up to the instant, by clock and role."""
    sql = """SELECT d.clock, d.role, count(*) AS due FROM deadlines d JOIN cases c USING (case_id)
        WHERE d.met_at IS NULL AND d.replaced_at IS NULL AND d.due_at > :now AND d.due_at <= :until
            AND c.campaign_id = :campaign_id
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
    return tuple(AheadCount(**row) for row in _rows(engine, sql, campaign_id=campaign_id, now=now, until=until))


def open_counts(engine: Engine) -> tuple[OpenCount, ...]:
    """Open cases by campaign and stage; answered by the index alone."""
    sql = """SELECT campaign_id, stage, count(*) AS cases FROM cases WHERE stage <> 'closed'
        GROUP BY campaign_id, stage"""
    return tuple(OpenCount(**row) for row in _rows(engine, sql))


def outbox_waiting(engine: Engine) -> int:
    """Lines of the outbox that have not left yet."""
    return _rows(engine, "SELECT count(*) AS waiting FROM outbox WHERE done_at IS NULL")[0]["waiting"]


def answers(engine: Engine) -> bool:
    """True when the database answers; raises what it raises otherwise."""
    return bool(_rows(engine, "SELECT 1 AS one"))


def _risen(row: dict[str, Any]) -> OverdueCount:
    steps: int = row.pop("steps")
    return OverdueCount(level=LEVELS[steps], **row)


def _length(plan: Plan) -> timedelta:
    step = plan.clocks.overdue_level
    return timedelta(days=step.days or step.working_days or 0, hours=step.hours or 0, seconds=step.seconds or 0)


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]
