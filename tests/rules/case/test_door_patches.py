"""What came to the door later asks under a patch of its own: signals that were taken before stay taken (ADR 0060)."""

import inspect
import re
from types import ModuleType

import pytest

from rules.access import giving
from rules.case import door, limits
from rules.words.refusals import refuse
from tests.rules.case.test_limits import case_of
from tests.rules.story import Story, h

OF_THE_FIRST_DAY = {
    *("unfit_id", "unknown_file", "inspected_too_early", "second_inspector", "four_eyes", "own_finding"),
    *("two_signatories", "too_many_findings", "too_much_text", "too_many_files", "too_many_commands"),
}
"""Histories hold the patch `door` for these: this list never grows."""


def codes_in(module: ModuleType) -> set[str]:
    """What the file refuses by."""
    return set(re.findall(r'refuse\(\s*"(\w+)"', inspect.getsource(module)))


def test_each_later_refusal_at_the_door_has_a_patch() -> None:
    said = codes_in(door) | codes_in(limits) | codes_in(giving)
    assert said >= OF_THE_FIRST_DAY
    assert said - OF_THE_FIRST_DAY - set(door.SINCE) == set(), "name its patch in rules/case/door.py:SINCE"
    assert not OF_THE_FIRST_DAY & set(door.SINCE), "histories hold the first patch for it"


def test_a_later_rule_asks_anew_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    first, case = refuse("unfit_id", id="x"), case_of(Story().at("05-10").record(h("a")))
    assert {door.patch_of(first, None), door.patch_of(first, case)} == {"door"}
    monkeypatch.setattr(door, "SINCE", {"unfit_id": "august"})
    assert door.patch_of(first, None) == "august/0"
    assert door.patch_of(first, case.model_copy(update={"seq": 7})) == "august/7"
