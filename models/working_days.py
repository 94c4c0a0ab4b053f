"""Which days are working days: official calendars as data, and what a case counts by (domain §5)."""

import hashlib
import json
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from models.base import Frozen
from models.instants import Day


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("control characters and line ends are not allowed (不得含有控制字符或换行)")
    return text


_OneLine = AfterValidator(_one_line)


class WorkingYear(Frozen):
    """The official calendar of a year: weekdays off, weekend days worked; `source` is the notice that says so."""

    year: Annotated[int, Field(strict=True, ge=1900, le=2200)]
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), _OneLine]
    off: tuple[Day, ...] = ()
    on: tuple[Day, ...] = ()

    def is_working_day(self, day: date) -> bool:
        """Whether a day of this year is worked."""
        return day not in self.off if day.weekday() < 5 else day in self.on

    @property
    def digest(self) -> str:
        """Equal for equal content, in whatever order its days stand; 32 hex digits."""
        days = {"off": sorted(map(str, self.off)), "on": sorted(map(str, self.on))}
        content = json.dumps({"year": self.year, "source": self.source, **days}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


class WorkingDays(Frozen):
    """What a case counts by, kept in it, so that every replay counts alike.

    `years` were published by the office and go before the library of official calendars; `official_until` is the last
    year that this library knew when the case was opened: a later version of it changes nothing for the case. None in
    a case of before this was kept: as the library has it.
    """

    years: tuple[WorkingYear, ...] = ()
    official_until: int | None = None

    def year(self, number: int) -> WorkingYear | None:
        """The calendar that was published for that year."""
        return next((y for y in self.years if y.year == number), None)

    def knowing(self, published: WorkingYear) -> "WorkingDays":
        """With a year that is published from now on."""
        years = (*(y for y in self.years if y.year != published.year), published)
        return self.model_copy(update={"years": tuple(sorted(years, key=lambda y: y.year))})
