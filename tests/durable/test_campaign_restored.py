"""A campaign whose workflow is older than the record, as after a restore of Temporal's database."""

from datetime import timedelta

from models.campaign import CampaignView, MoveRequest
from models.plan import CalendarMove
from models.refusals import Refused
from rules.campaign.decide import moved
from store.campaign_log import calendar_moves, record_move
from tests.durable.test_campaign import HOUR, OFFICE, City, city

__all__ = ["city"]


async def test_a_campaign_that_is_older_than_the_record_learns_its_moves_and_takes_the_next(city: City) -> None:
    """As after a restore of Temporal's database from before a move."""
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    first, old = campaign.phases[0], campaign.phases[0].ends_at
    later = moved(campaign.phases, first.id, "ends", old + timedelta(minutes=10), campaign.now())
    assert not isinstance(later, Refused)
    asked = MoveRequest(
        campaign_id=campaign.campaign_id,
        command_id="of-the-run-that-is-gone",
        by=str(OFFICE),
        reason="inspection",
        phase=first.id,
        edge="ends",
        old_at=old,
        move=CalendarMove(number=1, at=campaign.now(), phases=later),
    )
    record_move(city.engine, asked)
    facts = {"do": "move_boundary", "phase": first.id, "edge": "ends", "reason": "inspection"}
    same = await city.tell(campaign, **facts, to=(old + timedelta(minutes=10)).isoformat())
    assert isinstance(same, Refused) and same.code == "boundary_unchanged", "judged by what the record has"
    view = await city.tell(campaign, **facts, to=(old + timedelta(minutes=20)).isoformat())
    assert isinstance(view, CampaignView) and view.state.calendar == 2
    assert [move["number"] for move in calendar_moves(city.engine, campaign.campaign_id)] == [1, 2]
