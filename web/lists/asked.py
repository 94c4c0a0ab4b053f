"""The list of cases as an address asks for it: the same for the page, its export, its orders and its counts."""

from typing import NamedTuple

from models.actors import Actor
from rules.access.deeds import Place
from serving.actors import officials_only, within
from serving.backing import Backing
from serving.clean import require_place
from store.campaigns import Campaign
from store.case_list import CaseFilter
from web.queries import CasesQuery


class CasesAsked(NamedTuple):
    """Which cases of which campaign, as far as the reader may read."""

    campaign: Campaign
    which: CaseFilter


def cases_asked(behind: Backing, who: Actor, query: CasesQuery) -> CasesAsked:
    """422 for a place that the plan does not have, 403 for one beyond the reader's reach.

    Where a case stood in the past is asked by officials alone: whoever speaks for one subject reads no spans.
    """
    campaign = behind.campaign(query.campaign)
    require_place([campaign], district=query.district, sector=query.sector)
    whose = officials_only if query.stood else within
    place = whose(campaign, who, Place(query.district, query.sector))
    return CasesAsked(campaign, query.which(campaign.campaign_id, place))
