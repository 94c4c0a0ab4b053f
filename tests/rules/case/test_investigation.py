"""Subject, case, finding; the three questions; what may be recorded when (domain §2, §3; 3.1)."""

import pytest

from tests.cast import ALL_MET, ENTERPRISE, INSPECTOR, OFFICE, SUPERVISOR
from tests.rules.story import NOTHING_AGAINST, Story, finding, h, illegal, v

UNLAWFUL = [f"V{n:02}" for n in range(1, 11)]
HAZARDS = [f"H{n:02}" for n in range(1, 13)]


# ---------------------------------------------------------------- subject and case (§2)


@pytest.mark.clause("§2")
@pytest.mark.parametrize("kind", ["enterprise", "site", "vehicle", "person"])
def test_a_subject_is_an_enterprise_a_site_a_vehicle_or_a_person(kind: str) -> None:
    assert Story(kind=kind).at("05-06").record(h("a")).end().stage == "registration"


@pytest.mark.clause("§2")
def test_no_other_kind_of_subject_can_be_written() -> None:
    assert [e.field for e in Story(kind="ship").note().errors()] == ["subject.kind"]


@pytest.mark.clause("§2")
def test_an_unlicensed_operator_needs_no_credit_code_and_a_wrong_check_digit_does_not_refuse() -> None:
    assert Story().note().end().stage == "investigation"
    assert Story(code="91650200MA0000000X").note().end().stage == "investigation"


@pytest.mark.clause("§2")
def test_a_subject_has_one_open_case_a_campaign() -> None:
    again = Story().at("05-06").do("open", OFFICE, source="inspection").at("05-07")
    assert again.do("open", OFFICE, source="tip_off").refusal() == "already_open"


@pytest.mark.clause("§2")
def test_nothing_happens_to_a_case_before_it_is_open() -> None:
    told = Story().at("05-06").note().at("05-07").do("open", OFFICE, source="inspection").run()
    assert [line.get("code") for line in told.official] == ["case_not_open", None]


@pytest.mark.clause("§1")
@pytest.mark.parametrize(("at", "opens"), [("05-05 00:00", True), ("12-31 23:59:59", True)])
@pytest.mark.parametrize("by", [OFFICE, INSPECTOR])
def test_a_case_opens_while_the_campaign_runs(at: str, opens: bool, by: str) -> None:
    assert Story().at(at).do("open", by, source="inspection").end().stage == "investigation"


@pytest.mark.clause("§1")
@pytest.mark.parametrize("at", ["05-04 23:59:59", "12-31 24:00"])
def test_no_case_opens_outside_the_campaign(at: str) -> None:
    assert Story().at(at).do("open", OFFICE, source="inspection").refusal() == "campaign_not_running"


@pytest.mark.clause("§1")
def test_a_case_lies_in_a_district_and_sector_of_the_plan() -> None:
    def opened(**subject: str) -> Story:
        return Story(**subject).at("05-06").do("open", OFFICE, source="inspection")

    assert opened(sector="fireworks").end().stage == "investigation"
    assert opened(district="650299").refusal() == "unknown_district"
    assert opened(sector="forestry").refusal() == "unknown_sector"


@pytest.mark.clause("contracts §1")
def test_the_supervisor_assigns_the_officers_of_a_case() -> None:
    told = Story().at("05-06").do("assign_officers", SUPERVISOR, officers=["Li", "Ma"]).end()
    assert told.case is not None
    assert told.case.officers == ("Li", "Ma")


# ---------------------------------------------------------------- findings (§2)


@pytest.mark.clause("§2")
@pytest.mark.parametrize("category", [*UNLAWFUL, *HAZARDS, "other"])
def test_every_category_of_the_notice_can_be_recorded(category: str) -> None:
    assert Story().at("05-06").record(finding("a", category)).end().state("a") == "recorded"


@pytest.mark.clause("§2")
@pytest.mark.parametrize("category", ["V11", "H13", "v01", "X"])
def test_no_other_category_can_be_recorded(category: str) -> None:
    assert Story().at("05-06").record(finding("a", category)).refusal() == "unknown_category"


@pytest.mark.clause("§2")
def test_a_finding_is_general_or_major() -> None:
    assert Story().record(h("a", grade="middling")).errors() != ()
    assert Story().record(h("a", grade="major")).errors() == ()


@pytest.mark.clause("§2")
@pytest.mark.parametrize("category", UNLAWFUL)
def test_illegal_operation_is_the_default_of_v01_v02_v03_only(category: str) -> None:
    told = Story().at("06-03").record(finding("a", category)).register("a").end()
    assert told.owed == (["close"] if category in ("V01", "V02", "V03") else ["suspend"])


@pytest.mark.clause("§2")
def test_the_flag_illegal_operation_goes_before_its_default() -> None:
    told = Story().at("06-03").record(v("a", "V01", illegal_operation=False), v("b", illegal_operation=True))
    assert told.register("a", "b").end().musts == ["close owed b", "suspend owed a"]


@pytest.mark.clause("§2")
def test_a_finding_goes_from_recorded_to_verified() -> None:
    story = Story().at("05-06").record(h("a"))
    assert story.end().state("a") == "recorded"
    assert story.at("05-07").register("a").end().state("a") == "registered"
    assert story.at("05-08").declare("a").end().state("a") == "declared"
    assert story.at("05-09").verdict(a=True).end().state("a") == "verified"


@pytest.mark.clause("§2")
def test_a_finding_that_fails_is_failed_and_one_taken_back_is_rescinded() -> None:
    story = Story().at("05-06").record(h("a"), h("b")).register("a", "b").at("05-08").declare("a")
    told = story.verdict(a=False).rescind("b").end()
    assert (told.state("a"), told.state("b")) == ("failed", "rescinded")


# ---------------------------------------------------------------- the three questions (3.1.questions)


@pytest.mark.clause("3.1.questions")
def test_nothing_found_and_nothing_against_it_closes_the_case_compliant() -> None:
    told = Story().at("05-06").record(**NOTHING_AGAINST).end()
    assert (told.stage, told.outcome, told.due) == ("closed", "compliant", None)


@pytest.mark.clause("3.1.questions")
@pytest.mark.parametrize("missing", list(NOTHING_AGAINST))
def test_nothing_found_needs_all_three_answers(missing: str) -> None:
    answers = {k: a for k, a in NOTHING_AGAINST.items() if k != missing}
    assert Story().at("05-06").record(**answers).refusal() == "answers_incomplete"
    assert Story().at("05-06").record().refusal() == "answers_incomplete"


@pytest.mark.clause("3.1.questions")
@pytest.mark.parametrize("against", list(NOTHING_AGAINST))
def test_nothing_found_needs_answers_that_do_not_speak_against_it(against: str) -> None:
    answers = NOTHING_AGAINST | {against: not NOTHING_AGAINST[against]}
    assert Story().at("05-06").record(**answers).refusal() == "answers_against"


@pytest.mark.clause("3.1.questions")
@pytest.mark.parametrize("category", UNLAWFUL)
def test_lawful_contradicts_any_unlawful_conduct(category: str) -> None:
    assert Story().at("05-06").record(finding("a", category), lawful=True).refusal() == "answers_contradict"


@pytest.mark.clause("3.1.questions")
def test_licensed_contradicts_v01_and_nothing_else() -> None:
    assert Story().at("05-06").record(v("a", "V01"), licensed=True).refusal() == "answers_contradict"
    assert Story().at("05-06").record(v("a", "V02"), h("b"), licensed=True).end().stage == "registration"


@pytest.mark.clause("3.1.questions")
def test_no_major_hazard_contradicts_a_major_hazard() -> None:
    denied = Story().at("05-06").record(h("a", grade="major"), major_hazard=False)
    assert denied.refusal() == "answers_contradict"
    assert Story().at("05-06").record(h("a"), major_hazard=False).end().stage == "registration"


@pytest.mark.clause("3.1.questions")
def test_answers_against_the_subject_need_no_finding_that_bears_them_out() -> None:
    told = Story().at("05-06").record(h("a"), lawful=False, licensed=False, major_hazard=True).end()
    assert told.stage == "registration"


@pytest.mark.clause("3.1.questions")
def test_answers_may_not_contradict_the_findings_that_the_case_has_already() -> None:
    story = Story().at("05-06").record(v("a")).at("05-07")
    assert story.record(h("b"), lawful=True).refusal() == "answers_contradict"


@pytest.mark.clause("3.1.questions")
def test_answers_given_one_by_one_are_kept_together_and_the_later_one_holds() -> None:
    """A question that is not asked again keeps its answer."""
    story = Story().at("05-06").record(h("a"), licensed=True, major_hazard=False)
    story.at("05-07").record(h("b"), lawful=False).at("05-08").record(h("c"), major_hazard=True)
    case = story.end().case
    assert case
    assert case.answers.model_dump() == {"licensed": True, "major_hazard": True, "lawful": False}
    assert story.record(h("d")).end().case.answers == case.answers


@pytest.mark.clause("3.1.questions")
def test_a_lawful_subject_may_have_hazards() -> None:
    assert Story().at("05-06").record(h("a"), **ALL_LAWFUL).end().stage == "registration"


ALL_LAWFUL = {"lawful": True, "licensed": True}


# ---------------------------------------------------------------- what may be recorded, and when (§3)


@pytest.mark.clause("§3")
def test_refs_are_unique_in_the_case() -> None:
    assert Story().at("05-06").record(h("a"), h("a")).refusal() == "duplicate_ref"
    assert Story().at("05-06").record(h("a")).at("05-07").record(v("a")).refusal() == "duplicate_ref"


@pytest.mark.clause("§3")
def test_an_empty_list_is_for_a_case_without_findings() -> None:
    story = Story().at("05-06").record(h("a")).at("05-07")
    assert story.record(**NOTHING_AGAINST).refusal() == "findings_exist"
    gone = Story().at("05-06").record(h("a"), h("b")).rescind("a", by="supervisor:Wang@650203")
    assert gone.record(**NOTHING_AGAINST).refusal() == "findings_exist"


@pytest.mark.clause("§3")
@pytest.mark.parametrize(
    ("stage", "story"),
    [
        ("investigation", Story().at("05-07")),
        ("registration", Story().at("05-06").record(h("a")).at("05-07")),
        ("rectification", Story().at("05-06").record(h("a")).register("a").at("05-07")),
        ("reinspection", Story().at("05-06").record(h("a")).register("a").at("05-07").declare("a")),
        ("escalation", Story().at("06-03").record(v("a")).register("a").at("06-04")),
        ("consolidation", Story().at("05-06").record(h("a")).register("a").settle("a").at("05-07")),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_findings_are_recorded_in_every_open_stage(stage: str, story: Story) -> None:
    told = story.note().record(h("new")).end()
    assert told.stages[-2] == stage
    assert told.state("new") == "recorded"


@pytest.mark.clause("§4")
def test_nothing_is_recorded_in_a_closed_case() -> None:
    story = Story().at("05-06").record(**NOTHING_AGAINST).at("05-07")
    assert story.record(h("a")).refusal() == "case_closed"


@pytest.mark.clause("contracts §1")
def test_a_finding_is_corrected_before_its_registration_only() -> None:
    story = Story().at("05-06").record(h("a"))
    fixed = story.do("correct_finding", ref="a", category="H02", grade="major", description="worse").end()
    assert fixed.case is not None
    one = fixed.case.findings[0]
    assert (one.category, one.grade, one.description) == ("H02", "major", "worse")
    late = Story().at("05-06").record(h("a")).register("a").do("correct_finding", ref="a", grade="major")
    assert late.refusal() == "already_registered"


@pytest.mark.clause("contracts §1")
def test_a_correction_names_a_known_finding_a_known_category_and_something_to_correct() -> None:
    def corrected(**fields: str) -> str:
        return Story().at("05-06").record(h("a")).do("correct_finding", **fields).refusal()

    assert corrected(ref="b", grade="major") == "unknown_ref"
    assert corrected(ref="a", category="H13") == "unknown_category"
    assert corrected(ref="a") == "nothing_to_correct"


@pytest.mark.clause("contracts §1")
def test_a_rescinded_finding_is_not_corrected() -> None:
    story = Story().at("05-06").record(h("a"), h("b")).rescind("a")
    assert story.do("correct_finding", ref="a", grade="major").refusal() == "already_settled"


@pytest.mark.clause("contracts §1")
def test_a_note_may_be_about_findings_of_the_case_only() -> None:
    story = Story().at("05-06").record(h("a"))
    assert story.do("add_note", text="seen", refs=["a"]).end().stage == "registration"
    assert story.do("add_note", text="seen", refs=["b"]).refusal() == "unknown_ref"


# ---------------------------------------------------------------- stages (§3)


@pytest.mark.clause("§3")
def test_the_stage_is_the_first_of_the_table_that_applies() -> None:
    """closed, escalation, reinspection, registration, rectification, consolidation, investigation."""
    story = Story().at("05-06").note().record(h("a"), h("b")).register("a").declare("a").register("b")
    told = story.verdict(a=True).record(v("c")).settle("b").register("c").settle("c").end()
    assert told.stages == [
        "investigation",  # no finding yet
        "registration",  # a and b recorded
        "registration",  # b still recorded, a registered
        "reinspection",  # a awaits a verdict, though b is not registered
        "reinspection",
        "rectification",  # b is registered and unsettled
        "registration",  # c is recorded
        "reinspection",
        "registration",
        "rectification",
        "reinspection",
        "consolidation",
    ]


@pytest.mark.clause("§3")
def test_a_pending_must_is_no_escalation_and_an_owed_proposed_or_decided_one_is() -> None:
    story = Story().at("05-31").record(v("a")).register("a").at("06-03").note()
    told = story.propose("suspend").approve("suspend").execute("suspend").end()
    assert told.stages == ["registration", "rectification", *["escalation"] * 3, "rectification"]


@pytest.mark.clause("§3")
def test_escalation_goes_before_reinspection() -> None:
    assert Story().at("06-03").record(v("a")).register("a").declare("a").end().stage == "escalation"


@pytest.mark.clause("§3")
def test_a_finding_past_its_due_date_awaits_a_verdict() -> None:
    story = Story().at("05-06").record(h("a")).register("a")
    assert story.until("05-21 23:59:59").end().stage == "rectification"
    assert story.until("05-21 24:00").end().stage == "reinspection"


@pytest.mark.clause("§3")
def test_a_failed_finding_awaits_its_next_verdict_when_its_new_due_date_passed() -> None:
    story = Story().at("05-06").record(h("a")).register("a").at("05-07").declare("a").verdict(a=False)
    assert story.until("05-22 23:59:59").end().stage == "rectification"
    assert story.until("05-22 24:00").end().stage == "reinspection"


@pytest.mark.clause("§3")
def test_a_restart_awaited_is_reinspection() -> None:
    story = Story().at("06-03").record(v("a")).register("a").carry_out("suspend").settle("a")
    assert story.end().stage == "reinspection"
    assert story.accept_restart(**ALL_MET).end().stage == "consolidation"


@pytest.mark.clause("§3")
def test_a_closed_case_is_closed_whatever_it_holds() -> None:
    told = Story().at("05-06").record(illegal("a")).do("void", SUPERVISOR, reason="opened in error").end()
    assert (told.stage, told.outcome, told.state("a")) == ("closed", "void", "recorded")


@pytest.mark.clause("§7")
def test_an_enterprise_records_no_findings() -> None:
    assert Story().at("05-06").record(h("a"), by=ENTERPRISE).refusal() == "role_not_permitted"
