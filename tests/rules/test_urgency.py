"""Yellow from three working days before, red after; the level rises every seven days (domain §5)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.instants import parse_instant
from models.plan import Plan
from rules.clocks.urgency import colour, level
from rules.files.plan_check import PlanFile, read_plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plan() -> Plan:
    read = read_plan((ROOT / "campaigns" / "karamay-2013.toml").read_text(encoding="utf-8"), "karamay-2013.toml")
    assert isinstance(read, PlanFile)
    return read.plan


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
