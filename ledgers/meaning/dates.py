"""Days as offices write them: 2013年6月30日, 2013.6.30, 6月30日, 二〇一三年六月三十日, a serial of Excel."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ledgers.cells import Cell
from ledgers.reading.wire import of_serial
from ledgers.words import folded, numeral
from models.instants import day_of

DateTrouble = Literal["date_unreadable", "date_impossible", "date_ambiguous", "date_incomplete", "date_is_a_range"]
DateNote = Literal["date_year_assumed", "date_order_assumed", "date_end_of_month"]

_HOUR = r"(?:[T日号,]|(?<!\d))\d{1,2}[:时点]"
_HALF = r"[上下]午(?:\d{1,2}(?:[:时点](?:\d{1,2}分?|半)?)?)?"
_TIME = rf"(?:{_HOUR}(?:\d{{1,2}}(?:[:分]\d{{0,2}}(?:\.\d+)?秒?)?)?(?:Z|[+-]\d{{2}}:?\d{{2}})?|{_HALF})?"
_WEEKDAY = r"(?:\(?(?:星期|周)[一二三四五六日天]\)?)?"
_S = r"[年./\-]"
_M = r"[月./\-]"
_FULL = re.compile(rf"(\d{{4}}){_S}(\d{{1,2}}){_M}(\d{{1,2}})[日号]?{_WEEKDAY}{_TIME}")
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})")
_SHORT_YEAR = re.compile(rf"(\d{{2}})年(\d{{1,2}}){_M}(\d{{1,2}})[日号]?{_WEEKDAY}{_TIME}")
_THREE = re.compile(rf"(\d{{1,2}})[./\-](\d{{1,2}})[./\-](\d{{4}}|\d{{2}}){_WEEKDAY}{_TIME}")
_MONTH_DAY = re.compile(rf"(\d{{1,2}}){_M}(\d{{1,2}})[日号]?{_WEEKDAY}{_TIME}")
_MONTH_ONLY = re.compile(r"(?:\d{4}[年./\-])?\d{1,2}月?(?:份|底|初|中旬|上旬|下旬|末)?前?|\d{4}年?")
_MONTH_END = re.compile(r"(?:(\d{4})[年./\-])?(\d{1,2}|[一二三四五六七八九十]{1,2})月份?[底末]")
_RANGE = re.compile(r"\d[日号]?(?:[上下]午)?(?:至|到|~|～|—|--|-)\d{1,4}(?:[年月./\-]\d|[日号])")
_THROUGH = re.compile(r"[至到~～—\-]\s*\d{1,4}[年月日号./]")
_BEFORE = re.compile("^(?:务必|必须)?(?:于|在|限)")
_AFTER = re.compile(
    r"(?:(?:之?前|以前|止|为止)(?:务必|必须|全部)?(?:完成整改|整改)?(?:完成|完毕|到位)?|整改(?:完成|完毕|到位)|完成整改)?[.,;]*$"
)
_CHINESE = re.compile(
    r"(?:([〇零○一二三四五六七八九]{4}|\d{4})年)?([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?"
)
_CLOCK = re.compile(r"(?<=[\d日号)）])\s+\d{1,2}\s*[:：时点].*$")
"""A time of day after a space: cut off before spaces go, else 1 15:05 would be the 11th."""
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})", re.IGNORECASE)
"""An instant of another zone: its Beijing day may be another."""
_LONGEST = 60
_YEARS = (1990, 2100)


@dataclass(frozen=True, slots=True)
class Season:
    """The days of a campaign, both included: a date without a year lies in it."""

    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day, and what was assumed to read it."""

    day: date
    note: DateNote | None = None


def read_day(cell: Cell, season: Season) -> DayRead | DateTrouble:
    """The day that a cell means, or why none can be told. Never raises."""
    match cell:
        case datetime():
            return _in_years(cell.date())
        case date():
            return _in_years(cell)
        case bool():
            return "date_unreadable"
        case int() | float():
            return _of_number(cell, season)
        case str():
            return _of_text(cell, season)
        case _:
            return "date_unreadable"


def _in_years(day: date) -> DayRead | DateTrouble:
    return DayRead(day) if _YEARS[0] <= day.year <= _YEARS[1] else "date_impossible"


def _of_number(number: float, season: Season) -> DayRead | DateTrouble:
    if 30_000 <= number <= 80_000:  # 1982 to 2119: a serial whose cell lost its format
        instant = of_serial(number)
        return DayRead(instant.date()) if instant else "date_unreadable"
    if float(number).is_integer() and (compact := _COMPACT.fullmatch(str(int(number)))):
        return _day(*compact.groups())
    if 1 <= number < 13 and not float(number).is_integer():
        text = repr(float(number))
        # 6.3 was 6.3 or 6.30: the cell does not tell any more
        return "date_ambiguous" if text.partition(".")[2] in ("1", "2", "3") else _of_text(text, season)
    if _YEARS[0] <= number < _YEARS[1] + 1:
        return "date_incomplete"  # 2013, or 2013.6
    return "date_unreadable"


def _of_text(raw: str, season: Season) -> DayRead | DateTrouble:
    if len(raw) > _LONGEST:
        return "date_unreadable"
    if _ZONED.fullmatch(raw.strip()):
        return _of_instant(raw.strip())
    if (rest := _CLOCK.search(raw.strip())) and _THROUGH.search(rest[0]):
        return "date_is_a_range"
    plain = folded(_CLOCK.sub("", raw.strip())).replace("。", ".")
    text = _AFTER.sub("", _BEFORE.sub("", plain), count=1)
    if found := _FULL.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(*found.groups()[:3])
    if found := _CHINESE.fullmatch(text):
        return _of_chinese(found, season)
    if found := _SHORT_YEAR.fullmatch(text):
        read = _day("20" + found[1], found[2], found[3])
        return DayRead(read.day, "date_year_assumed") if isinstance(read, DayRead) else read
    if found := _THREE.fullmatch(text):
        return _of_three(found, season)
    if found := _MONTH_DAY.fullmatch(text):
        return _of_month_day(int(found[1]), int(found[2]), season)
    if found := _MONTH_END.fullmatch(text):
        return _of_month_end(found[1], numeral(found[2]), season)
    if _RANGE.search(text):
        return "date_is_a_range"
    if _MONTH_ONLY.fullmatch(text) and not (text.isdigit() and len(text) != 4):
        return "date_incomplete"
    if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 12:
        return _of_number(float(text), season) if float(text) >= 13 else "date_unreadable"
    return "date_unreadable"


def _of_instant(text: str) -> DayRead | DateTrouble:
    """2013-06-19T16:00:00Z, as other systems write midnight of the 20th."""
    try:
        return _in_years(day_of(datetime.fromisoformat(text.upper())))
    except (ValueError, OverflowError):
        return "date_impossible"


def _of_chinese(found: re.Match[str], season: Season) -> DayRead | DateTrouble:
    month, day = numeral(found[2]), numeral(found[3])
    if month is None or day is None:
        return "date_unreadable"
    if not found[1]:
        return _of_month_day(month, day, season)
    year = found[1] if found[1].isdigit() and found[1].isascii() else "".join(str(numeral(c)) for c in found[1])
    return _day(year, str(month), str(day))


def _of_three(found: re.Match[str], season: Season) -> DayRead | DateTrouble:
    """Three numbers whose order is not written: taken only if one order gives a day of the campaign's years."""
    first, second, last = found[1], found[2], found[3]
    orders = [(last, first, second), (last, second, first)]  # month/day/year, day/month/year
    if len(last) == 2:
        orders.insert(0, (first, second, last))
    years = range(season.begins.year, season.ends.year + 1)
    days: set[date] = set()
    for year, month, day in orders:
        read = _day(year if len(year) == 4 else "20" + year.zfill(2), month, day)
        if isinstance(read, DayRead) and (read.day.year in years or len(last) == 4):
            days.add(read.day)
    if len(days) == 1:
        return DayRead(days.pop(), "date_order_assumed")
    return "date_ambiguous" if days else "date_impossible"


def _of_month_day(month: int, day: int, season: Season) -> DayRead | DateTrouble:
    """In the year of the campaign; where it spans two, the year that puts the day into it."""
    read: DayRead | DateTrouble = "date_impossible"
    for year in range(season.ends.year, season.begins.year - 1, -1):
        candidate = _day(str(year), str(month), str(day))
        if isinstance(candidate, DayRead):
            read = DayRead(candidate.day, "date_year_assumed")
            if season.begins <= candidate.day <= season.ends:
                return read
    return read


def _of_month_end(year: str | None, month: int | None, season: Season) -> DayRead | DateTrouble:
    if month is None:
        return "date_unreadable"
    read = _day(year, str(month), "1") if year else _of_month_day(month, 28, season)
    if not isinstance(read, DayRead):
        return read
    _, last = monthrange(read.day.year, read.day.month)
    return DayRead(read.day.replace(day=last), "date_end_of_month")


def _day(year: str, month: str, day: str) -> DayRead | DateTrouble:
    try:
        return _in_years(date(int(year), int(month), int(day)))
    except ValueError:
        return "date_impossible"
