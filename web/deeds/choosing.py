"""A subject that words name: the matches to choose from, those of the own district first, and a search anew."""

from dataclasses import replace
from typing import Any

from models.plan import Plan
from models.register import Registered
from rules.words.naming import Both, district_named
from store.subject_search import MOST_MATCHES, Matches
from views.forms.fields import FormField, Option
from web.deeds.form import DeedForm

_AGAIN = FormField("again", "hidden", Both("", ""))
_SEARCHED = FormField("searched", "hidden", Both("", ""))
SEARCH = (_AGAIN, _SEARCHED)
"""Stand in the form from the start: a line to search anew, seen once there is something to choose; the words before."""


def words_for(facts: dict[str, Any], name: str) -> str:
    """What a subject is looked for by: the words of a new search, what is chosen or written in the field of that name;
    where neither is, the words that were searched before.
    """
    again, searched = facts.pop("again", None), facts.pop("searched", None)
    return str(again or facts.get(name) or searched or "").strip()


def choosing(form: DeedForm, name: str, plan: Plan | None, words: str, found: Matches) -> DeedForm:
    """The form with those that the words found to choose from in the field of that name, and a line to search anew."""
    field = next(field for field in form.fields if field.name == name)
    options = tuple(_option(plan, one) for one in found.subjects)
    choice = replace(field, kind="choice", required=False, options=options, hint=None, search="")
    again = replace(
        _AGAIN,
        kind="line",
        label=Both("重新查找（以上都不是时填写）", "Search again, if it is none of these"),
        hint=Both("名称、拼音首字母、统一社会信用代码或编号", "Name, initials, credit code or id"),
    )
    said = Both(
        "查到下列对象，请选择一个；同区的列在前面。",
        "These were found, the same district first: choose one.",
    )
    if found.are_more:
        said = Both(
            f"符合条件的对象超过 {MOST_MATCHES} 个，以下只列出最相近的 {MOST_MATCHES} 个，同区的列在前面："
            "如不在其中，请在“重新查找”中写得更完整。",
            f"More than {MOST_MATCHES} match; these are the {MOST_MATCHES} nearest, the same"
            " district first. If it is none of them, narrow it below.",
        )
    return form.with_fields(choice, again, replace(_SEARCHED, value=(words,)), effect=said)


def _option(plan: Plan | None, one: Registered) -> Option:
    place = district_named(plan, one.district) if plan else Both(one.district, one.district)
    zh, en = (" · ".join(filter(None, (one.name, said, one.code, one.subject_id))) for said in place)
    return Option(one.subject_id, zh, en)
