"""Beside a proposal: who is told once it is approved."""

import uuid
from collections.abc import Sequence

from models.actors import Actor
from models.case import Case
from serving.backing import Backing
from store.campaigns import Campaign
from store.told import holders
from views.told import Told, told_on_approval


def told_next(
    behind: Backing, campaign: Campaign, who: Actor, proposals: Sequence[tuple[Case, str]]
) -> list[tuple[Told, ...]]:
    """Of each proposed must of a case; whoever could read it is looked up once for all."""
    plan, now = campaign.plan, campaign.now()
    if not proposals:
        return []
    territories = {plan.city, *(case.district for case, _ in proposals)}
    there = holders(behind.records, territories, [case.subject_id for case, _ in proposals], now)
    return [told_on_approval(plan, case, who, must, str(uuid.uuid4()), now, there) for case, must in proposals]
