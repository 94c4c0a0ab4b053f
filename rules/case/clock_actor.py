"""The clock as one more actor: what falls at which instant, in which order (domain §5).

At one instant: phase_began, deadline_passed, campaign_completed, then officials' commands.
"""

from collections.abc import Iterator
from datetime import datetime

from models.case import Case, Unmet
from models.events import (
    AnyEvent,
    CaseClosed,
    DeadlinePassed,
    DueFell,
    PhaseBegan,
    Transition,
)
from models.plan import CalendarMove, PhaseDates, Plan
from rules.case.calendar_followed import move_event
from rules.case.consequences import with_consequences
from rules.case.evolve import apply
from rules.clocks.deadlines import deadlines, overdue

_PHASE, _DEADLINE, _COMPLETION = range(3)


def next_instant(plan: Plan, case: Case) -> datetime | None:
    """When the clock next has something to say; None for a closed case.

    A phase that changes nothing for the case wakes nobody: its beginning is told with the next thing that happens.
    """
    while (following := _next_phase_or_none(case)) and not case.closed and _changes_nothing(plan, case, following):
        case = case.model_copy(update={"phase": following.id})
    return min((at for at, _ in _falls(plan, case)), default=None)


def _changes_nothing(plan: Plan, case: Case, following: PhaseDates) -> bool:
    """Nothing follows from the phase: no must becomes owed, no date is set."""
    began = (PhaseBegan(phase=following.id),)
    return with_consequences(plan, case, began, max(following.begins_at, case.clock_at), None)[0] == began


def next_step(plan: Plan, case: Case, until: datetime) -> Transition | None:
    """The clock's next step at or before the instant, with all that it entails."""
    at, what = min(_falls(plan, case), default=(None, None))
    if at is None or at > until:
        return None
    if what == _PHASE:
        following = _next_phase(case).id
        step = _step(plan, case, at, "phase_began", PhaseBegan(phase=following))
        # phases that were cut short to nothing begin at one instant
        return step.model_copy(update={"command_id": f"clock:phase_began:{following}:{at.isoformat()}"})
    if what == _DEADLINE:
        missed = tuple(DueFell(clock=d.clock, about=d.about) for d in deadlines(plan, case) if d.due_at == at)
        return _step(plan, case, at, "deadline_passed", DeadlinePassed(missed=missed))
    return _step(plan, case, at, "campaign_completed", _completed(plan, case, at))


def clock_steps(plan: Plan, case: Case, until: datetime) -> Iterator[tuple[Transition, Case]]:
    """The clock's steps at or before the instant, in order, each with the case after it."""
    while step := next_step(plan, case, until):
        case = apply(case, step)
        yield step, case


def caught_up(plan: Plan, case: Case, until: datetime) -> Case:
    """The case as the clock leaves it at the instant."""
    for _, after in clock_steps(plan, case, until):
        case = after
    return case


def calendar_moved(plan: Plan, case: Case, move: CalendarMove) -> Transition:
    """The committee moved a boundary, or a year of working days was published: the case follows.

    What was decided stays decided. At the instant of the move, or of the last step that the case took before it heard
    of it.
    """
    at = max(move.at, case.clock_at)
    step = _step(plan, case, at, "calendar_moved", move_event(plan, case, move, at))
    return step.model_copy(update={"command_id": told_by(move)})


def told_by(move: CalendarMove) -> str:
    """The id of the step by which a case follows a move: one, whoever told of it."""
    return f"clock:calendar_moved:{move.number}"


def _falls(plan: Plan, case: Case) -> Iterator[tuple[datetime, int]]:
    if case.closed:
        return
    if following := _next_phase_or_none(case):
        yield max(following.begins_at, case.clock_at), _PHASE
    for deadline in deadlines(plan, case):
        fallen = case.fallen_at is not None and deadline.due_at <= case.fallen_at
        if deadline.due_at >= case.clock_at and not fallen:
            yield deadline.due_at, _DEADLINE
    yield max(case.ends_at, case.clock_at), _COMPLETION


def _next_phase_or_none(case: Case) -> PhaseDates | None:
    ids = [p.id for p in case.phases]
    following = case.phases[ids.index(case.phase) + 1 :]
    return following[0] if following else None


def _next_phase(case: Case) -> PhaseDates:
    following = _next_phase_or_none(case)
    if following is None:
        raise ValueError("the last phase has begun")
    return following


def _completed(plan: Plan, case: Case, at: datetime) -> CaseClosed:
    """31 December: consolidation is rectified, everything else carried over with what is unmet (domain §4)."""
    if case.consolidated_at is not None:
        missed = Unmet(look_back_missed=plan.phase(case.phase).look_back)
        return CaseClosed(outcome="rectified", unmet=missed)
    unmet = Unmet(
        musts=tuple(m.id for m in case.musts if m.is_owed or m.state == "pending"),
        overdue_findings=tuple(d.about for d in overdue(plan, case, at) if d.clock == "rectification"),
        suspensions=tuple(m.id for m in case.musts_in("executed") if m.must == "suspend" and not m.lifted_at),
    )
    return CaseClosed(outcome="carried_over", unmet=unmet)


def _step(plan: Plan, case: Case, at: datetime, do: str, event: AnyEvent) -> Transition:
    events, _ = with_consequences(plan, case, (event,), at, None)
    identity = f"clock:{do}:{at.isoformat()}"
    return Transition(at=at, do=do, command_id=identity, content="", events=events)
