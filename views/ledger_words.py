"""What is said of a row, as a page says it: where the command line names an option, the page has a choice to make."""

import re
from dataclasses import replace

from ledgers.issues import Issue
from ledgers.planned import Checked, LedgerPlan
from models.plan import Plan
from rules.words.naming import district_named

_OPTION = r"--(?:map|value|closed|past-due)\b(?: (?:import|plan|'[^']*'|\"[^\"]*\"))*"
_NAMED_FIRST = (  # what begins with the option that named something
    (re.compile(r"^--(?:map|value) '([^']*)'[：:]\s*"), ""),
    (re.compile(r"^--(?:map|value) names "), "you named "),
    (re.compile(r"^--map knows no field "), "there is no field "),
    (re.compile(r"^--(?:map|value) (?=指定)"), ""),
    (re.compile(r"^--map 中(?=没有)"), ""),
)
_PART = re.compile(
    rf"[ ,;；，。：:.（(]*[^,;；，。.（()：]*{_OPTION}[^,;；，。）()]*(?:\([^()]*\)|（[^（）]*）)?[）)]?"
)
_LEFT_ALONE = re.compile(r"[；;] ?(?:若|如须|if )[^；;]*$")
"""When it would be typed."""
_DISTRICT = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_ENDS = re.compile(r"[,;；，:： ]+$")


def on_page(sentence: str) -> str:
    """The sentence without the part of it that tells what to type."""
    if "--" not in sentence:
        return sentence
    for shape, instead in _NAMED_FIRST:
        sentence = shape.sub(instead, sentence)
    rest = _PART.sub("", sentence)
    return _ENDS.sub("", _LEFT_ALONE.sub("", rest) if rest != sentence else rest)


def districts_named(one: Issue, plan: Plan) -> Issue:
    """Of a row of another district: the districts by their names, the codes beside them."""
    if one.code != "not_your_district":
        return one
    zh = _DISTRICT.sub(lambda code: district_named(plan, code[0]).zh, one.zh)
    return replace(one, zh=zh, en=_DISTRICT.sub(lambda code: district_named(plan, code[0]).en, one.en))


def checked_on_page(plan: LedgerPlan, of: Plan) -> Checked:
    """The ledger with all that is wrong with it, of the record's own too, in the words of a page."""
    return replace(
        plan.checked,
        errors=tuple(_issue_on_page(districts_named(one, of)) for one in plan.all_errors),
        warnings=tuple(_issue_on_page(one) for one in plan.checked.warnings),
    )


def _issue_on_page(one: Issue) -> Issue:
    return replace(one, zh=on_page(one.zh), en=on_page(one.en))
