"""Reading the official calendar of a year: a whole WorkingYear, or every error with file, line, field and remedy."""

import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import chain

from models.working_days import WorkingYear
from rules.files.plan_check import PlanError, in_order, unreadable
from rules.files.plan_consistency import SenseError
from rules.files.toml_lines import line_of


def read_year(text: str, file: str) -> WorkingYear | tuple[PlanError, ...]:
    """The year in the TOML text, or all errors, in the order of their lines. Pure: text in, answer out."""
    try:
        year = WorkingYear.model_validate(tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # a number with more digits than Python reads, or a date that is none
        return unreadable(error, text, file, "a number or date that cannot be (数字或日期不成立)")
    return in_order(PlanError.of(file, _line(text, year, e), e) for e in wrong_days(year)) or year


def wrong_days(year: WorkingYear) -> Iterator[SenseError]:
    """Days of another year, weekends off, weekdays worked, days listed twice."""
    seen: set[date] = set()
    for name, index, day in _listed(year):
        path = (name, index)
        if day.year != year.year:
            told = (f"{day} 不在 {year.year} 年", f"{day} does not lie in {year.year}")
            yield SenseError(path, *told, "删去，或写入该年的文件", "remove it, or put it into the file of its year")
        elif day in seen:
            told = (f"{day} 重复", f"{day} is listed twice")
            yield SenseError(path, *told, "只留一处", "keep one of them")
        elif name == "off" and day.weekday() >= 5:
            told = (f"{day} 是周末，原为休息日", f"{day} is at a weekend: nobody works then anyway")
            yield SenseError(
                path, *told, "删去；off 只列放假的周一至周五", "remove it: off lists Mondays to Fridays only"
            )
        elif name == "on" and day.weekday() < 5:
            told = (f"{day} 不是周末，原为工作日", f"{day} is no weekend: it is worked anyway")
            yield SenseError(
                path, *told, "删去；on 只列上班的周六、周日", "remove it: on lists Saturdays and Sundays only"
            )
        seen.add(day)


def year_as_toml(year: WorkingYear) -> str:
    """The year as a file that can be checked and published."""
    source = year.source.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f"year = {year.year}", f'source = "{source}"']
    for name, days in _lists(year).items():
        lines += [f"{name} = [", *(f"    {day}," for day in days), "]"]
    return "\n".join(lines) + "\n"


def _lists(year: WorkingYear) -> dict[str, tuple[date, ...]]:
    return {"off": year.off, "on": year.on}


def _listed(year: WorkingYear) -> Iterator[tuple[str, int, date]]:
    return chain.from_iterable(((name, n, day) for n, day in enumerate(days)) for name, days in _lists(year).items())


def _line(text: str, year: WorkingYear, error: SenseError) -> int:
    """The line on which the day stands, as often as it is written before; that of its list if it is not found."""
    name, index = error.path
    first = line_of(text, (name,))
    days = _lists(year)[str(name)]
    day, before = days[int(index)], days[: int(index)].count(days[int(index)])
    lines = [n for n, line in enumerate(text.split("\n"), start=1) for _ in range(line.count(str(day))) if n >= first]
    return lines[before] if before < len(lines) else first
