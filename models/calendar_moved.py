"""The event by which a case follows its campaign's calendar: a boundary that was moved, a year that was published."""

from datetime import datetime
from typing import Literal

from models.base import Frozen
from models.plan import PhaseDates
from models.working_days import WorkingYear


class RegistrationMoved(Frozen):
    ref: str
    due_at: datetime


class FindingMoved(Frozen):
    """New due instants of a finding; `reinspect_by` is kept as it was counted before. Those left out stay."""

    ref: str
    due_at: datetime | None = None
    decide_extension_by: datetime | None = None
    reinspect_by: datetime | None = None


class MustMoved(Frozen):
    """New due instants of a must; those left out stay."""

    id: str
    decide_by: datetime | None = None
    execute_by: datetime | None = None
    restart_due_at: datetime | None = None


class CalendarMoved(Frozen):
    """The calendar of the campaign, and the clocks that follow it; those left out stay.

    `working_days`: no boundary was moved, but the official calendar of that year published.
    """

    kind: Literal["calendar_moved"] = "calendar_moved"
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    registrations: tuple[RegistrationMoved, ...] = ()
    investigation_due_at: datetime | None = None
    look_back_due_at: datetime | None = None
    working_days: WorkingYear | None = None
    findings: tuple[FindingMoved, ...] = ()
    musts: tuple[MustMoved, ...] = ()
