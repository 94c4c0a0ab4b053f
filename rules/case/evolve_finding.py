"""Evolving one finding."""

from datetime import datetime
from typing import Any

from models.case import ExtensionRequest, Finding
from models.events import (
    DueDateSet,
    ExtensionDecided,
    ExtensionRequested,
    FindingAbsorbed,
    FindingCorrected,
    FindingReclassified,
    FindingRegistered,
    FindingRescinded,
    RectificationDeclared,
    ResponsibleReassigned,
    VerdictGiven,
)

FindingEvent = (
    FindingCorrected
    | FindingRegistered
    | ResponsibleReassigned
    | ExtensionRequested
    | ExtensionDecided
    | RectificationDeclared
    | VerdictGiven
    | DueDateSet
    | FindingRescinded
    | FindingAbsorbed
    | FindingReclassified
)


def evolve_finding(finding: Finding, event: FindingEvent, at: datetime) -> Finding:
    """The finding after an event that names it."""
    return finding.model_copy(update=_change(finding, event, at))


def _change(finding: Finding, event: FindingEvent, at: datetime) -> dict[str, Any]:
    match event:
        case FindingCorrected():
            names = ("category", "unlawful", "grade", "description", "illegal_operation")
            return {name: getattr(event, name) for name in names}
        case FindingRegistered():
            return {
                "state": "registered",
                "registered_at": at,
                "responsible": event.responsible,
                "due_at": event.due_at,
                "counted_from": event.counted_from,
            }
        case ResponsibleReassigned():
            return {"responsible": event.responsible}
        case ExtensionRequested():
            names = ("due_at", "reason", "decide_by", "requested_at")
            request = ExtensionRequest(**{name: getattr(event, name) for name in names})
            return {"extension": request, "extension_used": True}
        case ExtensionDecided():
            granted = event.granted and finding.extension
            return {"extension": None, **({"due_at": granted.due_at, "reinspect_by": None} if granted else {})}
        case RectificationDeclared():
            return {"state": "declared", "declared_at": at}
        case VerdictGiven(passed=True):
            return {"state": "verified", "judged_at": at, "declared_at": None, "extension": None}
        case VerdictGiven():
            return {
                "state": "failed",
                "judged_at": at,
                "failed_at": at,
                "failed_in": event.in_suspension or finding.failed_in,
                "declared_at": None,
                "needs_due_date": True,
            }
        case DueDateSet():
            change: dict[str, Any] = {
                "due_at": event.due_at,
                "counted_from": event.counted_from,
                "extension": None,
                "needs_due_date": False,
                "reinspect_by": None,
            }
            if event.lapses and finding.state == "declared":
                change |= {"declared_at": None, "state": "failed" if finding.failed_at else "registered"}
            return change
        case FindingRescinded():
            return {"state": "rescinded", "extension": None}
        case FindingAbsorbed():
            return {"state": "absorbed", "extension": None}
        case FindingReclassified():
            return {"illegal_operation": False, "reclassified": True}
