"""How urgent a due instant is: yellow before, red after, and the level to which a missed one has risen (domain §5)."""

from datetime import datetime, timedelta
from typing import Literal

from models.plan import Plan
from models.working_days import WorkingDays
from rules.clocks.periods import before

Colour = Literal["green", "yellow", "red"]
LEVELS = ("inspector", "supervisor", "office")


def colour(plan: Plan, due_at: datetime, now: datetime, by: WorkingDays | None = None) -> Colour:
    """Yellow from 3 working days before, red from the due instant on (A). `by`: what the case counts by."""
    if due_at <= now:
        return "red"
    return "yellow" if before(plan.clocks.overdue_warning, due_at, by) <= now else "green"


def level(plan: Plan, due_at: datetime, now: datetime) -> str:
    """Inspector, supervisor, office: it rises every 7 days after a due date, computed from the date (A)."""
    return LEVELS[max(0, min(int((now - due_at) / _length(plan)), len(LEVELS) - 1))]


def risen_since(plan: Plan, role: str | None, now: datetime) -> datetime:
    """What fell due up to that instant has risen to the role: to the first level above for one that is none itself."""
    steps = LEVELS.index(role) if role in LEVELS else 1
    return now - max(1, steps) * _length(plan)


def _length(plan: Plan) -> timedelta:
    step = plan.clocks.overdue_level
    return timedelta(days=step.days or step.working_days or 0, hours=step.hours or 0, seconds=step.seconds or 0)
