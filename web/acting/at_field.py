"""A refusal that is about a date, told at the field in which the date stands."""

import re
from collections.abc import Mapping
from typing import Any

from serving.problems import Trouble, told_at

_DATES = {
    **dict.fromkeys(("due_not_ahead", "due_past_cap", "extension_not_later", "extension_too_long"), "due"),
    **dict.fromkeys(("date_out_of_range", "executed_in_stay"), "date"),
    **dict.fromkeys(("inspected_in_future", "inspected_too_early"), "inspected_on"),
}
_ROWS = ("assignments", "findings")


def told_at_date(trouble: Trouble, facts: Mapping[str, Any]) -> Trouble:
    """The same, naming the field of the command; of several rows that of the finding which the refusal names."""
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
