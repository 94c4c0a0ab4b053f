"""The next actions of a case: one line each, who, what, until when; also where no clock runs (domain §3, §5)."""

import pytest

from rules.case.next_actions import next_actions
from tests.cast import plan
from tests.rules.story import NOTHING_AGAINST, Story, h, instant, shown, v


def lines(story: Story, at: str) -> list[tuple[str, str, str | None]]:
    """Who, what, until when, as of the instant."""
    case = story.end().case
    assert case is not None
    actions = next_actions(plan(), case, instant(at))
    return [(a.role, a.zh, shown(a.due_at.isoformat()) if a.due_at else None) for a in actions if a.ready]


def every(story: Story, at: str) -> list[tuple[str, str, bool]]:
    """Who, what, and whether it can be done now."""
    case = story.end().case
    assert case is not None
    return [(a.role, a.zh, a.ready) for a in next_actions(plan(), case, instant(at))]


@pytest.mark.clause("§3")
def test_each_action_stands_beside_its_own_due_instant_and_its_own_role() -> None:
    story = Story().at("06-03").record(v("a")).register("a").propose("suspend")
    assert lines(story, "06-03") == [
        ("supervisor", "审批停产整顿", "06-06 24:00"),
        ("enterprise", "a 整改到位", "06-18 24:00"),
    ]


@pytest.mark.clause("§3")
def test_what_is_not_yet_proposed_is_told_from_what_awaits_its_decision() -> None:
    story = Story().at("06-03").record(v("a")).register("a")
    assert lines(story, "06-03")[0] == ("inspector", "提请停产整顿", "06-06 24:00")


@pytest.mark.clause("§3")
def test_findings_of_one_duty_and_one_instant_are_one_line_the_first_few_by_name() -> None:
    refs = [f"F{n}" for n in range(1, 7)]
    story = Story().at("06-03").record(*(h(ref) for ref in refs), h("G", grade="major")).register(*refs, "G")
    assert lines(story, "06-03") == [
        ("enterprise", "F1、F2、F3、F4 等 6 项 整改到位", "06-18 24:00"),
        ("enterprise", "G 整改到位", "07-03 24:00"),
    ]


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    ("decided", "line"),
    [(False, ("inspector", "提请停产整顿", None)), (True, ("supervisor", "登记停产整顿恢复执行（现已中止）", None))],
)
def test_a_stayed_measure_waits_for_somebody_without_a_date(decided: bool, line: tuple[str, str, None]) -> None:
    story = Story().at("06-03").record(v("a")).register("a")
    story = story.propose("suspend") if decided else story
    assert line in lines(story.at("06-04").stay("suspend"), "06-04")


@pytest.mark.clause("§3")
def test_what_something_else_comes_before_stands_last_and_is_not_ready() -> None:
    story = Story().at("05-10").record(h("a")).register("a")
    assert every(story, "05-10") == [("enterprise", "a 整改到位", True), ("inspector", "复查 a", False)]
    declared = story.at("05-12").declare("a")
    assert every(declared, "05-12") == [("inspector", "复查 a", True), ("enterprise", "a 整改到位", False)]
    late = Story().at("05-10").record(h("a")).register("a").until("05-26")
    assert every(late, "05-26") == [("enterprise", "a 整改到位", True), ("inspector", "复查 a", True)]


@pytest.mark.clause("§5")
def test_the_look_back_is_ready_in_phase_three_only() -> None:
    settled = Story().at("05-10").record(h("a")).register("a").at("05-12").declare("a").verdict(a=True)
    assert every(settled, "05-13") == [("inspector", "开展“回头看”", False)]
    assert every(settled.until("11-02"), "11-02") == [("inspector", "开展“回头看”", True)]


@pytest.mark.clause("§3")
def test_persons_are_named_as_far_as_the_case_knows_them() -> None:
    case = Story().at("05-10").record(h("a")).register("a").end().case
    assert case is not None
    rectify, _ = next_actions(plan(), case, instant("05-11"))
    finding = case.finding("a")
    assert finding is not None and rectify.persons == (finding.responsible,)
    case = case.model_copy(update={"officers": ("Li", "Ma")})
    due = next_actions(plan(), case, instant("05-26"))
    assert {a.role: a.persons for a in due}["inspector"] == ("Li", "Ma")


@pytest.mark.clause("§4")
def test_a_closed_case_has_none() -> None:
    case = Story().at("05-10").record(**NOTHING_AGAINST).end().case
    assert case is not None and case.closed and next_actions(plan(), case, instant("05-11")) == ()
