"""A campaign week by week: the numbers are those of a recount from the logs, and a rebuild keeps them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from engine.connection import Services
from models.case import Case
from models.events import (
    AnyEvent,
    DeadlinePassed,
    FindingRegistered,
    MeasureApproved,
    MeasureExecuted,
    MeasureProposed,
    Transition,
    VerdictGiven,
)
from models.instants import day_of, end_of_day
from rules.case.clock_actor import clock_steps
from rules.case.evolve import apply
from rules.case.stage import stage
from rules.clocks.deadlines import deadlines, overdue
from store.campaigns import Campaign, move_clock
from store.migrate import migrate
from store.verify import all_case_ids, check_case, rebuild_case
from store.weeks import Week, Weeks, weekdays, weeks
from tests.cast import HERE
from tests.durable.office import instant
from tests.store.older import before
from tests.store.paper import Log, long_case, write

SEEDS = range(30)
END = instant("12-31 23:00")
NOW = END + timedelta(days=3)
MOMENT = timedelta(microseconds=1)
_KINDS = {
    "registered": FindingRegistered,
    "proposed": MeasureProposed,
    "approved": MeasureApproved,
    "executed": MeasureExecuted,
}
DAYS = ("2027-05-06", "2027-06-30", "2027-08-15", "2027-12-31")


@pytest.fixture
def logs(engine: Engine, campaign: Campaign) -> list[Log]:
    """Thirty varied cases: so many steps, then nobody does anything more while their clocks run on."""
    found = [_left_alone(campaign, long_case(campaign, seed, 10 + seed)) for seed in SEEDS]
    for log in found:
        write(engine, campaign.plan, log)
    move_clock(engine, campaign.campaign_id, NOW - campaign.now())
    return found


def _left_alone(campaign: Campaign, log: Log) -> Log:
    case = None
    for step in log:
        case = apply(case, step)
    assert case is not None
    return (*log, *(step for step, _ in clock_steps(campaign.plan, case, END)))


def counted(engine: Engine, campaign: Campaign, as_of: date, district: str | None = None) -> Weeks:
    """The weeks since the campaign began, as the tables have them."""
    of = weekdays(day_of(campaign.phases[0].begins_at), as_of)
    return weeks(engine, campaign.campaign_id, of, NOW, district)


def until(log: Log, day: date) -> tuple[list[Transition], list[Case]]:
    """The steps of a case until the end of a day, and the case after each."""
    steps = [step for step in log if day_of(step.at) <= day]
    cases: list[Case] = []
    for step in steps:
        cases.append(apply(cases[-1] if cases else None, step))
    return steps, cases


def recounted(campaign: Campaign, logs: Sequence[Log], week: Week) -> dict[str, Counter[str]]:
    """What a clerk with all files before him would count at the end of a week."""
    found = {kind: Counter[str]() for kind in ("findings", "stages", "missed", "steps")}
    for log in logs:
        steps, cases = until(log, week.ends)
        if not cases:
            continue
        case = cases[-1]
        found["stages"][stage(case, case.clock_at)] += 1
        for one in case.findings:
            is_void = case.outcome == "void" and one.state != "verified"
            if one.registered_at and one.state not in ("rescinded", "absorbed") and not is_void:
                found["findings"]["put right so far" if one.state == "verified" else "open"] += 1
        late = overdue(campaign.plan, case, end_of_day(week.ends))
        found["findings"]["overdue"] += sum(not deadline.is_duty for deadline in late)
        found["findings"]["still missed"] += sum(deadline.is_duty for deadline in late)
        done = [event for step in steps if day_of(step.at) >= week.begins for event in step.events]
        for kind in (kind for event in done if (kind := _kind(event))):
            found["findings" if kind in ("registered", "put right") else "steps"][kind] += 1
        found["missed"].update(_missed(campaign, log, week))
    return {kind: +counts for kind, counts in found.items()}


def _kind(event: AnyEvent) -> str | None:
    if isinstance(event, VerdictGiven):
        return "put right" if event.passed else None
    return next((kind for kind, what in _KINDS.items() if isinstance(event, what)), None)


def _missed(campaign: Campaign, log: Log, week: Week) -> Iterator[str]:
    """The agencies whose clocks fell in the week; at 24:00 of its Sunday is in it."""
    case: Case | None = None
    for step in log:
        running = {(d.clock, d.about): d for d in deadlines(campaign.plan, case)} if case else {}
        case = apply(case, step)
        if week.begins <= day_of(step.at - MOMENT) <= week.ends:
            fell = [one for event in step.events if isinstance(event, DeadlinePassed) for one in event.missed]
            yield from (d.role for one in fell if (d := running[one.clock, one.about]).is_duty)


def told(week: Week) -> dict[str, Counter[str]]:
    """The same of the week that was counted in the tables."""
    findings = {"put right so far": week.put_right_so_far, "open": week.open, "overdue": week.overdue}
    findings |= {"still missed": week.still_missed, "registered": week.registered, "put right": week.put_right}
    steps = {step: sum(of_step.values()) for step, of_step in week.steps.items()}
    found = {"findings": findings, "stages": week.stages, "missed": week.missed, "steps": steps}
    return {kind: +Counter(counts) for kind, counts in found.items()}


def test_each_week_is_what_a_recount_from_the_logs_gives(engine: Engine, campaign: Campaign, logs: list[Log]) -> None:
    """On the second day, between two Sundays, and at the end; for the city and for a district."""
    for day in DAYS:
        found = counted(engine, campaign, date.fromisoformat(day))
        assert found.untold == 0 and found.weeks[-1].ends == date.fromisoformat(day)
        for week in found.weeks:
            assert told(week) == recounted(campaign, logs, week), week.ends
    own = [log for log in logs if until(log, day_of(NOW))[1][-1].district == HERE]
    found = counted(engine, campaign, day_of(END), HERE).weeks
    of_district = [told(week) for week in found]
    assert of_district == [recounted(campaign, own, week) for week in found]
    assert all(any(week[kind] for week in of_district) for kind in of_district[0]), "there is something to compare"


def test_a_rebuild_gives_the_same_and_a_database_of_before_says_what_it_lacks(
    engine: Engine, campaign: Campaign, logs: list[Log], superuser: psycopg.Connection, services: Services
) -> None:
    expected = counted(engine, campaign, day_of(END))
    for number, case_id in enumerate(all_case_ids(engine)):
        assert check_case(engine, case_id) == []
        if number % 3 == 0:
            rebuild_case(engine, case_id)
    assert counted(engine, campaign, day_of(END)) == expected
    before("0030", superuser)
    migrate(services.owner)
    assert counted(engine, campaign, day_of(END)).untold == len(logs)
    for case_id in all_case_ids(engine):
        rebuild_case(engine, case_id)
    assert counted(engine, campaign, day_of(END)) == expected
