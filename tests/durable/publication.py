"""A year published for a campaign, as its workflow records it. Made up: no notice of any government says so."""

from datetime import date

import pytest
from sqlalchemy import Engine

from models.campaign import PUBLISHED, WORKING_DAYS, MoveRequest
from models.plan import CalendarMove
from models.working_days import WorkingYear
from rules.clocks import working_days
from store.campaign_log import record_move
from store.campaigns import Campaign
from tests.cast import OFFICE
from tests.durable.office import YEAR, instant

# 1 June is a Tuesday
MADE_UP = WorkingYear(
    year=YEAR,
    source="a notice made up for tests",
    off=(date(YEAR, 6, 2), date(YEAR, 6, 3)),
    on=(date(YEAR, 6, 5),),
)


def publication(
    engine: Engine, campaign: Campaign, at: str, year: WorkingYear = MADE_UP, number: int = 1
) -> CalendarMove:
    """From this instant of the campaign on."""
    asked = MoveRequest(
        campaign_id=campaign.campaign_id,
        command_id=f"publication-{number}",
        by=OFFICE,
        reason="the notice",
        phase=WORKING_DAYS,
        edge=PUBLISHED,
        old_at=instant("01-01 00:00"),
        move=CalendarMove(number=number, at=instant(at), phases=campaign.phases, working_days=year),
    )
    return record_move(engine, asked)


def learn_and_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of later: it has heard of the publication, and its library knows the year."""
    official = working_days._official_day  # pyright: ignore[reportPrivateUsage] -- what an upgrade replaces
    monkeypatch.setattr(working_days, "_learned", {YEAR: MADE_UP})
    monkeypatch.setattr(working_days, "_is_official", lambda year: year <= YEAR)  # pyright: ignore
    monkeypatch.setattr(
        working_days,
        "_official_day",
        lambda day: MADE_UP.is_working_day(day) if day.year == YEAR else official(day),  # pyright: ignore
    )
