"""Declaration, verdict, extension, the re-inspection clock (domain §3, §5)."""

import pytest

from tests.cast import ENTERPRISE, INSPECTOR, SUPERVISOR
from tests.rules.story import Story, h, instant, v


def registered(*findings: dict[str, object]) -> Story:
    """Recorded and registered on Friday 10 May: general is due on 25 May."""
    refs = [str(f["ref"]) for f in findings]
    return Story().at("05-10").record(*findings).register(*refs)


# ---------------------------------------------------------------- declaration


@pytest.mark.clause("§3")
@pytest.mark.parametrize("by", [ENTERPRISE, INSPECTOR])
def test_enterprise_and_inspector_declare_a_finding_rectified(by: str) -> None:
    assert registered(h("a")).declare("a", by=by).end().state("a") == "declared"


@pytest.mark.clause("§3")
def test_a_second_declaration_before_a_verdict_is_refused() -> None:
    assert registered(h("a")).declare("a").at("05-11").declare("a").refusal() == "already_declared"


@pytest.mark.clause("§3")
def test_after_a_failed_verdict_a_finding_is_declared_again() -> None:
    told = registered(h("a")).declare("a").verdict(a=False).declare("a").end()
    assert told.state("a") == "declared"


@pytest.mark.clause("§3")
@pytest.mark.parametrize(
    ("refs", "code"),
    [
        (("b", "x"), "unknown_ref"),
        (("b", "a"), "already_declared"),
        (("b", "c"), "not_registered"),
        (("b", "d"), "already_settled"),
        (("b", "b"), "duplicate_ref"),
    ],
)
def test_a_declaration_is_refused_whole_if_one_ref_is_wrong(refs: tuple[str, ...], code: str) -> None:
    story = registered(h("a"), h("b"), h("d")).record(h("c")).settle("d").declare("a").declare(*refs)
    assert story.refusal() == code
    assert story.run().state("b") == "registered"


@pytest.mark.clause("§5")
def test_a_declaration_after_the_due_date_is_late_but_accepted() -> None:
    told = registered(h("a")).at("05-27").declare("a").end()
    assert (told.state("a"), told.overdue) == ("declared", True)


# ---------------------------------------------------------------- verdict


@pytest.mark.clause("§3")
def test_a_verdict_needs_a_finding_that_awaits_one() -> None:
    assert registered(h("a")).at("05-11").verdict(a=True).refusal() == "not_awaiting_verdict"
    assert registered(h("a")).at("05-25 23:59:59").verdict(a=True).refusal() == "not_awaiting_verdict"
    assert registered(h("a")).at("05-25 24:00").verdict(a=True).end().state("a") == "verified"


@pytest.mark.clause("§3")
def test_after_a_verdict_the_next_one_needs_a_declaration_or_the_new_due_date() -> None:
    failed = registered(h("a")).declare("a").verdict(a=False)
    assert failed.at("05-24").verdict(a=True).refusal() == "not_awaiting_verdict"
    again = registered(h("a")).declare("a").verdict(a=False).at("05-25 24:00")
    assert again.verdict(a=True).end().state("a") == "verified"


@pytest.mark.clause("§3")
@pytest.mark.parametrize(
    ("refs", "code"),
    [
        (("b", "x"), "unknown_ref"),
        (("b", "a"), "not_awaiting_verdict"),
        (("b", "c"), "not_registered"),
        (("b", "d"), "already_settled"),
    ],
)
def test_a_reinspection_is_refused_whole_if_one_ref_is_wrong(refs: tuple[str, ...], code: str) -> None:
    story = registered(h("a"), h("b"), h("d")).record(h("c")).settle("d").declare("b")
    told = story.verdict(**dict.fromkeys(refs, True))
    assert told.refusal() == code
    assert told.run().state("b") == "declared"


@pytest.mark.clause("§3")
def test_a_reinspection_names_a_ref_once() -> None:
    twice = [{"ref": "a", "passed": True}, {"ref": "a", "passed": False}]
    assert registered(h("a")).declare("a").do("reinspect", verdicts=twice).refusal() == "duplicate_ref"


@pytest.mark.clause("§3")
def test_one_reinspection_may_pass_some_findings_and_fail_others() -> None:
    told = registered(h("a"), h("b"), h("c")).declare("a", "b").verdict(a=True, b=False).end()
    assert [told.state(r) for r in "abc"] == ["verified", "failed", "registered"]


@pytest.mark.clause("§3")
@pytest.mark.parametrize(("grade", "due"), [("general", "05-28 24:00"), ("major", "06-12 24:00")])
def test_a_failed_finding_gets_a_new_due_date_by_the_default_days(grade: str, due: str) -> None:
    told = registered(h("a", grade=grade)).at("05-13").declare("a").verdict(a=False).end()
    assert told.due_of("a") == due


@pytest.mark.clause("§5")
@pytest.mark.parametrize(("served", "due"), [("10-31", "10-31 24:00"), ("11-01", "11-16 24:00")])
def test_a_new_due_date_keeps_to_the_cap_of_the_day_it_is_counted_from(served: str, due: str) -> None:
    story = Story().at("10-30").record(v("a")).register("a").propose("suspend").approve("suspend")
    assert story.at(served).execute("suspend").end().due_of("a") == due


@pytest.mark.clause("§3")
def test_a_finding_that_is_then_a_ground_of_an_owed_suspend_gets_no_new_due_date() -> None:
    told = Story().at("06-03").record(h("a")).register("a").at("06-05").declare("a").verdict(a=False).end()
    assert (told.owed, told.due_of("a")) == (["suspend"], "06-18 24:00")


@pytest.mark.clause("2.2.10")
def test_a_failed_hazard_keeps_its_ref_and_category() -> None:
    told = Story().at("06-03").record(h("a", "H07")).register("a").declare("a").verdict(a=False).end()
    assert told.case is not None
    assert [(f.ref, f.category, f.state) for f in told.case.findings] == [("a", "H07", "failed")]
    assert told.musts == ["suspend owed a"]


# ---------------------------------------------------------------- the clock of re-inspection


@pytest.mark.clause("§5")
def test_reinspection_is_due_ten_days_after_the_declaration() -> None:
    assert registered(h("a")).at("05-13").declare("a").end().due == "05-23 24:00"


@pytest.mark.clause("§5")
def test_reinspection_is_due_ten_days_after_the_due_date_if_that_comes_first() -> None:
    """Declared late, on 30 May: the clock runs since the due date, 25 May."""
    story = registered(h("a"), h("b", grade="major")).at("05-30").declare("a")
    assert "06-04 24:00 deadline_passed" in story.until("06-05").end().clock
    assert "06-09 24:00 deadline_passed" not in story.until("06-09 23:00").end().clock


@pytest.mark.clause("§5")
def test_a_later_declaration_does_not_restart_the_clock() -> None:
    undeclared = registered(h("a")).until("06-04 24:00").end().clock
    declared = registered(h("a")).at("05-27").declare("a").until("06-08").end().clock
    assert undeclared[-1] == declared[-1] == "06-04 24:00 deadline_passed"


@pytest.mark.clause("§5")
def test_the_clock_of_reinspection_starts_anew_after_a_measure() -> None:
    story = Story().at("06-03").record(v("a", grade="major")).register("a").at("06-04").declare("a")
    assert story.at("06-05").carry_out("suspend").end().due == "07-05 24:00"
    assert story.at("06-07").declare("a").end().due == "06-17 24:00"


@pytest.mark.clause("§5")
def test_a_verdict_meets_the_clock_of_reinspection() -> None:
    told = registered(h("a"), h("b", grade="major")).at("05-13").declare("a").verdict(a=True).end()
    assert told.due == "06-09 24:00"


# ---------------------------------------------------------------- extension


@pytest.mark.clause("§5")
def test_an_extension_reaches_fifteen_days_after_the_due_date_at_most() -> None:
    told = registered(h("a")).at("05-20").extend("a", "06-09 24:00").decide_extension("a").end()
    assert told.due_of("a") == "06-09 24:00"
    assert registered(h("a")).at("05-20").extend("a", "06-10 00:01").refusal() == "extension_too_long"


@pytest.mark.clause("§5")
def test_an_extension_keeps_to_the_cap() -> None:
    story = Story().at("10-10").record(h("a")).register("a").at("10-20")
    assert story.end().due_of("a") == "10-25 24:00"
    assert story.extend("a", "11-01 24:00").refusal() in ("extension_too_long", "due_past_cap")
    allowed = Story().at("10-10").record(h("a")).register("a").at("10-20").extend("a", "10-31 24:00")
    assert allowed.decide_extension("a").end().due_of("a") == "10-31 24:00"


@pytest.mark.clause("§5")
def test_an_extension_is_asked_for_before_the_due_date() -> None:
    told = registered(h("a")).at("05-25 23:59:59").extend("a", "06-01 24:00").end()
    assert told.due_of("a") == "05-25 24:00"
    assert registered(h("a")).at("05-25 24:00").extend("a", "06-01 24:00").refusal() == "extension_too_late"


@pytest.mark.clause("§5")
def test_an_extension_is_later_than_the_due_date() -> None:
    assert registered(h("a")).at("05-20").extend("a", "05-25 24:00").refusal() == "extension_not_later"


@pytest.mark.clause("§5")
@pytest.mark.parametrize("granted", [True, False])
def test_one_extension_request_a_finding_granted_or_not(granted: bool) -> None:
    story = registered(h("a")).at("05-20").extend("a", "06-01 24:00").decide_extension("a", granted=granted)
    assert story.at("05-21").extend("a", "06-05 24:00").refusal() == "extension_used"


@pytest.mark.clause("§5")
def test_every_finding_has_its_own_extension_request() -> None:
    story = registered(h("a"), h("b")).at("05-20").extend("a", "06-01 24:00").extend("b", "06-02 24:00")
    told = story.decide_extension("b").decide_extension("a").end()
    assert (told.due_of("a"), told.due_of("b")) == ("06-01 24:00", "06-02 24:00")


@pytest.mark.clause("§5")
def test_a_denied_extension_leaves_the_due_date() -> None:
    story = registered(h("a")).at("05-20").extend("a", "06-01 24:00")
    told = story.decide_extension("a", granted=False).end()
    assert told.due_of("a") == "05-25 24:00"


@pytest.mark.clause("§5")
def test_an_extension_is_decided_within_three_working_days() -> None:
    story = registered(h("a")).at("05-16").extend("a", "06-01 24:00")
    assert story.end().due == "05-21 24:00"  # Friday 17, Monday 20, Tuesday 21
    assert story.until("05-21 24:00").end().overdue is True
    story = registered(h("a")).at("05-16").extend("a", "06-01 24:00").decide_extension("a")
    assert story.end().due == "06-01 24:00"


@pytest.mark.clause("§5")
def test_an_extension_is_decided_by_a_supervisor() -> None:
    asked = registered(h("a")).at("05-20").extend("a", "06-01 24:00")
    assert asked.decide_extension("a", by=INSPECTOR).refusal() == "role_not_permitted"
    assert registered(h("a")).decide_extension("a", by=SUPERVISOR).refusal() == "no_extension_requested"
    decided = registered(h("a")).extend("a", "06-01 24:00").decide_extension("a")
    assert decided.decide_extension("a").refusal() == "no_extension_requested"


@pytest.mark.clause("§5")
def test_an_extension_granted_after_the_due_date_returns_the_finding_to_rectification() -> None:
    story = registered(h("a")).at("05-24").extend("a", "06-05 24:00").at("05-27").decide_extension("a")
    told = story.end()
    assert told.stages[-2:] == ["rectification", "rectification"]
    assert [line["stage"] for line in told.lines if line["do"] == "deadline_passed"] == ["reinspection"]
    assert (told.due_of("a"), told.due, told.overdue) == ("06-05 24:00", "06-05 24:00", False)
    assert story.at("05-28").verdict(a=True).refusal() == "not_awaiting_verdict"


@pytest.mark.clause("§5")
@pytest.mark.parametrize(("at", "code"), [("05-30 23:59", None), ("05-30 24:00", "due_not_ahead")])
def test_an_extension_is_not_granted_to_a_date_that_has_passed(at: str, code: str | None) -> None:
    """It may still be denied (A): the request does not stay open for ever."""
    asked = registered(h("a")).at("05-24").extend("a", "05-30 24:00").at(at)
    if code is None:
        assert asked.decide_extension("a").end().due_of("a") == "05-30 24:00"
    else:
        assert asked.decide_extension("a").refusal() == code
        denied = registered(h("a")).at("05-24").extend("a", "05-30 24:00").at(at).decide_extension("a", granted=False)
        assert denied.end().due_of("a") == "05-25 24:00"


@pytest.mark.clause("§5")
def test_a_request_that_is_open_when_a_measure_comes_first_can_only_be_denied() -> None:
    """Asked for in phase 1, undecided when the suspension became owed (A)."""

    def asked() -> Story:
        return Story().at("05-25").record(v("a")).register("a").at("05-30").extend("a", "06-20 24:00").at("06-02")

    assert asked().decide_extension("a").refusal() == "measure_first"
    assert asked().end().due == "06-04 24:00"  # the decision, three working days after 30 May
    assert asked().decide_extension("a", granted=False).end().due == "06-05 24:00"  # of the suspension
    story = asked().carry_out("suspend")
    assert story.decide_extension("a").refusal() == "no_extension_requested"


@pytest.mark.clause("§5")
def test_the_clock_of_reinspection_follows_the_extended_due_date() -> None:
    story = registered(h("a")).at("05-20").extend("a", "06-05 24:00").decide_extension("a")
    story.until("06-15 24:00")
    passed = [line for line in story.end().clock if line.endswith("deadline_passed")]
    assert passed == ["06-05 24:00 deadline_passed", "06-15 24:00 deadline_passed"]


@pytest.mark.clause("§3")
def test_a_new_due_date_ends_an_open_extension_request() -> None:
    story = registered(h("a")).at("05-20").extend("a", "06-01 24:00").declare("a").verdict(a=False)
    assert story.end().due == "06-04 24:00"
    assert story.decide_extension("a").refusal() == "no_extension_requested"


@pytest.mark.clause("§4")
def test_the_due_date_set_by_a_suspension_ends_an_open_extension_request() -> None:
    story = Story().at("05-30").record(v("a")).register("a").extend("a", "06-20 24:00").at("06-03")
    story.carry_out("suspend")
    assert story.end().due_of("a") == "06-18 24:00"
    assert story.decide_extension("a").refusal() == "no_extension_requested"


@pytest.mark.clause("§5")
def test_an_extension_needs_a_registered_unsettled_finding() -> None:
    assert Story().at("05-10").record(h("a")).extend("a", "06-01 24:00").refusal() == "not_registered"
    settled = registered(h("a"), h("b")).settle("a").extend("a", "06-01 24:00")
    assert settled.refusal() == "already_settled"
    assert registered(h("a")).extend("x", "06-01 24:00").refusal() == "unknown_ref"


@pytest.mark.clause("§5")
def test_an_inspector_may_ask_for_the_extension_too() -> None:
    until = instant("06-01 24:00").isoformat()
    story = registered(h("a")).do("request_extension", INSPECTOR, ref="a", due=until, reason="parts")
    assert story.decide_extension("a").end().due_of("a") == "06-01 24:00"
