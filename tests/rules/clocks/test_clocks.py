"""Durable deadlines: what is due, whose it is, and in which days it is counted (domain §1, §3, §5)."""

from datetime import UTC, date, datetime

import pytest

from models.instants import end_of_day, say_due, say_instant
from rules.case.explain import explain
from rules.case.stage import next_actor
from rules.clocks.deadlines import deadlines, overdue
from rules.clocks.working_days import add_working_days, is_provisional
from tests.cast import OFFICE, plan
from tests.rules.story import Story, h, illegal, instant, shown, v


def late(story: Story, at: str) -> list[tuple[str, str, str]]:
    """What is overdue at the instant: the kind of lateness, its clock, who is late."""
    case = story.until(at).end().case
    assert case is not None
    found = overdue(plan(), case, instant(at))
    return [("duty" if d.is_duty else "rectification", d.clock, d.role) for d in found]


# ---------------------------------------------------------------- official time, working days


@pytest.mark.clause("§1")
def test_official_time_is_beijing_time() -> None:
    """16:00 UTC on 31 May is 1 June 00:00 in Beijing: phase 2 has begun."""
    story = Story().at("05-20").record(v("a")).at("06-01 00:00").register("a")
    story.steps[-1]["at"] = "2013-05-31T16:00:00+00:00"
    assert story.end().owed == ["suspend"]
    story.steps[-1]["at"] = "2013-05-31T15:59:59Z"
    assert story.end().pending == ["suspend"]
    story.steps[-1]["at"] = "2013-06-01T00:00"  # without an offset it is Beijing time
    assert story.end().owed == ["suspend"]


@pytest.mark.clause("§1")
def test_what_is_due_is_said_to_be_due_at_24_00_of_its_last_day() -> None:
    assert say_due(end_of_day(date(2013, 6, 30))) == "2013-06-30 24:00"
    assert say_due(datetime(2013, 6, 30, 16, 1, tzinfo=UTC)) == "2013-07-01 00:01"
    assert say_due(datetime(2013, 6, 30, 16, tzinfo=UTC)) == "2013-06-30 24:00", "in Beijing, wherever it is read"
    assert say_due(None) == "–"


@pytest.mark.clause("§1")
def test_why_a_must_is_owed_says_until_which_day() -> None:
    case = Story().at("06-03").record(v("a")).at("06-04").register("a").end().case
    assert case is not None
    (owed,) = explain(plan(), case)
    assert owed.until is not None and owed.until.endswith("T00:00:00+08:00")
    assert "2013年6月7日前" in owed.zh and "2013-06-07 24:00" in owed.en and "+08:00" not in owed.zh + owed.en


@pytest.mark.clause("§1")
def test_an_instant_at_which_something_happened_is_said_to_the_minute() -> None:
    assert say_instant(end_of_day(date(2013, 6, 30))) == "2013-07-01 00:00"
    assert say_instant(datetime(2013, 6, 30, 1, 2, 59, tzinfo=UTC)) == "2013-06-30 09:02"
    assert say_instant(None) == "–"


@pytest.mark.clause("§1")
def test_a_due_date_is_24_00_of_that_day() -> None:
    given = [{"ref": "a", "responsible": "Sun", "due": "2013-06-20"}]
    story = Story().at("06-03").record(h("a")).do("register", assignments=given)
    assert story.end().due_of("a") == "06-20 24:00"


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("day", "n", "due"),
    [
        ("2013-06-07", 1, "2013-06-08"),  # a Saturday that is worked
        ("2013-06-09", 1, "2013-06-13"),  # Dragon Boat
        ("2013-06-11", 1, "2013-06-13"),  # from a holiday
        ("2013-09-18", 1, "2013-09-22"),  # Mid-Autumn; Sunday 22 is worked
        ("2013-09-28", 1, "2013-09-29"),
        ("2013-09-30", 1, "2013-10-08"),  # National Day
        ("2013-10-11", 1, "2013-10-12"),
        ("2013-12-31", 1, "2014-01-02"),  # New Year's Day of the next year
        ("2013-05-31", 5, "2013-06-07"),
    ],
)
def test_working_days_follow_the_official_calendar(day: str, n: int, due: str) -> None:
    assert add_working_days(date.fromisoformat(day), n) == date.fromisoformat(due)


@pytest.mark.clause("§5")
def test_an_unpublished_year_is_provisional() -> None:
    assert not is_provisional(2013)
    assert not is_provisional(2014)
    assert is_provisional(2099)


@pytest.mark.clause("§5")
def test_the_hour_of_the_event_does_not_matter_for_days() -> None:
    dues = {Story().at(f"06-03 {at}").record(h("a")).end().due for at in ("00:00", "09:00", "23:59:59")}
    assert dues == {"06-08 24:00"}  # 4, 5, 6, 7 and Saturday 8, which is worked


# ---------------------------------------------------------------- investigation


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("05-05 00:00", "05-31 24:00"),
        ("05-31 23:59:59", "05-31 24:00"),
        ("06-01 00:00", "06-24 24:00"),  # 15 working days after Saturday 1 June
        ("06-03", "06-25 24:00"),
        ("11-01", "11-22 24:00"),
    ],
)
def test_investigation_is_due_at_the_end_of_phase_1_or_15_working_days_after_a_later_opening(
    opened: str, due: str
) -> None:
    assert Story().at(opened).do("open", OFFICE, source="inspection").end().due == due


@pytest.mark.clause("3.1")
def test_findings_meet_the_clock_of_investigation() -> None:
    told = Story().at("05-06").record(h("a")).register("a", due="07-20 24:00").until("06-05").end()
    assert told.clock == ["05-31 24:00 phase_began"]
    assert told.due == "07-20 24:00"


# ---------------------------------------------------------------- due of the case, overdue


@pytest.mark.clause("§5")
def test_the_due_of_a_case_is_its_earliest_unmet_one_past_ones_included() -> None:
    story = Story().at("05-06").record(h("a"), h("b")).register("a")
    assert story.end().due == "05-13 24:00"  # registration of b
    assert story.until("06-10").end().due == "05-13 24:00"
    assert story.at("06-10").register("b").end().due == "05-21 24:00"  # rectification of a


@pytest.mark.clause("§5")
def test_a_phase_boundary_is_no_due_instant_of_a_case() -> None:
    told = Story().at("05-06").record(h("a")).register("a", due="08-01 24:00").end()
    assert told.due == "08-01 24:00"


@pytest.mark.clause("§5")
def test_overdue_rectification_is_the_enterprises_and_overdue_duty_the_offices() -> None:
    story = Story().at("05-06").record(h("a"), h("b")).register("a")
    assert late(story, "05-13 23:59:59") == []
    assert late(story, "05-13 24:00") == [("duty", "registration", "inspector")]
    told = late(story, "05-31 24:00")
    assert told == [
        ("duty", "registration", "inspector"),
        ("rectification", "rectification", "enterprise"),
        ("duty", "reinspection", "inspector"),
    ]


@pytest.mark.clause("§5")
def test_a_declared_finding_past_its_due_date_is_unsettled_and_overdue() -> None:
    story = Story().at("05-10").record(h("a")).register("a").at("05-24").declare("a")
    assert late(story, "05-25 24:00") == [("rectification", "rectification", "enterprise")]
    assert late(story, "06-03 24:00")[-1] == ("duty", "reinspection", "inspector")


@pytest.mark.clause("§5")
def test_a_settled_finding_is_not_overdue() -> None:
    story = Story().at("05-10").record(h("a"), h("b")).register("a").at("06-10").settle("a").rescind("b")
    assert late(story, "06-20") == []


@pytest.mark.clause("§5")
def test_a_must_is_overdue_for_who_acts_next() -> None:
    def owed() -> Story:
        return Story().at("06-03").record(illegal("a", grade="major")).register("a", due="10-31 24:00")

    assert late(owed(), "06-25 24:00") == [("duty", "decision", "inspector")]
    assert late(owed().propose("close"), "06-25 24:00") == [("duty", "decision", "government")]
    approved = owed().propose("close").approve("close")
    assert late(approved, "06-13 24:00") == [("duty", "execution", "inspector")]


@pytest.mark.clause("§5")
def test_every_clock_of_a_case_is_running() -> None:
    facts = {"suspected_crime": True}
    story = Story().at("06-03").record(v("a", **facts), h("b"), h("c")).register("a", "b")
    story.extend("b", "06-25 24:00").propose("suspend").approve("suspend")
    case = story.end().case
    assert case is not None
    assert [(d.clock, d.about, shown(d.due_at.isoformat())) for d in deadlines(plan(), case)] == [
        ("decision", "refer-1", "06-06 24:00"),
        ("extension", "b", "06-06 24:00"),
        ("registration", "c", "06-08 24:00"),
        ("execution", "suspend-1", "06-13 24:00"),
        ("rectification", "a", "06-18 24:00"),
        ("rectification", "b", "06-18 24:00"),
        ("reinspection", "b", "06-28 24:00"),
    ]


# ---------------------------------------------------------------- who acts next (§3)


@pytest.mark.clause("§3")
@pytest.mark.parametrize(
    ("story", "role"),
    [
        (Story().at("06-03").note(), "inspector"),
        (Story().at("06-03").record(h("a")), "inspector"),
        (Story().at("06-03").record(h("a")).register("a"), "enterprise"),
        (Story().at("06-03").record(h("a")).register("a").declare("a"), "inspector"),
        (Story().at("06-03").record(v("a")).register("a"), "inspector"),
        (Story().at("06-03").record(v("a")).register("a").propose("suspend"), "supervisor"),
        (Story().at("06-03").record(illegal("a")).register("a").propose("close"), "government"),
        (
            Story().at("06-03").record(illegal("a")).register("a").propose("close").approve("close"),
            "inspector",
        ),
        (Story().at("11-04").record(h("a")).register("a").settle("a"), "inspector"),
        (Story().at("06-03").record(h("a")).rescind("a"), None),
    ],
    ids=[
        "investigation",
        "registration",
        "rectification",
        "reinspection",
        "owed",
        "suspend proposed",
        "close proposed",
        "decided",
        "consolidation",
        "closed",
    ],
)
def test_every_stage_has_who_acts_next(story: Story, role: str | None) -> None:
    case = story.end().case
    assert case is not None
    assert next_actor(plan(), case, story.now) == role


# ---------------------------------------------------------------- why a must is owed


@pytest.mark.clause("3.2")
def test_every_must_names_its_clause_its_grounds_and_its_dates() -> None:
    facts = {"suspected_crime": True}
    story = Story(earlier=(("V04", "2012-09-01"),)).at("06-03").record(v("a", **facts), illegal("b"))
    told = story.register("a", "b").end()
    clauses = {m["must"]: (m["clause"], m["grounds"]) for m in told.answer["case"]["musts"]}
    assert clauses == {
        "suspend": ("3.2.must1", ["a"]),
        "close": ("3.2.must2", ["b"]),
        "fine": ("3.2.must3", ["a", "b"]),
        "refer": ("3.2.must4", ["a"]),
    }
    refer = next(e for e in told.answer["case"]["explain"] if e["must"] == "refer")
    assert (refer["clause"], refer["source"], refer["next_actor"]) == ("3.2.must4", "N", "inspector")
