"""Publishing the official calendar of a year: kept once, then a move of the calendar of every campaign it concerns."""

import asyncio
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Engine
from temporalio.client import Client

from desk.campaign import steer
from desk.refusals import noted_refusal
from models.actors import Actor
from models.base import Frozen
from models.campaign import PublishWorkingDays
from models.refusals import Refused
from models.working_days import WorkingYear
from rules.access.deeds import may_order
from rules.campaign.decide import wrong_year
from rules.clocks.working_days import years_reached
from store.campaigns import Campaign, campaigns
from store.working_days import Publication, publish_year

_TOLD_BEFORE, _OVER = "command_id_reused", "campaign_over"
"""What a campaign says that took the publication from somebody else, and one that settles as it is."""


class Published(Frozen):
    """A publication; whether it is a `new` one; the campaigns whose running cases follow it."""

    publication: Publication
    new: bool
    campaigns: tuple[str, ...]


async def publish(client: Client, engine: Engine, days: WorkingYear, by: Actor, reason: str) -> Published | Refused:
    """Publish a year; done again with the same content it goes on where it was cut short, and tells nobody twice."""
    if refused := may_order(by, "publish_working_days") or wrong_year(days):
        return await asyncio.to_thread(noted_refusal, engine, by, refused, "publish_working_days")
    publication, new = await asyncio.to_thread(publish_year, engine, days, by, reason)
    told: list[str] = []
    for campaign in await asyncio.to_thread(campaigns, engine):
        if days.year in years_reached(campaign.phases):
            answer = await steer(
                client, engine, campaign, _command(publication, campaign, by), unnoted=(_TOLD_BEFORE, _OVER)
            )
            knows = not isinstance(answer, Refused) or answer.code == _TOLD_BEFORE
            if knows:
                told.append(campaign.campaign_id)
    return Published(publication=publication, new=new, campaigns=tuple(sorted(told)))


def _command(publication: Publication, campaign: Campaign, by: Actor) -> PublishWorkingDays:
    """Under the same id however often it is made: the campaign takes it once. By whoever asks now, who signs it."""
    name = f"rectify/working-days/{publication.number}/{campaign.campaign_id}"
    return PublishWorkingDays.model_validate(
        {
            "by": by,
            "command_id": str(uuid5(NAMESPACE_URL, name)),
            "days": publication.days,
            "reason": publication.reason,
        }
    )
