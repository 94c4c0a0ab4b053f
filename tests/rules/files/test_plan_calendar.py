"""Phases as instants: month-days of any year, instants of one trial, leap years (domain §1)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from models.instants import BEIJING
from models.plan import instant_of
from rules.clocks.periods import phase_at
from rules.files.plan_check import PlanFile, read_plan
from tests.rules.files.text import FILE, FOOD_SAFETY, KARAMAY, errors_of, plan_file, put

PLAN = plan_file().plan


@pytest.mark.clause("domain §1")
@pytest.mark.parametrize("year", [2013, 2016, 2024, 2027, 2028, 1900, 2200])
@pytest.mark.parametrize("text", [KARAMAY, FOOD_SAFETY], ids=["karamay", "food"])
def test_the_phases_of_any_year_meet_and_begin_and_end_at_midnight_in_beijing(text: str, year: int) -> None:
    calendar = plan_file(text).plan.calendar(year)
    for earlier, later in pairwise(calendar):
        assert earlier.ends_at == later.begins_at
    assert all((d.begins_at.hour, d.begins_at.utcoffset()) == (0, timedelta(hours=8)) for d in calendar)
    assert calendar[0].begins_at.year == year


@pytest.mark.clause("3.1")
def test_the_campaign_of_2013_runs_from_5_may_to_the_end_of_the_year() -> None:
    first, second, third = PLAN.calendar(2013)
    assert first.begins_at == datetime(2013, 5, 4, 16, tzinfo=UTC)
    assert second.begins_at == datetime(2013, 5, 31, 16, tzinfo=UTC)
    assert third.begins_at == datetime(2013, 10, 31, 16, tzinfo=UTC)
    assert third.ends_at == datetime(2014, 1, 1, tzinfo=BEIJING)


@pytest.mark.clause("domain §1")
@pytest.mark.parametrize(
    ("at", "phase"),
    [
        ("2013-05-04T23:59:59", None),
        ("2013-05-05T00:00:00", "investigation"),
        ("2013-05-31T23:59:59", "investigation"),
        ("2013-06-01T00:00:00", "rectification"),
        ("2013-10-31T23:59:59", "rectification"),
        ("2013-11-01T00:00:00", "consolidation"),
        ("2013-12-31T23:59:59", "consolidation"),
        ("2014-01-01T00:00:00", None),
    ],
)
def test_a_phase_begins_with_its_first_instant_and_ends_before_the_next(at: str, phase: str | None) -> None:
    assert phase_at(PLAN.calendar(2013), datetime.fromisoformat(at).replace(tzinfo=BEIJING)) == phase


def test_a_month_day_begins_at_midnight_and_ends_at_the_next() -> None:
    assert instant_of("05-31", 2013) == datetime(2013, 5, 31, tzinfo=BEIJING)
    assert instant_of("05-31", 2013, end=True) == datetime(2013, 6, 1, tzinfo=BEIJING)


def _trial(*boundaries: tuple[str, str, str], look_back: str) -> str:
    text = KARAMAY
    for phase, begins, ends in boundaries:
        text, _ = put(text, ("phases", phase), "begins", f'"{begins}"')
        text, _ = put(text, ("phases", phase), "ends", f'"{ends}"')
    return put(text, ("clocks", None), "look_back_on", f'"{look_back}"')[0]


TRIAL = _trial(
    ("investigation", "2027-03-01T08:00", "2027-03-20T12:00"),
    ("rectification", "2027-03-20T12:00+08:00", "2027-05-01T00:00:00"),
    ("consolidation", "2027-04-30T16:00:00Z", "2027-05-31T24:00"),
    look_back="2027-05-20T24:00",
)


@pytest.mark.clause("domain §1")
def test_instants_instead_of_month_days_stay_what_they_are_whatever_the_year() -> None:
    read = read_plan(TRIAL, FILE)
    assert isinstance(read, PlanFile), read
    assert read.plan.calendar(2013) == read.plan.calendar(2027)
    first, second, third = read.plan.calendar(2027)
    assert first.begins_at == datetime(2027, 3, 1, 8, tzinfo=BEIJING)
    assert first.ends_at == second.begins_at == datetime(2027, 3, 20, 12, tzinfo=BEIJING)
    assert third.ends_at == datetime(2027, 6, 1, tzinfo=BEIJING)


def test_instants_that_leave_a_gap_of_a_minute_are_refused() -> None:
    text, line = put(TRIAL, ("phases", "rectification"), "begins", '"2027-03-20T12:01"')
    (error,) = errors_of(text)
    assert (error.line, error.field) == (line, "phases[1].begins")


@pytest.mark.parametrize("day", ["02-29", "02-30", "04-31", "13-01", "00-10", "5-5", "05/05", "05-05-", "５-０５", ""])
def test_a_month_day_that_is_no_day_of_every_year_is_refused(day: str) -> None:
    text, line = put(KARAMAY, ("phases", "investigation"), "begins", f'"{day}"')
    (error,) = errors_of(text)
    assert (error.line, error.field) == (line, "phases[0].begins")


@pytest.mark.clause("domain §1")
def test_a_plan_that_is_accepted_has_no_gap_in_a_leap_year_either() -> None:
    text = _trial(
        ("investigation", "01-10", "02-28"),
        ("rectification", "03-01", "10-31"),
        ("consolidation", "11-01", "12-31"),
        look_back="12-15",
    )
    read = read_plan(text, FILE)
    if isinstance(read, PlanFile):
        first, second, _ = read.plan.calendar(2028)
        assert first.ends_at == second.begins_at
