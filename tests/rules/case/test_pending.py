"""Phase 1 is for rectifying in time; the musts begin with phase 2 (N 3.1, N 3.2; domain §4)."""

import pytest

from tests.cast import SUPERVISOR
from tests.rules.story import Story, h, illegal, v


def in_phase_1(*findings: dict[str, object]) -> Story:
    """Recorded and registered on Friday 10 May."""
    return Story().at("05-10").record(*findings).register(*(str(f["ref"]) for f in findings))


# ---------------------------------------------------------------- phase 1


@pytest.mark.clause("3.1")
def test_in_phase_1_suspend_close_and_fine_stay_pending() -> None:
    told = in_phase_1(v("a"), illegal("b")).declare("a").verdict(a=False).end()
    assert (told.owed, told.pending) == ([], ["suspend", "close", "fine"])
    assert told.musts == ["close pending b", "fine pending a", "suspend pending a"]


@pytest.mark.clause("3.1")
def test_a_failed_hazard_is_pending_in_phase_1_with_a_new_due_date() -> None:
    told = in_phase_1(h("a")).at("05-13").declare("a").verdict(a=False).end()
    assert (told.musts, told.due_of("a")) == (["suspend pending a"], "05-28 24:00")


@pytest.mark.clause("3.1")
def test_a_hazard_that_fails_twice_in_phase_1_is_one_ground_and_no_fine() -> None:
    told = in_phase_1(h("a")).declare("a").verdict(a=False).declare("a").verdict(a=False).end()
    assert told.musts == ["suspend pending a"]


@pytest.mark.clause("3.2.must3")
def test_again_in_phase_1_is_a_pending_fine() -> None:
    told = in_phase_1(v("a")).at("05-13").record(v("b")).register("b").end()
    assert "fine pending b" in told.musts
    assert told.owed == []


@pytest.mark.clause("3.1")
def test_a_pending_must_is_no_escalation_and_has_no_due_instant() -> None:
    told = in_phase_1(v("a")).end()
    assert (told.stage, told.due) == ("rectification", "05-25 24:00")
    assert told.must("suspend")["decide_by"] is None


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(("must", "category"), [("suspend", "V04"), ("close", "V01")])
def test_a_pending_must_is_not_proposed(must: str, category: str) -> None:
    assert in_phase_1(v("a", category)).propose(must).refusal() == "must_pending"


@pytest.mark.clause("3.1")
def test_a_pending_ground_takes_verdicts_and_extensions() -> None:
    told = in_phase_1(v("a"), illegal("b")).extend("b", "06-05 24:00").decide_extension("b").settle("a").end()
    assert (told.state("a"), told.due_of("b")) == ("verified", "06-05 24:00")


@pytest.mark.clause("3.1")
def test_a_pending_must_does_not_bar_void() -> None:
    told = in_phase_1(v("a")).do("void", SUPERVISOR, reason="opened in error").end()
    assert told.outcome == "void"


@pytest.mark.clause("3.1")
def test_a_pending_must_lapses_when_its_grounds_are_settled() -> None:
    told = in_phase_1(v("a")).at("05-20").settle("a").end()
    assert (told.pending, told.owed, told.stage) == ([], [], "consolidation")
    assert told.due == "12-15 24:00"
    later = in_phase_1(v("a")).at("05-20").settle("a").until("06-10").end()
    assert (later.owed, later.stage) == ([], "consolidation")


@pytest.mark.clause("3.1")
def test_every_pending_must_of_a_settled_finding_lapses() -> None:
    story = in_phase_1(v("a"), h("b")).declare("a", "b").verdict(a=False, b=False)
    assert story.end().pending == ["suspend", "fine"]
    assert story.settle("a", "b").until("06-03").end().owed == []


# ---------------------------------------------------------------- the start of phase 2


@pytest.mark.clause("3.2")
def test_a_pending_must_becomes_owed_at_the_start_of_phase_2() -> None:
    told = in_phase_1(v("a")).until("05-31 24:00").end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["arose_at"] == "05-31 24:00"
    assert told.must("suspend")["decide_by"] == "06-05 24:00"  # 1 June is a Saturday: 3, 4, 5
    assert in_phase_1(v("a")).until("05-31 23:59:59").end().pending == ["suspend"]


@pytest.mark.clause("3.2")
@pytest.mark.parametrize("due", ["05-31 24:00", "06-14 24:00", "10-31 24:00"])
def test_wherever_the_findings_due_date_lies(due: str) -> None:
    told = Story().at("05-30").record(v("a")).register("a", due=due).until("06-01 00:00").end()
    assert (told.owed, told.stage, told.due_of("a")) == (["suspend"], "escalation", due)


@pytest.mark.clause("3.2")
def test_suspend_close_and_fine_become_owed_together() -> None:
    told = in_phase_1(v("a"), illegal("b")).declare("a").verdict(a=False).until("06-01 09:00").end()
    assert told.musts == ["close owed b", "fine owed a", "suspend owed a"]
    assert told.must("close")["decide_by"] == "06-24 24:00"
    assert told.must("fine")["decide_by"] == "07-15 24:00"


@pytest.mark.clause("3.2")
def test_a_must_with_one_ground_settled_becomes_owed_for_the_other() -> None:
    story = in_phase_1(v("a"), v("b")).at("05-20").settle("a")
    assert story.end().pending == ["suspend"]
    told = story.at("06-03").carry_out("suspend").end()
    assert (told.state("a"), told.due_of("a"), told.due_of("b")) == ("verified", "05-25 24:00", "06-18 24:00")


@pytest.mark.clause("3.2")
def test_a_ground_rescinded_in_phase_1_lapses() -> None:
    told = in_phase_1(v("a"), h("b")).rescind("a").until("06-03").end()
    assert (told.owed, told.pending) == ([], [])


@pytest.mark.clause("3.2")
def test_a_declared_finding_is_unsettled_and_takes_no_verdict_in_phase_2() -> None:
    story = in_phase_1(v("a")).at("05-31").declare("a").at("06-03")
    assert story.verdict(a=True).refusal() == "measure_first"


@pytest.mark.clause("3.2")
@pytest.mark.parametrize(
    ("at", "state"), [("05-31 23:59:59", "pending"), ("05-31 24:00", "owed"), ("06-01 00:00:01", "owed")]
)
def test_a_registration_owes_from_the_first_instant_of_phase_2(at: str, state: str) -> None:
    told = Story().at("05-20").record(v("a")).at(at).register("a").end()
    assert told.musts == [f"suspend {state} a"]


@pytest.mark.clause("3.2")
def test_a_hazard_failed_in_phase_1_is_owed_in_phase_2_and_its_suspension_is_for_v10() -> None:
    story = in_phase_1(h("a")).at("05-28").declare("a").verdict(a=False).at("06-03")
    assert story.carry_out("suspend").end().due_of("a") == "06-18 24:00"
    told = story.at("06-05").declare("a").verdict(a=False).end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]


@pytest.mark.clause("3.2")
def test_a_hazard_failed_in_phase_1_and_again_in_phase_2_is_a_ground_once() -> None:
    story = in_phase_1(h("a")).at("05-28").declare("a").verdict(a=False).at("06-03").declare("a")
    assert story.verdict(a=False).refusal() == "measure_first"


@pytest.mark.clause("3.2")
def test_a_case_opened_in_phase_2_has_nothing_pending() -> None:
    told = Story().at("06-01 00:00").record(illegal("a")).register("a").end()
    assert (told.owed, told.pending) == (["close"], [])


# ---------------------------------------------------------------- imminent danger in phase 1


@pytest.mark.clause("§4")
def test_imminent_danger_in_phase_1_owes_suspend_beside_a_pending_close() -> None:
    told = in_phase_1(illegal("a", imminent_danger=True)).end()
    assert told.musts == ["close pending a", "suspend owed a"]
    assert told.must("suspend")["decide_by"] == "05-15 24:00"


@pytest.mark.clause("§4")
def test_imminent_danger_is_suspended_in_phase_1() -> None:
    story = in_phase_1(h("a", imminent_danger=True))
    assert story.declare("a").verdict(a=True).refusal() == "measure_first"
    told = in_phase_1(h("a", imminent_danger=True)).at("05-13").carry_out("suspend").end()
    assert (told.musts, told.due_of("a")) == (["suspend executed a"], "05-28 24:00")


@pytest.mark.clause("§4")
def test_a_suspension_that_fails_in_phase_1_makes_close_pending_and_sets_a_new_due_date() -> None:
    story = in_phase_1(h("a", imminent_danger=True)).carry_out("suspend").at("05-13").declare("a")
    story.verdict(a=False)
    told = story.end()
    assert (told.musts, told.due_of("a")) == (["close pending a", "suspend executed a"], "05-28 24:00")
    assert story.until("06-01 00:00").end().owed == ["close"]


@pytest.mark.clause("§4")
def test_a_close_pending_for_a_failed_suspension_lapses_with_a_passed_verdict() -> None:
    story = in_phase_1(v("a", imminent_danger=True)).carry_out("suspend").at("05-13").declare("a")
    story.verdict(a=False)
    assert story.end().pending == ["close", "fine"]
    assert story.at("05-20").settle("a").until("06-03").end().owed == []


@pytest.mark.clause("§4")
def test_a_pending_ground_stays_apart_from_an_owed_must_until_phase_2() -> None:
    story = in_phase_1(v("a"), h("b", imminent_danger=True))
    assert story.end().musts == ["suspend owed b", "suspend pending a"]
    assert story.propose("suspend", "b").end().musts == ["suspend pending a", "suspend proposed b"]
    assert in_phase_1(v("a"), h("b", imminent_danger=True)).settle("a").end().state("a") == "verified"


def danger_of_29_may() -> Story:
    """Suspend pending on a since 10 May, owed on b since Wednesday 29 May."""
    return in_phase_1(v("a")).at("05-29").record(h("b", imminent_danger=True)).register("b")


@pytest.mark.clause("§4")
def test_at_the_start_of_phase_2_a_pending_ground_joins_an_owed_must() -> None:
    told = danger_of_29_may().until("06-01 00:00").end()
    assert told.musts == ["suspend owed a b"]
    assert told.must("suspend")["decide_by"] == "06-03 24:00"  # 30, 31 May, 3 June: its clock runs on


@pytest.mark.clause("§4")
def test_at_the_start_of_phase_2_a_pending_ground_sets_a_proposed_must_back_to_owed() -> None:
    assert danger_of_29_may().propose("suspend").until("06-01 00:00").end().musts == ["suspend owed a b"]


@pytest.mark.clause("§4")
def test_at_the_start_of_phase_2_a_pending_ground_makes_a_second_must_beside_a_decided_one() -> None:
    told = danger_of_29_may().propose("suspend").approve("suspend").until("06-01 00:00").end()
    assert told.musts == ["suspend decided b", "suspend owed a"]
    assert told.must("suspend", "owed")["decide_by"] == "06-05 24:00"


@pytest.mark.clause("§4")
def test_a_pending_must_is_not_stayed() -> None:
    assert in_phase_1(v("a")).stay("suspend").refusal() == "not_stayable"
