"""The four musts (N 3.2) as a guard table: which facts owe which must. A table, not a ladder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from models.case import Case, Finding, Ground, Reason
from models.instants import day_of
from models.plan import MustKind, Plan


@dataclass(frozen=True)
class Guard:
    """If `holds` for an unsettled finding, the must is owed for that reason (`at_once`: in phase 1 too)."""

    must: MustKind
    reason: Reason
    holds: Callable[[Plan, Case, Finding], bool]
    at_once: bool = False


def _unlawful_conduct(plan: Plan, case: Case, f: Finding) -> bool:
    return f.registered_at is not None and not f.illegal_operation and (f.unlawful or f.reclassified)


def _hazard_failed(plan: Plan, case: Case, f: Finding) -> bool:
    return f.failed_at is not None and not f.unlawful and not f.illegal_operation


def _illegal_operation(plan: Plan, case: Case, f: Finding) -> bool:
    return f.registered_at is not None and f.illegal_operation


def _still_going_on(plan: Plan, case: Case, f: Finding) -> bool:
    if f.failed_at is None:
        return False
    return f.unlawful or (f.failed_in is not None and _suspended_for(case, f, "hazard_failed"))


def _again(plan: Plan, case: Case, f: Finding) -> bool:
    if not f.unlawful or f.registered_at is None:
        return False
    return any(_found_after(f, ordered_at) for ordered_at in orders(plan, case, f.ref))


def _found_after(f: Finding, ordered_at: datetime) -> bool:
    """What was inspected on the day of the order, or before, and written down later was not found again after it."""
    return ordered_at < f.recorded_at if f.inspected_on is None else day_of(ordered_at) < f.inspected_on


def _suspended_for(case: Case, f: Finding, reason: Reason) -> bool:
    return any(g.ref == f.ref and g.reason == reason for m in case.musts if m.id == f.failed_in for g in m.grounds)


def orders(plan: Plan, case: Case, but: str) -> Iterator[datetime]:
    """The instants of every order to rectify illegal conduct, but for the finding `but` itself (3.2.must3).

    A V finding's registration, the suspension of a hazard that failed (V10), an earlier order in V.
    """
    for finding in case.findings:
        if finding.unlawful and finding.registered_at and finding.state != "rescinded" and finding.ref != but:
            yield finding.registered_at
    for must in case.musts:
        for_v10 = any(g.reason == "hazard_failed" for g in must.grounds)
        if must.must == "suspend" and must.executed_at and for_v10:
            yield must.executed_at
    for order in case.earlier_orders:
        if plan.is_illegal_conduct(order.category):
            yield order.ordered_at


GUARDS: tuple[Guard, ...] = (
    # 3.2.must1; a hazard that failed is disobedience, 2.2.10
    Guard("suspend", "imminent_danger", lambda plan, case, f: f.imminent_danger, at_once=True),
    Guard("suspend", "unlawful_conduct", _unlawful_conduct),
    Guard("suspend", "hazard_failed", _hazard_failed),
    # 3.2.must2
    Guard("close", "illegal_operation", _illegal_operation),
    Guard("close", "suspension_failed", lambda plan, case, f: f.failed_in is not None),
    # 3.2.must3
    Guard("fine", "still_going_on", _still_going_on),
    Guard("fine", "again", _again),
    # 3.2.must4
    Guard("refer", "suspected_crime", lambda plan, case, f: f.suspected_crime, at_once=True),
)


def guard_of(must: MustKind, reason: Reason) -> Guard:
    """The row of the table for a must and a reason."""
    return next(g for g in GUARDS if g.must == must and g.reason == reason)


def new_grounds(plan: Plan, case: Case, must: MustKind, now: datetime) -> tuple[Ground, ...]:
    """Grounds that the facts give and no must of the kind has served yet: a finding is a ground of a must once."""
    served = {ref for m in case.musts if m.must == must and m.state != "withdrawn" for ref in m.refs}
    return tuple(
        Ground(ref=finding.ref, reason=guard.reason, since=now)
        for finding in case.findings
        if not finding.settled and finding.ref not in served
        if (guard := _first_guard(plan, case, must, finding)) is not None
    )


def _first_guard(plan: Plan, case: Case, must: MustKind, finding: Finding) -> Guard | None:
    return next((g for g in GUARDS if g.must == must and g.holds(plan, case, finding)), None)
