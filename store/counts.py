"""Numbers for boards and gauges: counted in the database, in a handful of statements whatever the size."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from models.plan import Plan
from rules.clocks.urgency import LEVELS


class CaseCount(Frozen):
    """Cases of a district in a stage; the closed ones by outcome."""

    district: str
    stage: str
    outcome: str | None
    cases: int


class OverdueCount(Frozen):
    """Missed deadlines of a district, of one kind, risen to one level."""

    district: str
    kind: Literal["rectification", "duty"]
    level: str
    missed: int


class AheadCount(Frozen):
    """Deadlines of one clock that fall, and whose they are."""

    clock: str
    role: str
    due: int


class OpenCount(Frozen):
    """Open cases of a campaign in a stage."""

    campaign_id: str
    stage: str
    cases: int


class HangingOn(Frozen):
    """What follows a boundary of a campaign: its open cases, and their unmet deadlines that fall at it or past `to`."""

    cases: int
    deadlines: int


def hanging_on(engine: Engine, campaign_id: str, old: datetime, to: datetime) -> HangingOn:
    """Open cases, which all follow; of their unmet deadlines those that are counted by the boundary (domain §5)."""
    sql = text("""SELECT count(DISTINCT c.case_id) AS cases, count(d.case_id) AS deadlines
    FROM cases c LEFT JOIN deadlines d ON d.case_id = c.case_id AND d.met_at IS NULL AND d.replaced_at IS NULL
        AND d.clock IN ('investigation', 'registration', 'look_back')
        AND (d.due_at = :old OR d.due_at > :to AND d.due_at <= :old)
    WHERE c.campaign_id = :id AND c.outcome IS NULL""")
    with engine.connect() as connection:
        row = connection.execute(sql, {"id": campaign_id, "old": old, "to": to}).one()
    return HangingOn(cases=row.cases, deadlines=row.deadlines)


def case_counts(
    engine: Engine, campaign_id: str, district: str | None = None, sector: str | None = None
) -> tuple[CaseCount, ...]:
    """Cases of the campaign, or of one place, by district, stage and outcome: one walk over its cases."""
    there, facts = _of_place(district, sector)
    sql = f"""SELECT district, stage, outcome, count(*) AS cases FROM cases c WHERE campaign_id = :campaign_id{there}
        GROUP BY district, stage, outcome ORDER BY district, stage, outcome"""
    return tuple(CaseCount(**row) for row in _rows(engine, sql, campaign_id=campaign_id, **facts))


def overdue_counts(
    engine: Engine,
    plan: Plan,
    campaign_id: str,
    now: datetime,
    district: str | None = None,
    sector: str | None = None,
) -> tuple[OverdueCount, ...]:
    """What is overdue now, everywhere or in one place, by district, kind and the level to which it has
    risen (domain §5).
    """
    there, of_place = _of_place(district, sector)
    sql = f"""SELECT district, kind, least(:top, floor(extract(epoch FROM :now - due_at) / :step))::int AS steps,
            count(*) AS missed
        FROM deadlines c
        WHERE met_at IS NULL AND replaced_at IS NULL AND due_at <= :now AND campaign_id = :campaign_id{there}
        GROUP BY 1, 2, 3"""
    step = _length(plan).total_seconds()
    facts = {"campaign_id": campaign_id, "now": now, "step": step, "top": len(LEVELS) - 1, **of_place}
    rows = _rows(engine, sql, **facts)
    return tuple(_risen(row) for row in rows)


def ahead(
    engine: Engine,
    campaign_id: str,
    now: datetime,
    until: datetime,
    district: str | None = None,
    sector: str | None = None,
) -> tuple[AheadCount, ...]:
    """Unmet deadlines that fall after now and up to the instant, by clock and role; of one place or all."""
    there, facts = _of_place(district, sector)
    sql = f"""SELECT clock, role, count(*) AS due FROM deadlines c
        WHERE met_at IS NULL AND replaced_at IS NULL AND due_at > :now AND due_at <= :until
            AND campaign_id = :campaign_id{there}
        GROUP BY clock, role ORDER BY due DESC, clock, role"""
    rows = _rows(engine, sql, campaign_id=campaign_id, now=now, until=until, **facts)
    return tuple(AheadCount(**row) for row in rows)


def open_counts(engine: Engine) -> tuple[OpenCount, ...]:
    """Open cases by campaign and stage."""
    sql = """SELECT campaign_id, stage, count(*) AS cases FROM cases WHERE stage <> 'closed'
        GROUP BY campaign_id, stage"""
    return tuple(OpenCount(**row) for row in _rows(engine, sql))


def outbox_waiting(engine: Engine) -> int:
    """Lines of the outbox that have not left yet, without the dead letters."""
    return _rows(engine, "SELECT count(*) AS waiting FROM outbox WHERE done_at IS NULL AND dead_at IS NULL")[0][
        "waiting"
    ]


def outbox_oldest(engine: Engine) -> float:
    """Seconds since the step was recorded whose line has waited longest; 0 where none waits."""
    sql = """SELECT extract(epoch FROM clock_timestamp() - l.recorded_at) AS seconds
        FROM outbox o JOIN case_log l USING (case_id, seq)
        WHERE o.done_at IS NULL AND o.dead_at IS NULL ORDER BY o.outbox_id LIMIT 1"""
    return max((float(row["seconds"]) for row in _rows(engine, sql)), default=0.0)


def open_sessions(engine: Engine) -> int:
    """Sessions that have neither ended nor run out."""
    sql = "SELECT count(*) AS sessions FROM sessions WHERE ended_at IS NULL AND expires_at > clock_timestamp()"
    return _rows(engine, sql)[0]["sessions"]


def outbox_dead(engine: Engine) -> int:
    """Dead letters: lines of the outbox that could not be delivered, and are tried no more."""
    return _rows(engine, "SELECT count(*) AS dead FROM outbox WHERE dead_at IS NOT NULL")[0]["dead"]


def answers(engine: Engine) -> bool:
    """True when the database answers; raises what it raises otherwise."""
    return bool(_rows(engine, "SELECT 1 AS one"))


def _of_place(district: str | None, sector: str | None) -> tuple[str, dict[str, str]]:
    """The place of cases, or of deadlines, `c` as SQL, and its values; nothing for everywhere."""
    facts = {name: value for name, value in (("district", district), ("sector", sector)) if value is not None}
    return "".join(f" AND c.{name} = :{name}" for name in facts), facts


def _risen(row: dict[str, Any]) -> OverdueCount:
    steps: int = row.pop("steps")
    return OverdueCount(level=LEVELS[steps], **row)


def _length(plan: Plan) -> timedelta:
    step = plan.clocks.overdue_level
    return timedelta(days=step.days or step.working_days or 0, hours=step.hours or 0, seconds=step.seconds or 0)


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]
