"""Due instants that were counted in working days: how each was counted, whether it is provisional, and what it is
when the official calendar of a year is published (domain §5). Pure: by what the case carries and the move brings.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from models.case import Case, Finding, Must
from models.instants import day_of
from models.plan import Period, Plan
from models.working_days import WorkingDays, WorkingYear
from rules.clocks.deadlines import Clock
from rules.clocks.periods import (
    due_after,
    investigation_due,
    look_back_due,
    phase_dates,
    rectification_due,
    rectification_period,
    registration_due,
    reinspection_due,
    reinspection_period,
)
from rules.clocks.working_days import is_provisional

Key = tuple[Clock, str]
_STAYABLE: tuple[Clock, ...] = ("decision", "execution", "restart")


class Counted(NamedTuple):
    """A due instant, what it was counted from, and what it is under an official calendar.

    `stands_at`: since then its clock stands still (a stay).
    """

    clock: Clock
    about: str
    due_at: datetime
    since: datetime
    under: Callable[[WorkingDays], datetime]
    stands_at: datetime | None = None


def counted(plan: Plan, case: Case) -> Iterator[Counted]:
    """Every unmet due instant that was counted in working days."""
    if case.closed:
        return
    yield from _of_case(plan, case)
    for finding in case.findings:
        if not finding.settled:
            yield from _of_finding(plan, case, finding)
    for must in case.musts:
        yield from _of_must(plan, must)


def provisional(plan: Plan, case: Case) -> frozenset[Key]:
    """Which of them lie over a year whose calendar the case does not know: the publication may still move them."""
    by = case.working_days
    return frozenset((c.clock, c.about) for c in counted(plan, case) if spans_unpublished(c.since, c.under(by), by))


def spans_unpublished(since: datetime, due_at: datetime, by: WorkingDays | None) -> bool:
    """Whether a day that is counted, from the one after `since` to the last before `due_at`, lies in such a year."""
    first, last = day_of(since) + timedelta(days=1), day_of(due_at - timedelta(microseconds=1))
    return any(is_provisional(year, by) for year in range(first.year, last.year + 1))


def counts_working_days(plan: Plan, clock: str, about: str) -> bool:
    """Whether the plan counts this clock in working days; `about` is the id of a must, where it is one's."""
    clocks, kind = plan.clocks, about.rsplit("-", 1)[0]
    periods: dict[str, tuple[Period, ...]] = {
        "investigation": (clocks.investigation,),
        "registration": (clocks.registration,),
        "rectification": (clocks.rectification_general, clocks.rectification_major),
        "extension": (clocks.extension_decided,),
        "reinspection": (clocks.reinspection_general, clocks.reinspection_major),
        "restart": (clocks.restart,),
        "decision": tuple(m.decided for m in plan.musts if m.id == kind),
        "execution": tuple(m.executed for m in plan.musts if m.id == kind),
        "look_back": (clocks.look_back,),
    }
    return any(_in_working_days(period) for period in periods[clock])


def recounted(plan: Plan, case: Case, published: WorkingYear, at: datetime) -> dict[Key, datetime]:
    """The due instants that the publication moves: they lie ahead of it, and go on doing so (A).

    What was moved by a stay is moved by the same time as before. A re-inspection follows by itself (`kept`).
    """
    anew = case.working_days.knowing(published)
    found: dict[Key, datetime] = {}
    for c in counted(plan, case):
        if c.due_at != c.under(case.working_days) and c.clock not in _STAYABLE:
            continue  # an earlier publication left it standing
        moved, now = c.due_at + (c.under(anew) - c.under(case.working_days)), c.stands_at or at
        if c.clock != "reinspection" and moved != c.due_at and now < min(moved, c.due_at):
            found[c.clock, c.about] = moved
    return found


def kept(
    plan: Plan, case: Case, finding: Finding, due_at: datetime | None, anew: WorkingDays, at: datetime
) -> datetime | None:
    """A re-inspection's due instant that has passed, or would be put into the past: it stays as it is."""
    if finding.settled or finding.reinspect_by is not None:
        return None
    was = reinspection_due(plan, finding, case.working_days)
    moved = finding.model_copy(update={"due_at": due_at}) if due_at else finding
    will = reinspection_due(plan, moved, anew)
    return was if was and will and was != will and min(was, will) <= at else None


def _of_case(plan: Plan, case: Case) -> Iterator[Counted]:
    opened, entered = case.opened_at, case.consolidated_at
    late = opened >= phase_dates(case.phases, plan.clocks.investigation_phase).ends_at
    if case.investigated_at is None and late and _in_working_days(plan.clocks.investigation):

        def investigation(by: WorkingDays) -> datetime:
            return investigation_due(plan, case.phases, opened, by)

        yield Counted("investigation", "case", case.investigation_due_at, opened, investigation)
    if entered and case.look_back_due_at and _in_working_days(plan.clocks.look_back):

        def look_back(by: WorkingDays) -> datetime:
            return look_back_due(plan, _counting(case, by), entered)

        yield Counted("look_back", "case", case.look_back_due_at, entered, look_back)


def _of_finding(plan: Plan, case: Case, finding: Finding) -> Iterator[Counted]:
    ref, clocks = finding.ref, plan.clocks
    if finding.registered_at is None and _in_working_days(clocks.registration):

        def registration(by: WorkingDays) -> datetime:
            return registration_due(plan, case.phases, finding.recorded_at, by)

        yield Counted("registration", ref, finding.registration_due_at, finding.recorded_at, registration)
    if finding.due_at is None:
        return
    since, request = finding.counted_from, finding.extension
    if since and _in_working_days(rectification_period(plan, finding)):

        def rectification(by: WorkingDays) -> datetime:
            return rectification_due(plan, _counting(case, by), finding, since)

        if rectification(case.working_days) == finding.due_at:  # else an official set it
            yield Counted("rectification", ref, finding.due_at, since, rectification)
    if request and request.requested_at and _in_working_days(clocks.extension_decided):
        yield _after("extension", ref, request.decide_by, clocks.extension_decided, request.requested_at)
    in_days = _in_working_days(reinspection_period(plan, finding))
    if in_days and finding.reinspect_by is None and (due_at := reinspection_due(plan, finding, case.working_days)):

        def reinspection(by: WorkingDays) -> datetime:
            return reinspection_due(plan, finding, by) or due_at

        first = min(finding.declared_at or finding.due_at, finding.due_at)
        yield Counted("reinspection", ref, due_at, first - timedelta(microseconds=1), reinspection)


def _of_must(plan: Plan, must: Must) -> Iterator[Counted]:
    terms, since = plan.must(must.must), must.restart_counted_from
    if must.state in ("owed", "proposed") and must.decide_by and _in_working_days(terms.decided):
        yield _after("decision", must.id, must.decide_by, terms.decided, must.arose_at, must.stayed_at)
    if must.state == "decided" and must.execute_by and must.decided_at and _in_working_days(terms.executed):
        yield _after("execution", must.id, must.execute_by, terms.executed, must.decided_at, must.stayed_at)
    if must.restart_due_at and not must.lifted_at and since and _in_working_days(plan.clocks.restart):
        yield _after("restart", must.id, must.restart_due_at, plan.clocks.restart, since)


def _after(
    clock: Clock, about: str, due_at: datetime, period: Period, since: datetime, stands_at: datetime | None = None
) -> Counted:
    def under(by: WorkingDays) -> datetime:
        return due_after(period, since, by)

    return Counted(clock, about, due_at, since, under, stands_at)


def _in_working_days(period: Period) -> bool:
    return period.working_days is not None


def _counting(case: Case, by: WorkingDays) -> Case:
    return case.model_copy(update={"working_days": by})
