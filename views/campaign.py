"""A campaign: its calendar, today, and counts by district and stage."""

from datetime import date, datetime

from models.base import Frozen
from models.instants import day_of
from models.plan import Source
from rules.clocks.periods import phase_at
from store.campaigns import Campaign
from store.counts import CaseCount


class PhaseDocument(Frozen):
    """A phase of the campaign: begins_at <= instant < ends_at."""

    id: str
    begins_at: datetime
    ends_at: datetime
    zh: str
    en: str
    source: Source
    clause: str


class CampaignBrief(Frozen):
    """A campaign in the list; `clock_offset` seconds are added to wall time (zero but in a demonstration)."""

    campaign_id: str
    year: int
    zh: str
    en: str
    notice: str
    phase: str | None
    now: datetime
    clock_offset: int


class CampaignList(Frozen):
    """Every campaign, newest first."""

    campaigns: tuple[CampaignBrief, ...]


class CampaignDocument(CampaignBrief):
    """A campaign with its calendar and its counts."""

    today: date
    plan_id: str
    digest: str
    phases: tuple[PhaseDocument, ...]
    counts: tuple[CaseCount, ...]


def campaign_brief(campaign: Campaign) -> CampaignBrief:
    """The campaign in a line."""
    now = campaign.now()
    return CampaignBrief(
        campaign_id=campaign.campaign_id,
        year=campaign.year,
        zh=campaign.plan.zh,
        en=campaign.plan.en,
        notice=campaign.plan.notice,
        phase=phase_at(campaign.phases, now),
        now=now,
        clock_offset=campaign.clock_offset,
    )


def campaign_document(campaign: Campaign, counts: tuple[CaseCount, ...]) -> CampaignDocument:
    """The campaign whole, with those of its counts that the reader may see."""
    names = {phase.id: phase for phase in campaign.plan.phases}
    return CampaignDocument(
        **dict(campaign_brief(campaign)),
        today=day_of(campaign.now()),
        plan_id=campaign.plan.id,
        digest=campaign.digest,
        phases=tuple(
            PhaseDocument(**dict(dates), **names[dates.id].model_dump(include={"zh", "en", "source", "clause"}))
            for dates in campaign.phases
        ),
        counts=counts,
    )
