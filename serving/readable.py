"""One case, for whoever may read it."""

from models.actors import Actor
from models.case import Case
from rules.access.deeds import Place
from serving.actors import require_reach
from serving.backing import Backing
from serving.problems import no_case
from store.campaigns import Campaign, campaign_of
from store.verify import fold_case


def readable_case(behind: Backing, case_id: str, who: Actor) -> tuple[Campaign, Case]:
    """The case as its log tells it, and its campaign; 404 where there is none, 403 beyond the official's reach."""
    try:
        case = fold_case(behind.engine, case_id).case
    except LookupError:
        raise no_case(case_id) from None
    campaign = campaign_of(behind.engine, case.campaign_id)
    require_reach(campaign.plan, who, Place(case.district, case.subject.sector, case.subject_id))
    return campaign, case
