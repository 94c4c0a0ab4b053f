"""Listed supervision of a case with major findings, by its district or by the city (4.2, domain §6)."""

from models.case import Case
from models.commands import Delist, ListForSupervision
from models.events import AnyEvent, Delisted, ListedForSupervision
from models.refusals import Refused
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


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
