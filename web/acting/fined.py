"""A fine is looked at before it is proposed: the amounts of unit and persons, which follow from article and base."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from models.commands import Fine
from rules.words.naming import Both
from serving.forms import Posted
from views.forms.posted import posted_value

SURE = "sure"
"""The hidden field that says which amounts were looked at."""


class LookedAt(NamedTuple):
    """The amounts that would be proposed, and what the form says of them when it is sent again."""

    fine: Fine
    sure: str

    @property
    def said(self) -> Both:
        """The amounts, of the unit and of each person."""
        unit, persons = f"{self.fine.unit:,.2f}", [(p.name, f"{p.amount:,.2f}") for p in self.fine.persons]
        zh = "；".join((f"单位：{unit} 元", *(f"责任人{name}：{amount} 元" for name, amount in persons)))
        en = "; ".join((f"the unit: {unit} yuan", *(f"{name}: {amount} yuan" for name, amount in persons)))
        return Both(zh, en)


def to_look_at(facts: Mapping[str, Any], posted: Posted) -> LookedAt | None:
    """The fine of the command, where nobody looked at these very amounts yet; None for every other command."""
    if not facts.get("fine"):
        return None
    fine = Fine.model_validate(facts["fine"])
    sure = json.dumps(facts["fine"], ensure_ascii=False, sort_keys=True)
    return None if posted_value(posted, SURE) == sure else LookedAt(fine, sure)
