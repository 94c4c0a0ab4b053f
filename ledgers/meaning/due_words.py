"""A due date in words that count from the inspection: 立即整改, 3日内, 限期15天, 5个工作日内, 一个月内 (A)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from ledgers.words import folded, numeral
from rules.clocks.working_days import add_working_days

Unit = Literal["day", "working_day", "month"]
_DEED = r"(?:(?:务必|必须|全部)?(?:完成)?(?:整改|改正|纠正|处理|治理|整治|消除|落实|上报)*(?:完成|完毕|到位)?)[。.!]?"
_FROM = (
    r"(?:责令|要求|请|须|需|应|务必|必须|限|于|在|从|自|检查|发现|接到?|收到|下达|下发|发文|通知书?|指令书?|整改|单|之日起?|日起|"
    r"之?后|限期|期限)*[:]?"
)
_AT_ONCE = re.compile(
    rf"{_FROM}(?:立即|立刻|马上|当场|现场|即时|即刻|随即|当天|当日|即日|立行立改|立查立改|即查即改|边查边改){_DEED}"
)
_N = r"(\d{1,3}|[一二两三四五六七八九十]{1,3}|半)"
_WITHIN = re.compile(rf"({_FROM}){_N}(个?工作日|个?小时|个月|日|天|个?星期|周)(之内|以内|内|完成|整改)?前?{_DEED}")
_MOST_DAYS = 366
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class Period:
    """So many days, working days or months after the inspection; 0 days: the day of the inspection itself."""

    number: int
    unit: Unit

    def after(self, day: date) -> date:
        """The day at whose end it is over, counted as the law counts: the day of the event is not one of them."""
        match self.unit:
            case "day":
                return day + timedelta(days=self.number)
            case "working_day":
                return add_working_days(day, self.number)
            case "month":
                months = day.month - 1 + self.number
                year, month = day.year + months // 12, months % 12 + 1
                return date(year, month, min(day.day, monthrange(year, month)[1]))


@lru_cache(maxsize=10_000)
def read_period(text: str) -> Period | None:
    """The period that a text means; None for any other text. 5日 alone is a day of the month, 5日内 a period."""
    if len(text) > _LONGEST:
        return None
    word = folded(text)
    if _AT_ONCE.fullmatch(word):
        return Period(0, "day")
    found = _WITHIN.fullmatch(word)
    if found is None:
        return None
    limits, number, unit, within = found[1], found[2], found[3].removeprefix("个"), found[4]
    if unit == "日" and not within and "限" not in limits:
        return None
    if number == "半":
        return Period(15, "day") if unit == "月" else None
    count = numeral(number)
    if count is None or not 0 < count <= _MOST_DAYS:
        return None
    match unit:
        case "工作日":
            return Period(count, "working_day")
        case "小时":
            return Period((count + 23) // 24, "day")
        case "月":
            return Period(count, "month") if count <= 12 else None
        case "星期" | "周":
            return Period(7 * count, "day")
        case _:
            return Period(count, "day")
