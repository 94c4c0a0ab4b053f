"""Published years go before the library; a case counts by what it carries, whatever the process learns (domain §5)."""

from collections.abc import Iterator
from datetime import date

import pytest

from models.plan import CalendarMove
from models.working_days import WorkingDays, WorkingYear
from rules.case.clock_actor import calendar_moved
from rules.case.evolve import apply
from rules.case.explain import explain
from rules.clocks import working_days
from rules.clocks.recount import provisional
from rules.clocks.urgency import colour
from rules.clocks.working_days import (
    add_working_days,
    current,
    is_provisional,
    is_working_day,
    learn,
    official_until,
    official_year,
    pinned,
)
from rules.words.sentences import sentence
from tests.cast import plan
from tests.rules.clocks.years import MADE_UP, ONLY_WORK, YEAR, published
from tests.rules.story import Story, h, illegal, instant, shown, v

SATURDAY, WEDNESDAY = date(YEAR, 6, 7), date(YEAR, 6, 4)


@pytest.fixture(autouse=True)
def unlearned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has heard of no publication, and forgets what it hears here."""
    monkeypatch.setattr(working_days, "_learned", {})
    yield


@pytest.fixture
def library_of_later(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library after an upgrade: it knows the made-up year."""
    before = working_days._official  # pyright: ignore[reportPrivateUsage] -- what an upgrade replaces
    caches = (working_days._official_day, working_days._is_official, official_until)  # pyright: ignore[reportPrivateUsage]

    def later(day: date) -> bool:
        return MADE_UP.is_working_day(day) if day.year <= YEAR and day.year > 2026 else before(day)

    monkeypatch.setattr(working_days, "_official", later)
    for cache in caches:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.clause("§5")
def test_an_unpublished_year_has_monday_to_friday_and_is_provisional() -> None:
    assert is_provisional(YEAR) and is_working_day(WEDNESDAY) and not is_working_day(SATURDAY)


@pytest.mark.clause("§5")
def test_a_year_that_the_process_has_learned_beats_monday_to_friday_and_the_library() -> None:
    other_2013 = WorkingYear(year=2013, source="made up", off=(date(2013, 6, 3),))
    learn([MADE_UP, other_2013])
    assert not is_provisional(YEAR) and not is_working_day(WEDNESDAY) and is_working_day(SATURDAY)
    assert not is_working_day(date(2013, 6, 3)) and is_working_day(date(2013, 6, 10)), "a holiday of the library"
    learn([ONLY_WORK])
    assert is_working_day(WEDNESDAY), "a later publication of the year replaces the earlier one"
    assert current().years == (other_2013, ONLY_WORK)


@pytest.mark.clause("§5")
def test_what_a_case_carries_beats_what_the_process_has_learned() -> None:
    carried = WorkingDays(years=(ONLY_WORK,), official_until=2026)
    learn([MADE_UP])
    assert is_working_day(WEDNESDAY, carried) and not is_working_day(WEDNESDAY)
    assert is_provisional(YEAR, WorkingDays(official_until=2026))
    assert add_working_days(date(YEAR, 6, 3), 1, carried) == WEDNESDAY


@pytest.mark.clause("§5")
@pytest.mark.usefixtures("library_of_later")
def test_an_upgrade_of_the_library_changes_nothing_for_a_case_that_was_opened_before() -> None:
    before = WorkingDays(official_until=2026)
    assert not is_provisional(YEAR) and official_until() == YEAR
    assert is_provisional(YEAR, before) and is_working_day(WEDNESDAY, before)
    assert not is_working_day(WEDNESDAY, WorkingDays(official_until=YEAR))


def test_a_case_carries_the_years_that_its_campaign_may_reach() -> None:
    years = [WorkingYear(year=number, source="made up") for number in range(2029, 2036)]
    carried = pinned(years, plan().calendar(YEAR))
    assert [year.year for year in carried.years] == [YEAR, YEAR + 1]
    assert carried.official_until == official_until()


def test_the_built_in_year_read_as_a_file_is_the_same_year() -> None:
    year = official_year(2013)
    assert year is not None and official_year(YEAR) is None
    days = [date(2013, month, day) for month in range(1, 13) for day in range(1, 29)]
    assert [year.is_working_day(d) for d in days] == [is_working_day(d) for d in days]


# ---------------------------------------------------------------- recomputed when published


def after(story: Story, at: str, year: WorkingYear = MADE_UP) -> dict[str, str | None]:
    """The due instants of the case once it has followed the publication."""
    case = published(plan(), story.end().case, year, at)
    dues: dict[str, str | None] = {"investigation": shown(case.investigation_due_at.isoformat())}
    for finding in case.findings:
        dues[f"{finding.ref} registration"] = shown(finding.registration_due_at.isoformat())
        extension = finding.extension.decide_by.isoformat() if finding.extension else None
        dues[f"{finding.ref} extension"] = shown(extension)
    for must in case.musts:
        dues[f"{must.must} decided"] = shown(must.decide_by.isoformat() if must.decide_by else None)
        dues[f"{must.must} executed"] = shown(must.execute_by.isoformat() if must.execute_by else None)
    return {name: due.removeprefix(f"{YEAR}-") if due else None for name, due in dues.items()}


def story(at: str) -> Story:
    return Story(year=YEAR).at(at)


def owed() -> Story:
    """A suspension owed since Tuesday 3 June: due on Friday 6 June, and by the calendar on Saturday 7 June… 9 June."""
    return story("06-03").record(v("a")).register("a")


@pytest.mark.clause("§5")
def test_a_registration_that_lies_ahead_is_counted_anew() -> None:
    recorded = story("06-02").record(h("a"))
    assert shown(recorded.end().case.findings[0].registration_due_at.isoformat()) == "2031-06-09 24:00"  # type: ignore[union-attr]
    assert after(recorded, "06-02 10:00")["a registration"] == "06-10 24:00"  # 3, 6, Saturday 7, 9, 10


@pytest.mark.clause("§5")
def test_an_investigation_of_a_later_case_is_counted_anew_and_that_of_phase_1_is_not_counted_in_days() -> None:
    assert after(story("06-02").note(), "06-03")["investigation"] == "06-23 24:00", "two days off, two worked"
    assert after(story("06-02").note(), "06-03", ONLY_WORK)["investigation"] == "06-19 24:00"
    assert after(story("05-06").note(), "05-08")["investigation"] == "05-31 24:00"


@pytest.mark.clause("§5")
def test_the_decision_of_a_must_is_counted_anew_from_when_it_arose() -> None:
    assert after(owed(), "06-03 10:00")["suspend decided"] == "06-09 24:00"  # 6, Saturday 7, 9
    assert after(owed().propose("suspend"), "06-04")["suspend decided"] == "06-09 24:00"


@pytest.mark.clause("§5")
def test_the_execution_is_counted_anew_from_the_decision_and_what_is_decided_stays() -> None:
    told_after = after(owed().propose("suspend").approve("suspend"), "06-04")
    assert (told_after["suspend decided"], told_after["suspend executed"]) == ("06-06 24:00", "06-13 24:00")
    only_off = MADE_UP.model_copy(update={"on": ()})
    assert after(owed().propose("suspend").approve("suspend"), "06-04", only_off)["suspend executed"] == "06-16 24:00"


@pytest.mark.clause("§5")
def test_the_decision_on_an_extension_is_counted_anew() -> None:
    asked = story("06-03").record(h("a")).register("a").extend("a", "06-25 24:00")
    assert after(asked, "06-03 10:00")["a extension"] == "06-09 24:00"
    case = asked.end().case
    assert case is not None and case.findings[0].extension is not None
    old = case.findings[0].extension.model_copy(update={"requested_at": None})
    before = case.findings[0].model_copy(update={"extension": old})
    kept = published(plan(), case.model_copy(update={"findings": (before,)}), MADE_UP, "06-03 10:00")
    assert kept.findings[0].extension == old, "an old log does not say when it was asked for: it stays"


@pytest.mark.clause("§5")
def test_what_has_passed_stays_and_nobody_becomes_late_by_a_publication() -> None:
    late = after(owed(), "06-06 24:00")
    assert late["suspend decided"] == "06-06 24:00", "missed at that instant, which is that of the publication"
    recorded = story("06-02").record(h("a"))
    earlier = after(recorded, "06-07 10:00", ONLY_WORK)
    assert earlier["a registration"] == "06-07 24:00", "a Saturday worked: earlier, and still ahead"
    assert after(recorded, "06-08 10:00", ONLY_WORK)["a registration"] == "06-09 24:00", "it would have passed by now"


@pytest.mark.clause("§4")
def test_what_a_stay_moved_is_moved_by_the_same_time_as_before() -> None:
    lifted = owed().at("06-04").stay("suspend").at("06-05 10:30").lift("suspend")
    assert after(lifted, "06-05 11:00")["suspend decided"] == "06-11 01:30", "9 June 24:00 and 25 hours and a half"
    stayed = owed().at("06-04").stay("suspend")
    assert after(stayed, "07-01")["suspend decided"] == "06-09 24:00", "its clock stood still on 4 June"
    case = stayed.at("07-01").lift("suspend").end().case
    assert case is not None and shown(case.musts[0].decide_by.isoformat()) == "2031-07-03 24:00"  # type: ignore[union-attr]


@pytest.mark.clause("§5")
def test_a_correction_leaves_what_the_first_publication_left() -> None:
    case = published(plan(), story("06-02").record(h("a")).end().case, ONLY_WORK, "06-08 10:00")
    assert case.findings[0].registration_due_at == instant("06-09 24:00", YEAR), "it would have passed by then"
    monday_to_friday = WorkingYear(year=YEAR, source="made up: as it was counted first")
    move = CalendarMove(number=2, at=instant("06-08 11:00", YEAR), phases=case.phases, working_days=monday_to_friday)
    case = apply(case, calendar_moved(plan(), case, move))
    assert case.findings[0].registration_due_at == instant("06-09 24:00", YEAR), "as both calendars say"


@pytest.mark.clause("§5")
def test_a_second_publication_of_the_year_replaces_the_first() -> None:
    case = published(plan(), owed().end().case, MADE_UP, "06-03 10:00")
    move = CalendarMove(number=2, at=instant("06-03 11:00", YEAR), phases=case.phases, working_days=ONLY_WORK)
    case = apply(case, calendar_moved(plan(), case, move))
    assert case.calendar == 2 and case.working_days.years == (ONLY_WORK,)
    assert case.musts[0].decide_by == instant("06-06 24:00", YEAR)


@pytest.mark.clause("§5")
def test_what_follows_is_counted_by_the_published_year() -> None:
    case = published(plan(), story("06-02").note().end().case, MADE_UP, "06-02 10:00")
    assert case.working_days.year(YEAR) == MADE_UP
    assert add_working_days(date(YEAR, 6, 3), 1, case.working_days) == date(YEAR, 6, 6)


@pytest.mark.clause("§5")
def test_a_boundary_that_moves_later_leaves_what_hangs_on_no_boundary() -> None:
    case = published(plan(), story("06-02").record(h("a")).end().case, ONLY_WORK, "06-09 10:00")
    ended = case.phases[-1].model_copy(update={"ends_at": instant("12-30", YEAR)})
    move = CalendarMove(number=2, at=instant("06-09 11:00", YEAR), phases=(*case.phases[:-1], ended))
    moved = apply(case, calendar_moved(plan(), case, move))
    assert moved.findings[0].registration_due_at == instant("06-09 24:00", YEAR)
    assert moved.ends_at == instant("12-30", YEAR)


def test_the_log_tells_the_publication_in_both_languages() -> None:
    case = owed().end().case
    assert case is not None
    move = CalendarMove(number=1, at=instant("06-04", YEAR), phases=case.phases, working_days=MADE_UP)
    zh, en = sentence(plan(), calendar_moved(plan(), case, move))
    assert "2031年工作日安排已公布" in zh and "the working days of 2031 were published" in en


# ---------------------------------------------------------------- what is provisional


@pytest.mark.clause("§5")
def test_what_is_counted_over_an_unpublished_year_is_provisional_until_it_is_published() -> None:
    found = story("06-03").record(v("a"), h("b"), illegal("c"), h("d"))
    told_story = found.register("a", "c", "d").extend("d", "06-25 24:00")
    case = told_story.end().case
    assert case is not None
    clocks = {(c, about) for c, about in provisional(plan(), case)}
    assert clocks == {("registration", "b"), ("decision", "suspend-1"), ("decision", "close-1"), ("extension", "d")}
    assert all(e.provisional and "(provisional)" in e.en and "（暂定）" in e.zh for e in explain(plan(), case))
    followed = published(plan(), case, MADE_UP, "06-03 10:00")
    assert not provisional(plan(), followed)
    assert not any(e.provisional for e in explain(plan(), followed))


@pytest.mark.clause("§5")
def test_a_period_that_reaches_into_an_unpublished_year_is_provisional() -> None:
    """Opened on 29 December 2026 by a plan whose phases lie so: 15 working days end in January."""
    late = Story(year=2026).at("12-29").note().end().case
    early = Story(year=2026).at("11-02").note().end().case
    assert late is not None and early is not None
    assert provisional(plan(), late) == {("investigation", "case")} and not provisional(plan(), early)


def test_days_and_the_end_of_a_phase_are_never_provisional() -> None:
    case = story("05-06").record(h("a")).register("a").end().case
    assert case is not None and not provisional(plan(), case)


@pytest.mark.clause("§5")
def test_the_warning_is_counted_by_what_the_case_carries() -> None:
    due_at, now = instant("06-06 24:00", YEAR), instant("06-03", YEAR)
    assert colour(plan(), due_at, now, WorkingDays()) == "green"
    assert colour(plan(), due_at, now, WorkingDays(years=(MADE_UP,))) == "yellow"
    learn([MADE_UP])
    assert colour(plan(), due_at, now) == "yellow"
