"""Which days are working days: published years before the library, Monday to Friday where neither has the year.

A case counts by what it carries (`by`): pure, and alike under every replay. Where there is no case, the process counts
by what it has learned of publications (`by` None). No rule that decides may do that.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, cast

import chinese_calendar

from models.instants import day_of
from models.plan import PhaseDates
from models.working_days import WorkingDays, WorkingYear

_official: Callable[[date], bool] = cast("Any", chinese_calendar).is_workday
_learned: dict[int, WorkingYear] = {}
_FIRST = 2004  # of the library


def learn(years: Iterable[WorkingYear]) -> None:
    """Keep years that were published, each instead of an earlier publication of the same one."""
    _learned.update((year.year, year) for year in years)


def current() -> WorkingDays:
    """What this process counts by where there is no case, and what a case that is opened now will count by."""
    years = tuple(_learned[number] for number in sorted(_learned))
    return WorkingDays(years=years, official_until=official_until())


def pinned(years: Iterable[WorkingYear], phases: tuple[PhaseDates, ...]) -> WorkingDays:
    """What a case of these phases counts by."""
    reached = years_reached(phases)
    relevant = tuple(year for year in years if year.year in reached)
    return WorkingDays(years=relevant, official_until=official_until())


def years_reached(phases: tuple[PhaseDates, ...]) -> range:
    """The years over which a case may count: a period may reach into the one after the last phase."""
    last_day = day_of(phases[-1].ends_at - timedelta(microseconds=1))
    return range(day_of(phases[0].begins_at).year, last_day.year + 2)


def is_working_day(day: date, by: WorkingDays | None = None) -> bool:
    """By the official calendar of the year; an unpublished year is provisional: Monday to Friday (A)."""
    if published := _published(day.year, by):
        return published.is_working_day(day)
    if is_provisional(day.year, by):
        return day.weekday() < 5
    return _official_day(day)


def is_provisional(year: int, by: WorkingDays | None = None) -> bool:
    """Whether the official calendar of the year is not published yet."""
    if _published(year, by):
        return False
    beyond = by is not None and by.official_until is not None and year > by.official_until
    return beyond or not _is_official(year)


def add_working_days(day: date, n: int, by: WorkingDays | None = None) -> date:
    """The n-th working day after `day`; counting starts with the day after the event."""
    while n > 0:
        day += timedelta(days=1)
        n -= is_working_day(day, by)
    return day


@lru_cache(maxsize=1)
def official_until() -> int:
    """The last year that the library knows; it has every one from its first on."""
    year = _FIRST
    while _is_official(year + 1):
        year += 1
    return year


def official_year(year: int) -> WorkingYear | None:
    """The year as the library has it; None if it does not."""
    if not _is_official(year):
        return None
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    off = tuple(day for day in days if day.weekday() < 5 and not _official_day(day))
    on = tuple(day for day in days if day.weekday() >= 5 and _official_day(day))
    return WorkingYear(year=year, source="chinesecalendar", off=off, on=on)


def _published(year: int, by: WorkingDays | None) -> WorkingYear | None:
    return by.year(year) if by is not None else _learned.get(year)


@lru_cache(maxsize=4096)
def _official_day(day: date) -> bool:
    return _official(day)


@lru_cache(maxsize=512)
def _is_official(year: int) -> bool:
    try:
        _official(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True
