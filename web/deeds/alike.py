"""Subjects of the register that a new one may be: by its code, and by its name read both ways."""

import re

from models.plan import Plan
from models.register import Registered, SubjectFacts
from rules.subjects.names import normalised_name
from serving.backing import Backing
from store.subject_search import by_codes, by_name_keys, named_as_any, search_subjects

SHOWN = 5
_SHORTEST, _SHORTEST_HEAD, _LONGEST_HEAD = 2, 4, 60
_FORMS = ("股份有限公司", "有限公司", "总公司", "分公司", "公司")
_IN_BRACKETS = re.compile(r"[(（\[【〔][^)）\]】〕]*[)）\]】〕]")
_BRANCH = re.compile(
    r"(第?[一二三四五六七八九十百零〇两0-9]+号?(店|分店|门店|分公司|分厂|分部|项目部)|分店|门店|新店|总店|分公司|分厂|分部)$"
)


def alike_subjects(behind: Backing, plan: Plan, facts: SubjectFacts) -> tuple[Registered, ...]:
    """Of the same code or name; whose name this one begins with; whose name holds it, or what is particular in it.

    What is particular is looked for in the own district. A merged duplicate of that name leads to who stands for it.
    """
    found: list[Registered] = list(by_codes(behind.engine, [facts.code]).values()) if facts.code else []
    key = normalised_name(facts.name)
    found += by_name_keys(behind.engine, [key]).get(key, ())
    found += named_as_any(behind.engine, _heads(plan, key), facts.district, SHOWN)
    for words in _searched(plan, facts.name):
        found += search_subjects(behind.engine, words, limit=SHOWN, district=facts.district)
    if len(key) >= _SHORTEST_HEAD:  # its whole name, within another's of any district
        found += search_subjects(behind.engine, facts.name, limit=SHOWN)
    merged = search_subjects(behind.engine, facts.name, limit=SHOWN, state="merged")
    found += [one for one in merged if normalised_name(one.name) == key]
    return tuple({one.subject_id: one for one in found}.values())


def _heads(plan: Plan, key: str) -> list[str]:
    """What the name begins with, under any place or none, where that is more than a place."""
    core = _without_place(plan, key)
    texts = (key, core, *(place + core for place in _places(plan)))
    heads = {text[:n] for text in texts for n in range(_SHORTEST_HEAD, min(len(text), _LONGEST_HEAD) + 1)}
    return sorted(head for head in heads - {key} if len(_particular(plan, head)) >= _SHORTEST)


def _searched(plan: Plan, name: str) -> tuple[str, ...]:
    """The name as it is written; what is particular in it; and the same of whose branch it may be."""
    particular, house = _particular(plan, name), _particular(plan, _without_branch(name))
    words = [name, particular] + [house] * (len(house) >= _SHORTEST_HEAD)
    return tuple(text for text in dict.fromkeys(words) if len(text) >= _SHORTEST)


def _without_branch(name: str) -> str:
    """`东湖加油站（演示）二店` → `东湖加油站`."""
    return _BRANCH.sub("", normalised_name(_IN_BRACKETS.sub("", name)))


def _particular(plan: Plan, name: str) -> str:
    """The name without the place before it and the form of company behind it."""
    core = _without_place(plan, normalised_name(name))
    return next((core.removesuffix(form) for form in _FORMS if core.endswith(form)), core)


def _without_place(plan: Plan, key: str) -> str:
    for place in (*_places(plan), "市", "区"):
        key = key.removeprefix(place)
    return key


def _places(plan: Plan) -> list[str]:
    places = [district.zh for district in plan.districts]
    return places + [place.removesuffix("区") for place in places]
