"""Evolving a case that follows a moved boundary, or a publication of working days."""

from typing import Any

from models.calendar_moved import CalendarMoved, FindingMoved, MustMoved
from models.case import Case, Finding, Must


def follow(case: Case, event: CalendarMoved) -> dict[str, Any]:
    """What the event says of the case; what it leaves out stays."""
    change: dict[str, Any] = {"phases": event.phases, "calendar": event.calendar or case.calendar}
    registrations = {moved.ref: moved.due_at for moved in event.registrations}
    findings = {moved.ref: moved for moved in event.findings}
    musts = {moved.id: moved for moved in event.musts}
    if registrations or findings:
        change["findings"] = tuple(
            _finding(f, {"registration_due_at": registrations.get(f.ref)}, findings.get(f.ref)) for f in case.findings
        )
    if musts:
        change["musts"] = tuple(_must(m, musts.get(m.id)) for m in case.musts)
    if event.working_days:
        change["working_days"] = case.working_days.knowing(event.working_days)
    return change | _said({name: getattr(event, name) for name in ("investigation_due_at", "look_back_due_at")})


def _finding(finding: Finding, change: dict[str, Any], moved: FindingMoved | None) -> Finding:
    if moved:
        change |= {"due_at": moved.due_at, "reinspect_by": moved.reinspect_by}
        if finding.extension and moved.decide_extension_by:
            change["extension"] = finding.extension.model_copy(update={"decide_by": moved.decide_extension_by})
    return finding.model_copy(update=_said(change))


def _must(must: Must, moved: MustMoved | None) -> Must:
    return must.model_copy(update=_said(moved.model_dump(exclude={"id"}))) if moved else must


def _said(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if value is not None}
