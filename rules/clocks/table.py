"""The nine clocks of a case, one row each (domain §5): about what, whose, until when, from when, by what, how met.

Everything that asks about clocks folds this table: deadlines, provisional marks, the recount after a publication, what
met a deadline, what can be done now, the words, the documents.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from models.actors import Role
from models.case import Case, Finding, Must
from models.events import ExtensionDecided, LookedBack, RestartAccepted, Transition, VerdictGiven
from models.plan import Period, Plan
from models.working_days import WorkingDays
from rules.clocks.periods import (
    due_after,
    investigation_due,
    look_back_due,
    phase_dates,
    rectification_due,
    rectification_periods,
    registration_due,
    reinspection_due,
    reinspection_periods,
)

Clock = Literal[
    "investigation",
    "registration",
    "rectification",
    "extension",
    "reinspection",
    "restart",
    "decision",
    "execution",
    "look_back",
]
T = TypeVar("T", Case, Finding, Must)


class Facts(NamedTuple):
    """What a row looks at beside its finding or must. `blocked`: refs for which a measure comes first."""

    plan: Plan
    case: Case
    blocked: frozenset[str]


def _always(_facts: Facts, _thing: Any, _now: datetime) -> bool:
    return True


def _nothing(_thing: Any) -> None:
    return None


def _to_nobody(_facts: Facts, _thing: Any) -> None:
    return None


@dataclass(frozen=True)
class ClockRow(Generic[T]):
    """One clock. `periods`: what the plan counts, by the grade of a finding or the kind of a must, else under "".

    `due`: the due instant while the clock runs or stands still, else None; `stands`: since when it stands still, for a
    stay. `since`: the instant it is counted from, None where it is not counted by its period (an official or a phase
    set it); `under`: the due instant as an official calendar counts it. `met`: whether the step met it, where it runs
    no more after it. `ready`: it can be done now, and nothing else comes first. `role`: who is late after it, unless it
    was `handed_on` to somebody.
    """

    clock: Clock
    periods: Callable[[Plan], dict[str, Period]]
    kind: Callable[[T], str]
    role: Role
    due: Callable[[Facts, T], datetime | None]
    since: Callable[[Facts, T], datetime | None]
    under: Callable[[Facts, T, datetime, WorkingDays], datetime]
    met: Callable[[str, Transition, Case], bool]
    ready: Callable[[Facts, T, datetime], bool] = _always
    stands: Callable[[T], datetime | None] = _nothing
    handed_on: Callable[[Facts, T], Role | None] = _to_nobody

    def period(self, plan: Plan, thing: T) -> Period:
        """The period of the plan by which the clock of this finding, must or case is counted."""
        return self.periods(plan)[self.kind(thing)]


def _one_for_all(_thing: Any) -> str:
    """The plan has one period, whatever it is about."""
    return ""


def _after(
    periods: Callable[[Plan], dict[str, Period]], kind: Callable[[T], str]
) -> Callable[[Facts, T, datetime, WorkingDays], datetime]:
    """The due instant is the period after the instant it is counted from, and nothing else."""

    def under(facts: Facts, thing: T, since: datetime, by: WorkingDays) -> datetime:
        return due_after(periods(facts.plan)[kind(thing)], since, by)

    return under


def _counting(facts: Facts, by: WorkingDays) -> Case:
    return facts.case.model_copy(update={"working_days": by})


# ---------------------------------------------------------------- of the case


def _opened_late(facts: Facts, case: Case) -> datetime | None:
    """A case that was opened in phase 1 is due at its end; only a later one is counted."""
    phase = phase_dates(case.phases, facts.plan.clocks.investigation_phase)
    return case.opened_at if case.opened_at >= phase.ends_at else None


OF_CASE: tuple[ClockRow[Case], ...] = (
    ClockRow(
        clock="investigation",
        periods=lambda plan: {"": plan.clocks.investigation},
        kind=_one_for_all,
        role="inspector",
        due=lambda _, case: case.investigation_due_at if case.investigated_at is None else None,
        since=_opened_late,
        under=lambda facts, case, since, by: investigation_due(facts.plan, case.phases, since, by),
        met=lambda _, __, after: after.investigated_at is not None or after.outcome == "compliant",
    ),
    ClockRow(
        clock="look_back",
        periods=lambda plan: {"": plan.clocks.look_back},
        kind=_one_for_all,
        role="inspector",
        due=lambda _, case: case.look_back_due_at,
        since=lambda _, case: case.consolidated_at,
        under=lambda facts, _, since, by: look_back_due(facts.plan, _counting(facts, by), since),
        met=lambda _, step, __: any(isinstance(e, LookedBack) for e in step.events),
        ready=lambda facts, case, _: facts.plan.phase(case.phase).look_back,
    ),
)


# ---------------------------------------------------------------- of a finding


def _grade(finding: Finding) -> str:
    return finding.grade


def _by_default_days(facts: Facts, finding: Finding) -> datetime | None:
    """None where an official set the date."""
    if finding.counted_from is None:
        return None
    default = rectification_due(facts.plan, facts.case, finding, finding.counted_from)
    return finding.counted_from if default == finding.due_at else None


def _rectification(facts: Facts, finding: Finding, since: datetime, by: WorkingDays) -> datetime:
    return rectification_due(facts.plan, _counting(facts, by), finding, since)


def _reinspection(facts: Facts, finding: Finding) -> datetime | None:
    """No verdict may be given while a measure comes first, so none is due; nor before a new date after a failed one."""
    waits = finding.needs_due_date or finding.ref in facts.blocked or finding.registered_at is None
    return None if waits else reinspection_due(facts.plan, finding, facts.case.working_days)


def _first_of_both(_facts: Facts, finding: Finding) -> datetime | None:
    """The declaration or the due date; None where a later calendar counts another instant, and this one was kept."""
    if finding.due_at is None or finding.reinspect_by is not None:
        return None
    return min(finding.declared_at or finding.due_at, finding.due_at) - timedelta(microseconds=1)


def _met_by_verdict(ref: str, step: Transition, _after: Case) -> bool:
    return any(isinstance(e, VerdictGiven) and e.ref == ref for e in step.events)


def _registered(ref: str, _step: Transition, after: Case) -> bool:
    finding = after.finding(ref)
    return finding is not None and finding.registered_at is not None


def _verified(ref: str, _step: Transition, after: Case) -> bool:
    finding = after.finding(ref)
    return finding is not None and finding.state == "verified"


def _extension_periods(plan: Plan) -> dict[str, Period]:
    return {"": plan.clocks.extension_decided}


OF_FINDING: tuple[ClockRow[Finding], ...] = (
    ClockRow(
        clock="registration",
        periods=lambda plan: {"": plan.clocks.registration},
        kind=_one_for_all,
        role="inspector",
        due=lambda _, f: f.registration_due_at if f.registered_at is None else None,
        since=lambda _, f: f.recorded_at,
        under=lambda facts, _, since, by: registration_due(facts.plan, facts.case.phases, since, by),
        met=_registered,
    ),
    ClockRow(
        clock="rectification",
        periods=rectification_periods,
        kind=_grade,
        role="enterprise",
        due=lambda _, f: f.due_at,
        since=_by_default_days,
        under=_rectification,
        met=_verified,
        ready=lambda _, f, __: f.state != "declared",
    ),
    ClockRow(
        clock="extension",
        periods=_extension_periods,
        kind=_one_for_all,
        role="supervisor",
        due=lambda _, f: f.extension.decide_by if f.extension else None,
        since=lambda _, f: f.extension.requested_at if f.extension and f.due_at else None,
        under=_after(_extension_periods, _one_for_all),
        met=lambda ref, step, _: any(isinstance(e, ExtensionDecided) and e.ref == ref for e in step.events),
    ),
    ClockRow(
        clock="reinspection",
        periods=reinspection_periods,
        kind=_grade,
        role="inspector",
        due=_reinspection,
        since=_first_of_both,
        under=lambda facts, f, since, by: reinspection_due(facts.plan, f, by) or since,
        met=_met_by_verdict,
        ready=lambda _, f, now: f.awaits_verdict(now),
    ),
)


# ---------------------------------------------------------------- of a must


def _must(must: Must) -> str:
    return must.must


def _decider(facts: Facts, must: Must) -> Role | None:
    """First an inspector proposes the measure, then somebody decides it."""
    return None if must.state == "owed" else facts.plan.must(must.must).decided_by


def _decision_periods(plan: Plan) -> dict[str, Period]:
    return {must.id: must.decided for must in plan.musts}


def _execution_periods(plan: Plan) -> dict[str, Period]:
    return {must.id: must.executed for must in plan.musts}


def _restart_periods(plan: Plan) -> dict[str, Period]:
    return {"": plan.clocks.restart}


OF_MUST: tuple[ClockRow[Must], ...] = (
    ClockRow(
        clock="restart",
        periods=_restart_periods,
        kind=_one_for_all,
        role="inspector",
        due=lambda _, m: m.restart_due_at if not m.lifted_at else None,
        since=lambda _, m: m.restart_counted_from,
        under=_after(_restart_periods, _one_for_all),
        met=lambda about, step, _: any(isinstance(e, RestartAccepted) and about in e.ids for e in step.events),
    ),
    ClockRow(
        clock="decision",
        periods=_decision_periods,
        kind=_must,
        role="inspector",
        handed_on=_decider,
        due=lambda _, m: m.decide_by if m.state in ("owed", "proposed") else None,
        since=lambda _, m: m.arose_at,
        under=_after(_decision_periods, _must),
        met=lambda about, _, after: any(m.id == about and m.decided_at is not None for m in after.musts),
        stands=lambda m: m.stayed_at,
    ),
    ClockRow(
        clock="execution",
        periods=_execution_periods,
        kind=_must,
        role="inspector",
        due=lambda _, m: m.execute_by if m.state == "decided" else None,
        since=lambda _, m: m.decided_at,
        under=_after(_execution_periods, _must),
        met=lambda about, _, after: any(m.id == about and m.executed_at is not None for m in after.musts),
        stands=lambda m: m.stayed_at,
    ),
)
AnyRow = ClockRow[Case] | ClockRow[Finding] | ClockRow[Must]
CLOCKS: dict[Clock, AnyRow] = {row.clock: row for row in (*OF_CASE, *OF_FINDING, *OF_MUST)}


@dataclass(frozen=True)
class Running(Generic[T]):
    """A clock that runs or stands still: its row, and the case, finding or must that it is about."""

    row: ClockRow[T]
    facts: Facts
    thing: T
    about: str
    due_at: datetime

    @property
    def clock(self) -> Clock:
        return self.row.clock

    @property
    def role(self) -> Role:
        """Who is late after it."""
        return self.row.handed_on(self.facts, self.thing) or self.row.role

    @property
    def stands_at(self) -> datetime | None:
        """Since when it stands still."""
        return self.row.stands(self.thing)

    @property
    def since(self) -> datetime | None:
        """What it is counted from; None where it is not counted by its period."""
        return self.row.since(self.facts, self.thing)

    @property
    def in_working_days(self) -> bool:
        """Whether the plan counts it in working days."""
        return self.row.period(self.facts.plan, self.thing).working_days is not None

    def under(self, by: WorkingDays) -> datetime:
        """The due instant as those official calendars count it; as it is where it is not counted."""
        since = self.since
        return self.due_at if since is None else self.row.under(self.facts, self.thing, since, by)

    def ready(self, now: datetime) -> bool:
        """Whether it can be done now, and nothing else comes first."""
        return self.row.ready(self.facts, self.thing, now)


AnyRunning = Running[Case] | Running[Finding] | Running[Must]


def running(plan: Plan, case: Case) -> Iterator[AnyRunning]:
    """Every clock of an open case that runs or stands still, in the order of the table."""
    if case.closed:
        return
    facts = Facts(plan, case, case.blocked)
    yield from _of(OF_CASE, facts, case, "case")
    for finding in case.findings:
        if not finding.settled:
            yield from _of(OF_FINDING, facts, finding, finding.ref)
    for must in case.musts:
        yield from _of(OF_MUST, facts, must, must.id)


def _of(rows: tuple[ClockRow[T], ...], facts: Facts, thing: T, about: str) -> Iterator[Running[T]]:
    for row in rows:
        if (due_at := row.due(facts, thing)) is not None:
            yield Running(row, facts, thing, about, due_at)
