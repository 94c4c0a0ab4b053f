"""A publication that comes late gives what an early one would have given, for all that lies ahead (domain §5).

Random cases of two worlds: in one the year is published from the opening on, in the other while the case runs.
"""

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Case
from models.commands import COMMAND, AnyCommand, Open
from models.events import Transition
from models.plan import CalendarMove, Period, Plan
from models.refusals import Refused
from models.wire import CaseStart
from models.working_days import WorkingDays, WorkingYear
from rules.case.clock_actor import calendar_moved, caught_up, next_instant
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from rules.clocks import working_days
from rules.clocks.deadlines import deadlines
from rules.clocks.recount import counted
from rules.files.working_days_check import wrong_days
from tests.cast import plan, plan_file
from tests.properties.office import Office
from tests.rules.clocks.years import YEAR
from tests.rules.story import instant

PHASES = plan().calendar(YEAR)
UNPUBLISHED = WorkingDays(official_until=2026)
Steps = list[tuple[datetime, AnyCommand]]
Dues = dict[tuple[str, str], datetime]


def in_working_days() -> Plan:
    """The shipped plan, with every clock that it counts in days, but that of rectification, in working days."""
    clocks = plan().clocks
    names = ("extension", "reinspection_general", "reinspection_major", "restart", "look_back", "observed_before")
    periods: dict[str, Period] = {name: getattr(clocks, name) for name in names}
    changed = {name: p.model_copy(update={"days": None, "working_days": p.days}) for name, p in periods.items()}
    return plan().model_copy(update={"clocks": clocks.model_copy(update=changed)})


PLANS = {"shipped": plan(), "working days everywhere": in_working_days()}


@st.composite
def years(draw: st.DrawFn) -> WorkingYear:
    """Any calendar of the made-up year."""
    first = date(YEAR, 1, 1)
    days = [first + timedelta(days=n) for n in draw(st.sets(st.integers(120, 364), max_size=60))]
    off, on = (tuple(d for d in days if (d.weekday() < 5) is weekday) for weekday in (True, False))
    return WorkingYear(year=YEAR, source="made up", off=off, on=on)


def opening(random: Random) -> tuple[datetime, Open]:
    at = instant("05-06", YEAR) + timedelta(hours=random.randrange(24 * 90))
    facts = {"do": "open", "by": "office:Qian@650200", "subject": {"name": "a", "district": "650203"}}
    command = COMMAND.validate_python({**facts, "command_id": "open"})
    assert isinstance(command, Open)
    return at, command


def opened(of: Plan, by: WorkingDays, at: datetime, command: Open) -> Case:
    start = CaseStart(case_id="case/c/s", digest=plan_file().digest, phases=PHASES, working_days=by)
    told = decide_opening(of, start, command, at)
    assert isinstance(told, Transition)
    return apply(None, told)


def lived(of: Plan, seed: int) -> tuple[Steps, tuple[datetime, Open]]:
    """What the officials did in a world without the publication, from a seed."""
    random = Random(seed)
    at, command = opening(random)
    case, steps = opened(of, UNPUBLISHED, at, command), Steps()
    first = at
    for _ in range(random.randrange(2, 25)):
        at += timedelta(hours=random.choice((1, 3, 20, 49, 120)))
        if random.random() < 0.1 and (falls := next_instant(of, case)):
            at = max(at, falls)
        case = caught_up(of, case, at)
        office = Office(of, case, at, random.choice)
        moves = [*office.on_case(), *office.on_findings() * 2, *office.on_musts() * 2]
        chosen = [m for m in (random.choice(moves) for _ in range(8)) if m not in (office.nothing_found, office.void)]
        for move in chosen if not case.closed else ():
            number = str(UUID(int=random.getrandbits(128), version=4))
            given_now = COMMAND.validate_python({**move(), "command_id": number})
            if isinstance(decided := decide(of, case, given_now, at), Transition):
                steps.append((at, given_now))
                case = apply(case, decided)
                break
    return steps, (first, command)


def replayed(of: Plan, by: WorkingDays, begun: tuple[datetime, Open], steps: Steps) -> tuple[Case, int]:
    """The same commands under a calendar, up to the first that is refused under it."""
    case = opened(of, by, *begun)
    for done, (at, command) in enumerate(steps):
        case = caught_up(of, case, at)
        decided = decide(of, case, command, at)
        if isinstance(decided, Refused):
            return case, done
        case = apply(case, decided)
    return case, len(steps)


def dues(of: Plan, case: Case) -> Dues:
    """Every due instant that runs, those of stayed measures included."""
    found: Dues = {(d.clock, d.about): d.due_at for d in deadlines(of, case)}
    return found | {(c.clock, c.about): c.due_at for c in counted(of, case) if c.stands_at}


@pytest.mark.clause("§5")
@pytest.mark.parametrize("which", PLANS)
@given(year=years(), seed=st.integers(0, 10**9), later=st.integers(0, 15 * 24))
def test_published_later_is_as_published_from_the_beginning(
    which: str, year: WorkingYear, seed: int, later: int
) -> None:
    assert not list(wrong_days(year))
    of = PLANS[which]
    steps, begun = lived(of, seed)
    scratch, same = replayed(of, UNPUBLISHED.knowing(year), begun, steps)
    case, _ = replayed(of, UNPUBLISHED, begun, steps[:same])
    scratch, _ = replayed(of, UNPUBLISHED.knowing(year), begun, steps[:same])
    at = max(case.clock_at, scratch.clock_at) + timedelta(hours=later)
    case, scratch = caught_up(of, case, at), caught_up(of, scratch, at)
    if case.closed or scratch.closed:
        return
    followed = apply(case, calendar_moved(of, case, CalendarMove(number=1, at=at, phases=PHASES, working_days=year)))
    stands = {(c.clock, c.about): c.stands_at for c in counted(of, case) if c.stands_at}
    before, found, wanted = dues(of, case), dues(of, followed), dues(of, scratch)
    assert set(before) == set(found) == set(wanted)
    for key, was in before.items():
        now = stands.get(key, at)
        ahead = now < min(was, wanted[key])
        assert found[key] == (wanted[key] if ahead else was), key
    again = CalendarMove(number=2, at=at, phases=PHASES, working_days=year)
    assert dues(of, apply(followed, calendar_moved(of, followed, again))) == found, "published twice, moved once"


@given(year=years(), seed=st.integers(0, 10**9))
def test_no_decision_reads_what_the_process_has_learned(year: WorkingYear, seed: int) -> None:
    """Else a publication would make a running case replay otherwise."""
    of = PLANS["working days everywhere"]
    steps, begun = lived(of, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_days, "_learned", {YEAR: year, YEAR + 1: year.model_copy(update={"year": YEAR + 1})})
        assert lived(of, seed) == (steps, begun)
        learned = replayed(of, UNPUBLISHED, begun, steps)
    assert learned == replayed(of, UNPUBLISHED, begun, steps)
