"""What a move of the campaign's calendar means for one case: a boundary, or the publication of a year (domain §5)."""

from datetime import datetime

from models.calendar_moved import CalendarMoved, FindingMoved, MustMoved, RegistrationMoved
from models.case import Case
from models.plan import CalendarMove, Plan
from models.working_days import WorkingYear
from rules.case.consequences import look_back_due
from rules.clocks.periods import investigation_due, registration_due
from rules.clocks.recount import recounted, standing_reinspection


def move_event(plan: Plan, case: Case, move: CalendarMove, at: datetime) -> CalendarMoved:
    """The event with every due instant that follows; those left out stay."""
    event = CalendarMoved(phases=move.phases, calendar=move.number)
    if move.phases != case.phases:
        event = _boundary_moved(plan, case, event)
    return _published(plan, case, event, move.working_days, at) if move.working_days else event


def _boundary_moved(plan: Plan, case: Case, event: CalendarMoved) -> CalendarMoved:
    """Only what hangs on a boundary, by the working days that the case counts by as before."""
    by, old, new = case.working_days, case.phases, event.phases
    registrations = tuple(
        RegistrationMoved(ref=f.ref, due_at=due_at)
        for f in case.findings
        if f.state == "recorded"
        and (due_at := registration_due(plan, new, f.recorded_at, by)) != registration_due(plan, old, f.recorded_at, by)
    )
    change: dict[str, object] = {"registrations": registrations}
    if case.investigated_at is None:
        due_at = investigation_due(plan, new, case.opened_at, by)
        change["investigation_due_at"] = due_at if due_at != investigation_due(plan, old, case.opened_at, by) else None
    if case.consolidated_at:
        due_at = look_back_due(plan, case.model_copy(update={"phases": new}), case.consolidated_at)
        change["look_back_due_at"] = due_at if due_at != look_back_due(plan, case, case.consolidated_at) else None
    return event.model_copy(update=change)


def _published(plan: Plan, case: Case, event: CalendarMoved, year: WorkingYear, at: datetime) -> CalendarMoved:
    """What lies ahead and was counted in working days is counted anew; what has passed or was decided stays."""
    due, anew = recounted(plan, case, year, at), case.working_days.knowing(year)
    findings = tuple(
        FindingMoved(
            ref=f.ref,
            due_at=due.get(("rectification", f.ref)),
            decide_extension_by=due.get(("extension", f.ref)),
            reinspect_by=standing_reinspection(plan, case, f, due.get(("rectification", f.ref)), anew, at),
        )
        for f in case.findings
    )
    musts = tuple(
        MustMoved(
            id=m.id,
            decide_by=due.get(("decision", m.id)),
            execute_by=due.get(("execution", m.id)),
            restart_due_at=due.get(("restart", m.id)),
        )
        for m in case.musts
    )
    registrations = ((about, due_at) for (clock, about), due_at in due.items() if clock == "registration")
    change: dict[str, object] = {
        "working_days": year,
        "registrations": tuple(RegistrationMoved(ref=ref, due_at=due_at) for ref, due_at in registrations),
        "investigation_due_at": due.get(("investigation", "case")),
        "look_back_due_at": due.get(("look_back", "case")),
        "findings": tuple(f for f in findings if f != FindingMoved(ref=f.ref)),
        "musts": tuple(m for m in musts if m != MustMoved(id=m.id)),
    }
    return event.model_copy(update=change)
