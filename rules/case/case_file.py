"""The case file: who is in charge, where the case belongs, what is noted, what was opened in error (domain §4, §6)."""

from models.case import Case
from models.commands import AddNote, AssignOfficers, Transfer, Void
from models.events import AnyEvent, CaseClosed, NoteAdded, OfficersAssigned, Transferred
from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import district_named
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def assign_officers(command: AssignOfficers) -> Judged:
    """The officers in charge of the case."""
    return (OfficersAssigned(officers=command.officers),)


def transfer(plan: Plan, case: Case, command: Transfer) -> Judged:
    """The subject moved: the case goes to another district."""
    if not any(d.id == command.district for d in plan.districts):
        return refuse("unknown_district", district=command.district)
    if command.district == case.district:
        return refuse("same_district", district=district_named(plan, command.district))
    transferred = Transferred(district=command.district, reason=command.reason)
    return (transferred, OfficersAssigned(officers=())) if case.officers else (transferred,)


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
