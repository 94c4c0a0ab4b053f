"""Who was told what: whose turn it is, what was proposed, decided, judged, missed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.schemas import PROBLEMS
from models.base import Frozen
from rules.access.deeds import Place
from serving.actors import Official, officials_only
from serving.answers import answer
from serving.backing import Behind
from serving.clean import require_place
from serving.filter_words import RoleWord, TopicWord
from serving.paging import LONGEST_MARK
from store.inbox import InboxCursor, InboxFilter, cursor_of, inbox_page
from views.inbox import InboxList, inbox_list

router = APIRouter(prefix="/api/v1", tags=["inbox"], responses=PROBLEMS)


class InboxQuery(Frozen):
    """Every filter of `rectify inbox`; those left out mean all."""

    campaign: str | None = Field(None, description="A campaign; the newest if left out.")
    topic: TopicWord | None = None
    role: RoleWord | None = Field(None, description="The role that was told.")
    district: str | None = Field(None, description="The district in which it was told.")
    sector: str | None = None
    officer: str | None = Field(None, max_length=100, description="Told by that name, not to the whole role.")
    after: str | None = Field(None, max_length=LONGEST_MARK, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=1000)


@router.get("/inbox", summary="List who was told what. 通知列表。", response_model=InboxList)
def list_inbox(who: Official, behind: Behind, query: Annotated[InboxQuery, Query()]) -> Response:
    """Notices, newest first, page by page; what every official of the place may read, read marks are not kept."""
    campaign = behind.campaign(query.campaign)
    require_place([campaign], district=query.district, sector=query.sector)
    place = officials_only(campaign, who, Place(query.district, query.sector))
    facts = query.model_dump(include={"topic", "role", "officer"})
    which = InboxFilter(campaign_id=campaign.campaign_id, district=place.district, sector=place.sector, **facts)
    walk = behind.walk("inbox", which)
    rows = inbox_page(behind.engine, which, query.limit, walk.marked(InboxCursor, query.after))
    following = walk.mark(cursor_of(rows[-1])) if len(rows) == query.limit else None
    return answer(inbox_list(behind.records, campaign.campaign_id, rows, following))
