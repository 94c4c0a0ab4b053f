"""The four musts (N 3.2) as a guard table: which facts owe which must. A table, not a ladder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.case import Case, Finding, Ground, Reason
from models.instants import day_of
from models.plan import MustKind, Plan


class Orders(NamedTuple):
    """The orders to rectify illegal conduct that a case knows (3.2.must3), the earliest first."""

    earliest: tuple[tuple[datetime, str | None], ...]
    """Of at most two findings (None: of none), with the instant: a finding's own order is none against it."""
    suspended_for_v10: frozenset[tuple[str, str]]
    """The suspensions of hazards that failed, by the must's id and the finding's ref."""

    def before(self, ref: str) -> datetime | None:
        """The first order that is not the finding's own registration."""
        return next((at for at, of in self.earliest if of != ref), None)


@dataclass(frozen=True)
class Guard:
    """If `holds` for an unsettled finding, the must is owed for that reason (`at_once`: in phase 1 too)."""

    must: MustKind
    reason: Reason
    holds: Callable[[Orders, Finding], bool]
    at_once: bool = False


def _unlawful_conduct(_: Orders, f: Finding) -> bool:
    return f.registered_at is not None and not f.illegal_operation and (f.unlawful or f.reclassified)


def _hazard_failed(_: Orders, f: Finding) -> bool:
    return f.failed_at is not None and not f.unlawful and not f.illegal_operation


def _illegal_operation(_: Orders, f: Finding) -> bool:
    return f.registered_at is not None and f.illegal_operation


def _still_going_on(orders: Orders, f: Finding) -> bool:
    if f.failed_at is None:
        return False
    return f.unlawful or (f.failed_in is not None and (f.failed_in, f.ref) in orders.suspended_for_v10)


def _again(orders: Orders, f: Finding) -> bool:
    if not f.unlawful or f.registered_at is None:
        return False
    ordered_at = orders.before(f.ref)
    return ordered_at is not None and _found_after(f, ordered_at)


def _found_after(f: Finding, ordered_at: datetime) -> bool:
    """What was inspected on the day of the order, or before, and written down later was not found again after it.

    Nor what was seen before it, and sent later.
    """
    if f.inspected_on is not None:
        return day_of(ordered_at) < f.inspected_on
    return ordered_at < (f.observed_at or f.recorded_at)


def orders(plan: Plan, case: Case) -> Orders:
    """Every order of the case, looked at once: what was found after the earliest was found after an order."""
    for_v10 = frozenset((m.id, g.ref) for m in case.musts for g in m.grounds if g.reason == "hazard_failed")
    earliest: list[tuple[datetime, str | None]] = []
    for at, of in sorted(_orders(plan, case), key=lambda order: order[0]):
        if all(of != other for _, other in earliest):
            earliest.append((at, of))
        if len(earliest) == 2:
            break
    return Orders(earliest=tuple(earliest), suspended_for_v10=for_v10)


def _orders(plan: Plan, case: Case) -> Iterator[tuple[datetime, str | None]]:
    """A V finding's registration, the suspension of a hazard that failed (V10), an earlier order in V (3.2.must3)."""
    for finding in case.findings:
        if finding.unlawful and finding.registered_at and finding.state != "rescinded":
            yield finding.registered_at, finding.ref
    for must in case.musts:
        for_v10 = any(g.reason == "hazard_failed" for g in must.grounds)
        if must.must == "suspend" and must.executed_at and for_v10:
            yield must.executed_at, None
    for order in case.earlier_orders:
        if plan.is_illegal_conduct(order.category):
            yield order.ordered_at, None


GUARDS: tuple[Guard, ...] = (
    # 3.2.must1; a hazard that failed is disobedience, 2.2.10
    Guard("suspend", "imminent_danger", lambda _, f: f.imminent_danger, at_once=True),
    Guard("suspend", "unlawful_conduct", _unlawful_conduct),
    Guard("suspend", "hazard_failed", _hazard_failed),
    # 3.2.must2
    Guard("close", "illegal_operation", _illegal_operation),
    Guard("close", "suspension_failed", lambda _, f: f.failed_in is not None),
    # 3.2.must3
    Guard("fine", "still_going_on", _still_going_on),
    Guard("fine", "again", _again),
    # 3.2.must4
    Guard("refer", "suspected_crime", lambda _, f: f.suspected_crime, at_once=True),
)


def guard_of(must: MustKind, reason: Reason) -> Guard:
    """The row of the table for a must and a reason."""
    return next(g for g in GUARDS if g.must == must and g.reason == reason)


def new_grounds(plan: Plan, case: Case, must: MustKind, now: datetime) -> tuple[Ground, ...]:
    """Grounds that the facts give and no must of the kind has served yet: a finding is a ground of a must once."""
    served = {ref for m in case.musts if m.must == must and m.state != "withdrawn" for ref in m.refs}
    known = orders(plan, case)
    return tuple(
        Ground(ref=finding.ref, reason=guard.reason, since=now)
        for finding in case.findings
        if not finding.settled and finding.ref not in served
        if (guard := _first_guard(known, must, finding)) is not None
    )


def _first_guard(known: Orders, must: MustKind, finding: Finding) -> Guard | None:
    return next((g for g in GUARDS if g.must == must and g.holds(known, finding)), None)
