"""Rectification: extension, declaration, re-inspection (3.1.register, 3.2, domain §3 and §5)."""

from datetime import datetime

from models.case import Case, Finding
from models.commands import DecideExtension, DeclareRectified, Reinspect, RequestExtension, Verdict
from models.events import (
    AnyEvent,
    ExtensionDecided,
    ExtensionRequested,
    RectificationDeclared,
    VerdictGiven,
)
from models.plan import Plan
from models.refusals import Refused
from rules.case.investigation import repeated
from rules.clocks.periods import due_after, due_after_due, rectification_cap
from rules.words.naming import due_said
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def request_extension(plan: Plan, case: Case, command: RequestExtension, now: datetime) -> Judged:
    """One request per finding, before its due date, to at most 15 days later and the cap (A)."""
    finding = _in_rectification(case, command.ref)
    if isinstance(finding, Refused):
        return finding
    if blocking := _measure_first(case, finding.ref):
        return blocking
    if finding.extension_used:
        return refuse("extension_used", ref=finding.ref)
    if finding.due_at is None or finding.counted_from is None or now >= finding.due_at:
        return refuse("extension_too_late", ref=finding.ref)
    if command.due <= finding.due_at:
        return refuse("extension_not_later", ref=finding.ref)
    latest = due_after_due(plan.clocks.extension, finding.due_at, case.working_days)
    if command.due > latest:
        return refuse("extension_too_long", ref=finding.ref, latest=due_said(latest))
    cap = rectification_cap(plan, case, finding.counted_from)
    if command.due > cap:
        return refuse("due_past_cap", ref=finding.ref, cap=due_said(cap))
    requested = ExtensionRequested(
        ref=finding.ref,
        due_at=command.due,
        reason=command.reason,
        decide_by=due_after(plan.clocks.extension_decided, now, case.working_days),
        requested_at=now,
    )
    return (requested,)


def decide_extension(plan: Plan, case: Case, command: DecideExtension, now: datetime) -> Judged:
    """Granted after the due date it returns the finding to rectification; the new date must still lie ahead (A)."""
    finding = case.finding(command.ref)
    if finding is None:
        return refuse("unknown_ref", ref=command.ref)
    if finding.extension is None:
        return refuse("no_extension_requested", ref=finding.ref)
    if command.granted:
        if blocking := _measure_first(case, finding.ref):
            return blocking
        if finding.extension.due_at <= now:
            return refuse("due_not_ahead", ref=finding.ref)
        if finding.due_at is not None and finding.extension.due_at <= finding.due_at:
            return refuse("extension_not_later", ref=finding.ref)  # a year was published since the request
        cap = rectification_cap(plan, case, finding.counted_from or now)
        if finding.extension.due_at > cap:  # a boundary was moved since the request
            return refuse("due_past_cap", ref=finding.ref, cap=due_said(cap))
    return (ExtensionDecided(ref=finding.ref, granted=command.granted, reason=command.reason),)


def declare(case: Case, command: DeclareRectified) -> Judged:
    """The enterprise declares some findings rectified; a second declaration before a verdict is refused."""
    if again := repeated(command.refs):
        return refuse("duplicate_ref", ref=again)
    declared: list[AnyEvent] = []
    for ref in command.refs:
        finding = _in_rectification(case, ref)
        if isinstance(finding, Refused):
            return finding
        if finding.state == "declared":
            return refuse("already_declared", ref=ref)
        declared.append(RectificationDeclared(ref=ref, evidence=command.evidence))
    return tuple(declared)


def reinspect(case: Case, command: Reinspect, now: datetime) -> Judged:
    """Verdicts for findings that await one; refused whole if one ref is wrong."""
    if again := repeated([v.ref for v in command.verdicts]):
        return refuse("duplicate_ref", ref=again)
    verdicts: list[AnyEvent] = []
    for verdict in command.verdicts:
        judged = _verdict(case, verdict, now)
        if isinstance(judged, Refused):
            return judged
        verdicts.append(judged)
    return tuple(verdicts)


def _verdict(case: Case, verdict: Verdict, now: datetime) -> VerdictGiven | Refused:
    if blocking := _measure_first(case, verdict.ref):
        return blocking
    finding = _in_rectification(case, verdict.ref)
    if isinstance(finding, Refused):
        return finding
    if not finding.awaits_verdict(now):
        return refuse("not_awaiting_verdict", ref=finding.ref)
    in_force = next((m.id for m in case.musts if m.in_force and finding.ref in m.refs), None)
    return VerdictGiven(ref=finding.ref, passed=verdict.passed, note=verdict.note, in_suspension=in_force)


def _in_rectification(case: Case, ref: str) -> Finding | Refused:
    finding = case.finding(ref)
    if finding is None:
        return refuse("unknown_ref", ref=ref)
    if finding.settled:
        return refuse("already_settled", ref=ref, state=finding.state)
    if not finding.under_rectification:
        return refuse("not_registered", ref=ref)
    return finding


def _measure_first(case: Case, ref: str) -> Refused | None:
    blocking = next((m for m in case.musts if m.blocks_verdicts and ref in m.refs), None)
    return refuse("measure_first", ref=ref, must=blocking.must) if blocking else None
