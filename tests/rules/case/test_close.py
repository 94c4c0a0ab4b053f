"""3.2.must2: illegal operation, or a failed suspension → close and ban, carried out in full (domain §4)."""

import pytest

from tests.cast import CHECKS, CITY, ELSEWHERE, GOVERNMENT, INSPECTOR, SUPERVISOR
from tests.rules.story import Story, h, illegal, v


def illegal_operation(*findings: dict[str, object]) -> Story:
    """Recorded and registered on Monday 3 June."""
    listed = findings or (illegal("a"),)
    return Story().at("06-03").record(*listed).register(*(str(f["ref"]) for f in listed))


def suspended(*findings: dict[str, object]) -> Story:
    """A suspension executed on Monday 3 June on findings in V."""
    listed = findings or (v("a"),)
    return Story().at("06-03").record(*listed).register(*(str(f["ref"]) for f in listed)).carry_out("suspend")


# ---------------------------------------------------------------- grounds


@pytest.mark.clause("3.2.must2")
def test_a_registered_illegal_operation_owes_close_instead_of_suspend() -> None:
    story = Story().at("06-03").record(illegal("a"))
    assert story.end().musts == []
    told = story.at("06-04 10:00").register("a").end()
    assert told.musts == ["close owed a"]
    assert told.must("close")["arose_at"] == "06-04 10:00"


@pytest.mark.clause("3.2.must2")
def test_an_illegal_operation_in_imminent_danger_owes_suspend_and_close() -> None:
    story = Story().at("06-03").record(illegal("a", imminent_danger=True))
    assert story.end().musts == ["suspend owed a"]
    assert story.register("a").end().musts == ["close owed a", "suspend owed a"]


@pytest.mark.clause("3.2.must2")
def test_a_ground_that_fails_in_a_suspension_in_force_owes_close() -> None:
    told = suspended().at("06-10").declare("a").verdict(a=False).end()
    assert "close owed a" in told.musts
    assert told.must("close")["arose_at"] == "06-10 09:00"
    assert "suspend" not in told.owed


@pytest.mark.clause("3.2.must2")
def test_a_ground_that_fails_after_its_due_date_in_a_suspension_owes_close_too() -> None:
    assert "close owed a" in suspended().at("06-18 24:00").verdict(a=False).end().musts


@pytest.mark.clause("3.2.must2")
def test_a_failed_suspension_gives_no_new_due_date() -> None:
    told = suspended().at("06-10").declare("a").verdict(a=False).end()
    assert told.due_of("a") == "06-18 24:00"


@pytest.mark.clause("3.2.must2")
def test_a_finding_that_is_no_ground_of_the_suspension_does_not_owe_close_by_failing() -> None:
    told = suspended(v("a"), h("b")).declare("b").verdict(b=False).end()
    assert told.musts == ["suspend executed a", "suspend owed b"]


@pytest.mark.clause("3.2.must2")
def test_grounds_that_fail_one_after_the_other_join_one_close() -> None:
    story = suspended(v("a"), v("b")).at("06-10").declare("a", "b").verdict(a=False).at("06-13")
    story.verdict(b=False)
    told = story.end()
    assert told.owed == ["close", "fine"]
    assert "close owed a b" in told.musts
    assert told.must("close")["arose_at"] == "06-10 09:00"


@pytest.mark.clause("3.2.must2")
def test_a_hazard_suspended_for_imminent_danger_owes_close_by_failing_and_no_second_suspend() -> None:
    story = Story().at("06-03").record(h("a", imminent_danger=True)).register("a").carry_out("suspend")
    assert story.declare("a").verdict(a=False).end().musts == ["close owed a", "suspend executed a"]


# ---------------------------------------------------------------- decided, executed in full


@pytest.mark.clause("§4")
@pytest.mark.parametrize("by", [GOVERNMENT, f"government:Zhao@{CITY}"])
def test_the_government_of_the_district_or_of_the_city_decides_a_closure(by: str) -> None:
    assert illegal_operation().propose("close").approve("close", by=by).end().musts == ["close decided a"]


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    ("by", "code"),
    [
        (SUPERVISOR, "role_not_permitted"),
        (INSPECTOR, "role_not_permitted"),
        (f"government:Zhao@{ELSEWHERE}", "wrong_territory"),
        ("government:Li@650203", "four_eyes"),
    ],
)
def test_nobody_else_decides_a_closure(by: str, code: str) -> None:
    assert illegal_operation().propose("close").approve("close", by=by).refusal() == code


@pytest.mark.clause("§5")
def test_close_is_decided_in_fifteen_working_days_and_executed_in_seven_from_approval() -> None:
    story = illegal_operation()
    assert story.end().must("close")["decide_by"] == "06-25 24:00"
    approved = story.at("06-14").propose("close").approve("close").end()
    assert approved.must("close")["execute_by"] == "06-25 24:00"


@pytest.mark.clause("3.2.must2")
@pytest.mark.parametrize("missing", CHECKS)
def test_every_closure_check_is_verified_in_one_command(missing: str) -> None:
    story = illegal_operation().propose("close").approve("close")
    story.execute("close", checks=[c for c in CHECKS if c != missing])
    assert story.refusal() == "checks_missing"
    twice = illegal_operation().propose("close").approve("close").execute("close", checks=[CHECKS[0]])
    assert twice.run().owed == ["close"]


@pytest.mark.clause("3.2.must2")
def test_no_check_is_verified_that_the_plan_does_not_have() -> None:
    story = illegal_operation().propose("close").approve("close").execute("close", checks=[*CHECKS, "fence"])
    assert story.refusal() == "unknown_check"
    story = illegal_operation().propose("close").approve("close").execute("close", checks=None)
    assert story.refusal() == "checks_missing"


@pytest.mark.clause("3.2")
def test_a_ground_takes_no_verdict_and_no_extension_until_the_closure_is_executed() -> None:
    assert illegal_operation().declare("a").verdict(a=True).refusal() == "measure_first"
    assert illegal_operation().extend("a", "06-25 24:00").refusal() == "measure_first"


# ---------------------------------------------------------------- what an executed close does


@pytest.mark.clause("§4")
def test_an_executed_close_absorbs_every_unsettled_finding() -> None:
    story = illegal_operation(illegal("a"), h("b"), h("d")).record(h("c")).declare("d").verdict(d=True)
    told = story.carry_out("close").end()
    assert [told.state(r) for r in "abcd"] == ["absorbed", "absorbed", "absorbed", "verified"]


@pytest.mark.clause("§4")
@pytest.mark.parametrize("state", ["owed", "proposed", "decided"])
def test_an_executed_close_absorbs_every_owed_suspend(state: str) -> None:
    story = illegal_operation(illegal("a"), v("b"))
    if state != "owed":
        story.propose("suspend")
    if state == "decided":
        story.approve("suspend")
    told = story.carry_out("close").end()
    assert told.musts == ["close executed a", "suspend absorbed b"]
    assert (told.owed, told.outcome) == ([], "shut_down")


@pytest.mark.clause("§4")
def test_an_executed_close_lifts_a_suspension_so_no_restart_is_awaited() -> None:
    story = illegal_operation(illegal("a"), v("b")).carry_out("suspend").declare("b").verdict(b=True)
    story.record(h("s", suspected_crime=True)).carry_out("close")
    told = story.end()
    assert (told.owed, told.stage) == (["refer"], "escalation")
    assert story.accept_restart().refusal() == "no_restart_awaited"


@pytest.mark.clause("§4")
def test_an_executed_close_leaves_fine_and_referral_owed() -> None:
    story = suspended(v("a"), v("b", suspected_crime=True)).declare("a").verdict(a=False).carry_out("close")
    told = story.end()
    assert told.musts == ["close executed a", "fine owed a", "refer owed b", "suspend executed a b"]
    assert (told.outcome, told.stage) == (None, "escalation")
    assert story.carry_out("fine").end().outcome is None
    assert story.carry_out("refer").end().outcome == "shut_down"


@pytest.mark.clause("2.2.2")
@pytest.mark.parametrize("category", ["H01", "V04", "other", "V02"])
def test_whatever_is_found_after_an_executed_close_is_resurgence(category: str) -> None:
    """Counts as V02 with illegal_operation, whatever its category, also for fine (again)."""
    story = illegal_operation(illegal("a"), h("s", suspected_crime=True)).carry_out("close").at("06-05")
    story.record({"ref": "r", "category": category, "grade": "general", "description": "open again"})
    assert story.end().musts == ["close executed a", "refer owed s"]
    told = story.at("06-06").register("r").end()
    assert told.musts == ["close executed a", "close owed r", "fine owed r", "refer owed s"]


@pytest.mark.clause("2.2.2")
def test_resurgence_is_an_illegal_operation_even_if_the_finding_says_otherwise() -> None:
    story = illegal_operation(illegal("a"), h("s", suspected_crime=True)).carry_out("close").at("06-05")
    story.record(v("r", illegal_operation=False)).register("r")
    assert story.end().owed == ["close", "fine", "refer"]


@pytest.mark.clause("2.2.2")
def test_resurgence_is_closed_again_and_only_then_the_case_is_shut_down() -> None:
    story = illegal_operation(illegal("a"), h("s", suspected_crime=True)).carry_out("close").at("06-05")
    story.record(h("r")).register("r").carry_out("fine").carry_out("refer")
    assert story.end().outcome is None
    told = story.carry_out("close").end()
    assert (told.outcome, told.state("r")) == ("shut_down", "absorbed")
    assert [m for m in told.musts if m.startswith("close")] == ["close executed a", "close executed r"]


# ---------------------------------------------------------------- reclassified by the government


@pytest.mark.clause("3.2")
def test_the_government_reclassifies_a_ground_as_no_illegal_operation_then_suspend_is_owed() -> None:
    told = illegal_operation().propose("close").at("06-13").send_back("close", "a").end()
    assert told.musts == ["suspend owed a"]
    assert told.must("suspend")["arose_at"] == "06-13 09:00"
    assert told.must("suspend")["decide_by"] == "06-18 24:00"  # Friday 14, Monday 17, Tuesday 18


@pytest.mark.clause("3.2")
def test_the_grounds_that_are_not_reclassified_stay_grounds_of_the_close() -> None:
    story = illegal_operation(illegal("a"), illegal("b")).propose("close").send_back("close", "b")
    told = story.end()
    assert told.musts == ["close owed a", "suspend owed b"]
    assert told.must("close")["decide_by"] == "06-25 24:00"


@pytest.mark.clause("3.2")
def test_a_return_without_reclassification_goes_back_to_owed() -> None:
    assert illegal_operation().propose("close").send_back("close").end().musts == ["close owed a"]


@pytest.mark.clause("3.2")
def test_a_reclassified_ground_of_a_suspension_is_no_ground_of_suspend_twice() -> None:
    story = illegal_operation(illegal("a", imminent_danger=True)).propose("close").send_back("close", "a")
    assert story.end().musts == ["suspend owed a"]


@pytest.mark.clause("3.2")
def test_a_failed_suspension_is_not_reclassified() -> None:
    story = suspended().declare("a").verdict(a=False).propose("close").send_back("close", "a")
    assert story.refusal() == "not_illegal_operation"
    story = illegal_operation(illegal("a"), h("b")).propose("close").send_back("close", "b")
    assert story.refusal() in ("not_illegal_operation", "grounds_incomplete")


@pytest.mark.clause("3.2")
def test_only_the_return_of_a_close_reclassifies() -> None:
    story = Story().at("06-03").record(v("a")).register("a").propose("suspend").send_back("suspend", "a")
    assert story.refusal() == "reclassify_foreign"


@pytest.mark.clause("3.2")
def test_a_reclassified_finding_takes_its_verdict_once_it_is_suspended() -> None:
    story = illegal_operation().propose("close").send_back("close", "a")
    assert story.declare("a").verdict(a=True).refusal() == "measure_first"
    story = illegal_operation().propose("close").send_back("close", "a").carry_out("suspend").settle("a")
    assert story.end().state("a") == "verified"


@pytest.mark.clause("3.2.must2")
def test_a_reclassified_finding_that_fails_in_its_suspension_owes_close_again() -> None:
    story = illegal_operation().propose("close").send_back("close", "a").carry_out("suspend")
    told = story.at("06-10").declare("a").verdict(a=False).end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]


@pytest.mark.clause("3.2.must2")
def test_a_reclassified_finding_whose_suspension_failed_before_still_owes_close() -> None:
    story = Story().at("05-10").record(illegal("a", imminent_danger=True)).register("a").carry_out("suspend")
    story.at("05-20").declare("a").verdict(a=False)
    assert story.end().musts == ["close pending a", "fine pending a", "suspend executed a"]
    told = story.at("06-03").propose("close").send_back("close", "a").end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]


@pytest.mark.clause("§4")
def test_an_executed_close_absorbs_no_other_close() -> None:
    story = Story().at("06-03").record(illegal("a"), illegal("b")).register("a").propose("close")
    story.approve("close")
    told = story.register("b").execute("close").end()
    assert told.musts == ["close executed a", "close owed b"]
    assert (told.state("b"), told.outcome) == ("absorbed", None)
    assert story.carry_out("close").end().outcome == "shut_down"


# ---------------------------------------------------------------- rescinded by the government


@pytest.mark.clause("§4")
@pytest.mark.parametrize("phase_1", [True, False])
def test_a_ground_of_a_pending_or_owed_close_is_rescinded_by_the_government(phase_1: bool) -> None:
    def registered() -> Story:
        return Story().at("05-10" if phase_1 else "06-03").record(illegal("a"), h("b")).register("a")

    assert registered().rescind("a", by=SUPERVISOR).refusal() == "role_not_permitted"
    told = registered().rescind("a", by=GOVERNMENT).end()
    assert (told.owed, told.pending, told.state("a")) == ([], [], "rescinded")
    assert registered().rescind("b", by=SUPERVISOR).end().state("b") == "rescinded"


@pytest.mark.clause("§4")
def test_a_ground_of_a_close_that_was_withdrawn_is_rescinded_by_the_supervisor_again() -> None:
    story = illegal_operation().propose("close").send_back("close", "a")
    assert story.rescind("a", by=SUPERVISOR).end().outcome == "compliant"


@pytest.mark.clause("§4")
def test_an_absorbed_finding_is_not_rescinded() -> None:
    story = illegal_operation(illegal("a"), h("s", suspected_crime=True)).carry_out("close")
    assert story.rescind("a", by=GOVERNMENT).refusal() == "already_settled"
