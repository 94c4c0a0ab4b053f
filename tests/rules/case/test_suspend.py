"""3.2.must1: unlawful conduct, a failed hazard, imminent danger → suspend and rectify (domain §4)."""

import pytest

from tests.cast import ELSEWHERE, GOVERNMENT, INSPECTOR, OFFICE, SUPERVISOR
from tests.rules.story import Story, finding, h, v


def suspension_owed(*findings: dict[str, object]) -> Story:
    """Recorded and registered on Monday 3 June."""
    refs = [str(f["ref"]) for f in findings]
    return Story().at("06-03").record(*findings).register(*refs)


def failed_hazard(ref: str = "a") -> Story:
    """A hazard that failed its re-inspection on Wednesday 5 June."""
    return Story().at("06-03").record(h(ref)).register(ref).at("06-05").declare(ref).verdict(**{ref: False})


# ---------------------------------------------------------------- grounds, and the instant from which


@pytest.mark.clause("3.2.must1")
@pytest.mark.parametrize("category", ["V04", "V05", "V06", "V07", "V08", "V09", "V10"])
def test_registered_unlawful_conduct_owes_suspend(category: str) -> None:
    told = Story().at("06-03").record(finding("a", category)).at("06-04 10:00").register("a").end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["arose_at"] == "06-04 10:00"


@pytest.mark.clause("3.2.must1")
def test_recorded_unlawful_conduct_owes_nothing_yet() -> None:
    assert Story().at("06-03").record(v("a")).end().musts == []


@pytest.mark.clause("3.2.must1")
@pytest.mark.parametrize("category", [*(f"H{n:02}" for n in range(1, 13)), "other"])
def test_a_registered_hazard_owes_nothing_and_a_failed_one_owes_suspend(category: str) -> None:
    story = Story().at("06-03").record(finding("a", category, "major")).register("a")
    assert story.end().musts == []
    told = story.at("06-05 11:00").declare("a").verdict(a=False).end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["arose_at"] == "06-05 11:00"


@pytest.mark.clause("3.2.must1")
@pytest.mark.parametrize("category", ["V04", "H01", "other"])
@pytest.mark.parametrize("at", ["05-10", "06-03", "11-04"])
def test_imminent_danger_owes_suspend_from_its_recording_in_any_phase(category: str, at: str) -> None:
    told = Story().at(at).record(finding("a", category, imminent_danger=True)).end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["arose_at"] == f"{at} 09:00"


@pytest.mark.clause("3.2.must1")
def test_a_finding_is_a_ground_of_suspend_once() -> None:
    """Imminent danger, then registered as unlawful conduct: one ground, one must."""
    told = Story().at("06-03").record(v("a", imminent_danger=True)).register("a").end()
    assert told.musts == ["suspend owed a"]
    served = Story().at("06-03").record(v("a", imminent_danger=True)).carry_out("suspend").register("a")
    assert served.end().musts == ["suspend executed a"]


@pytest.mark.clause("3.2.must1")
def test_several_registered_together_are_grounds_of_one_suspension() -> None:
    assert suspension_owed(v("a"), v("b", "V08"), h("c")).end().musts == ["suspend owed a b"]


# ---------------------------------------------------------------- decided, executed


@pytest.mark.clause("§4")
@pytest.mark.parametrize("by", [INSPECTOR, GOVERNMENT, OFFICE])
def test_only_a_supervisor_decides_a_suspension(by: str) -> None:
    story = suspension_owed(v("a")).propose("suspend").approve("suspend", by=by)
    assert story.refusal() == "role_not_permitted"


@pytest.mark.clause("§7")
def test_the_supervisor_of_another_district_does_not_decide() -> None:
    story = suspension_owed(v("a")).propose("suspend").approve("suspend", by=f"supervisor:Wang@{ELSEWHERE}")
    assert story.refusal() == "wrong_territory"


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("owed", "decided"),
    [
        ("06-03", "06-06 24:00"),  # Monday: 4, 5, 6
        ("06-07", "06-13 24:00"),  # Saturday 8 and Sunday 9 are worked, 10 to 12 are Dragon Boat; 13
        ("09-30", "10-10 24:00"),  # 1 to 7 October are National Day; 8, 9, 10
    ],
)
def test_suspend_is_decided_in_three_working_days(owed: str, decided: str) -> None:
    told = Story().at(owed).record(v("a")).register("a").end()
    assert (told.must("suspend")["decide_by"], told.due) == (decided, decided)


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("approved", "executed"),
    [
        ("06-03", "06-13 24:00"),  # 4, 5, 6, 7, 8, 9, 13
        ("06-14", "06-25 24:00"),  # 17, 18, 19, 20, 21, 24, 25
        ("09-26", "10-11 24:00"),  # 27, 29, 30, 8, 9, 10, 11
    ],
)
def test_suspend_is_executed_in_seven_working_days_from_approval(approved: str, executed: str) -> None:
    story = Story().at("06-03").record(v("a")).register("a").propose("suspend").at(approved)
    story.approve("suspend")
    assert story.end().must("suspend")["execute_by"] == executed


@pytest.mark.clause("§4")
def test_a_suspension_is_served_with_at_least_one_supervisory_measure() -> None:
    story = suspension_owed(v("a")).propose("suspend").approve("suspend").execute("suspend", supervision=None)
    assert story.refusal() == "supervision_missing"
    assert suspension_owed(v("a")).carry_out("suspend").end().musts == ["suspend executed a"]


@pytest.mark.clause("§4")
def test_a_measure_is_proposed_then_approved_then_executed() -> None:
    assert suspension_owed(v("a")).approve("suspend").refusal() == "not_proposed"
    assert suspension_owed(v("a")).send_back("suspend").refusal() == "not_proposed"
    assert suspension_owed(v("a")).propose("suspend").execute("suspend").refusal() == "not_decided"
    assert suspension_owed(v("a")).execute("suspend").refusal() == "not_decided"
    assert suspension_owed(v("a")).propose("suspend").propose("suspend").refusal() == "already_proposed"


@pytest.mark.clause("§4")
@pytest.mark.parametrize("must", ["suspend", "close", "fine", "refer"])
def test_what_is_not_owed_is_not_proposed(must: str) -> None:
    assert Story().at("06-03").record(h("a")).register("a").propose(must).refusal() == "not_owed"


@pytest.mark.clause("§4")
@pytest.mark.parametrize("date", ["06-03", "06-06"])
def test_a_date_of_execution_lies_between_the_decision_and_today(date: str) -> None:
    story = suspension_owed(v("a")).propose("suspend").at("06-04").approve("suspend").at("06-05")
    assert story.execute("suspend", date=date).refusal() == "date_out_of_range"


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    ("served", "general", "major"),
    [("06-04", "06-19 24:00", "07-04 24:00"), ("06-05", "06-20 24:00", "07-05 24:00")],
)
def test_each_unsettled_ground_gets_days_from_the_service_date(served: str, general: str, major: str) -> None:
    story = suspension_owed(v("a"), v("b", grade="major"), v("c"), h("d")).propose("suspend").at("06-04")
    told = story.approve("suspend").rescind("c").at("06-05").execute("suspend", date=served).end()
    assert [told.due_of(r) for r in "abcd"] == [general, major, "06-18 24:00", "06-18 24:00"]


@pytest.mark.clause("§4")
def test_earlier_declarations_of_the_grounds_lapse_with_the_service() -> None:
    story = suspension_owed(v("a"), h("b")).declare("a", "b").carry_out("suspend")
    told = story.end()
    assert (told.state("a"), told.state("b")) == ("registered", "declared")
    assert story.verdict(a=True).refusal() == "not_awaiting_verdict"
    told = suspension_owed(v("a")).declare("a").carry_out("suspend").settle("a").end()
    assert told.state("a") == "verified"


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    ("by", "code"),
    [("supervisor:Li@650203", "four_eyes"), ("supervisor:Ma@650203", None)],
)
def test_the_approver_is_not_the_proposer_whatever_the_role(by: str, code: str | None) -> None:
    told = suspension_owed(v("a")).propose("suspend").approve("suspend", by=by).run()
    assert told.official[-1].get("code") == code


@pytest.mark.clause("§4")
def test_four_eyes_are_counted_anew_after_a_return() -> None:
    story = suspension_owed(v("a")).propose("suspend", by="inspector:Ma@650203").send_back("suspend")
    story.propose("suspend", by="inspector:Li@650203").approve("suspend", by="supervisor:Ma@650203")
    assert story.execute("suspend").end().executed == ["suspend"]


# ---------------------------------------------------------------- states: joining, returning


@pytest.mark.clause("§4")
def test_a_return_goes_back_to_owed_and_the_clock_runs_on() -> None:
    told = suspension_owed(v("a")).propose("suspend").at("06-06").send_back("suspend").end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["decide_by"] == "06-06 24:00"


@pytest.mark.clause("§4")
def test_a_new_ground_joins_an_owed_must_and_the_clock_runs_on() -> None:
    told = Story().at("06-03").record(v("a"), v("b")).register("a").at("06-05").register("b").end()
    assert told.musts == ["suspend owed a b"]
    assert told.must("suspend")["decide_by"] == "06-06 24:00"
    assert told.must("suspend")["arose_at"] == "06-03 09:00"


@pytest.mark.clause("§4")
def test_a_new_ground_sets_a_proposed_must_back_to_owed() -> None:
    story = Story().at("06-03").record(v("a"), v("b")).register("a").propose("suspend").at("06-05")
    story.register("b")
    told = story.end()
    assert told.musts == ["suspend owed a b"]
    assert told.must("suspend")["decide_by"] == "06-06 24:00"
    assert story.approve("suspend").refusal() == "not_proposed"


@pytest.mark.clause("§4")
def test_after_the_decision_a_new_ground_makes_a_second_must() -> None:
    story = Story().at("06-03").record(v("a"), v("b")).register("a").propose("suspend").approve("suspend")
    story.at("06-05").register("b")
    told = story.end()
    assert told.musts == ["suspend decided a", "suspend owed b"]
    assert told.must("suspend", "owed")["decide_by"] == "06-08 24:00"  # 6, 7 and Saturday 8, which is worked


@pytest.mark.clause("§4")
def test_each_of_two_musts_of_a_kind_is_carried_out() -> None:
    story = Story().at("06-03").record(v("a"), v("b")).register("a").propose("suspend").approve("suspend")
    story.register("b").propose("suspend").execute("suspend")
    assert story.end().musts == ["suspend executed a", "suspend proposed b"]
    assert story.approve("suspend").execute("suspend").end().musts == [
        "suspend executed a",
        "suspend executed b",
    ]


@pytest.mark.clause("§4")
def test_a_must_may_be_owed_again_beside_an_executed_one() -> None:
    told = suspension_owed(v("a")).carry_out("suspend").record(h("b", imminent_danger=True)).end()
    assert told.musts == ["suspend executed a", "suspend owed b"]
    assert (told.owed, told.executed) == (["suspend"], ["suspend"])


@pytest.mark.clause("§4")
def test_a_proposal_names_all_grounds_of_its_must_or_leaves_them_out() -> None:
    assert suspension_owed(v("a"), v("b")).propose("suspend", "a").refusal() == "grounds_incomplete"
    story = suspension_owed(v("a"), v("b")).propose("suspend", "b", "a")
    assert story.end().musts == ["suspend proposed a b"]
    assert suspension_owed(v("a"), v("b")).propose("suspend").end().musts == ["suspend proposed a b"]


@pytest.mark.clause("§4")
def test_a_proposal_names_no_foreign_ground() -> None:
    assert suspension_owed(v("a"), h("b")).propose("suspend", "a", "b").refusal() == "grounds_incomplete"
    assert suspension_owed(v("a")).propose("suspend", "a", "x").refusal() in (
        "grounds_incomplete",
        "unknown_ref",
    )


# ---------------------------------------------------------------- without exception


@pytest.mark.clause("3.2")
@pytest.mark.parametrize("state", ["owed", "proposed", "decided"])
def test_a_ground_takes_no_verdict_until_the_suspension_is_executed(state: str) -> None:
    story = suspension_owed(v("a")).declare("a")
    if state != "owed":
        story.propose("suspend")
    if state == "decided":
        story.approve("suspend")
    assert story.verdict(a=True).refusal() == "measure_first"


@pytest.mark.clause("3.2")
def test_a_verdict_that_names_a_ground_is_refused_whole() -> None:
    told = suspension_owed(v("a"), h("b")).declare("a", "b").verdict(b=True, a=True)
    assert told.refusal() == "measure_first"
    assert told.run().state("b") == "declared"
    assert suspension_owed(v("a"), h("b")).declare("a", "b").verdict(b=True).end().state("b") == "verified"


@pytest.mark.clause("3.2")
def test_a_ground_gets_no_extension_until_the_suspension_is_executed() -> None:
    assert suspension_owed(v("a")).extend("a", "06-20 24:00").refusal() == "measure_first"
    asked_before = Story().at("05-31").record(v("a")).register("a").extend("a", "06-20 24:00").at("06-03")
    assert asked_before.decide_extension("a").refusal() == "measure_first"
    story = suspension_owed(v("a")).carry_out("suspend").extend("a", "06-20 24:00")
    assert story.end().stage == "rectification"


@pytest.mark.clause("§5")
def test_due_dates_run_on_during_escalation() -> None:
    told = suspension_owed(v("a")).until("06-18 24:00").end()
    assert told.clock == ["06-06 24:00 deadline_passed", "06-18 24:00 deadline_passed"]
    assert (told.stage, told.due) == ("escalation", "06-06 24:00")


@pytest.mark.clause("§4")
def test_a_finding_recorded_while_suspended_is_no_ground_of_that_suspension() -> None:
    story = suspension_owed(v("a")).carry_out("suspend").record(h("b")).register("b").declare("b")
    told = story.verdict(b=False).end()
    assert told.musts == ["suspend executed a", "suspend owed b"]


# ---------------------------------------------------------------- the four eyes of a rescission


@pytest.mark.clause("§4")
def test_an_owed_suspend_whose_grounds_are_all_rescinded_is_withdrawn() -> None:
    told = suspension_owed(v("a"), h("b")).rescind("a").end()
    assert (told.owed, told.stage, told.outcome) == ([], "rectification", None)
    assert told.must("suspend")["state"] == "withdrawn"


@pytest.mark.clause("§4")
def test_one_ground_rescinded_leaves_the_must_owed_on_the_other() -> None:
    story = suspension_owed(v("a"), v("b")).rescind("a")
    assert story.end().owed == ["suspend"]
    assert story.propose("suspend").approve("suspend").execute("suspend").end().executed == ["suspend"]


@pytest.mark.clause("§4")
def test_the_rescinding_supervisor_is_not_the_recorder() -> None:
    assert suspension_owed(v("a")).rescind("a", by="supervisor:Li@650203").refusal() == "own_finding"
    assert suspension_owed(v("a")).rescind("a", by=INSPECTOR).refusal() == "role_not_permitted"
    assert suspension_owed(v("a"), v("b")).rescind("x", by=SUPERVISOR).refusal() == "unknown_ref"


@pytest.mark.clause("3.2.must1")
def test_a_suspension_from_a_hazard_is_served_like_any_other() -> None:
    told = failed_hazard().at("06-06").carry_out("suspend").end()
    assert (told.musts, told.due_of("a")) == (["suspend executed a"], "06-21 24:00")


@pytest.mark.clause("3.2.must1")
def test_a_registration_after_the_service_sets_its_own_due_date() -> None:
    """Suspended for imminent danger before it was registered: fifteen days from the service, then from itself (A)."""
    story = Story().at("06-03").record(h("a", imminent_danger=True)).carry_out("suspend")
    assert story.end().due_of("a") == "06-18 24:00"
    assert story.at("06-07").register("a").end().due_of("a") == "06-22 24:00"
