"""What a plan assumes is told in words, and nothing of it is left out (domain: never an A as if it were N or L)."""

from typing import Any

import pytest

from rules.files.plan_check import assumptions
from rules.words.assumed import assumed_periods, assumed_said
from rules.words.terms import MUSTS
from tests.cast import plan_file

PLAN = plan_file().plan
NAMED = [
    *("closure_checks", "restart_conditions", "questions", "articles", "phases", "illegal_conduct", "hazards"),
    *("musts", "sectors", "districts", "roles", "targets", "principles"),
]


def said(plan: Any) -> str:
    return " | ".join(f"{about.zh} {about.en} {value.zh} {value.en}" for about, value in assumed_said(plan))


@pytest.mark.parametrize("field", NAMED)
def test_each_named_value_that_is_assumed_is_told_by_its_names(field: str) -> None:
    items = getattr(PLAN, field)
    changed = PLAN.model_copy(update={field: tuple(one.model_copy(update={"source": "A"}) for one in items)})
    assert all(one.zh in said(changed) and one.en in said(changed) for one in items)


def test_no_line_of_the_file_is_left_out() -> None:
    """Periods are counted, and stand in the table of clocks; what is named is told by name."""
    lines = assumptions(PLAN)
    periods = [line for line in lines if "days" in line and line.startswith(("clocks.", "musts."))]
    assert len(periods) == assumed_periods(PLAN)
    for line in set(lines) - set(periods):
        path, _, value = line.partition(": ")
        of, _, name = path.partition(".")
        if of == "illegal_conduct":
            assert name.partition(".")[0] in said(PLAN)
        elif of == "musts":
            assert f"Who decides the {MUSTS[name.partition('.')[0]][1]}" in said(PLAN)  # pyright: ignore[reportArgumentType]
        elif of == "readings":
            assert "V10" in said(PLAN) and "V02" in said(PLAN)
        else:
            assert value.rpartition(" (")[0] in said(PLAN), line
