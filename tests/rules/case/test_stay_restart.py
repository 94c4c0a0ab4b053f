"""Stays by a reconsideration organ or court (L); restart acceptance, the three-no's (domain §4)."""

import pytest

from tests.cast import ALL_MET, ELSEWHERE, GOVERNMENT, SUPERVISOR
from tests.rules.story import Story, h, illegal, v


def suspension(state: str = "owed") -> Story:
    """A suspension of Monday 3 June, as far as it got."""
    story = Story().at("06-03").record(v("a")).register("a")
    if state != "owed":
        story.propose("suspend")
    if state in ("decided", "executed"):
        story.approve("suspend")
    if state == "executed":
        story.execute("suspend")
    return story


def restart_awaited(at: str = "06-13") -> Story:
    """A suspension whose one ground passed."""
    return suspension("executed").at(at).settle("a")


# ---------------------------------------------------------------- stay


@pytest.mark.clause("§4")
@pytest.mark.parametrize("state", ["owed", "proposed", "decided", "executed"])
def test_an_owed_proposed_decided_or_executed_measure_may_be_stayed_and_the_stay_lifted(state: str) -> None:
    told = suspension(state).at("06-04").stay("suspend").at("06-05").lift("suspend").end()
    assert told.musts == [f"suspend {state} a"]


@pytest.mark.clause("§4")
def test_what_is_not_there_is_not_stayed_and_what_is_not_stayed_is_not_lifted() -> None:
    assert Story().at("06-03").record(h("a")).stay("suspend").refusal() == "not_stayable"
    assert suspension().stay("close").refusal() == "not_stayable"
    assert suspension().lift("suspend").refusal() == "not_stayed"
    assert suspension().stay("suspend").lift("suspend").lift("suspend").refusal() == "not_stayed"


@pytest.mark.clause("§4")
def test_a_withdrawn_measure_is_not_stayed() -> None:
    told = Story().at("06-03").record(v("a"), h("b")).register("a").rescind("a").stay("suspend")
    assert told.refusal() == "not_stayable"


@pytest.mark.clause("§4")
def test_a_stayed_measure_is_neither_approved_nor_executed() -> None:
    assert suspension("proposed").stay("suspend").approve("suspend").refusal() == "stayed"
    assert suspension("decided").stay("suspend").execute("suspend").refusal() == "stayed"
    assert suspension("proposed").stay("suspend").lift("suspend").approve("suspend").end().owed == ["suspend"]
    assert suspension("decided").stay("suspend").lift("suspend").execute("suspend").end().owed == []


@pytest.mark.clause("§4")
def test_a_stay_lifts_no_must_and_its_grounds_take_no_verdict_meanwhile() -> None:
    assert suspension().stay("suspend").end().owed == ["suspend"]
    assert suspension().declare("a").stay("suspend").verdict(a=True).refusal() == "measure_first"


@pytest.mark.clause("§4")
@pytest.mark.parametrize(
    ("stayed", "lifted", "decide_by"),
    [
        ("06-04 09:00", "06-14 09:00", "06-16 24:00"),  # ten days of stay
        ("06-04 09:00", "06-05 10:30", "06-08 01:30"),  # 25 hours and a half
    ],
)
def test_on_lifting_the_decision_is_due_later_by_the_stay(stayed: str, lifted: str, decide_by: str) -> None:
    told = suspension("proposed").at(stayed).stay("suspend").at(lifted).lift("suspend").end()
    assert told.must("suspend")["decide_by"] == decide_by


@pytest.mark.clause("§4")
def test_on_lifting_the_execution_is_due_later_by_the_time_stayed() -> None:
    assert suspension("decided").end().must("suspend")["execute_by"] == "06-13 24:00"
    told = suspension("decided").at("06-04").stay("suspend").at("06-09").lift("suspend").end()
    assert told.must("suspend")["execute_by"] == "06-18 24:00"


@pytest.mark.clause("§4")
def test_two_stays_add_up() -> None:
    story = suspension().at("06-04").stay("suspend").at("06-05").lift("suspend")
    told = story.at("06-06").stay("suspend").at("06-08").lift("suspend").end()
    assert told.must("suspend")["decide_by"] == "06-09 24:00"


@pytest.mark.clause("§4")
@pytest.mark.parametrize("by", [GOVERNMENT, "inspector:Li@650203"])
def test_a_supervisor_records_stays(by: str) -> None:
    story = suspension().do("stay_measure", by, must="suspend", authority="the court", reason="suit")
    assert story.refusal() == "role_not_permitted"


@pytest.mark.clause("§4")
def test_a_stay_of_one_must_leaves_the_others_alone() -> None:
    story = Story().at("06-03").record(v("a"), illegal("b")).register("a", "b").stay("close")
    assert story.carry_out("suspend").end().musts == ["close owed b", "suspend executed a"]


@pytest.mark.clause("§4")
def test_a_stay_is_of_the_must_it_names() -> None:
    assert suspension("executed").stay("close").refusal() == "not_stayable"
    both = Story().at("06-03").record(v("a"), illegal("b")).register("a", "b").stay("close")
    assert both.lift("suspend").refusal() == "not_stayed"


# ---------------------------------------------------------------- restart acceptance


@pytest.mark.clause("3.1.restart")
def test_restart_is_awaited_once_every_ground_of_an_executed_suspension_is_verified() -> None:
    two = Story().at("06-03").record(v("a"), v("b")).register("a", "b").carry_out("suspend").settle("a")
    assert two.end().stage == "rectification"
    assert two.accept_restart().refusal() == "no_restart_awaited"
    told = restart_awaited().end()
    assert (told.stage, told.owed, told.executed) == ("reinspection", [], ["suspend"])


@pytest.mark.clause("3.1.restart")
def test_other_findings_do_not_delay_the_restart() -> None:
    story = Story().at("06-03").record(v("a"), h("b")).register("a", "b").carry_out("suspend").settle("a")
    assert story.accept_restart().end().stage == "rectification"


@pytest.mark.clause("§5")
def test_restart_acceptance_is_due_ten_days_after_the_last_passed_verdict() -> None:
    two = Story().at("06-03").record(v("a"), v("b")).register("a", "b").carry_out("suspend")
    assert two.at("06-05").settle("a").at("06-07").settle("b").end().due == "06-17 24:00"
    assert two.until("06-17 24:00").end().overdue is True


@pytest.mark.clause("3.1.restart")
def test_an_accepted_restart_lets_the_case_go_on() -> None:
    told = restart_awaited().at("06-14").accept_restart().end()
    assert (told.stage, told.executed, told.due) == ("consolidation", ["suspend"], "12-15 24:00")
    assert restart_awaited().accept_restart().accept_restart().refusal() == "no_restart_awaited"


@pytest.mark.clause("3.1.restart")
@pytest.mark.parametrize("condition", list(ALL_MET))
def test_no_restart_without_each_of_the_three_conditions(condition: str) -> None:
    assert restart_awaited().accept_restart(**{condition: False}).refusal() == "three_nos"


@pytest.mark.clause("3.1.restart")
def test_the_conditions_are_the_three_and_no_others() -> None:
    def code(kind: str, conditions: dict[str, bool]) -> str:
        extra = {"signatories": ["Li", "Ma"]} if kind == "accept_restart" else {"reason": "not yet"}
        return restart_awaited().do(kind, conditions=conditions, **extra).refusal()

    assert code("accept_restart", {"measures": True, "licences": True}) in ("three_nos", "conditions_wrong")
    assert code("accept_restart", {}) in ("three_nos", "conditions_wrong")
    assert code("accept_restart", ALL_MET | {"weather": True}) == "conditions_wrong"
    assert code("refuse_restart", ALL_MET | {"weather": False}) == "conditions_wrong"


@pytest.mark.clause("3.1.restart")
@pytest.mark.parametrize("signatories", [("Li",), ("Li", "Li")])
def test_two_different_signatories_sign_the_acceptance(signatories: tuple[str, ...]) -> None:
    assert restart_awaited().accept_restart(signatories).refusal() == "two_signatories"


@pytest.mark.clause("3.1.restart")
@pytest.mark.parametrize("other", ["Li", "supervisor:Li@650203", "inspector:Li@650202", "inspector:Li @650203"])
def test_one_person_does_not_sign_in_two_roles(other: str) -> None:
    """Persons are equal by name, whatever role and territory (domain §4)."""
    assert restart_awaited().accept_restart(("inspector:Li@650203", other)).refusal() == "two_signatories"
    signed_by_two = restart_awaited().accept_restart(("inspector:Ma@650203", other)).end()
    assert signed_by_two.stage == "consolidation"


@pytest.mark.clause("3.1.restart")
def test_a_restart_is_refused_for_a_condition_that_is_not_met_and_stays_awaited() -> None:
    story = restart_awaited().refuse_restart(safety=False)
    assert story.end().stage == "reinspection"
    assert story.accept_restart().end().stage == "consolidation"
    assert restart_awaited().refuse_restart().refusal() == "conditions_met"


@pytest.mark.clause("3.1.restart")
def test_there_is_no_restart_to_refuse_without_a_suspension() -> None:
    story = Story().at("06-03").record(h("a")).register("a").settle("a")
    assert story.refuse_restart(safety=False).refusal() == "no_restart_awaited"
    assert suspension().accept_restart().refusal() == "no_restart_awaited"


@pytest.mark.clause("3.1.restart")
def test_a_suspension_in_phase_1_awaits_its_restart_too() -> None:
    story = Story().at("05-10").record(h("a", imminent_danger=True)).register("a")
    story.carry_out("suspend").settle("a")
    assert (story.end().stage, story.end().due) == ("reinspection", "05-20 24:00")
    assert story.accept_restart().end().stage == "consolidation"


@pytest.mark.clause("3.1.restart")
def test_until_the_restart_the_case_is_not_looked_back_on() -> None:
    assert restart_awaited("06-14").at("11-05").look_back().refusal() == "not_in_consolidation"


@pytest.mark.clause("§7")
def test_an_inspector_of_the_district_accepts_a_restart() -> None:
    signed = {"conditions": ALL_MET, "signatories": ["Li", "Ma"]}
    assert restart_awaited().do("accept_restart", SUPERVISOR, **signed).refusal() == "role_not_permitted"
    elsewhere = f"inspector:Li@{ELSEWHERE}"
    assert restart_awaited().do("accept_restart", elsewhere, **signed).refusal() == "wrong_territory"


@pytest.mark.clause("§4")
def test_an_authority_lifts_the_stay_that_it_ordered_where_another_stayed_one_too() -> None:
    story = suspension("decided").at("06-04").record(v("b")).register("b").propose("suspend").approve("suspend")
    for authority in ("the court", "the bureau"):
        story.do("stay_measure", SUPERVISOR, must="suspend", authority=authority, reason="suit")
    story.do("lift_stay", SUPERVISOR, must="suspend", authority="the bureau", reason="done")
    told = story.execute("suspend").end()
    assert told.musts == ["fine owed b", "suspend decided a", "suspend executed b"], "the court's is stayed still"
    assert story.execute("suspend").refusal() == "stayed"
