"""Order at one instant; command ids; observed_at; a boundary that moves (domain §5; contracts §1)."""

import pytest

from models.case import Case
from models.plan import CalendarMove
from rules.case.clock_actor import calendar_moved, caught_up
from rules.case.evolve import apply
from rules.clocks.deadlines import deadlines
from tests.cast import COLLEAGUE, INSPECTOR, plan
from tests.rules.story import Story, h, illegal, instant, shown, v

# ---------------------------------------------------------------- at one instant


@pytest.mark.clause("§5")
def test_at_one_instant_the_phase_begins_then_deadlines_pass() -> None:
    told = Story().at("05-06").note().until("06-01 00:00").end()
    assert told.clock == ["05-31 24:00 phase_began", "05-31 24:00 deadline_passed"]
    autumn = Story().at("10-20").record(h("a")).register("a").until("11-01 00:00").end()
    assert autumn.clock == ["10-31 24:00 phase_began", "10-31 24:00 deadline_passed"]


@pytest.mark.clause("§5")
def test_at_one_instant_deadlines_pass_then_the_campaign_is_completed_then_officials_act() -> None:
    told = Story().at("12-20").record(h("a")).register("a").at("12-31 24:00").declare("a").run()
    assert [line["do"] for line in told.lines[-3:]] == [
        "deadline_passed",
        "campaign_completed",
        "declare_rectified",
    ]
    assert told.official[-1]["code"] == "case_closed"


@pytest.mark.clause("§5")
def test_an_act_at_the_due_instant_is_late() -> None:
    late = Story().at("05-06").record(h("a"), h("b")).register("a").at("05-21 24:00").declare("a").end()
    assert late.lines[-2]["do"] == "deadline_passed"
    assert late.overdue is True
    timely = Story().at("06-03").record(v("a")).register("a").propose("suspend").at("06-06 23:59:59")
    assert timely.approve("suspend").until("06-07").end().clock == []
    slow = Story().at("06-03").record(v("a")).register("a").propose("suspend").at("06-06 24:00")
    assert slow.approve("suspend").end().clock == ["06-06 24:00 deadline_passed"]


@pytest.mark.clause("§5")
def test_one_deadline_passes_an_instant_however_many_are_missed() -> None:
    told = Story().at("05-06").record(h("a"), h("b")).until("05-14").end()
    assert told.clock == ["05-13 24:00 deadline_passed"]
    pair = Story().at("05-06").record(h("a"), h("b")).register("a", "b").until("05-22").end()
    assert pair.clock == ["05-21 24:00 deadline_passed"]


@pytest.mark.clause("§5")
def test_a_timer_for_a_replaced_due_date_does_nothing() -> None:
    extended = Story().at("05-10").record(h("a")).register("a").extend("a", "05-29 24:00")
    extended.decide_extension("a")
    assert extended.until("05-30").end().clock == ["05-29 24:00 deadline_passed"]
    served = Story().at("06-03").record(v("a")).register("a").at("06-05").carry_out("suspend").until("06-21")
    assert served.end().clock == ["06-20 24:00 deadline_passed"]


@pytest.mark.clause("§5")
def test_nothing_falls_after_the_ending() -> None:
    told = Story().at("05-10").record(illegal("a")).register("a").at("06-03").carry_out("close")
    told.until("2014-02-01")
    assert told.end().clock == ["05-25 24:00 deadline_passed", "05-31 24:00 phase_began"]


@pytest.mark.clause("§5")
def test_a_due_date_that_is_past_when_it_is_set_passes_no_more_but_is_overdue() -> None:
    """Served on 31 October, recorded on 1 November: due by the cap, 31 October."""
    story = Story().at("10-30").record(v("a")).register("a").propose("suspend").approve("suspend").at("11-01")
    told = story.execute("suspend", date="10-31").until("11-05").end()
    assert (told.due_of("a"), told.overdue, told.stage) == ("10-31 24:00", True, "reinspection")
    assert [line["at"] for line in told.lines] == sorted(line["at"] for line in told.lines)
    assert [c for c in told.clock if c > "11-01"] == []


@pytest.mark.clause("§5")
def test_the_phases_begin_where_nothing_else_happens() -> None:
    told = Story().at("05-06").record(h("a")).register("a").settle("a").until("11-02").end()
    assert told.clock == ["05-31 24:00 phase_began", "10-31 24:00 phase_began"]


@pytest.mark.clause("§5")
def test_acts_at_one_instant_are_taken_in_their_order() -> None:
    told = Story().at("06-03").record(v("a"), v("b")).register("a").propose("suspend").register("b").end()
    assert told.musts == ["suspend owed a b"]


# ---------------------------------------------------------------- command ids


@pytest.mark.clause("contracts §1")
def test_a_command_sent_again_has_one_effect_and_is_answered_accepted() -> None:
    story = Story().at("05-06").do("record_findings", findings=[h("a")], command_id="c1").register("a")
    told = story.do("record_findings", findings=[h("a")], command_id="c1").end()
    assert told.stages == ["registration", "rectification", "rectification"]
    assert told.case is not None
    assert len(told.case.findings) == 1


@pytest.mark.clause("contracts §1")
def test_a_command_sent_again_is_answered_accepted_after_the_end_too() -> None:
    story = Story().at("06-03").record(h("a")).register("a").settle("a")
    for day in ("11-05", "11-06"):
        story.at(day).do("look_back", recurred=False, command_id="c1")
    told = story.end()
    assert (told.stages[-1], told.outcome) == ("closed", "rectified")


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("changed", [{"findings": [h("b")]}, {"by": COLLEAGUE}, {"note": "more"}])
def test_a_command_id_with_other_content_is_refused(changed: dict[str, object]) -> None:
    first = {"kind": "record_findings", "by": INSPECTOR, "findings": [h("a")], "command_id": "c1"}
    story = Story().at("05-06").do(**first).do(**(first | changed))  # type: ignore[arg-type]
    assert story.refusal() == "command_id_reused"


@pytest.mark.clause("contracts §1")
def test_a_refused_command_is_decided_afresh() -> None:
    verdicts = [{"ref": "a", "passed": True, "note": ""}]
    story = Story().at("05-06").record(h("a")).register("a")
    story.do("reinspect", verdicts=verdicts, command_id="c1")
    assert story.refusal() == "not_awaiting_verdict"
    told = story.declare("a").do("reinspect", verdicts=verdicts, command_id="c1").run()
    assert (told.official[-1]["accepted"], told.state("a")) == (True, "verified")


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("do", ["deadline_passed", "phase_began", "calendar_moved", "campaign_completed"])
def test_the_clocks_own_commands_come_from_no_client(do: str) -> None:
    assert Story().at("05-06").do(do).refusal() == "clock_only"


# ---------------------------------------------------------------- observed_at


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("observed", "accepted"),
    [
        ("05-10 12:00", True),
        ("05-10 12:00:01", False),  # not later than acceptance
        ("05-09 08:00", True),
        ("05-07 12:00", True),  # at most three days before
        ("05-06 11:00", False),
    ],
)
def test_observed_at_lies_at_most_three_days_before_acceptance(observed: str, accepted: bool) -> None:
    seen = instant(observed).isoformat()
    told = Story().at("05-10 12:00").do("record_findings", findings=[h("a")], observed_at=seen).run()
    assert told.official[-1].get("code") == (None if accepted else "observed_out_of_range")


@pytest.mark.clause("§5")
def test_deadlines_compare_acceptance_not_what_was_observed() -> None:
    story = Story().at("05-10").record(h("a")).register("a").at("05-27")
    ask = {"ref": "a", "due": "2013-06-05", "reason": "x", "observed_at": instant("05-25 12:00").isoformat()}
    assert story.do("request_extension", **ask).refusal() == "extension_too_late"
    seen = {"findings": [v("b")], "observed_at": instant("05-31 12:00").isoformat()}
    late = Story().at("06-01 10:00").do("record_findings", **seen).register("b").end()
    assert late.owed == ["suspend"]


# ---------------------------------------------------------------- a boundary that moves


def moved(case: Case, now: str, **boundaries: tuple[str, str]) -> Case:
    """The case after the committee gave phases other boundaries."""
    phases = list(case.phases)
    for i, phase in enumerate(phases):
        if phase.id in boundaries:
            begins_at, ends_at = map(instant, boundaries[phase.id])
            phases[i] = phase.model_copy(update={"begins_at": begins_at, "ends_at": ends_at})
    return apply(case, calendar_moved(plan(), case, CalendarMove(number=1, at=instant(now), phases=tuple(phases))))


def run_on(case: Case, until: str) -> Case:
    """The case after everything that falls until then."""
    return caught_up(plan(), case, instant(until))


def told_case(story: Story) -> Case:
    """The case at the end of a story."""
    case = story.end().case
    assert case is not None
    return case


LONGER = {"investigation": ("05-05 00:00", "06-10 24:00"), "rectification": ("06-11 00:00", "10-31 24:00")}


@pytest.mark.clause("§5")
def test_running_cases_follow_a_boundary_that_moves() -> None:
    case = moved(told_case(Story().at("05-20").record(v("a")).register("a")), "05-25", **LONGER)
    assert [m.state for m in run_on(case, "06-10 23:59:59").musts] == ["pending"]
    owed = run_on(case, "06-10 24:00").musts
    assert [(m.state, m.arose_at) for m in owed] == [("owed", instant("06-10 24:00"))]


@pytest.mark.clause("§5")
@pytest.mark.parametrize("ends", ["05-24 24:00", "05-27 24:00"])
def test_a_boundary_moved_nearer_begins_phase_2_earlier(ends: str) -> None:
    case = told_case(Story().at("05-20").record(v("a")).register("a"))
    phases = {"investigation": ("05-05 00:00", ends), "rectification": (ends, "10-31 24:00")}
    after = run_on(moved(case, "05-25", **phases), "05-27 24:00")
    assert [m.state for m in after.musts] == ["owed"]


@pytest.mark.clause("§5")
def test_what_became_owed_stays_owed_when_the_boundary_moves_past_it() -> None:
    story = Story().at("05-20").record(v("a")).register("a").at("06-03").propose("suspend").approve("suspend")
    assert [m.state for m in moved(told_case(story), "06-04", **LONGER).musts] == ["decided"]


@pytest.mark.clause("§5")
def test_the_investigation_clock_follows_the_end_of_phase_1() -> None:
    case = moved(told_case(Story().at("05-20").note()), "05-25", **LONGER)
    assert [shown(d.due_at.isoformat()) for d in deadlines(plan(), case)] == ["06-10 24:00"]


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("recorded", "ends", "due"),
    [
        ("05-29", "06-10 24:00", "06-05 24:00"),  # 30, 31 May, 3, 4, 5 June: no longer cut short
        ("05-20", "05-24 24:00", "05-24 24:00"),  # at the latest its end, which came nearer
    ],
)
def test_the_registration_clock_follows_the_end_of_phase_1(recorded: str, ends: str, due: str) -> None:
    case = told_case(Story().at("05-20").note().at(recorded).record(h("a")))
    phases = {
        "investigation": ("05-05 00:00", ends),
        "rectification": (ends, "10-31 24:00"),
    }
    after = moved(case, f"{recorded} 10:00", **phases)
    assert [shown(d.due_at.isoformat()) for d in deadlines(plan(), after)] == [due]


@pytest.mark.clause("§5")
def test_completion_follows_the_end_of_the_campaign_and_the_look_back_never_passes_it() -> None:
    case = told_case(Story().at("06-03").record(h("a")).register("a").settle("a"))
    earlier = moved(case, "06-05", consolidation=("11-01 00:00", "12-10 24:00"))
    assert [shown(d.due_at.isoformat()) for d in deadlines(plan(), earlier)] == ["12-10 24:00"]
    assert run_on(earlier, "12-10 23:59:59").outcome is None
    assert run_on(earlier, "12-10 24:00").outcome == "rectified"


@pytest.mark.clause("§5")
def test_a_move_does_not_make_the_clock_run_backwards() -> None:
    case = told_case(Story().at("05-20").record(v("a")).register("a").at("06-03").note())
    after = run_on(moved(case, "06-04", **LONGER), "06-20")
    assert after.clock_at <= instant("06-20")
    assert [m.state for m in after.musts] == ["owed"]
