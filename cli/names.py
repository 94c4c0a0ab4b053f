"""What a person may type for an id, and what is shown for one: the names that the rules and the plan give it."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cli.output import say
from models.actors import parse_actor
from models.plan import Named, Plan
from models.typed import same_text
from rules.words.terms import ROLES

Words = Mapping[str, tuple[str, ...]]
"""Names by id, the Chinese and the English one first, then whatever else it is called."""
_ENDINGS = ("区", "县", "市")
_ACTOR = re.compile(r"\s*([^:：@＠]+)[:：](.+)[@＠]([^:：@＠]+)", re.DOTALL)
_ID = re.compile(r"[a-z_]+")


class TypedActor(NamedTuple):
    """`role:name@territory/sector` as it was typed, by ids or by names; the sector may be left out."""

    role: str
    name: str
    territory: str
    sector: str | None = None


def id_meant(typed: str, known: Words) -> str | None:
    """The id that is meant: by itself, by a name, or by a name without its 区; None for none, or for more than one.

    Capitals, width and spaces do not count.
    """
    if typed in known:
        return typed
    wanted = same_text(typed)
    called = {one: {same_text(name) for name in (one, *names)} for one, names in known.items()}
    found = [one for one, names in called.items() if wanted in names]
    if not found and wanted:
        shortened = {wanted + ending for ending in _ENDINGS}
        found = [one for one, names in called.items() if shortened & names]
    return found[0] if len(found) == 1 else None


def listed(known: Words) -> tuple[str, str]:
    """All that there is, by id and name: in Chinese, in English."""
    zh = "、".join(one if one == names[0] else f"{one} {names[0]}" for one, names in known.items())
    en = ", ".join(one if one == names[1] else f"{one} {names[1]}" for one, names in known.items())
    return zh, en


def named(known: Words, one: str | None) -> str | None:
    """The name of an id in the language of the run; an id that nobody names stays."""
    return say(*known[one][:2]) if one is not None and one in known else one


def districts(plans: Iterable[Plan]) -> Words:
    """Districts of the plans by code."""
    return _of_plans(item for plan in plans for item in plan.districts)


def sectors(plans: Iterable[Plan]) -> Words:
    """Sectors of the plans by id."""
    return _of_plans(item for plan in plans for item in plan.sectors)


def phases(plans: Iterable[Plan]) -> Words:
    """Phases of the plans by id."""
    return _of_plans(item for plan in plans for item in plan.phases)


def categories(plan: Plan) -> Words:
    """Categories of findings by id."""
    return _of_plans((*plan.illegal_conduct, *plan.hazards, plan.other))


def roles(plans: Iterable[Plan]) -> Words:
    """Roles by id: shown as the first plan calls them, in English by id; understood as all plans and the rules do."""
    of_plans = _of_plans(item for plan in plans for item in plan.roles)
    called = {role: (*of_plans.get(role, ()), *names) for role, names in ROLES.items()}
    return {role: (names[0], role, *names[1:]) for role, names in called.items()}


def territories(plans: Iterable[Plan]) -> Words:
    """Where an official may be: a district, or the whole city."""
    plans = list(plans)
    return {**{plan.city: ("本市", "the city", "全市", "city") for plan in plans}, **districts(plans)}


def actor_typed(text: str) -> TypedActor:
    """The parts of `role:name@territory/sector`; ValueError for another shape or a role that no plan could name."""
    shape = _ACTOR.fullmatch(text)
    role = shape[1].strip() if shape else ""
    if shape is None or (_ID.fullmatch(role) and id_meant(role, ROLES) is None):
        parse_actor(text)
        raise ValueError(f"'{text}' is no actor; write role:name@territory (“{text}”须写作 角色:姓名@辖区代码)")
    territory, _, sector = shape[3].partition("/")
    return TypedActor(role, shape[2], territory.strip(), sector.strip() or None)


def actor_said(text: str, plans: Iterable[Plan]) -> str:
    """`role:name@territory` by names, as it may be typed; what is no actor stays as it is."""
    shape = _ACTOR.fullmatch(text)
    if shape is None:
        return text
    plans, (territory, _, sector) = list(plans), shape[3].partition("/")
    place = "/".join(part for part in (named(territories(plans), territory), named(sectors(plans), sector)) if part)
    return f"{named(roles(plans), shape[1])}:{shape[2]}@{place}"


def _of_plans(items: Iterable[Named]) -> Words:
    """By id; what several plans have is shown as the first calls it, and understood by the names of all."""
    known: dict[str, tuple[str, ...]] = {}
    for item in items:
        known[item.id] = (*known.get(item.id, ()), item.zh, item.en)
    return known
