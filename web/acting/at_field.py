"""A refusal that is about a date, or about who signs, told at the field in which that stands."""

import re
from collections.abc import Mapping
from typing import Any

from serving.problems import Trouble, told_at

_DATES = {
    **dict.fromkeys(("due_not_ahead", "due_past_cap", "extension_not_later", "extension_too_long"), "due"),
    **dict.fromkeys(("date_out_of_range", "executed_in_stay"), "date"),
    **dict.fromkeys(("inspected_in_future", "inspected_too_early"), "inspected_on"),
}
_FIELDS = {
    "observed_out_of_range": (
        "observed_at",
        *("请更正，或留空并在备注中写明", "mend it, or leave it empty and say in the remark when it was"),
    ),
    **dict.fromkeys(
        ("two_signatories", "own_signature"),
        ("signatories", "每行写一人，须有本人和另一名检查员", "a name a line: your own, and the other inspector's"),
    ),
}
_ROWS = ("assignments", "findings")


def told_at_field(trouble: Trouble, facts: Mapping[str, Any]) -> Trouble:
    """The same, naming the field of the command; of several rows that of the finding which the refusal names."""
    if at := _FIELDS.get(trouble.problem.code):
        return told_at(at[0], trouble, *at[1:]) if facts.get(at[0]) else trouble
    name = _DATES.get(trouble.problem.code)
    place = _place(trouble.problem.zh, facts, name) if name else None
    return told_at(place, trouble, "请更正日期", "mend the date") if place is not None else trouble


def _place(said: str, facts: Mapping[str, Any], name: str) -> str | None:
    """None where no date was written: the plan's own is refused."""
    dated = [
        (f"{of}.{n}.{name}", str(row.get("ref", "")))
        for of in _ROWS
        for n, row in enumerate(facts.get(of) or ())
        if row.get(name)
    ]
    named = (place for place, ref in dated if ref and re.search(rf"(?<![\w-]){re.escape(ref)}(?![\w-])", said))
    return next(named, dated[0][0] if dated else name if facts.get(name) else None)
