"""Campaigns over HTTP: calendar, today, counts by district and stage."""

from fastapi import APIRouter, Response

from api.schemas import PROBLEMS
from rules.access.deeds import Place
from serving.actors import Official, reach
from serving.answers import answer
from serving.backing import Behind
from store.campaigns import campaigns
from views.campaign import CampaignDocument, CampaignList, campaign_brief, campaign_document

router = APIRouter(prefix="/api/v1", tags=["campaigns"], responses=PROBLEMS)


@router.get("/campaigns", summary="List campaigns. 行动列表。", response_model=CampaignList)
def list_campaigns(who: Official, behind: Behind) -> Response:
    """Every campaign, newest first."""
    return answer(CampaignList(campaigns=tuple(campaign_brief(c) for c in campaigns(behind.records))))


@router.get("/campaigns/{campaign_id}", summary="Show a campaign. 行动详情。", response_model=CampaignDocument)
def show(who: Official, behind: Behind, campaign_id: str) -> Response:
    """A campaign; counts are those of the districts that the official may read."""
    campaign = behind.campaign(campaign_id)
    own = reach(campaign, who)
    counts = behind.case_counts(campaign_id, Place(own.district, own.sector)) if own.subject is None else ()
    return answer(campaign_document(campaign, counts))
