"""The kinds of announcement, one row each: what happens in a step, and who is told of it.

How far a missed deadline rises is the schedule's matter (domain §5): here it is told to the role that is late.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from models.actors import Role
from models.case import Case, Unmet
from models.events import (
    AnyEvent,
    CaseClosed,
    DueDateSet,
    DueFell,
    ExtensionDecided,
    ExtensionRequested,
    FindingRegistered,
    MeasureApproved,
    MeasureProposed,
    MeasureReturned,
    OfficersAssigned,
    Transferred,
    Transition,
    VerdictGiven,
)
from models.plan import Plan
from rules.words.clock_words import DUTIES, duty

Topic = Literal[
    "turn",
    "rectification",
    "measure",
    "extension",
    "verdict",
    "transfer",
    "ending",
    "deadline",
    "assignment",
    "reminder",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)


class Told(NamedTuple):
    """A step between the case before and after it; `late`: whose each clock was that may have run out with it."""

    plan: Plan
    before: Case | None
    step: Transition
    after: Case
    late: Mapping[tuple[str, str], Role]


def _nobody(_told: Told, _of: Any) -> tuple[str, ...]:
    return ()


def officers(told: Told, _of: Any = None) -> tuple[str, ...]:
    """The officers in charge; none on a transfer: they are the old district's."""
    moved = told.before is not None and told.before.district != told.after.district
    return () if moved else told.after.officers


def _newly_in_charge(told: Told, of: OfficersAssigned) -> tuple[str, ...]:
    before = told.before.officers if told.before else ()
    return tuple(one for one in of.officers if one not in before)


def _proposer(told: Told, of: MeasureReturned) -> tuple[str, ...]:
    proposed_by = told.before.must_of(of.id).proposed_by if told.before else None
    return (proposed_by.name,) if proposed_by else ()


def _no_date(_told: Told, _of: Any) -> None:
    return None


def _decided_by(told: Told, of: MeasureProposed | MeasureReturned) -> datetime | None:
    """None where the must fell away with the step, as by a reclassification."""
    must = told.after.must_of(of.id)
    return must.decide_by if must.is_owed else None


def _due_of_finding(
    told: Told, of: FindingRegistered | DueDateSet | VerdictGiven | ExtensionDecided
) -> datetime | None:
    finding = told.after.finding(of.ref)
    return None if finding is None or finding.settled else finding.due_at


def _always(_told: Told, _of: Any) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """If an `event` of the step `holds`, `to` is told in the case's district: about what, until when, which persons."""

    what: str
    topic: Topic
    clause: str
    event: type[AnyEvent | DueFell]
    to: Callable[[Told, Any], Role]
    about: Callable[[Any], tuple[str, ...]]
    due: Callable[[Told, Any], datetime | None] = _no_date
    persons: Callable[[Told, Any], tuple[str, ...]] = _nobody
    holds: Callable[[Told, Any], bool] = _always


def _role(role: Role) -> Callable[[Told, Any], Role]:
    return lambda _told, _of: role


def _decider(told: Told, of: MeasureProposed) -> Role:
    return told.plan.must(told.after.must_of(of.id).must).decided_by


def _late(told: Told, of: DueFell) -> Role:
    return told.late[of.clock, of.about]


def _of_must(of: Any) -> tuple[str, ...]:
    return (of.id,)


def _of_finding(of: Any) -> tuple[str, ...]:
    return (of.ref,)


def _unmet(of: CaseClosed) -> tuple[str, ...]:
    unmet = of.unmet or Unmet()
    return (*unmet.musts, *unmet.overdue_findings)


def _missed(named: str) -> Kind:
    """A missed deadline is told to the role that is late, its level 1 (domain §5)."""
    return Kind(
        f"missed_{named}",
        "deadline",
        "domain §5",
        DueFell,
        to=_late,
        about=lambda of: () if of.about == "case" else (of.about,),
        due=lambda told, _: told.step.at,
        persons=lambda told, of: officers(told, of) if _late(told, of) == "inspector" else (),
        holds=lambda told, of: duty(of.clock, _late(told, of)) == named,
    )


KINDS: tuple[Kind, ...] = (
    # a measure goes from who proposes it to who decides it and back to who executes it (3.2, domain §4)
    Kind(
        *("measure_proposed", "measure", "3.2", MeasureProposed),
        to=_decider,
        about=_of_must,
        due=_decided_by,
    ),
    Kind(
        *("measure_approved", "measure", "3.2", MeasureApproved),
        to=_role("inspector"),
        about=_of_must,
        due=lambda _, of: of.execute_by,
        persons=officers,
    ),
    Kind(
        *("measure_returned", "measure", "3.2", MeasureReturned),
        to=_role("inspector"),
        about=_of_must,
        due=_decided_by,
        persons=_proposer,
    ),
    # an order to rectify, and a date counted anew from the service of a suspension, are told to whoever rectifies
    Kind(
        *("rectification_ordered", "rectification", "3.1.register", FindingRegistered),
        to=_role("enterprise"),
        about=_of_finding,
        due=_due_of_finding,
    ),
    Kind(
        *("rectification_counted_anew", "rectification", "3.2", DueDateSet),
        to=_role("enterprise"),
        about=_of_finding,
        due=_due_of_finding,
        holds=lambda _, of: of.lapses,
    ),
    # an extension is asked of the supervisor and answered to the enterprise (domain §5)
    Kind(
        *("extension_requested", "extension", "domain §5", ExtensionRequested),
        to=_role("supervisor"),
        about=_of_finding,
        due=lambda _, of: of.decide_by,
    ),
    *(
        Kind(
            *(what, "extension", "domain §5", ExtensionDecided),
            to=_role("enterprise"),
            about=_of_finding,
            due=_due_of_finding,
            holds=lambda _, of, granted=granted: of.granted == granted,
        )
        for what, granted in (("extension_granted", True), ("extension_refused", False))
    ),
    # a verdict is told to whoever rectifies (3.1.register)
    Kind(
        *("finding_passed", "verdict", "3.1.register", VerdictGiven),
        to=_role("enterprise"),
        about=_of_finding,
        holds=lambda _, of: of.passed,
    ),
    Kind(
        *("finding_failed", "verdict", "3.1.register", VerdictGiven),
        to=_role("enterprise"),
        about=_of_finding,
        due=_due_of_finding,
        holds=lambda _, of: not of.passed,
    ),
    # the new district takes the case over: its supervisor assigns officers (domain §7)
    Kind("case_transferred", "transfer", "domain §7", Transferred, to=_role("supervisor"), about=lambda _: ()),
    # what a case leaves behind is reported to the office (domain §4)
    Kind(
        *("case_ended_unmet", "ending", "domain §4", CaseClosed),
        to=_role("office"),
        about=_unmet,
        holds=lambda _, of: of.outcome == "carried_over" or bool(_unmet(of)),
    ),
    Kind(
        *("case_ended_without_look_back", "ending", "3.3", CaseClosed),
        to=_role("office"),
        about=lambda _: (),
        holds=lambda _, of: of.unmet is not None and of.unmet.look_back_missed,
    ),
    # the clocks of domain §5, as the role that is late knows them
    *(_missed(named) for named in DUTIES),
    # whoever is put in charge is told, once; who was before is not (domain §7)
    Kind(
        *("officers_assigned", "assignment", "domain §7", OfficersAssigned),
        to=_role("inspector"),
        about=lambda _: (),
        persons=_newly_in_charge,
        holds=lambda told, of: bool(_newly_in_charge(told, of)),
    ),
)
REMINDED = "reminded"
"""Somebody reminds whose turn it is: no event of the case, so it comes from the order (`store/reminders.py`)."""
WHATS: tuple[str, ...] = ("turn", *(kind.what for kind in KINDS))
