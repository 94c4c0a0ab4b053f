"""How long is n days, and which days are working days (domain §5)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import chinese_calendar

from models.case import Case, Finding
from models.instants import day_of, end_of_day
from models.plan import Period, PhaseDates, Plan

_official: Callable[[date], bool] = cast("Any", chinese_calendar).is_workday


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """By the official calendar of the year; an unpublished year is provisional: Monday to Friday (A)."""
    try:
        return _official(day)
    except NotImplementedError:
        return day.weekday() < 5


@lru_cache(maxsize=128)
def is_provisional(year: int) -> bool:
    """Whether the official calendar of the year is not published yet."""
    try:
        _official(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after `day`; counting starts with the day after the event."""
    while n > 0:
        day += timedelta(days=1)
        n -= is_working_day(day)
    return day


def due_after(period: Period, event: datetime) -> datetime:
    """When a period that starts at the event is over: days and working days at 24:00 of the last one."""
    match period.amounts:
        case {"days": n}:
            return end_of_day(day_of(event) + timedelta(days=n))
        case {"working_days": n}:
            return end_of_day(add_working_days(day_of(event), n))
        case {"hours": n}:
            return event + timedelta(hours=n)
        case {"seconds": n}:
            return event + timedelta(seconds=n)
        case _:
            raise ValueError("a period has exactly one unit")


def due_after_due(period: Period, due_at: datetime) -> datetime:
    """When a period that starts with a due instant is over: 24:00 belongs to the day that it ends."""
    whole_days = "days" in period.amounts or "working_days" in period.amounts
    return due_after(period, due_at - timedelta(microseconds=1) if whole_days else due_at)


def before(period: Period, due_at: datetime) -> datetime:
    """The start of the period that ends at the due instant (warnings, the oldest observation)."""
    match period.amounts:
        case {"working_days": n}:
            day = day_of(due_at - timedelta(microseconds=1))
            while n > 0:
                n -= is_working_day(day)
                day -= timedelta(days=1)
            return end_of_day(day)
        case {"days": n}:
            return due_at - timedelta(days=n)
        case {"hours": n}:
            return due_at - timedelta(hours=n)
        case {"seconds": n}:
            return due_at - timedelta(seconds=n)
        case _:
            raise ValueError("a period has exactly one unit")


def phase_dates(phases: tuple[PhaseDates, ...], phase_id: str) -> PhaseDates:
    """The dates of the phase of that id."""
    return next(p for p in phases if p.id == phase_id)


def phase_at(phases: tuple[PhaseDates, ...], now: datetime) -> str | None:
    """The phase in which the instant lies; None before the campaign and after its end."""
    return next((p.id for p in phases if p.begins_at <= now < p.ends_at), None)


def rectification_cap(plan: Plan, case: Case, counted_from: datetime) -> datetime:
    """31 October if the day counted from is on or before it, 31 December after (N 3.2)."""
    caps = [phase_dates(case.phases, phase).ends_at for phase in plan.clocks.rectification_caps]
    return next((cap for cap in caps if counted_from < cap), case.ends_at)


def rectification_due(plan: Plan, case: Case, finding: Finding, event: datetime) -> datetime:
    """15 or 30 days by grade, within the cap."""
    clocks = plan.clocks
    period = clocks.rectification_major if finding.grade == "major" else clocks.rectification_general
    return min(due_after(period, event), rectification_cap(plan, case, event))


def registration_due(plan: Plan, phases: tuple[PhaseDates, ...], now: datetime) -> datetime:
    """5 working days, for findings of phase 1 at the latest its end."""
    due = due_after(plan.clocks.registration, now)
    phase = phase_dates(phases, plan.clocks.registration_phase)
    return min(due, phase.ends_at) if now < phase.ends_at else due


def investigation_due(plan: Plan, phases: tuple[PhaseDates, ...], opened_at: datetime) -> datetime:
    """The end of phase 1; a case opened later 15 working days."""
    phase = phase_dates(phases, plan.clocks.investigation_phase)
    return phase.ends_at if opened_at < phase.ends_at else due_after(plan.clocks.investigation, opened_at)


def reinspection_due(plan: Plan, finding: Finding) -> datetime | None:
    """10 days after the declaration or the due date, whichever is first; a later declaration does not restart it."""
    if finding.due_at is None:
        return None
    clocks = plan.clocks
    period = clocks.reinspection_major if finding.grade == "major" else clocks.reinspection_general
    from_due = due_after_due(period, finding.due_at)
    return min(from_due, due_after(period, finding.declared_at)) if finding.declared_at else from_due
