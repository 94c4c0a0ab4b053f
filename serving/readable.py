"""One case, for whoever may read it: one that lies beyond the reader is answered as one that there is not.

With the same status, code and sentence, after the same statements: neither the answer nor its time tells them apart.
"""

from models.actors import Actor
from models.case import Case
from models.case_ids import campaign_in
from models.refusals import Refused
from rules.access import deeds as access
from serving.actors import reading_of
from serving.backing import Backing
from serving.problems import no_case
from store.campaigns import Campaign, UnknownCampaign, campaign_of
from store.case_ids import place_of_case
from store.verify import fold_case


def readable_case(behind: Backing, case_id: str, who: Actor) -> tuple[Campaign, Case]:
    """The case as its log tells it, and its campaign; 404 for one that is not there or lies beyond.

    Where it lies is asked before the log: the longer the log of a foreign case, the longer it would take.
    """
    campaign, is_readable = _looked_up(behind, case_id, who)
    try:
        if is_readable:
            return campaign, fold_case(behind.engine, case_id).case
    except LookupError:  # of a read model that knows more than the log: rectify readmodel verify tells it
        pass
    raise no_case(case_id)


def require_readable(behind: Backing, case_id: str, who: Actor) -> None:
    """404 as above, before a command is handed in; for the audit it is noted which of the two it was."""
    campaign, is_readable = _looked_up(behind, case_id, who)
    if not is_readable:
        raise no_case(case_id, _why_not(behind, campaign, case_id, who))


def _looked_up(behind: Backing, case_id: str, who: Actor) -> tuple[Campaign, bool]:
    """The campaign that the id names, and whether its case may be read; from here on nothing else is shown."""
    try:
        campaign = campaign_of(behind.records, campaign_in(case_id))
    except UnknownCampaign:
        raise no_case(case_id, "unknown_case") from None
    own = reading_of(campaign, who)
    try:
        there = place_of_case(behind.engine, case_id)
    except LookupError:
        return campaign, False
    return campaign, not isinstance(own, Refused) and own.holds(there)


def _why_not(behind: Backing, campaign: Campaign, case_id: str, who: Actor) -> str:
    """For the audit alone: a foreign case, and what of it is foreign, or none at all."""
    try:
        refused = access.out_of_reach(campaign.plan, who, place_of_case(behind.records, case_id))
    except LookupError:
        return "unknown_case"
    return refused.code if refused else "unknown_case"
