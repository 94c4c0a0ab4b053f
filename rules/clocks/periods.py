"""How long is n days, and until when (domain §5). `by`: the official calendars that working days are counted by."""

from datetime import datetime, timedelta

from models.case import Case, Finding
from models.instants import day_of, end_of_day
from models.plan import Period, PhaseDates, Plan, instant_of
from models.working_days import WorkingDays
from rules.clocks.working_days import add_working_days, is_working_day


def due_after(period: Period, event: datetime, by: WorkingDays) -> datetime:
    """When a period that starts at the event is over: days and working days at 24:00 of the last one."""
    match period.amounts:
        case {"days": n}:
            return end_of_day(day_of(event) + timedelta(days=n))
        case {"working_days": n}:
            return end_of_day(add_working_days(day_of(event), n, by))
        case {"hours": n}:
            return event + timedelta(hours=n)
        case {"seconds": n}:
            return event + timedelta(seconds=n)
        case _:
            raise ValueError("a period has exactly one unit")


def due_after_due(period: Period, due_at: datetime, by: WorkingDays) -> datetime:
    """When a period that starts with a due instant is over: 24:00 belongs to the day that it ends."""
    whole_days = "days" in period.amounts or "working_days" in period.amounts
    return due_after(period, due_at - timedelta(microseconds=1) if whole_days else due_at, by)


def before(period: Period, due_at: datetime, by: WorkingDays | None) -> datetime:
    """The start of the period that ends at the due instant (warnings, the oldest observation)."""
    match period.amounts:
        case {"working_days": n}:
            day = day_of(due_at - timedelta(microseconds=1))
            while n > 0:
                n -= is_working_day(day, by)
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


def latest_extension(plan: Plan, case: Case, finding: Finding) -> datetime | None:
    """The last instant that an extension may be asked until; None for a finding without a date."""
    if finding.due_at is None or finding.counted_from is None:
        return None
    latest = due_after_due(plan.clocks.extension, finding.due_at, case.working_days)
    return min(latest, rectification_cap(plan, case, finding.counted_from))


def rectification_due(plan: Plan, case: Case, finding: Finding, event: datetime) -> datetime:
    """15 or 30 days by grade, within the cap."""
    period = rectification_periods(plan)[finding.grade]
    return min(due_after(period, event, case.working_days), rectification_cap(plan, case, event))


def registration_due(plan: Plan, phases: tuple[PhaseDates, ...], now: datetime, by: WorkingDays) -> datetime:
    """5 working days, for findings of phase 1 at the latest its end."""
    due = due_after(plan.clocks.registration, now, by)
    phase = phase_dates(phases, plan.clocks.registration_phase)
    return min(due, phase.ends_at) if now < phase.ends_at else due


def investigation_due(plan: Plan, phases: tuple[PhaseDates, ...], opened_at: datetime, by: WorkingDays) -> datetime:
    """The end of phase 1; a case opened later 15 working days."""
    phase = phase_dates(phases, plan.clocks.investigation_phase)
    return phase.ends_at if opened_at < phase.ends_at else due_after(plan.clocks.investigation, opened_at, by)


def reinspection_due(plan: Plan, finding: Finding, by: WorkingDays) -> datetime | None:
    """10 days after the declaration or the due date, whichever is first; a later declaration does not restart it.

    Counted wherever it is asked for, so `by` must be the case's own: else a replay could take other steps.
    """
    if finding.due_at is None or finding.reinspect_by is not None:
        return finding.reinspect_by
    period = reinspection_periods(plan)[finding.grade]
    from_due = due_after_due(period, finding.due_at, by)
    return min(from_due, due_after(period, finding.declared_at, by)) if finding.declared_at else from_due


def reinspection_periods(plan: Plan) -> dict[str, Period]:
    """By grade."""
    return {"general": plan.clocks.reinspection_general, "major": plan.clocks.reinspection_major}


def rectification_periods(plan: Plan) -> dict[str, Period]:
    """By grade."""
    return {"general": plan.clocks.rectification_general, "major": plan.clocks.rectification_major}


def look_back_due(plan: Plan, case: Case, entered_at: datetime) -> datetime:
    """15 December, or 10 days after entering consolidation if later, never past completion (3.3)."""
    last_phase = next(p.id for p in plan.phases if p.look_back)
    year = phase_dates(case.phases, last_phase).begins_at.year
    on = instant_of(plan.clocks.look_back_on, year, end=True)
    return min(max(on, due_after(plan.clocks.look_back, entered_at, case.working_days)), case.ends_at)
