"""31 December 24:00: no case stays open, none disappears (domain §4, §5)."""

import pytest

from models.case import Unmet
from rules.words.clock_words import unmet_said
from tests.rules.story import Story, h, illegal, v


@pytest.mark.clause("§4")
def test_consolidation_becomes_rectified_and_the_missed_look_back_is_listed() -> None:
    told = Story().at("06-03").record(h("a")).register("a").settle("a").until("12-31 24:00").end()
    assert (told.outcome, told.unmet["look_back_missed"]) == ("rectified", True)
    assert told.clock[-2:] == ["12-15 24:00 deadline_passed", "12-31 24:00 campaign_completed"]


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    "story",
    [
        Story().at("12-20").note(),
        Story().at("12-20").record(h("a")),
        Story().at("12-20").record(h("a")).register("a"),
        Story().at("12-20").record(h("a")).register("a").declare("a"),
        Story().at("12-20").record(v("a")).register("a"),
        Story().at("12-20").record(v("a")).register("a").carry_out("suspend").settle("a"),
    ],
    ids=["investigation", "registration", "rectification", "reinspection", "escalation", "restart"],
)
def test_everything_else_is_carried_over(story: Story) -> None:
    told = story.until("12-31 24:00").end()
    assert (told.outcome, told.stage, told.due, told.overdue) == ("carried_over", "closed", None, False)


@pytest.mark.clause("§4")
@pytest.mark.parametrize("at", ["12-31 23:59:59", "12-31 24:00"])
def test_no_case_is_completed_before_its_instant(at: str) -> None:
    told = Story().at("12-20").record(h("a")).until(at).end()
    assert told.outcome == (None if at.endswith("59") else "carried_over")


@pytest.mark.clause("§4")
def test_each_unmet_must_is_listed_and_carried_over() -> None:
    story = Story(earlier=(("V04", "2012-09-01"),)).at("06-03")
    story.record(v("a"), illegal("b", suspected_crime=True))
    story.register("a", "b").carry_out("suspend").propose("close").propose("fine").approve("fine")
    told = story.until("12-31 24:00").end()
    assert told.musts == [
        "close carried_over b",
        "fine carried_over a b",
        "refer carried_over b",
        "suspend executed a",
    ]
    states = {m["id"]: m["must"] for m in told.answer["case"]["musts"]}
    assert sorted(states[i] for i in told.unmet["musts"]) == ["close", "fine", "refer"]
    assert (told.owed, told.executed) == ([], ["suspend"])


@pytest.mark.clause("§4")
def test_a_case_settled_but_owing_a_must_is_carried_over() -> None:
    story = Story().at("06-03").record(h("a", suspected_crime=True)).register("a").settle("a")
    told = story.until("12-31 24:00").end()
    assert (told.outcome, told.musts) == ("carried_over", ["refer carried_over a"])


@pytest.mark.clause("§4")
def test_each_overdue_finding_is_listed_the_one_due_at_completion_too() -> None:
    story = Story().at("11-05").record(h("a"), h("b", grade="major"), h("c"), h("d")).register("a", "b", "c")
    story.settle("c").at("12-20").record(h("e")).register("e")
    told = story.until("12-31 24:00").end()
    assert told.due_of("e") == "12-31 24:00"
    assert sorted(told.unmet["overdue_findings"]) == ["a", "b", "e"]
    assert told.unmet["look_back_missed"] is False


@pytest.mark.clause("§4")
def test_completion_leaves_an_ended_case_alone() -> None:
    told = Story().at("06-03").record(h("a")).register("a").settle("a").at("11-05").look_back()
    ended = told.until("2014-01-05").end()
    assert ended.outcome == "rectified"
    assert [c for c in ended.clock if c > "11-05"] == []


@pytest.mark.clause("§5")
@pytest.mark.parametrize("at", ["12-31 24:00", "2014-01-02"])
def test_at_the_instant_of_completion_an_official_comes_too_late(at: str) -> None:
    story = Story().at("06-03").record(h("a")).register("a").settle("a").at(at).look_back()
    assert story.refusal() == "case_closed"


@pytest.mark.clause("§4")
def test_silence_ends_nothing_before_completion() -> None:
    """Nobody acts for half a year: every clock falls, and the case is where it was."""
    told = Story().at("05-10").record(v("a")).register("a").until("12-31 23:59:59").end()
    assert (told.outcome, told.stage, told.state("a"), told.owed) == (
        None,
        "escalation",
        "registered",
        ["suspend"],
    )
    assert told.overdue is True
    assert told.due == "05-25 24:00"


@pytest.mark.clause("3.1.restart")
def test_a_suspension_that_was_not_lifted_is_listed_whether_its_restart_is_awaited_or_not() -> None:
    story = Story().at("06-03").record(v("a"), v("b")).register("a", "b").carry_out("suspend")
    told = story.until("12-31 24:00").end()
    assert told.unmet["suspensions"] == ["suspend-1"], "its grounds are unsettled"
    awaited = Story().at("06-03").record(v("a")).register("a").carry_out("suspend").settle("a")
    told = awaited.until("12-31 24:00").end()
    assert (told.outcome, told.unmet["musts"], told.unmet["overdue_findings"]) == ("carried_over", [], [])
    left = unmet_said(Unmet.model_validate(told.unmet))
    assert (left.zh, left.en) == ("停产整顿未解除", "suspension not lifted")
    lifted = (
        Story().at("06-03").record(v("a"), h("b")).register("a", "b").carry_out("suspend").settle("a").accept_restart()
    )
    assert "suspensions" not in lifted.until("12-31 24:00").end().unmet


@pytest.mark.clause("§4")
def test_what_is_left_unmet_is_said_by_name() -> None:
    story = Story(earlier=(("V04", "2012-09-01"),)).at("06-03")
    story.record(v("a"), illegal("b", suspected_crime=True))
    story.register("a", "b").carry_out("suspend").propose("close").propose("fine").approve("fine")
    left = Unmet.model_validate(story.until("12-31 24:00").end().unmet)
    said = unmet_said(left)
    assert {"关闭取缔未执行", "上限处罚未执行", "追责移送未执行", "a 逾期未整改到位"} <= set(said.zh.split("；"))
    assert {"closure not executed", "a not rectified in time"} <= set(said.en.split("; "))
    assert (
        unmet_said(Unmet(musts=("suspend-2",), look_back_missed=True)).zh == "第二次停产整顿未执行；逾期未开展“回头看”"
    )
    assert unmet_said(Unmet()) == ("", "")
