"""Evolving: case + event -> case. Only what the event says; nothing is decided or computed from a calendar here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models.actors import Actor
from models.case import Case, Finding, Must
from models.events import (
    AnswersRecorded,
    AnyEvent,
    CalendarMoved,
    CaseClosed,
    CaseOpened,
    ConsolidationEntered,
    ConsolidationLeft,
    DeadlinePassed,
    Delisted,
    FindingRecorded,
    GroundsJoined,
    ListedForSupervision,
    MustArose,
    MustPended,
    OfficersAssigned,
    PhaseBegan,
    RestartAccepted,
    Transferred,
    Transition,
)
from models.files import CaseFile, FilesAttached
from rules.case.evolve_calendar import follow
from rules.case.evolve_finding import FindingEvent, evolve_finding
from rules.case.evolve_must import MustEvent, evolve_must


def fold(transitions: Iterable[Transition]) -> Case | None:
    """The case as its log tells it; None for an empty log."""
    case: Case | None = None
    for transition in transitions:
        case = apply(case, transition)
    return case


def apply(case: Case | None, transition: Transition) -> Case:
    """The case after one recorded transition."""
    for event in transition.events:
        case = evolve(case, event, transition.at, transition.by)
    if case is None:
        raise ValueError("the first event of a case is its opening")
    handled = case.handled
    accepted = not any(e.kind == "command_refused" for e in transition.events)
    if transition.by is not None and accepted:
        handled = {**handled, transition.command_id: transition.content}
    clock_at = max(case.clock_at, transition.at)
    return case.model_copy(update={"seq": case.seq + 1, "handled": handled, "clock_at": clock_at})


def evolve(case: Case | None, event: AnyEvent, at: datetime, by: Actor | None) -> Case:
    """The case after one event at an instant, by an actor (None: the clock)."""
    if isinstance(event, CaseOpened):
        return _opened(event, at, by)
    if case is None:
        raise ValueError(f"{event.kind} before the case was opened")
    if isinstance(event, FindingEvent):
        findings = tuple(evolve_finding(f, event, at) if f.ref == event.ref else f for f in case.findings)
        return case.model_copy(update={"findings": findings})
    if isinstance(event, MustEvent):
        musts = tuple(evolve_must(m, event, at, by) if m.id == event.id else m for m in case.musts)
        return case.model_copy(update={"musts": musts})
    return case.model_copy(update=_change(case, event, at, by))


def _opened(event: CaseOpened, at: datetime, by: Actor | None) -> Case:
    if by is None:
        raise ValueError("a case is opened by an official")
    facts = {name: getattr(event, name) for name in type(event).model_fields if name != "kind"}
    return Case(**facts, district=event.subject.district, opened_at=at, opened_by=by, clock_at=at)


def _change(case: Case, event: AnyEvent, at: datetime, by: Actor | None) -> dict[str, Any]:
    match event:
        case OfficersAssigned():
            return {"officers": event.officers}
        case AnswersRecorded():
            return {"answers": event.answers}
        case FindingRecorded():
            return {
                "findings": (*case.findings, _recorded(event, at, by)),
                "investigated_at": case.investigated_at or at,
            }
        case MustPended():
            return {"musts": (*case.musts, _new_must(event, at))}
        case MustArose():
            arisen = _new_must(event, at)
            if any(m.id == event.id for m in case.musts):
                return {"musts": tuple(arisen if m.id == event.id else m for m in case.musts)}
            return {"musts": (*case.musts, arisen)}
        case GroundsJoined():
            return {"musts": _joined(case, event)}
        case DeadlinePassed():
            return {"fallen_at": at}
        case RestartAccepted():
            lifted = {"lifted_at": at}
            return {"musts": tuple(m.model_copy(update=lifted) if m.id in event.ids else m for m in case.musts)}
        case ListedForSupervision():
            return {"listed": event.level}
        case Delisted():
            return {"listed": None}
        case ConsolidationEntered():
            return {"consolidated_at": at, "look_back_due_at": event.look_back_due_at}
        case ConsolidationLeft():
            return {"consolidated_at": None, "look_back_due_at": None}
        case Transferred():
            subject = case.subject.model_copy(update={"district": event.district, "street": None})
            return {"district": event.district, "subject": subject}
        case FilesAttached():
            return {"files": (*case.files, *_attached(case, event, at, by))}
        case PhaseBegan():
            return {"phase": event.phase}
        case CalendarMoved():
            return follow(case, event)
        case CaseClosed():
            left = {"state": "carried_over" if event.outcome == "carried_over" else "withdrawn"}
            musts = tuple(m.model_copy(update=left) if m.is_owed or m.state == "pending" else m for m in case.musts)
            return {"outcome": event.outcome, "closed_at": at, "unmet": event.unmet, "musts": musts}
        case _:  # notes, look-backs, refusals, restart refusals: kept in the log, no change of state
            return {}


def _recorded(event: FindingRecorded, at: datetime, by: Actor | None) -> Finding:
    if by is None:
        raise ValueError("a finding is recorded by an official")
    facts = {name: getattr(event, name) for name in type(event).model_fields if name != "kind"}
    return Finding(**facts, recorded_at=at, recorded_by=by)


def _attached(case: Case, event: FilesAttached, at: datetime, by: Actor | None) -> tuple[CaseFile, ...]:
    if by is None:
        raise ValueError("files are attached by somebody")
    step: dict[str, Any] = {"refs": event.refs, "seq": case.seq + 1, "at": at, "by": by, "do": event.do}
    return tuple(CaseFile(**file.model_dump(), **step) for file in event.files)


def _new_must(event: MustPended | MustArose, at: datetime) -> Must:
    owed = isinstance(event, MustArose)
    return Must(
        id=event.id,
        must=event.must,
        state="owed" if owed else "pending",
        grounds=event.grounds,
        arose_at=at,
        decide_by=event.decide_by if isinstance(event, MustArose) else None,
    )


def _joined(case: Case, event: GroundsJoined) -> tuple[Must, ...]:
    def join(must: Must) -> Must:
        if must.id != event.id:
            return must
        reopened: dict[str, Any] = {"grounds": (*must.grounds, *event.grounds)}
        if must.state == "proposed":
            reopened |= {"state": "owed", "proposed_by": None, "fine": None}
        return must.model_copy(update=reopened)

    return tuple(join(m) for m in case.musts if m.id != event.merged)
