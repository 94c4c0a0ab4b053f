"""What follows of itself: after every event the facts owe, lapse, fall due, settle and end (domain §3–4)."""

from collections.abc import Iterator
from datetime import datetime

from models.actors import Actor
from models.case import Case, Finding, Ground, Must
from models.events import (
    AnyEvent,
    CaseClosed,
    ConsolidationEntered,
    ConsolidationLeft,
    DueDateSet,
    GroundsDropped,
    GroundsJoined,
    MustArose,
    MustPended,
    MustWithdrawn,
    RestartFellDue,
)
from models.plan import MUSTS, MustKind, Plan
from rules.case.evolve import evolve
from rules.case.guard_table import guard_of, new_grounds
from rules.clocks.periods import due_after, look_back_due, rectification_due

Rule = tuple[AnyEvent, ...]


def with_consequences(
    plan: Plan, case: Case | None, events: Rule, now: datetime, by: Actor | None
) -> tuple[Rule, Case]:
    """The events followed by all that they entail, and the case after them."""
    for event in events:
        case = evolve(case, event, now, by)
    if case is None:
        raise ValueError("no event, no case")
    told = list(events)
    while not case.closed and (event := next(_entailed(plan, case, now), None)) is not None:
        told.append(event)
        case = evolve(case, event, now, by)
    return tuple(told), case


def _entailed(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    yield from _grounds_fallen(case)
    yield from _pending_now_owed(plan, case, now)
    yield from _new_musts(plan, case, now)
    yield from _new_due_dates(plan, case, now)
    yield from _restart_due(plan, case, now)
    yield from _ending(case)
    yield from _consolidation(plan, case, now)


def _grounds_fallen(case: Case) -> Iterator[AnyEvent]:
    """A pending must lapses when its grounds are settled, an owed one when they are rescinded or reclassified."""
    findings = {f.ref: f for f in case.findings}
    for must in case.musts:
        if must.state != "pending" and not must.is_owed:
            continue
        fallen = tuple(g.ref for g in must.grounds if _has_fallen(findings.get(g.ref), must, g))
        if fallen and len(fallen) == len(must.grounds):
            yield MustWithdrawn(id=must.id)
        elif fallen:
            # a fine proposed for somebody whose ground is gone no longer fits (A)
            yield GroundsDropped(id=must.id, refs=fallen, reopens=must.state == "proposed" and must.must == "fine")


def _has_fallen(finding: Finding | None, must: Must, ground: Ground) -> bool:
    if finding is None or finding.state == "rescinded":
        return True
    if ground.reason == "illegal_operation" and not finding.illegal_operation:
        return True
    return must.state == "pending" and finding.settled


def musts_are_owed(plan: Plan, case: Case) -> bool:
    """Phase 1 is for rectifying in time (N 3.1); the musts begin with phase 2 (N 3.2)."""
    return plan.phase(case.phase).musts == "owed"


def _pending_now_owed(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    if not musts_are_owed(plan, case):
        return
    for pending in case.musts_in("pending"):
        if open_must := _undecided(case, pending.must):
            yield GroundsJoined(id=open_must.id, grounds=pending.grounds, merged=pending.id)
        else:
            yield _arises(plan, case, pending.id, pending.must, pending.grounds, now)


def _new_musts(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    for kind in MUSTS:
        grounds = new_grounds(plan, case, kind, now)
        owed_phase = musts_are_owed(plan, case)
        at_once = tuple(g for g in grounds if owed_phase or guard_of(kind, g.reason).at_once)
        waiting = tuple(g for g in grounds if not owed_phase and not guard_of(kind, g.reason).at_once)
        if at_once:
            if open_must := _undecided(case, kind):
                yield GroundsJoined(id=open_must.id, grounds=at_once)
            else:
                yield _arises(plan, case, _next_id(case, kind), kind, at_once, now)
        elif waiting:
            pending = next((m for m in case.musts_in("pending") if m.must == kind), None)
            if pending:
                yield GroundsJoined(id=pending.id, grounds=waiting)
            else:
                yield MustPended(id=_next_id(case, kind), must=kind, grounds=waiting)


def _undecided(case: Case, kind: MustKind) -> Must | None:
    """New grounds join an owed must, and a proposed one; after the decision they make a second one."""
    return next((m for m in case.musts_in("owed", "proposed") if m.must == kind), None)


def _arises(
    plan: Plan, case: Case, must_id: str, kind: MustKind, grounds: tuple[Ground, ...], now: datetime
) -> MustArose:
    decide_by = due_after(plan.must(kind).decided, now, case.working_days)
    return MustArose(id=must_id, must=kind, grounds=grounds, decide_by=decide_by)


def _next_id(case: Case, kind: MustKind) -> str:
    numbers = [int(m.id.rsplit("-", 1)[1]) for m in case.musts if m.must == kind]
    return f"{kind}-{max(numbers, default=0) + 1}"


def _new_due_dates(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    """A failed finding gets a new due date unless it is then a ground of an owed suspend or close."""
    blocked = case.blocked
    for finding in case.findings:
        if finding.needs_due_date and not finding.settled and finding.ref not in blocked:
            due_at = rectification_due(plan, case, finding, now)
            yield DueDateSet(ref=finding.ref, due_at=due_at, counted_from=now)


def _restart_due(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    """Once every ground of an executed suspension is settled, restart acceptance is due (3.1.restart).

    Ten days after the last passed verdict; from now where all grounds were rescinded (A).
    """
    settled = {f.ref: f for f in case.findings if f.settled}
    for must in case.musts:
        served = must.must == "suspend" and must.state == "executed" and not must.lifted_at
        if served and not must.restart_due_at and all(ref in settled for ref in must.refs):
            grounds = (settled[ref] for ref in must.refs)
            passed = (f.judged_at for f in grounds if f.state == "verified" and f.judged_at)
            since = max(passed, default=now)
            due_at = due_after(plan.clocks.restart, since, case.working_days)
            yield RestartFellDue(id=must.id, due_at=due_at, counted_from=since)


def _ending(case: Case) -> Iterator[AnyEvent]:
    """shut_down, then referred; all findings rescinded and nothing executed is compliant. None while a must is owed."""
    if not case.all_settled or case.owed:
        return
    executed = {m.must for m in case.musts_in("executed")}
    if "close" in executed:
        yield CaseClosed(outcome="shut_down")
    elif "refer" in executed and not case.restarts_awaited:
        yield CaseClosed(outcome="referred")
    elif not executed and all(f.state == "rescinded" for f in case.findings):
        yield CaseClosed(outcome="compliant")


def _consolidation(plan: Plan, case: Case, now: datetime) -> Iterator[AnyEvent]:
    consolidated = case.all_settled and not case.owed and not case.restarts_awaited
    if consolidated and case.consolidated_at is None:
        yield ConsolidationEntered(look_back_due_at=look_back_due(plan, case, now))
    elif not consolidated and case.consolidated_at is not None:
        yield ConsolidationLeft()
