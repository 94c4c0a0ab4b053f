"""Facts of a sentence in both languages: what a plan calls its ids, dates as officials write them. Pure."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from models.instants import say_due, say_due_in_chinese, say_instant, say_instant_in_chinese
from models.plan import Named, Plan


class Both(NamedTuple):
    """One fact as it stands in a Chinese and in an English sentence."""

    zh: str
    en: str


def finding_named(ref: str) -> Both:
    """A finding by its number: one that is a bare figure would read as a count, so it says what it numbers."""
    return Both(f"问题 {ref}", f"finding {ref}") if ref.isascii() and ref.isdigit() else Both(ref, ref)


def due_said(instant: datetime) -> Both:
    """A due instant: `2027年9月14日`, `2027-09-14 24:00`."""
    return Both(say_due_in_chinese(instant), say_due(instant))


def instant_said(instant: datetime) -> Both:
    """An instant to the minute: `2027年9月14日9时30分`, `2027-09-14 09:30`."""
    return Both(say_instant_in_chinese(instant), say_instant(instant))


def day_said(day: date) -> Both:
    """A calendar day: `2027年9月14日`, `2027-09-14`."""
    return Both(f"{day.year}年{day.month}月{day.day}日", day.isoformat())


def district_named(plan: Plan, code: str) -> Both:
    """A district by name, its code beside it; a code that the plan does not have stays bare."""
    found = next((d for d in plan.districts if d.id == code), None)
    if found is not None:
        return Both(f"{found.zh}（{code}）", f"{found.en} ({code})")
    return Both(f"本市（{code}）", f"the city ({code})") if code == plan.city else Both(code, code)


def sector_named(plan: Plan, sector: str | None) -> Both:
    """A sector by name; one that the plan does not have stays bare."""
    if sector is None:
        return Both("未注明行业领域的对象", "a subject without a sector")
    found = next((s for s in plan.sectors if s.id == sector), None)
    return Both(found.zh, found.en) if found else Both(sector, sector)


def category_named(plan: Plan, category: str) -> Both:
    """A category by its number and name; one that the plan does not have stays bare."""
    known = (*plan.illegal_conduct, *plan.hazards, plan.other)
    found = next((c for c in known if c.id == category), None)
    return Both(f"{found.id} {found.zh}", f"{found.id} {found.en}") if found else Both(category, category)


def listed(items: Iterable[Named], ids: Iterable[str] | None = None) -> Both:
    """Items of a plan by name; all if `ids` is left out."""
    names = {item.id: Both(item.zh, item.en) for item in items}
    wanted = [names.get(one, Both(one, one)) for one in (names if ids is None else ids)]
    return Both("、".join(one.zh for one in wanted), ", ".join(one.en for one in wanted))


def choices(items: Iterable[Named]) -> Both:
    """What a command may name: in Chinese by name, in English by id, as it is to be written."""
    known = list(items)
    return Both("、".join(one.zh for one in known), ", ".join(one.id for one in known))


def unmet_conditions(plan: Plan, ids: Iterable[str]) -> Both:
    """Conditions of a restart that are not met: `安全措施未落实、证照不齐全`; in English by what they ask for."""
    wanted = list(ids)
    names = {c.id: _negated(c.zh) for c in plan.restart_conditions}
    return Both("、".join(names.get(one, one) for one in wanted), listed(plan.restart_conditions, wanted).en)


def _negated(condition: str) -> str:
    """`安全措施落实` → `安全措施未落实`: the three-no's say what is not."""
    for met, unmet in (("落实", "未落实"), ("齐全", "不齐全"), ("具备", "不具备")):
        if condition.endswith(met):
            return condition.removesuffix(met) + unmet
    return f"“{condition}”未达到"


def ordinal(number: int) -> str:
    """`第二次`, `第十次`, `第十二次`; in figures from a hundred on."""
    digits = "零一二三四五六七八九"
    if number >= 100:
        return f"第{number}次"
    tens, ones = divmod(number, 10)
    said = ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (digits[ones] if ones else "")
    return f"第{said}次"
