"""The stories of the demonstration: all accepted, always the same, and together they show everything."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from cli.demo import PLAN, coming_year
from demo.stories import Story, stories
from models.case import Case
from models.events import Transition
from models.instants import BEIJING
from models.wire import CaseStart
from rules.case.clock_actor import caught_up
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from rules.case.stage import NAMES, stage
from rules.clocks.deadlines import overdue
from rules.files.plan_check import PlanFile, read_plan
from tests.cli.run import invoke

YEARS = (2013, 2027, 2028)


@cache
def plan_file() -> PlanFile:
    """The plan that the demonstration plays."""
    read = read_plan(PLAN.read_text(encoding="utf-8"), PLAN.name)
    assert isinstance(read, PlanFile)
    return read


@cache
def told(year: int) -> tuple[Story, ...]:
    """The stories of a year."""
    return stories(plan_file().plan, year)


def _played(story: Story, year: int, end: datetime) -> Case:
    plan = plan_file().plan
    start = CaseStart(case_id=f"case/d/{story.subject_id}", digest=plan_file().digest, phases=plan.calendar(year))
    opening = decide_opening(plan, start, story.opening, story.opened_at)
    assert isinstance(opening, Transition), opening
    case = apply(None, opening)
    for at, command in story.steps:
        case = caught_up(plan_file().plan, case, at)
        judged = decide(plan, case, command, at)
        assert isinstance(judged, Transition), (story.kind, command.do, judged)
        case = apply(case, judged)
    return caught_up(plan_file().plan, case, end)


@cache
def played(year: int) -> tuple[Case, ...]:
    """Every story on paper to 15 August."""
    end = datetime(year, 8, 15, 9, tzinfo=BEIJING)
    return tuple(_played(story, year, end) for story in told(year))


def _musts(year: int) -> Iterator[tuple[str, str]]:
    return ((m.must, m.state) for case in played(year) for m in case.musts)


@pytest.mark.parametrize("year", YEARS)
def test_every_command_of_every_story_is_accepted(year: int) -> None:
    assert len(played(year)) == len(told(year)) >= 200


@pytest.mark.parametrize("year", YEARS)
def test_together_they_show_every_stage_that_there_is_in_august(year: int) -> None:
    end = datetime(year, 8, 15, 9, tzinfo=BEIJING)
    assert {stage(case, end) for case in played(year)} == set(NAMES)


@pytest.mark.parametrize("year", YEARS)
def test_together_they_show_every_must_owed_proposed_decided_and_executed(year: int) -> None:
    seen = Counter(_musts(year))
    assert {must for must, _ in seen} == {"suspend", "close", "fine", "refer"}
    assert {must for must, state in seen if state == "executed"} >= {"suspend", "close", "refer"}
    assert {state for _, state in seen} >= {"owed", "proposed", "decided", "executed"}


@pytest.mark.parametrize("year", YEARS)
def test_both_kinds_of_lateness_and_every_district_and_several_endings_are_seen(year: int) -> None:
    end = datetime(year, 8, 15, 9, tzinfo=BEIJING)
    assert {d.is_duty for case in played(year) for d in overdue(plan_file().plan, case, end)} == {True, False}
    assert {case.district for case in played(year)} == {d.id for d in plan_file().plan.districts}
    assert {case.outcome for case in played(year)} >= {None, "compliant", "shut_down"}


def test_they_are_the_same_every_time_and_their_ids_are_their_own() -> None:
    again = stories(plan_file().plan, 2027)
    assert again == told(2027)
    ids = [c.command_id for s in again for c in (s.opening, *(command for _, command in s.steps))]
    assert len(ids) == len(set(ids))
    assert len({s.subject_id for s in again}) == len(again)


def test_they_are_in_the_order_of_time_and_end_before_the_demonstration_stands_still() -> None:
    for story in told(2027):
        instants = [story.opened_at, *(at for at, _ in story.steps)]
        assert instants == sorted(set(instants))
        assert instants[-1] < datetime(2027, 8, 15, 9, tzinfo=BEIJING)


def test_every_subject_is_marked_as_a_demonstration_and_nobody_is_named() -> None:
    for story in told(2027):
        assert "演示" in story.opening.subject.name
        assert story.opening.subject.code is None


def test_the_demonstration_plays_in_a_year_to_come() -> None:
    assert coming_year(datetime(2026, 12, 31, 15, 59, tzinfo=BEIJING)) == 2027
    assert coming_year(datetime(2027, 1, 1, tzinfo=BEIJING)) == 2028


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_home_in_use_is_refused_before_anything_is_started(empty_home: Path, lang: str) -> None:
    empty_home.mkdir()
    (empty_home / "passwords.json").write_text("{}", encoding="utf-8")
    ran = invoke("demo", "--lang", lang)
    assert (ran.code, ran.out) == (2, "")
    assert "RECTIFY_HOME" in ran.said
    assert {p.name for p in empty_home.iterdir()} == {"passwords.json"}
