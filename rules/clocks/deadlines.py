"""Every clock that runs in a case, as absolute due instants, and whose they are (domain §5)."""

from datetime import datetime
from typing import Literal

from models.actors import Role
from models.base import Frozen
from models.case import Case
from models.plan import Plan
from rules.clocks.table import AnyRunning, Clock, running

Kind = Literal["rectification", "duty"]


class Deadline(Frozen):
    """An unmet due instant: its clock, the finding or must it belongs to, the role that is late after it."""

    clock: Clock
    about: str
    role: Role
    due_at: datetime

    @property
    def is_duty(self) -> bool:
        """An agency's duty; rectification is the enterprise's."""
        return self.clock != "rectification"

    @property
    def kind(self) -> Kind:
        """Whose it is, as lists and rows say it."""
        return "duty" if self.is_duty else "rectification"


def unmet(plan: Plan, case: Case) -> tuple[AnyRunning, ...]:
    """Every clock of an open case that runs, past due instants included, earliest first; none that stands still."""
    runs = (run for run in running(plan, case) if run.stands_at is None)
    return tuple(sorted(runs, key=lambda run: (run.due_at, run.clock, run.about)))


def deadlines(plan: Plan, case: Case) -> tuple[Deadline, ...]:
    """Every unmet deadline of an open case, past ones included, earliest first."""
    return tuple(
        Deadline(clock=run.clock, about=run.about, role=run.role, due_at=run.due_at) for run in unmet(plan, case)
    )


def due(plan: Plan, case: Case, role: Role | None = None) -> datetime | None:
    """The earliest unmet due instant, past ones included, of the role or of anybody; None when nothing is due."""
    return next((d.due_at for d in deadlines(plan, case) if role in (None, d.role)), None)


def overdue(plan: Plan, case: Case, now: datetime) -> tuple[Deadline, ...]:
    """What is overdue at the instant: an act is in time only if it is earlier than its due instant."""
    return tuple(d for d in deadlines(plan, case) if d.due_at <= now)
