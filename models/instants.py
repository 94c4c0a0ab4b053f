"""Official time: Beijing, UTC+8. A day begins at 00:00; a due *date* is the instant 24:00 of that day (domain §1)."""

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Any

from pydantic import BeforeValidator

BEIJING = timezone(timedelta(hours=8))
_YEARS = (1900, 2200)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]24:00(:00)?(\+08:00)?")


def start_of_day(day: date) -> datetime:
    """00:00 of the day, Beijing time."""
    return datetime.combine(day, time(0), BEIJING)


def end_of_day(day: date) -> datetime:
    """24:00 of the day, Beijing time: the instant at which something due on that day is late."""
    return start_of_day(day) + timedelta(days=1)


def day_of(instant: datetime) -> date:
    """The Beijing calendar day in which the instant lies."""
    return instant.astimezone(BEIJING).date()


def parse_instant(value: Any, *, a_date_means: str = "start") -> datetime:
    """An aware Beijing datetime from ISO text, a date or a datetime; without an offset it is Beijing time.

    `24:00` is understood. A date alone means 00:00 (`start`) or 24:00 (`end`). Raises ValueError otherwise.
    """
    if not isinstance(value, (str, date)):
        raise ValueError("an instant is text such as 2013-06-30T09:00 (时刻的写法如 2013-06-30T09:00)")
    try:
        instant = _instant(value, a_date_means)
    except OverflowError:
        raise _outside(value) from None
    except ValueError:
        raise ValueError(
            f"'{value}' is no instant; it is written as 2013-06-30T09:00, or as 2013-06-30 for the whole day"
            f" (“{value}”不是有效时刻，写法如 2013-06-30T09:00，只写日期的如 2013-06-30)"
        ) from None
    if not _YEARS[0] <= instant.year <= _YEARS[1]:
        raise _outside(value)
    return instant


class OutsideYears(ValueError):
    """An instant of a year that no campaign lies in."""


def _outside(value: Any) -> OutsideYears:
    first, last = _YEARS
    return OutsideYears(
        f"'{value}' lies outside the years {first} to {last} (“{value}”的年份不在 {first} 至 {last} 之间)"
    )


def _instant(value: str | date, a_date_means: str) -> datetime:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=BEIJING)).astimezone(BEIJING)
    if isinstance(value, date):
        return end_of_day(value) if a_date_means == "end" else start_of_day(value)
    text = value.strip()
    if _DATE.fullmatch(text):
        return _instant(date.fromisoformat(text), a_date_means)
    if midnight := _MIDNIGHT.fullmatch(text):
        return end_of_day(date.fromisoformat(midnight.group(1)))
    return _instant(datetime.fromisoformat(text), a_date_means)


def parse_due(value: Any) -> datetime:
    """An instant; a date alone is due at 24:00 of that day."""
    return parse_instant(value, a_date_means="end")


def parse_day(value: Any) -> date:
    """A calendar day from a date, ISO text or an instant (its Beijing day). Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, (str, date)):
        raise ValueError("a day is text such as 2013-06-30 (日期的写法如 2013-06-30)")
    try:
        return day_of(parse_instant(value))
    except OutsideYears:
        raise
    except ValueError:
        raise ValueError(
            f"'{value}' is no day; it is written as 2013-06-30 (“{value}”不是有效日期，写法如 2013-06-30)"
        ) from None


Instant = Annotated[datetime, BeforeValidator(parse_instant)]
Due = Annotated[datetime, BeforeValidator(parse_due)]
Day = Annotated[date, BeforeValidator(parse_day)]


def show_instant(instant: datetime | None) -> str | None:
    """ISO text with the Beijing offset, whole seconds: what every JSON answer shows."""
    return None if instant is None else instant.astimezone(BEIJING).isoformat(timespec="seconds")


def say_instant(instant: datetime | None) -> str:
    """An instant as people read it: to the minute, Beijing time; `–` for none."""
    return "–" if instant is None else instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def say_due(instant: datetime | None) -> str:
    """A due instant as officials say it: midnight is 24:00 of the day that it ends; `–` for none."""
    if instant is None:
        return "–"
    local = instant.astimezone(BEIJING)
    if (local.hour, local.minute) == (0, 0):
        return (local - timedelta(days=1)).strftime("%Y-%m-%d 24:00")
    return say_instant(instant)


def say_instant_in_chinese(instant: datetime) -> str:
    """An instant as an official text writes it: `2027年9月14日9时30分`, Beijing time; the day where it begins then."""
    local = instant.astimezone(BEIJING)
    hour = f"{local.hour}时" if local.hour or local.minute else ""
    minute = f"{local.minute}分" if local.minute else ""
    return f"{local.year}年{local.month}月{local.day}日{hour}{minute}"


def say_due_in_chinese(instant: datetime) -> str:
    """A due instant as an official text writes it, to be followed by 前: `2027年9月14日` where the whole day counts."""
    local = instant.astimezone(BEIJING)
    if (local.hour, local.minute) == (0, 0):
        day = local - timedelta(days=1)
        return f"{day.year}年{day.month}月{day.day}日"
    return say_instant_in_chinese(instant)
