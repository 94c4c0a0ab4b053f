"""Campaigns over HTTP: calendar, today, counts by district and stage."""

from typing import Any

from fastapi import APIRouter, Response

from api.documents import CampaignDocument, CampaignList
from api.schemas import PROBLEMS
from models.instants import day_of
from serving.actors import Official, reach
from serving.answers import answer
from serving.backing import Behind
from store.campaigns import Campaign, campaigns
from store.counts import CaseCount, case_counts

router = APIRouter(prefix="/api/v1", tags=["campaigns"], responses=PROBLEMS)


@router.get("/campaigns", summary="List campaigns. 行动列表。", response_model=CampaignList)
def list_campaigns(who: Official, behind: Behind) -> Response:
    """Every campaign, newest first."""
    return answer({"campaigns": [_brief(campaign) for campaign in campaigns(behind.engine)]})


@router.get("/campaigns/{campaign_id}", summary="Show a campaign. 行动详情。", response_model=CampaignDocument)
def show(who: Official, behind: Behind, campaign_id: str) -> Response:
    """A campaign; counts are those of the districts that the official may read."""
    campaign = behind.campaign(campaign_id)
    own = reach(campaign.plan, who)
    counts: tuple[CaseCount, ...] = behind.lately(
        ("cases", campaign_id), lambda: case_counts(behind.engine, campaign_id)
    )
    names = {phase.id: phase for phase in campaign.plan.phases}
    phases = [
        {**dates.model_dump(), **names[dates.id].model_dump(include={"zh", "en", "source", "clause"})}
        for dates in campaign.phases
    ]
    shown = {
        "today": day_of(campaign.now()),
        "plan_id": campaign.plan.id,
        "digest": campaign.digest,
        "phases": phases,
        "counts": [count for count in counts if own in (None, count.district)],
    }
    return answer({**_brief(campaign), **shown})


def _brief(campaign: Campaign) -> dict[str, Any]:
    now = campaign.now()
    return {
        "campaign_id": campaign.campaign_id,
        "year": campaign.year,
        "zh": campaign.plan.zh,
        "en": campaign.plan.en,
        "notice": campaign.plan.notice,
        "phase": next((p.id for p in campaign.phases if p.begins_at <= now < p.ends_at), None),
        "now": now,
        "clock_offset": campaign.clock_offset,
    }
