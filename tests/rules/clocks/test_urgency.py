"""Yellow from three working days before, red after; the level rises every seven days (domain §5)."""

from datetime import datetime, timedelta

import pytest

from models.instants import parse_instant
from models.plan import Plan
from rules.clocks.urgency import colour, level
from tests.cast import plan_file


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_file().plan


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2013-06-12T23:59", "green"),
        (
            "2013-06-13T00:00",
            "yellow",
        ),  # due Monday 17 June 24:00: Monday, Friday and Thursday; 10 to 12 June are holidays
        ("2013-06-17T23:59", "yellow"),
        ("2013-06-17T24:00", "red"),
    ],
)
def test_the_colour_of_a_due_instant(plan: Plan, now: str, expected: str) -> None:
    due = parse_instant("2013-06-17T24:00")
    assert colour(plan, due, parse_instant(now)) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(0), "inspector"),
        (timedelta(days=7) - timedelta(seconds=1), "inspector"),
        (timedelta(days=7), "supervisor"),
        (timedelta(days=14) - timedelta(seconds=1), "supervisor"),
        (timedelta(days=14), "office"),
        (timedelta(days=200), "office"),
    ],
)
def test_the_level_rises_every_seven_days(plan: Plan, late: timedelta, expected: str) -> None:
    due: datetime = parse_instant("2013-06-17T24:00")
    assert level(plan, due, due + late) == expected
