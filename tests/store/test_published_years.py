"""Published years are kept with who and why, the newest of a year holds, and nothing of it is ever changed."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from models.actors import Actor, parse_actor
from models.campaign import PUBLISHED, WORKING_DAYS
from models.working_days import WorkingYear
from rules.case.clock_actor import calendar_moved
from rules.case.evolve import apply
from rules.clocks import working_days
from rules.clocks.working_days import is_provisional, official_until
from store.campaign_log import calendar_moves, last_move
from store.campaigns import Campaign, campaign_of
from store.log import record
from store.overdue import OverdueFilter, overdue_page
from store.verify import check_case, fold_case
from store.working_days import publications, publish_year
from tests.cast import OFFICE as OFFICE_WRITTEN
from tests.durable.office import YEAR, command, finding, instant
from tests.durable.publication import MADE_UP, publication
from tests.store.paper import on_paper, opened, write

OTHER = MADE_UP.model_copy(update={"source": "made up, corrected", "on": ()})
OFFICE = Actor.model_validate(parse_actor(OFFICE_WRITTEN))
CASE = "case/karamay-2013-2027/p-1"


@pytest.fixture(autouse=True)
def unlearned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What this process learns here it forgets; the library does not know the year, whatever its version."""
    monkeypatch.setattr(working_days, "_learned", {})
    monkeypatch.setattr(working_days, "_is_official", lambda year: year < YEAR)
    official_until.cache_clear()
    yield
    official_until.cache_clear()


def test_a_year_is_published_once_however_often_and_a_correction_replaces_it(engine: Engine) -> None:
    assert is_provisional(YEAR)
    first, new = publish_year(engine, MADE_UP, OFFICE, "the notice")
    assert new and not is_provisional(YEAR), "the process has learned it"
    turned = MADE_UP.model_copy(update={"off": MADE_UP.off[::-1]})
    assert publish_year(engine, turned, OFFICE, "again") == (first, False)
    second, new = publish_year(engine, OTHER, OFFICE, "the correction")
    assert new and second.number > first.number
    [holds] = publications(engine)
    assert (holds.days, holds.by, holds.reason, holds.digest) == (OTHER, str(OFFICE), "the correction", OTHER.digest)
    assert publish_year(engine, MADE_UP, OFFICE, "back again")[1], "what held before the last one is new again"


def test_a_campaign_that_is_read_counts_by_what_is_published_and_the_process_learns_it(
    engine: Engine, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert campaign.working_days.years == () and campaign.working_days.official_until == official_until()
    publish_year(engine, MADE_UP, OFFICE, "the notice")
    publish_year(engine, WorkingYear(year=2040, source="made up"), OFFICE, "far ahead")
    monkeypatch.setattr(working_days, "_learned", {})
    again = campaign_of(engine, campaign.campaign_id)
    assert again.working_days.years == (MADE_UP,), "2040 is nothing to a case of 2027"
    assert not is_provisional(YEAR) and not is_provisional(2040)


@pytest.mark.parametrize(
    "change",
    ["UPDATE working_years SET days = days", "DELETE FROM working_years", "TRUNCATE working_years"],
)
def test_nobody_changes_what_was_published(
    engine: Engine, superuser: psycopg.Connection, change: LiteralString
) -> None:
    publish_year(engine, MADE_UP, OFFICE, "the notice")
    with pytest.raises(errors.RaiseException, match="append-only"):
        superuser.execute(change)
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(change))
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege)


def test_a_publication_is_a_move_of_the_calendar_that_moves_no_boundary(engine: Engine, campaign: Campaign) -> None:
    move, last = publication(engine, campaign, "05-20"), last_move(engine, campaign.campaign_id)
    assert last is not None and move.model_dump() == last.model_dump() and move.working_days == MADE_UP
    [told] = calendar_moves(engine, campaign.campaign_id)
    assert (told["phase"], told["edge"], told["year"]) == (WORKING_DAYS, PUBLISHED, YEAR)
    now = campaign_of(engine, campaign.campaign_id)
    assert (now.calendar, now.phases) == (1, campaign.phases)


def test_of_two_publications_that_cross_the_newer_holds(engine: Engine, campaign: Campaign) -> None:
    """The first one's publisher reaches the campaign last."""
    publish_year(engine, MADE_UP, OFFICE, "the notice")
    publish_year(engine, OTHER, OFFICE, "the correction")
    assert publication(engine, campaign, "05-20", OTHER, number=1).working_days == OTHER
    assert publication(engine, campaign, "05-21", MADE_UP, number=2).working_days == OTHER
    assert campaign_of(engine, campaign.campaign_id).working_days.years == (OTHER,)


def test_a_step_after_a_publication_is_not_taken_before_it(engine: Engine, campaign: Campaign) -> None:
    """Nobody told the case: its step is refused, the move is handed back with the year, and the rows follow."""
    found = command("record_findings", findings=[finding("F1", "V04")])
    registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
    log = on_paper(campaign, CASE, [("06-01 09:00", found), ("06-01 10:00", registered)])
    case = write(engine, campaign.plan, log)
    assert case.musts[0].decide_by == instant("06-04 24:00")
    publication(engine, campaign, "06-01 11:00")
    note = on_paper(campaign, CASE, [("06-01 12:00", command("add_note", text="later"))])[-1]
    answer = record(engine, campaign.plan, case, note)
    assert answer.transitions == () and answer.move is not None and answer.move.working_days == MADE_UP
    step = calendar_moved(campaign.plan, case, answer.move)
    assert record(engine, campaign.plan, case, step).transitions == (step,)
    case = apply(case, step)
    assert case.musts[0].decide_by == instant("06-07 24:00"), "Friday 4, Saturday 5 and Monday 7"
    assert record(engine, campaign.plan, case, note).transitions == (note,)
    assert check_case(engine, CASE) == [] and fold_case(engine, CASE).case.working_days.years == (MADE_UP,)


def test_what_is_overdue_says_whether_its_due_instant_is_provisional(engine: Engine, campaign: Campaign) -> None:
    write(engine, campaign.plan, (opened(campaign, CASE, instant("06-01 09:00")),))

    def missed() -> list[tuple[str, bool]]:
        rows = overdue_page(engine, campaign.plan, instant("07-30"), OverdueFilter(), 10)
        return [(row.clock, row.provisional) for row in rows]

    assert missed() == [("investigation", True)]
    publish_year(engine, MADE_UP, OFFICE, "the notice")
    assert missed() == [("investigation", False)]
