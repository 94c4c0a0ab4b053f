"""Procedures around the case: restart, look-back, listed supervision, transfer, notes, void (domain §4, §6)."""

from datetime import datetime

from models.actors import name_in
from models.case import Case
from models.commands import (
    AcceptRestart,
    AddNote,
    AssignOfficers,
    Delist,
    ListForSupervision,
    LookBack,
    RefuseRestart,
    Transfer,
    Void,
)
from models.events import (
    AnyEvent,
    CaseClosed,
    Delisted,
    ListedForSupervision,
    LookedBack,
    NoteAdded,
    OfficersAssigned,
    RestartAccepted,
    RestartRefused,
    Transferred,
)
from models.plan import Plan
from models.refusals import Refused
from rules.findings import recorded_findings
from rules.naming import district_named, listed, unmet_conditions
from rules.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def accept_restart(plan: Plan, case: Case, command: AcceptRestart) -> Judged:
    """Three conditions, all true, two different signatories, or refused (3.1.restart)."""
    if wrong := _restart_asked(plan, case, command.conditions):
        return wrong
    required = [c.id for c in plan.restart_conditions]
    if unmet := [c for c in required if not command.conditions.get(c)]:
        return refuse("three_nos", missing=unmet_conditions(plan, unmet))
    if len({name_in(s) for s in command.signatories}) < 2:  # persons are equal by name (domain §4)
        return refuse("two_signatories")
    ids = tuple(m.id for m in case.restarts_awaited)
    return (RestartAccepted(ids=ids, signatories=command.signatories),)


def refuse_restart(plan: Plan, case: Case, command: RefuseRestart) -> Judged:
    """The acceptance fails for a condition that is not met; the restart stays awaited and due (A).

    It need name no other condition.
    """
    if wrong := _restart_asked(plan, case, command.conditions):
        return wrong
    if all(command.conditions.values()):
        return refuse("conditions_met")
    ids = tuple(m.id for m in case.restarts_awaited)
    return (RestartRefused(ids=ids, conditions=command.conditions, reason=command.reason),)


def _restart_asked(plan: Plan, case: Case, conditions: dict[str, bool]) -> Refused | None:
    if not case.restarts_awaited:
        return refuse("no_restart_awaited")
    required = [c.id for c in plan.restart_conditions]
    if unknown := [c for c in conditions if c not in required]:
        return refuse("conditions_wrong", conditions=listed(plan.restart_conditions), unknown=unknown)
    return None


def look_back(plan: Plan, case: Case, command: LookBack, now: datetime) -> Judged:
    """Only in phase 3 and in consolidation; recurred needs findings, not recurred closes at once (3.3)."""
    if case.consolidated_at is None:
        return refuse("not_in_consolidation")
    if not plan.phase(case.phase).look_back:
        return refuse("look_back_too_early")
    looked = LookedBack(recurred=command.recurred)
    if not command.recurred:
        if command.findings:
            return refuse("findings_without_recurrence")
        return (looked, CaseClosed(outcome="rectified"))
    if not command.findings:
        return refuse("recurred_needs_findings")
    recorded = recorded_findings(plan, case, command.findings, now)
    return recorded if isinstance(recorded, Refused) else (looked, *recorded)


def list_for_supervision(case: Case, command: ListForSupervision) -> Judged:
    """Any unsettled major finding may be listed, by district or city (4.2)."""
    if not any(f.grade == "major" and not f.settled for f in case.findings):
        return refuse("no_major_finding")
    if case.listed == command.level:
        return refuse("already_listed", level=command.level)
    return (ListedForSupervision(level=command.level, reason=command.reason),)


def delist(case: Case, command: Delist) -> Judged:
    """When every major finding is settled by verdict; a rescinded one no longer counts (4.2)."""
    if case.listed != command.level:
        return refuse("not_listed", level=command.level)
    standing = (f for f in case.findings if f.grade == "major" and f.state != "rescinded")
    if unverified := next((f.ref for f in standing if f.state != "verified"), None):
        return refuse("major_findings_open", ref=unverified)
    return (Delisted(reason=command.reason),)


def assign_officers(command: AssignOfficers) -> Judged:
    """The officers in charge of the case."""
    return (OfficersAssigned(officers=command.officers),)


def transfer(plan: Plan, case: Case, command: Transfer) -> Judged:
    """The subject moved: the case goes to another district."""
    if not any(d.id == command.district for d in plan.districts):
        return refuse("unknown_district", district=command.district)
    if command.district == case.district:
        return refuse("same_district", district=district_named(plan, command.district))
    return (Transferred(district=command.district, reason=command.reason),)


def add_note(case: Case, command: AddNote) -> Judged:
    """A note for the file, on the case or on some findings."""
    if unknown := next((ref for ref in command.refs if case.finding(ref) is None), None):
        return refuse("unknown_ref", ref=unknown)
    return (NoteAdded(text=command.text, refs=command.refs),)


def void(case: Case, command: Void) -> Judged:
    """Opened in error; refused once a must was ever owed, a pending one does not bar it (domain §4)."""
    if once_owed := next((m for m in case.musts if m.decide_by is not None), None):
        return refuse("must_was_owed", must=once_owed.must)
    return (CaseClosed(outcome="void", reason=command.reason),)
