"""Official calendars for tests. Made up: no notice of any government says so."""

from datetime import date

from models.case import Case
from models.plan import CalendarMove, Plan
from models.working_days import WorkingYear
from rules.case.clock_actor import calendar_moved, caught_up
from rules.case.evolve import apply
from tests.rules.story import instant

YEAR = 2031  # no library knows it; 1 June is a Sunday
MADE_UP = WorkingYear(
    year=YEAR,
    source="a notice made up for tests",
    off=(date(YEAR, 6, 4), date(YEAR, 6, 5), date(YEAR, 9, 1)),
    on=(date(YEAR, 6, 7), date(YEAR, 6, 15)),
)
ONLY_WORK = WorkingYear(year=YEAR, source="made up: worked at weekends", on=(date(YEAR, 6, 7), date(YEAR, 6, 8)))


def move_of(case: Case, year: WorkingYear, at: str, number: int = 1) -> CalendarMove:
    """The publication of the year at an instant, as the campaign tells it."""
    return CalendarMove(number=number, at=instant(at, YEAR), phases=case.phases, working_days=year)


def published(plan: Plan, case: Case | None, year: WorkingYear, at: str) -> Case:
    """The case after it has followed the publication; its clock has caught up before."""
    assert case is not None
    move = move_of(case, year, at)
    case = caught_up(plan, case, move.at)
    return apply(case, calendar_moved(plan, case, move))
