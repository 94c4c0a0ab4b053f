"""A campaign week by week: what was registered and put right, where cases stood, what agencies missed, the four musts.

A week runs from Monday to Sunday, Beijing time; the last one ends with the day as of which is counted. Cases count
where they are now. A few statements, whatever the size: along the index of spans, and of deadlines not met in time.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from models.base import Frozen
from models.instants import day_of, end_of_day, start_of_day
from rules.case.stage import NAMES
from store.spans import STEPS, monday_of

_WEEK = timedelta(days=7)


class Week(Frozen):
    """One week, with its numbers at the end of `ends`; `number` counts from 1.

    `registered`, `put_right` and `dropped` are findings of the week, `open` those that are then still to be put right,
    `put_right_so_far` of all weeks; `overdue`: findings whose date has passed. `stages`: cases by the stage in which
    they stand. `missed`: deadlines that agencies missed in the week, by who had them; `still_missed`: those unmet
    then, of whichever week. `steps`: measures proposed, approved, executed in the week, each by the kind of must.
    """

    number: int
    begins: date
    ends: date
    registered: int
    put_right: int
    dropped: int
    open: int
    put_right_so_far: int
    overdue: int
    stages: dict[str, int]
    missed: dict[str, int]
    still_missed: int
    steps: dict[str, dict[str, int]]

    @property
    def rate(self) -> float | None:
        """Findings put right, in percent of those registered that did not fall away; None where there is none."""
        whole = self.put_right_so_far + self.open
        return 100 * self.put_right_so_far / whole if whole else None


class Weeks(Frozen):
    """The weeks, first to last; `untold`: cases whose course the tables do not have yet (before a rebuild)."""

    weeks: tuple[Week, ...]
    untold: int


class Weekdays(NamedTuple):
    """From the Monday of the first week on, as of the end of a day."""

    first: date
    as_of: date

    @property
    def number(self) -> int:
        """How many weeks that is."""
        return (self.as_of - self.first) // _WEEK + 1

    @property
    def cuts_a_week(self) -> bool:
        """Whether the last one is not whole."""
        return self.as_of.weekday() < 6

    def week_of(self, at: datetime) -> int:
        """In which week an instant lies, from 0; the first one has all that was before."""
        return max((at - start_of_day(self.first)) // _WEEK, 0)


class _Moved(NamedTuple):
    """Spans, or missed deadlines, that began in a week and ended in one: none, or beyond the last, is not yet."""

    kind: str
    what: str
    began: int
    ended: int | None
    n: int


def weekdays(begins_on: date, as_of: date) -> Weekdays:
    """The weeks from the one in which a campaign began."""
    return Weekdays(monday_of(begins_on), as_of)


def weeks(
    engine: Engine,
    campaign_id: str,
    of: Weekdays,
    now: datetime,
    district: str | None = None,
    sector: str | None = None,
) -> Weeks:
    """Of the campaign, or of one place."""
    place = {name: value for name, value in (("district", district), ("sector", sector)) if value is not None}
    facts = {"campaign_id": campaign_id, "as_of": of.as_of, "last": monday_of(of.as_of), **place}
    facts |= {"until": end_of_day(of.as_of), "due_by": min(now, end_of_day(of.as_of))}
    facts |= {"first_at": start_of_day(of.first)}
    there = "".join(f" AND {name} = :{name}" for name in place)
    cases = _rows(engine, f"SELECT count(*) AS n FROM cases WHERE campaign_id = :campaign_id{there}", facts)[0]["n"]
    spans = _rows(engine, _SPANS.format(there=there), facts)
    told = sum(row["n"] for row in spans if row["kind"] == "stage" and row["until_week"] is None)
    moved = [one for row in spans if (one := _span(row, of)).began < of.number]
    if of.cuts_a_week and day_of(now) > of.as_of:
        cut = _rows(engine, f"{_CUT_OFF}{there} GROUP BY 1, 2, 3, 4, 5", facts)
        moved += [one for row in cut for one in _cut(row, of)]
    late = _rows(engine, f"{_NOT_IN_TIME}{there} GROUP BY 1, 2, 3, 4, 5", facts)
    moved += [one for row in late for one in _late(row, of)]
    return Weeks(weeks=_weeks(of, moved), untold=max(cases - told, 0))


# grouped in the order of the index first, which takes PostgreSQL a quarter less than hashing half a million spans
_SPANS = """SELECT kind, what, since_week, until_week, CAST(sum(n) AS bigint) AS n FROM (
        SELECT district, sector, kind, what, since_week, until_week, count(*) AS n
        FROM case_spans WHERE campaign_id = :campaign_id{there} GROUP BY 1, 2, 3, 4, 5, 6
    ) AS of_a_place GROUP BY 1, 2, 3, 4"""
# what the last week had after the day as of which is counted
_CUT_OFF = """SELECT kind, what, since_week, until_week, since > :as_of AS ahead, count(*) AS n
    FROM case_spans WHERE campaign_id = :campaign_id
        AND (since_week = :last AND since > :as_of OR until_week = :last AND until > :as_of)"""
# a week ends with its Sunday: what was due at 24:00 is missed in it, what was done at that instant belongs to the next
_ENDED = "coalesce(met_at, replaced_at)"
_NOT_IN_TIME = f"""SELECT kind, role, set_at < due_at AS fell,
        date_bin('7 days', greatest(due_at - interval '1 us', set_at), :first_at) AS began,
        CASE WHEN {_ENDED} < :until THEN date_bin('7 days', {_ENDED}, :first_at) END AS ended, count(*) AS n
    FROM deadlines WHERE coalesce(met_at, replaced_at, 'infinity'::timestamptz) >= due_at
        AND due_at <= :due_by AND set_at < :until AND campaign_id = :campaign_id"""


def _span(row: dict[str, Any], of: Weekdays) -> _Moved:
    ended = None if row["until_week"] is None else of.week_of(start_of_day(row["until_week"]))
    return _Moved(row["kind"], row["what"], of.week_of(start_of_day(row["since_week"])), ended, row["n"])


def _cut(row: dict[str, Any], of: Weekdays) -> list[_Moved]:
    """What began after that day is taken back; of what ended after it, the end."""
    counted = _span(row, of)
    taken_back = counted._replace(n=-counted.n)
    return [taken_back] if row["ahead"] else [taken_back, counted._replace(ended=None)]


def _late(row: dict[str, Any], of: Weekdays) -> list[_Moved]:
    """Deadlines that were late for a time; missed by whoever had them at their instant, not who had them after it."""
    began, ended = of.week_of(row["began"]), of.week_of(row["ended"]) if row["ended"] else None
    late = [_Moved(row["kind"], row["role"], began, ended, row["n"])]
    return [*late, *([_Moved("fell", row["role"], began, ended, row["n"])] if row["fell"] else [])]


def _weeks(of: Weekdays, moved: list[_Moved]) -> tuple[Week, ...]:
    def chosen(kind: str, what: str | None = None) -> list[_Moved]:
        return [one for one in moved if one.kind == kind and what in (None, one.what)]

    def began(those: list[_Moved]) -> list[int]:
        return _by_week(of, ((one.began, one.n) for one in those))

    def ended(those: list[_Moved]) -> list[int]:
        return _by_week(of, ((one.ended, one.n) for one in those if one.ended is not None))

    def lasting(those: list[_Moved]) -> list[int]:
        """How many last at the end of each week."""
        return [more - less for more, less in zip(accumulate(began(those)), accumulate(ended(those)), strict=True)]

    open_, dropped = chosen("finding", "open"), began(chosen("finding", "dropped"))
    put_right = [over - fell for over, fell in zip(ended(open_), dropped, strict=True)]
    so_far, registered, still_open = list(accumulate(put_right)), began(open_), lasting(open_)
    overdue, still_missed = lasting(chosen("rectification")), lasting(chosen("duty"))
    stages = {name: lasting(chosen("stage", name)) for name in NAMES}
    missed = {role: began(chosen("fell", role)) for role in sorted({one.what for one in chosen("duty")})}
    musts = sorted({one.what for one in moved if one.kind in STEPS})
    steps = {step: {must: began(chosen(step, must)) for must in musts} for step in STEPS}
    return tuple(
        Week(
            number=n + 1,
            begins=of.first + n * _WEEK,
            ends=min(of.first + (n + 1) * _WEEK - timedelta(days=1), of.as_of),
            registered=registered[n],
            put_right=put_right[n],
            dropped=dropped[n],
            open=still_open[n],
            put_right_so_far=so_far[n],
            overdue=overdue[n],
            stages={name: counts[n] for name, counts in stages.items()},
            missed={role: counts[n] for role, counts in missed.items()},
            still_missed=still_missed[n],
            steps={step: {must: counts[n] for must, counts in of_step.items()} for step, of_step in steps.items()},
        )
        for n in range(of.number)
    )


def _by_week(of: Weekdays, counts: Iterable[tuple[int, int]]) -> list[int]:
    """What lies beyond the last week is in none."""
    found = Counter[int]()
    for week, n in counts:
        found[week] += n
    return [found[week] for week in range(of.number)]


def _rows(engine: Engine, sql: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), facts).mappings()]
