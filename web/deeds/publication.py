"""The official calendar of a year as an office fills it in: what it replaces, mistakes at their fields, a last look."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.instants import parse_day, say_instant
from models.working_days import WorkingYear
from rules.clocks.working_days import is_provisional, years_reached
from rules.files.working_days_check import wrong_days
from rules.words.naming import Both
from serving.backing import Backing
from serving.problems import all_checked, one_field
from store.campaign_log import calendar_moves
from store.campaigns import Campaign
from views.forms.fields import FormField
from web.deeds.form import DeedForm, HandedIn
from web.deeds.looked_at import LOOKED_AT
from web.render import named_actor

_YEARS = range(1900, 2201)
_A_LINE = Both("每行一天，如 2027-01-01", "One day a line, as 2027-01-01")
_FIELDS = {
    "off": Both("放假的工作日（周一至周五）", "Weekdays off"),
    "on": Both("上班的周末", "Weekend days worked"),
}


def year_fields(campaign: Campaign) -> tuple[FormField, ...]:
    """The fields of a publication; the first year that has none is filled in."""
    years = years_reached(campaign.phases)
    unpublished = [y for y in years if is_provisional(y)]
    return (
        FormField("year", "line", Both("年份", "Year"), True, value=(str(next(iter(unpublished), years[-1])),)),
        FormField("source", "line", Both("公布文件", "The notice that says so"), True),
        *(FormField(name, "lines", said, hint=_A_LINE) for name, said in _FIELDS.items()),
        LOOKED_AT,
    )


def published_before(behind: Backing, campaign: Campaign) -> Both:
    """Which years the campaign has heard of, when and by whom: the newest publication of a year holds."""
    said = [_replaced(move) for move in newest_of_each_year(calendar_moves(behind.records, campaign.campaign_id))]
    return Both("".join(one.zh for one in said), "".join(f" {one.en}" for one in said))


def newest_of_each_year(moves: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of all moves of the calendar, oldest first, the publications that hold."""
    newest = {move["year"]: move for move in moves if move["year"] is not None}
    return [newest[year] for year in sorted(newest)]


def _replaced(move: Mapping[str, Any]) -> Both:
    year, at, who = move["year"], say_instant(move["moved_at"]), named_actor(move["by"])
    by_zh, by_en = (f"由{who.name}", f" by {who.name}") if who else ("", "")
    return Both(
        f"{year} 年工作日安排已于 {at} {by_zh}公布；再次公布的，以最新一次为准。",
        f"{year} was published already on {at}{by_en}: published again, the newest holds.",
    )


def publication_of(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of the command; 422 at each field where a year or a day cannot be."""
    year = str(facts.pop("year", "")).strip()
    if not (year.isascii() and year.isdigit() and len(year) < 5 and int(year) in _YEARS):
        raise one_field("year", "须为年份", "is to be a year", "如 2027", "as 2027")
    facts.pop(LOOKED_AT.name, None)
    days: dict[str, Any] = {name: facts.pop(name) for name in ("source", "off", "on") if name in facts}
    days["year"] = int(year)
    all_checked(*(lambda name=name: _days(name, days.get(name, [])) for name in _FIELDS))
    all_checked(*(lambda name=name: _sensible(name, days) for name in _FIELDS))
    return {**facts, "days": days}


def publication_to_look_at(asked: DeedForm, handed: HandedIn) -> DeedForm | None:
    """The form once more, with the days as they were read; None once just these were looked at.

    What is wrong or left out is told first.
    """
    facts = publication_of(dict(handed.facts))
    days = facts["days"]
    off, on = (tuple(str(day) for day in days.get(name, ())) for name in _FIELDS)
    mark = f"{days['year']} {' '.join(off)} / {' '.join(on)}"
    if handed.facts.get(LOOKED_AT.name) == mark or not (facts.get("reason") and days.get("source")):
        return None
    zh = f"{days['year']} 年：放假的工作日 {len(off)} 天{_named(off, 0)}；上班的周末 {len(on)} 天{_named(on, 0)}。"
    en = f"{days['year']}: weekdays off, {len(off)}{_named(off, 1)}; weekend days worked, {len(on)}{_named(on, 1)}."
    sent_zh, sent_en = "请核对后再次点击公布。", " Look at them, then publish once more."
    return asked.with_fields(replace(LOOKED_AT, value=(mark,)), effect=Both(zh + sent_zh, en + sent_en))


def _named(days: Sequence[str], place: int) -> str:
    """The days by name, in brackets."""
    return (f"（{'、'.join(days)}）", f" ({', '.join(days)})")[place] if days else ""


def _days(name: str, lines: Sequence[str]) -> None:
    if wrong := [line for line in lines if _day(line) is None]:
        raise one_field(
            name,
            f"{'、'.join(f'“{line[:20]}”' for line in wrong[:5])}不是有效日期",
            f"no {'days' if len(wrong) > 1 else 'day'}: {', '.join(line[:20] for line in wrong[:5])}",
            _A_LINE.zh,
            "one day a line, as 2027-01-01",
        )


def _day(line: str) -> date | None:
    try:
        return parse_day(line)
    except ValueError:
        return None


def _sensible(name: str, days: dict[str, Any]) -> None:
    """Each day of the list that lies in another year, or is off or worked anyway, or stands there twice."""
    year = WorkingYear.model_validate({"source": "-", **{n: days[n] for n in ("year", "off", "on") if n in days}})
    if wrong := [error for error in wrong_days(year) if error.path[0] == name][:5]:
        raise one_field(
            name,
            "；".join(error.zh for error in wrong),
            "; ".join(error.en for error in wrong),
            "请删去；放假的只列周一至周五，上班的只列周六、周日",
            "leave it out: weekdays alone are off, weekend days alone are worked",
        )
