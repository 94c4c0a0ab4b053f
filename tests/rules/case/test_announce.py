"""Who is told what of a step: the announcements by example, each with its clause."""

from datetime import datetime
from typing import Any

import pytest

from models.case import Case
from models.events import Transition
from models.refusals import Refused
from rules.case.announce import Announcement, announce
from rules.case.announce_table import KINDS, REMINDED, TOPICS, WHATS
from rules.files.script import Script, read_script
from rules.on_paper import Paper
from rules.words.announced import SAID, TOPIC_NAMES, announced_said
from rules.words.clauses import CLAUSES
from rules.words.naming import Both
from tests.cast import ELSEWHERE, HERE, INSPECTOR, OFFICE, SUPERVISOR, plan
from tests.rules.story import NOTHING_AGAINST, Story, h, illegal, shown, v


class Listening(Paper):
    """Paper that listens to what is announced."""

    told: tuple[Announcement, ...] = ()
    seen: Case | None = None

    def _open_implied(self) -> None:
        super()._open_implied()
        self.seen = self.case

    def _write(self, at: datetime, do: str, judged: Transition | Refused | None) -> None:
        super()._write(at, do, judged)
        assert not isinstance(judged, Refused), judged
        if judged is not None and self.case is not None:
            self.told += announce(self.plan, self.seen, judged, self.case)
            self.seen = self.case


def announced(story: Story) -> tuple[Announcement, ...]:
    """Everything that the story announces after its opening."""
    script = read_script(story.text(), "story.yaml")
    assert isinstance(script, Script), script
    paper = Listening(plan(), "digest", script)
    paper.run()
    return paper.told


def lines(story: Story, topic: str) -> list[tuple[Any, ...]]:
    """Of the topic: what, to whom, about what, until when."""
    return [
        (one.what, one.role, *one.persons, *one.about, shown(one.due_at.isoformat()) if one.due_at else None)
        for one in announced(story)
        if one.topic == topic
    ]


def test_every_kind_has_its_sentence_its_topic_and_its_clause() -> None:
    assert {*WHATS, REMINDED} == set(SAID)
    assert set(TOPICS) == set(TOPIC_NAMES) == {"turn", "reminder", *(kind.topic for kind in KINDS)}
    for kind in KINDS:
        assert kind.clause.startswith("domain §") or kind.clause in CLAUSES, kind.what


@pytest.mark.clause("domain §3")
def test_whose_turn_it_is_is_told_when_it_changes_and_only_then() -> None:
    story = Story().at("05-10").record(h("a")).register("a").note().at("05-12").declare("a")
    assert lines(story, "turn") == [
        ("turn", "inspector", "05-17 24:00"),
        ("turn", "enterprise", "05-25 24:00"),
        ("turn", "inspector", "05-22 24:00"),
    ]


@pytest.mark.clause("domain §5")
def test_whose_turn_it_is_hears_the_own_date_and_not_that_of_who_is_late() -> None:
    story = Story().at("05-10").record(v("a")).register("a").until("06-02")
    assert lines(story, "turn")[1] == ("turn", "enterprise", "05-25 24:00")
    assert lines(story, "turn")[-1] == ("turn", "inspector", "06-05 24:00"), "the suspension, not the rectification"


@pytest.mark.clause("domain §3")
def test_officers_are_told_their_turn_by_name() -> None:
    story = Story().at("05-10").do("assign_officers", SUPERVISOR, officers=["Li", "Ma"]).record(h("a"))
    assert lines(story, "turn") == [("turn", "inspector", "Li", "Ma", "05-17 24:00")]


@pytest.mark.clause("domain §7")
def test_who_is_put_in_charge_is_told_once_and_by_name() -> None:
    story = Story().at("05-10").do("assign_officers", SUPERVISOR, officers=["Li"])
    assert lines(story, "assignment") == [("officers_assigned", "inspector", "Li", None)]
    more = story.do("assign_officers", SUPERVISOR, officers=["Li", "Ma"]).do(
        "assign_officers", SUPERVISOR, officers=["Ma"]
    )
    assert lines(more, "assignment")[1:] == [("officers_assigned", "inspector", "Ma", None)]


@pytest.mark.clause("domain §3")
def test_nobody_has_the_turn_in_a_case_that_has_ended() -> None:
    story = Story().at("05-10").record(**NOTHING_AGAINST)
    assert announced(story) == ()


@pytest.mark.clause("3.2")
@pytest.mark.parametrize(
    ("found", "must", "decider", "due"),
    [(v("a"), "suspend", "supervisor", "06-06 24:00"), (illegal("a"), "close", "government", "06-25 24:00")],
)
def test_a_measure_that_was_proposed_is_told_to_whom_decides_it(
    found: dict[str, Any], must: str, decider: str, due: str
) -> None:
    story = Story().at("06-03").record(found).register("a").propose(must)
    assert lines(story, "measure") == [("measure_proposed", decider, f"{must}-1", due)]


@pytest.mark.clause("3.2")
def test_a_measure_that_was_approved_is_told_to_the_officers_who_execute_it() -> None:
    story = Story().at("06-03").do("assign_officers", SUPERVISOR, officers=["Ma"]).record(v("a")).register("a")
    told = lines(story.propose("suspend").approve("suspend"), "measure")
    assert told[1:] == [("measure_approved", "inspector", "Ma", "suspend-1", "06-13 24:00")]


@pytest.mark.clause("3.2")
def test_a_measure_that_was_returned_is_told_to_its_proposer_whoever_is_in_charge() -> None:
    story = Story().at("06-03").do("assign_officers", SUPERVISOR, officers=["Ma"]).record(v("a")).register("a")
    told = lines(story.propose("suspend").send_back("suspend"), "measure")
    assert told[1:] == [("measure_returned", "inspector", "Li", "suspend-1", "06-06 24:00")]


@pytest.mark.clause("3.2")
def test_a_closure_that_fell_away_with_its_return_is_due_no_more() -> None:
    story = Story().at("06-03").record(illegal("a")).register("a").propose("close").send_back("close", "a")
    assert lines(story, "measure")[1:] == [("measure_returned", "inspector", "Li", "close-1", None)]


@pytest.mark.clause("domain §5")
@pytest.mark.parametrize(
    ("granted", "what", "due"),
    [(True, "extension_granted", "05-30 24:00"), (False, "extension_refused", "05-25 24:00")],
)
def test_an_extension_is_told_to_whom_decides_it_and_back_to_the_enterprise(granted: bool, what: str, due: str) -> None:
    story = Story().at("05-10").record(h("a")).register("a").at("05-13").extend("a", "05-30 24:00")
    assert lines(story.decide_extension("a", granted), "extension") == [
        ("extension_requested", "supervisor", "a", "05-16 24:00"),
        (what, "enterprise", "a", due),
    ]


@pytest.mark.clause("3.1.register")
def test_an_order_to_rectify_is_told_to_the_enterprise_with_its_date_whosever_turn_it_was() -> None:
    story = (
        Story().at("05-10").record(h("a"), h("b"), h("c", "H01", "major")).register("a").at("05-12").register("b", "c")
    )
    assert lines(story, "rectification") == [
        ("rectification_ordered", "enterprise", "a", "05-25 24:00"),
        ("rectification_ordered", "enterprise", "b", "05-27 24:00"),
        ("rectification_ordered", "enterprise", "c", "06-11 24:00"),
    ]
    assert lines(story, "turn")[-1] == ("turn", "enterprise", "05-25 24:00"), "and not with the second order once more"


@pytest.mark.clause("3.2")
def test_dates_counted_anew_from_the_service_of_a_suspension_are_told_to_the_enterprise() -> None:
    story = Story().at("06-03").record(v("a"), h("b")).register("a", "b").propose("suspend").approve("suspend")
    told = lines(story.at("06-07").execute("suspend"), "rectification")
    assert told == [
        ("rectification_ordered", "enterprise", "a", "b", "06-18 24:00"),
        ("rectification_counted_anew", "enterprise", "a", "06-22 24:00"),
    ]


@pytest.mark.clause("3.1.register")
def test_verdicts_are_told_to_the_enterprise_a_line_for_those_that_are_alike() -> None:
    story = (
        Story().at("05-10").record(h("a"), h("b"), h("c")).register("a", "b", "c").at("05-12").declare("a", "b", "c")
    )
    assert lines(story.verdict(a=True, b=False, c=True), "verdict") == [
        ("finding_passed", "enterprise", "a", "c", None),
        ("finding_failed", "enterprise", "b", "05-27 24:00"),
    ]


@pytest.mark.clause("domain §7")
def test_a_transfer_is_told_to_the_new_district_and_so_is_the_turn_but_not_to_the_old_officers() -> None:
    story = Story().at("05-10").do("assign_officers", SUPERVISOR, officers=["Li"]).record(h("a"))
    told = announced(story.do("transfer", OFFICE, district=ELSEWHERE, reason="moved"))
    assert [(one.what, one.role, one.district, one.persons) for one in told] == [
        ("officers_assigned", "inspector", HERE, ("Li",)),
        ("turn", "inspector", HERE, ("Li",)),
        ("turn", "inspector", ELSEWHERE, ()),
        ("case_transferred", "supervisor", ELSEWHERE, ()),
    ]


@pytest.mark.clause("domain §4")
def test_what_a_case_leaves_behind_is_told_to_the_office() -> None:
    story = Story().at("08-02").record(illegal("a")).register("a").until("12-31 24:00")
    assert lines(story, "ending") == [("case_ended_unmet", "office", "close-1", "a", None)]


@pytest.mark.clause("domain §4")
def test_a_case_that_is_carried_over_is_reported_to_the_office_whatever_it_leaves() -> None:
    story = Story().at("12-01").record(h("a")).until("12-31 24:00")
    assert lines(story, "ending") == [("case_ended_unmet", "office", None)]


@pytest.mark.clause("domain §7")
def test_who_was_in_charge_in_the_old_district_is_told_nothing_more_after_a_transfer() -> None:
    story = Story().at("05-10").do("assign_officers", SUPERVISOR, officers=["Li"]).record(h("a"))
    story.do("transfer", OFFICE, district=ELSEWHERE, reason="moved")
    later = story.do("register", INSPECTOR.replace(HERE, ELSEWHERE), assignments=[{"ref": "a", "responsible": "Sun"}])
    assert "Li" not in {person for one in announced(later)[4:] for person in one.persons}


@pytest.mark.clause("3.3")
def test_a_look_back_that_was_missed_is_told_to_the_office() -> None:
    story = Story().at("08-02").record(h("a")).register("a").settle("a").until("12-31 24:00")
    assert lines(story, "ending") == [("case_ended_without_look_back", "office", None)]
    assert lines(story, "deadline") == [("missed_look_back", "inspector", "12-15 24:00")]


@pytest.mark.clause("domain §5")
def test_a_missed_deadline_is_told_to_the_role_that_is_late() -> None:
    story = Story().at("06-03").record(v("a"), h("b")).register("a", "b").propose("suspend").until("06-18 24:00")
    assert lines(story, "deadline") == [
        ("missed_decision", "supervisor", "suspend-1", "06-06 24:00"),
        ("missed_rectification", "enterprise", "a", "b", "06-18 24:00"),
    ]
    unproposed = Story().at("06-03").record(v("a")).register("a").until("06-06 24:00")
    assert lines(unproposed, "deadline") == [("missed_proposal", "inspector", "suspend-1", "06-06 24:00")]


@pytest.mark.parametrize(
    ("what", "about", "zh", "en"),
    [
        ("turn", (), "案件进入限期整改环节，待办理", "the case is at rectification: to be dealt with"),
        ("measure_proposed", ("close-1",), "已提请关闭取缔，待审批", "closure proposed, to be decided"),
        ("finding_failed", ("a", "b"), "a、b 复查不合格", "a, b failed re-inspection"),
        ("missed_rectification", ("a", "b"), "a、b 逾期未整改到位", "a, b not rectified in time"),
        ("case_ended_unmet", ("close-1", "a"), "结案时未办结：关闭取缔、a", "the case ended, unmet: closure, a"),
        ("of_a_later_version", (), "of_a_later_version", "of_a_later_version"),
    ],
)
def test_the_sentence_is_made_on_reading(what: str, about: tuple[str, ...], zh: str, en: str) -> None:
    assert announced_said(what, about, Both("限期整改", "rectification")) == (zh, en)
