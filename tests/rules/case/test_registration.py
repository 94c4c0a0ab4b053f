"""Register by category, with a responsible person and a due date (3.1.register; domain §3, §5)."""

import pytest

from tests.cast import SUPERVISOR
from tests.rules.story import Story, h, illegal, v


@pytest.mark.clause("3.1.register")
def test_a_finding_is_registered_once() -> None:
    story = Story().at("05-06").record(h("a")).register("a").at("05-07").register("a")
    assert story.refusal() == "already_registered"


@pytest.mark.clause("3.1.register")
def test_registration_may_name_some_of_the_findings() -> None:
    told = Story().at("05-06").record(h("a"), h("b")).register("b").end()
    assert (told.state("a"), told.state("b")) == ("recorded", "registered")


@pytest.mark.clause("§3")
@pytest.mark.parametrize(
    ("refs", "code"),
    [(("b", "x"), "unknown_ref"), (("b", "a"), "already_registered"), (("b", "b"), "duplicate_ref")],
)
def test_registration_is_refused_whole_if_one_ref_is_wrong(refs: tuple[str, ...], code: str) -> None:
    story = Story().at("05-06").record(h("a"), h("b")).register("a").register(*refs)
    assert story.refusal() == code
    assert story.run().state("b") == "recorded"


@pytest.mark.clause("§2")
def test_a_settled_finding_is_not_registered() -> None:
    story = Story().at("05-06").record(h("a"), h("b")).rescind("a").register("a")
    assert story.refusal() == "already_settled"


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("recorded", "due"),
    [
        ("05-06", "05-13 24:00"),  # Monday: 7, 8, 9, 10, 13
        ("05-10", "05-17 24:00"),  # Friday: 13 to 17
        ("05-24", "05-31 24:00"),
        ("05-27", "05-31 24:00"),  # phase 1: at the latest its end
        ("05-31 23:59:59", "05-31 24:00"),
        ("06-01 00:00", "06-07 24:00"),  # phase 2: 3, 4, 5, 6, 7 June
        ("06-07", "06-17 24:00"),  # Dragon Boat: 8 and 9 are worked, 10 to 12 are not; 8, 9, 13, 14, 17
        (
            "09-27",
            "10-10 24:00",
        ),  # National Day: Sunday 29 is worked, 1 to 7 October are not; 29, 30, 8, 9, 10
        ("10-11", "10-17 24:00"),  # Saturday 12 is worked: 12, 14, 15, 16, 17
    ],
)
def test_registration_is_due_in_five_working_days_in_phase_1_by_its_end(recorded: str, due: str) -> None:
    assert Story().at("05-06").note().at(recorded).record(h("a")).end().due == due


@pytest.mark.clause("§5")
def test_registration_in_time_meets_its_clock_and_late_registration_is_accepted() -> None:
    late = Story().at("05-06").record(h("a")).at("05-13 24:00").register("a").end()
    assert [line["overdue"] for line in late.lines] == [False, True, False]
    assert late.lines[1]["do"] == "deadline_passed"
    timely = Story().at("05-06").record(h("a")).at("05-13 23:59:59").register("a").until("05-14").end()
    assert [line["overdue"] for line in timely.lines] == [False, False]


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("at", "grade", "due"),
    [
        ("05-10", "general", "05-25 24:00"),
        ("05-10", "major", "06-09 24:00"),
        ("05-10 00:00", "general", "05-25 24:00"),
        ("05-10 23:59:59", "general", "05-25 24:00"),
        ("05-31", "major", "06-30 24:00"),
        ("10-16", "general", "10-31 24:00"),
        ("10-17", "general", "10-31 24:00"),  # the cap
        ("10-31", "general", "10-31 24:00"),
        ("10-31 23:59:59", "major", "10-31 24:00"),
        ("11-01 00:00", "general", "11-16 24:00"),
        ("11-01", "major", "12-01 24:00"),
        ("12-01", "major", "12-31 24:00"),
        ("12-20", "general", "12-31 24:00"),
        ("12-31", "major", "12-31 24:00"),
    ],
)
def test_rectification_is_due_in_15_or_30_days_within_the_cap(at: str, grade: str, due: str) -> None:
    assert Story().at(at).record(h("a", grade=grade)).register("a").end().due_of("a") == due


@pytest.mark.clause("3.1.register")
@pytest.mark.parametrize(
    ("at", "due", "code"),
    [
        ("06-03", "06-03 09:00", "due_not_ahead"),  # now is not ahead
        ("06-03", "06-02 24:00", "due_not_ahead"),
        ("06-03", "11-01 00:01", "due_past_cap"),
        ("10-31", "11-05 24:00", "due_past_cap"),
        ("11-01", "2014-01-01 00:01", "due_past_cap"),
    ],
)
def test_a_date_given_by_hand_lies_ahead_and_within_the_cap(at: str, due: str, code: str) -> None:
    assert Story().at(at).record(h("a")).register("a", due=due).refusal() == code


@pytest.mark.clause("3.1.register")
@pytest.mark.parametrize(
    ("at", "due"),
    [("06-03", "06-03 09:01"), ("06-03", "10-31 24:00"), ("10-31", "10-31 24:00"), ("11-01", "12-31 24:00")],
)
def test_a_date_given_by_hand_is_taken_up_to_the_cap(at: str, due: str) -> None:
    assert Story().at(at).record(h("a")).register("a", due=due).end().due_of("a") == due


@pytest.mark.clause("3.2.must1")
def test_the_grade_sets_the_due_date_of_unlawful_conduct_too() -> None:
    told = Story().at("05-10").record(v("a"), illegal("b", grade="major")).register("a", "b").end()
    assert (told.due_of("a"), told.due_of("b")) == ("05-25 24:00", "06-09 24:00")


@pytest.mark.clause("contracts §1")
def test_the_responsible_person_changes_while_a_finding_is_registered_and_unsettled() -> None:
    def reassigned(story: Story) -> Story:
        return story.do("reassign_responsible", ref="a", responsible="Zhou")

    registered = Story().at("05-06").record(h("a")).register("a")
    told = reassigned(registered).end()
    assert told.case is not None
    assert told.case.findings[0].responsible == "Zhou"
    assert reassigned(Story().at("05-06").record(h("a"))).refusal() == "not_registered"
    assert reassigned(Story().at("05-06").record(h("b")).register("b")).refusal() == "unknown_ref"
    done = Story().at("05-06").record(h("a"), h("b")).register("a", "b").settle("a")
    assert reassigned(done).refusal() == "already_settled"


@pytest.mark.clause("§4")
def test_a_recorded_finding_can_be_rescinded_before_it_is_registered() -> None:
    told = Story().at("05-06").record(h("a"), h("b")).rescind("a", by=SUPERVISOR).end()
    assert (told.state("a"), told.stage) == ("rescinded", "registration")
