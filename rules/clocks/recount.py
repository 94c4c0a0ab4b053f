"""Due instants that were counted in working days: whether they are provisional, and what they are when the official
calendar of a year is published (domain §5). Pure: by what the case carries and the move brings.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.case import Case, Finding
from models.instants import day_of
from models.plan import Plan
from models.working_days import WorkingDays, WorkingYear
from rules.clocks.periods import reinspection_due
from rules.clocks.table import CLOCKS, OF_MUST, AnyRunning, Clock, running
from rules.clocks.working_days import is_provisional

Key = tuple[Clock, str]
_MOVED_BY_A_STAY = {row.clock for row in OF_MUST}


def counted(plan: Plan, case: Case) -> Iterator[AnyRunning]:
    """Every clock that runs or stands still, and was counted in working days."""
    return (run for run in running(plan, case) if run.in_working_days and run.since is not None)


def provisional(plan: Plan, case: Case) -> frozenset[Key]:
    """Which of them lie over a year whose calendar the case does not know: the publication may still move them."""
    by = case.working_days
    return frozenset(
        (run.clock, run.about)
        for run in counted(plan, case)
        if run.since is not None and spans_unpublished(run.since, run.under(by), by)
    )


def spans_unpublished(since: datetime, due_at: datetime, by: WorkingDays | None) -> bool:
    """Whether a day that is counted, from the one after `since` to the last before `due_at`, lies in such a year."""
    first, last = day_of(since) + timedelta(days=1), day_of(due_at - timedelta(microseconds=1))
    return any(is_provisional(year, by) for year in range(first.year, last.year + 1))


def counts_working_days(plan: Plan, clock: Clock, about: str) -> bool:
    """Whether the plan counts this clock in working days; `about` is the id of a must, where it is one's."""
    row, kind = CLOCKS[clock], about.rsplit("-", 1)[0]
    by_must = row in OF_MUST
    return any(
        period.working_days is not None for of, period in row.periods(plan).items() if not by_must or of in ("", kind)
    )


def recounted(plan: Plan, case: Case, published: WorkingYear, at: datetime) -> dict[Key, datetime]:
    """The due instants that the publication moves: they lie ahead of it, and go on doing so (A).

    What was moved by a stay is moved by the same time as before. A re-inspection follows by itself
    (`standing_reinspection`).
    """
    anew = case.working_days.knowing(published)
    found: dict[Key, datetime] = {}
    for run in counted(plan, case):
        was = run.under(case.working_days)
        if run.clock == "reinspection" or (run.due_at != was and run.clock not in _MOVED_BY_A_STAY):
            continue  # an earlier publication left it standing
        moved, now = run.due_at + (run.under(anew) - was), run.stands_at or at
        if moved != run.due_at and now < min(moved, run.due_at):
            found[run.clock, run.about] = moved
    return found


def standing_reinspection(
    plan: Plan, case: Case, finding: Finding, due_at: datetime | None, anew: WorkingDays, at: datetime
) -> datetime | None:
    """A re-inspection's due instant that has passed, or would be put into the past: it stays as it is."""
    if finding.settled or finding.reinspect_by is not None:
        return None
    was = reinspection_due(plan, finding, case.working_days)
    moved = finding.model_copy(update={"due_at": due_at}) if due_at else finding
    will = reinspection_due(plan, moved, anew)
    return was if was and will and was != will and min(was, will) <= at else None
