"""What a number format of Excel shows of a number: a date, and of that the day. Child only."""

import math
import re

from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import SERIAL, Travelling, of_serial

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_IDS = frozenset((*range(14, 18), 22, *range(27, 32), 34, 35, 36, *range(50, 59)))
"""Built-in number formats that show a date, those of Chinese Excel included."""
_MONTH_IDS = frozenset((17, 27, 36, 50, 52, 57))
"""Of these, those that show a year and a month and no day."""


def shows_day(format_id: int, code: str | None) -> bool:
    """Of a format that shows a date, whether it shows the day; `code` is that of a format of the file's own."""
    if code is not None:
        return "d" in _QUOTED.sub("", code).lower() or "日" in code
    return format_id not in _MONTH_IDS


def shows_date(format_id: int, code: str | None) -> bool:
    """Whether it shows a date; `code` is that of a format of the file's own."""
    if code is not None:
        bare = _QUOTED.sub("", code).lower()
        return "y" in bare or "d" in bare or "年" in code or "月" in code
    return format_id in _DATE_IDS


def numeric(number: float, date_with_day: bool | None, offset: int) -> Travelling:
    """A number as it travels; `date_with_day`: None where it is shown as no date; `offset`: days to add to a serial."""
    if not math.isfinite(number):
        raise Refusal("damaged", reason=str(number))
    if date_with_day is not None:
        day = None if date_with_day else of_serial(number + offset)
        if day is not None and day.day == 1:
            return f"{day.year}年{day.month}月"  # what was typed and is shown: the first is Excel's addition
        return f"{SERIAL}{number + offset!r}"
    return int(number) if number.is_integer() and abs(number) < 1e18 else number
