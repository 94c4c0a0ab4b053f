"""Evolving one must."""

from datetime import datetime
from typing import Any

from models.actors import Actor
from models.case import Must, Stay
from models.events import (
    GroundsDropped,
    MeasureApproved,
    MeasureExecuted,
    MeasureProposed,
    MeasureReturned,
    MeasureStayed,
    MustAbsorbed,
    MustWithdrawn,
    RestartFellDue,
    StayLifted,
    SuspensionLifted,
)

MustEvent = (
    GroundsDropped
    | MustWithdrawn
    | MustAbsorbed
    | MeasureProposed
    | MeasureApproved
    | MeasureReturned
    | MeasureExecuted
    | MeasureStayed
    | StayLifted
    | RestartFellDue
    | SuspensionLifted
)
_BACK_TO_OWED: dict[str, Any] = {"state": "owed", "proposed_by": None, "proposed_at": None, "fine": None}


def evolve_must(must: Must, event: MustEvent, at: datetime, by: Actor | None) -> Must:
    """The must after an event that names it."""
    return must.model_copy(update=_change(must, event, at, by))


def _change(must: Must, event: MustEvent, at: datetime, by: Actor | None) -> dict[str, Any]:
    match event:
        case GroundsDropped():
            left = tuple(g for g in must.grounds if g.ref not in event.refs)
            return {"grounds": left, **(_BACK_TO_OWED if event.reopens else {})}
        case MustWithdrawn():
            return {"state": "withdrawn"}
        case MustAbsorbed():
            return {"state": "absorbed"}
        case MeasureProposed():
            return {"state": "proposed", "proposed_by": by, "proposed_at": at, "fine": event.fine}
        case MeasureApproved():
            return {"state": "decided", "decided_by": by, "decided_at": at, "execute_by": event.execute_by}
        case MeasureReturned():
            return _BACK_TO_OWED
        case MeasureExecuted():
            return {"state": "executed", "executed_at": at, "executed_on": event.on, "details": event.details}
        case MeasureStayed():
            return {"stayed_at": at, "stayed_by": event.authority}
        case StayLifted():
            moved: dict[str, Any] = {"stayed_at": None, "stayed_by": None}
            if must.stayed_at:
                moved["stays"] = (*must.stays, Stay(since=must.stayed_at, until=at))
            if event.decide_by:
                moved["decide_by"] = event.decide_by
            if event.execute_by:
                moved["execute_by"] = event.execute_by
            return moved
        case RestartFellDue():
            return {"restart_due_at": event.due_at, "restart_counted_from": event.counted_from}
        case SuspensionLifted():
            return {"lifted_at": at}
