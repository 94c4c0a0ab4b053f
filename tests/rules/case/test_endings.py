"""How a case ends: compliant, shut_down, referred, rectified, void; the look-back (domain §4, §5)."""

import pytest

from tests.cast import ELSEWHERE, GOVERNMENT, OFFICE, SUPERVISOR
from tests.rules.story import Story, h, illegal, v


def consolidated(at: str = "06-03") -> Story:
    """A hazard found, registered and passed."""
    return Story().at(at).record(h("a")).register("a").settle("a")


# ---------------------------------------------------------------- compliant


@pytest.mark.clause("§4")
def test_all_findings_rescinded_and_nothing_executed_is_compliant() -> None:
    story = Story().at("06-03").record(v("a"), h("b")).register("a").rescind("a")
    assert story.end().outcome is None
    assert story.rescind("b").end().outcome == "compliant"


@pytest.mark.clause("§4")
def test_all_findings_rescinded_after_an_execution_is_not_compliant() -> None:
    told = Story().at("06-03").record(v("a")).register("a").carry_out("suspend").rescind("a").end()
    assert (told.outcome, told.executed) == (None, ["suspend"])


@pytest.mark.clause("§4")
def test_one_verified_finding_and_the_others_rescinded_is_consolidation() -> None:
    told = Story().at("06-03").record(h("a"), h("b")).register("a", "b").settle("a").rescind("b").end()
    assert (told.outcome, told.stage) == (None, "consolidation")


@pytest.mark.clause("§4")
@pytest.mark.parametrize("state", ["recorded", "registered", "declared", "failed", "verified"])
def test_any_finding_not_yet_rescinded_or_absorbed_can_be_rescinded(state: str) -> None:
    story = Story().at("05-10").record(h("a"), h("z"))
    if state != "recorded":
        story.register("a")
    if state in ("declared", "failed", "verified"):
        story.declare("a")
    if state in ("failed", "verified"):
        story.verdict(a=state == "verified")
    assert story.end().state("a") == state
    assert story.rescind("a").end().state("a") == "rescinded"
    assert story.rescind("a").refusal() == "already_settled"


# ---------------------------------------------------------------- shut_down


@pytest.mark.clause("§4")
def test_a_case_is_shut_down_once_close_is_executed() -> None:
    told = Story().at("06-03").record(illegal("a"), h("b")).register("a").carry_out("close").end()
    assert (told.outcome, told.stage, told.due) == ("shut_down", "closed", None)
    assert told.executed == ["close"]


@pytest.mark.clause("§4")
def test_a_case_is_not_shut_down_while_a_must_is_owed() -> None:
    story = Story(earlier=(("V01", "2012-09-01"),)).at("06-03").record(illegal("a")).register("a")
    story.carry_out("close")
    assert (story.end().outcome, story.end().owed) == (None, ["fine"])
    told = story.carry_out("fine").end()
    assert (told.outcome, told.executed) == ("shut_down", ["close", "fine"])


@pytest.mark.clause("§4")
def test_an_awaited_restart_does_not_bar_shut_down() -> None:
    story = Story().at("06-03").record(v("a"), illegal("b")).register("a", "b").carry_out("suspend")
    story.settle("a")
    assert story.carry_out("close").end().outcome == "shut_down"


@pytest.mark.clause("§4")
@pytest.mark.parametrize("last", ["close", "refer"])
def test_shut_down_goes_before_referred(last: str) -> None:
    story = Story().at("06-03").record(illegal("a", suspected_crime=True)).register("a")
    story.carry_out("refer" if last == "close" else "close")
    assert story.end().outcome is None
    assert story.carry_out(last).end().outcome == "shut_down"


@pytest.mark.clause("§4")
def test_a_finding_recorded_after_the_close_bars_shut_down_until_it_is_settled() -> None:
    story = Story().at("06-03").record(illegal("a"), h("s", suspected_crime=True)).register("a")
    story.carry_out("close")
    assert story.record(h("r")).carry_out("refer").end().outcome is None
    assert story.rescind("r").end().outcome == "shut_down"


# ---------------------------------------------------------------- referred


@pytest.mark.clause("§4")
def test_a_case_is_referred_once_refer_is_executed_and_every_finding_is_settled() -> None:
    story = Story().at("06-03").record(h("a", suspected_crime=True)).register("a").carry_out("refer")
    assert story.end().outcome is None
    assert story.settle("a").end().outcome == "referred"
    reverse = Story().at("06-03").record(h("a", suspected_crime=True)).register("a").settle("a")
    assert reverse.end().outcome is None
    assert reverse.carry_out("refer").end().outcome == "referred"


@pytest.mark.clause("§4")
def test_a_case_is_not_referred_while_a_restart_is_awaited() -> None:
    story = Story().at("06-03").record(v("a", suspected_crime=True)).register("a").carry_out("refer")
    story.carry_out("suspend").settle("a")
    assert (story.end().outcome, story.end().stage) == (None, "reinspection")
    assert story.accept_restart().end().outcome == "referred"


@pytest.mark.clause("§4")
def test_a_case_is_not_referred_while_another_must_is_owed() -> None:
    story = Story(earlier=(("V04", "2012-09-01"),)).at("06-03").record(v("a", suspected_crime=True))
    story.register("a")
    story.carry_out("suspend").carry_out("refer").settle("a").accept_restart()
    assert (story.end().outcome, story.end().owed) == (None, ["fine"])
    assert story.carry_out("fine").end().outcome == "referred"


@pytest.mark.clause("§4")
def test_a_referral_whose_finding_is_rescinded_after_it_was_sent_is_referred_not_compliant() -> None:
    story = Story().at("06-03").record(h("a", suspected_crime=True)).carry_out("refer")
    story.rescind("a", by=GOVERNMENT)
    assert story.end().outcome == "referred"


# ---------------------------------------------------------------- look-back and rectified


@pytest.mark.clause("3.3")
def test_a_case_is_rectified_by_a_look_back_that_finds_nothing_again() -> None:
    told = consolidated().at("11-05").look_back().end()
    assert (told.outcome, told.stage, told.due) == ("rectified", "closed", None)


@pytest.mark.clause("3.3")
@pytest.mark.parametrize("at", ["05-20", "06-10", "10-31 23:59:59"])
def test_a_look_back_belongs_to_phase_3(at: str) -> None:
    assert consolidated("05-10").at(at).look_back().refusal() == "look_back_too_early"


@pytest.mark.clause("3.3")
def test_a_look_back_is_possible_from_the_first_instant_of_phase_3() -> None:
    assert consolidated().at("10-31 24:00").look_back().end().outcome == "rectified"


@pytest.mark.clause("3.3")
@pytest.mark.parametrize(
    "story",
    [
        Story().at("11-05"),
        Story().at("11-05").record(h("a")),
        Story().at("11-05").record(h("a")).register("a"),
        Story().at("11-05").record(h("a", suspected_crime=True)).register("a").settle("a"),
    ],
    ids=["investigation", "registration", "rectification", "escalation"],
)
def test_only_a_case_in_consolidation_is_looked_back_on(story: Story) -> None:
    assert story.look_back().refusal() == "not_in_consolidation"


@pytest.mark.clause("3.3")
def test_recurred_needs_findings_and_not_recurred_has_none() -> None:
    assert consolidated().at("11-05").look_back(recurred=True).refusal() == "recurred_needs_findings"
    assert consolidated().at("11-05").look_back(h("b")).refusal() == "findings_without_recurrence"
    assert consolidated().at("11-05").look_back(h("a"), recurred=True).refusal() == "duplicate_ref"
    assert consolidated().at("11-05").look_back(h("b", "H13"), recurred=True).refusal() == "unknown_category"


@pytest.mark.clause("3.3")
def test_a_recurrence_leaves_consolidation_and_its_findings_go_the_whole_way() -> None:
    story = consolidated().at("11-05").look_back(h("b"), recurred=True)
    told = story.end()
    assert (told.stage, told.due, told.state("b")) == ("registration", "11-12 24:00", "recorded")
    assert story.register("b").settle("b").end().stage == "consolidation"


@pytest.mark.clause("3.3")
def test_unlawful_conduct_that_recurs_is_fined_as_done_again() -> None:
    story = Story().at("06-03").record(v("a")).register("a").carry_out("suspend").settle("a").accept_restart()
    told = story.at("11-05").look_back(v("b"), recurred=True).at("11-06").register("b").end()
    assert told.owed == ["suspend", "fine"]


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("entered", "due"),
    [
        ("06-03", "12-15 24:00"),
        ("12-05", "12-15 24:00"),
        ("12-06", "12-16 24:00"),  # ten days after entering consolidation, if later
        ("12-20", "12-30 24:00"),
        ("12-22", "12-31 24:00"),  # never past completion
        ("12-31", "12-31 24:00"),
    ],
)
def test_the_look_back_is_due_on_15_december_or_ten_days_after_entering(entered: str, due: str) -> None:
    assert consolidated(entered).end().due == due


@pytest.mark.clause("§5")
def test_the_look_back_is_due_again_on_every_entry() -> None:
    story = consolidated().at("12-09").look_back(h("b"), recurred=True).at("12-10").register("b").settle("b")
    assert story.end().due == "12-20 24:00"
    assert story.until("12-20 24:00").end().overdue is True
    recorded = consolidated("12-01").at("12-02").record(h("b")).at("12-12").register("b").settle("b")
    assert recorded.end().due == "12-22 24:00"


@pytest.mark.clause("§5")
def test_while_a_case_is_out_of_consolidation_no_look_back_is_due() -> None:
    told = consolidated("12-01").at("12-12").record(h("b")).register("b").until("12-16").end()
    assert told.clock == []
    assert told.due == "12-27 24:00"


# ---------------------------------------------------------------- void, and after the end


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    "story",
    [
        Story().at("06-03").record(v("a")).register("a"),
        Story().at("06-03").record(v("a"), h("b")).register("a").rescind("a"),
        Story().at("06-03").record(v("a")).register("a").carry_out("suspend"),
        Story().at("05-10").record(h("a", suspected_crime=True)),
    ],
    ids=["owed", "withdrawn", "executed", "refer in phase 1"],
)
def test_void_is_refused_once_a_must_was_ever_owed(story: Story) -> None:
    assert story.do("void", SUPERVISOR, reason="opened in error").refusal() == "must_was_owed"


@pytest.mark.clause("§4")
def test_void_is_for_a_case_opened_in_error() -> None:
    assert Story().at("06-03").do("void", SUPERVISOR, reason="opened in error").end().outcome == "void"
    lapsed = Story().at("05-10").record(v("a")).register("a").settle("a").at("06-03")
    assert lapsed.do("void", SUPERVISOR, reason="opened in error").end().outcome == "void"


@pytest.mark.clause("§4")
@pytest.mark.parametrize(("kind", "by"), [("add_note", OFFICE), ("void", SUPERVISOR), ("transfer", OFFICE)])
def test_nothing_is_done_to_a_closed_case(kind: str, by: str) -> None:
    fields = {
        "add_note": {"text": "x"},
        "void": {"reason": "x"},
        "transfer": {"district": ELSEWHERE, "reason": "x"},
    }
    story = consolidated().at("11-05").look_back().at("11-06").do(kind, by, **fields[kind])
    assert story.refusal() == "case_closed"


@pytest.mark.clause("§4")
def test_executed_measures_stay_listed_whatever_the_outcome() -> None:
    story = Story().at("06-03").record(v("a", suspected_crime=True), illegal("b")).register("a", "b")
    story.carry_out("suspend").carry_out("refer").carry_out("close")
    told = story.end()
    assert (told.outcome, told.executed) == ("shut_down", ["suspend", "close", "refer"])
