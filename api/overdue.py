"""What is overdue, and whose turn it is."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.schemas import PROBLEMS
from models.base import Frozen
from models.instants import parse_due
from rules.access.deeds import Place
from serving.actors import Official, officials_only
from serving.answers import answer
from serving.backing import Behind
from serving.clean import require_place
from serving.filter_words import KindWord, RoleWord, StageWord
from serving.paging import LONGEST_MARK
from serving.problems import one_field
from store.overdue import OverdueCursor, OverdueFilter, overdue_page
from views.lists import OverdueList, overdue_list

router = APIRouter(prefix="/api/v1", tags=["overdue"], responses=PROBLEMS)


class OverdueQuery(Frozen):
    """Every filter of `rectify overdue`; those left out mean all."""

    campaign: str | None = Field(None, description="A campaign; the newest if left out.")
    district: str | None = None
    sector: str | None = None
    stage: StageWord | None = None
    role: RoleWord | None = Field(None, description="The role that is late.")
    kind: KindWord | None = None
    officer: str | None = Field(None, max_length=100, description="The name of an officer in charge.")
    as_of: str | None = Field(None, max_length=40, description="An instant or a day; now if left out.")
    after: str | None = Field(
        None, max_length=LONGEST_MARK, description="`next` of the page before; it keeps that page's instant."
    )
    limit: int = Field(50, ge=1, le=1000)


@router.get("/overdue", summary="List what is overdue. 逾期事项列表。", response_model=OverdueList)
def list_overdue(who: Official, behind: Behind, query: Annotated[OverdueQuery, Query()]) -> Response:
    """Missed deadlines, longest overdue first, page by page."""
    campaign = behind.campaign(query.campaign)
    require_place([campaign], district=query.district, sector=query.sector)
    place = officials_only(campaign, who, Place(query.district, query.sector))
    facts = query.model_dump(include={"stage", "role", "kind", "officer"})
    which = OverdueFilter(campaign_id=campaign.campaign_id, district=place.district, sector=place.sector, **facts)
    now, asked = campaign.now(), _instant(query.as_of)
    walk = behind.walk("overdue", which)
    after = walk.marked(OverdueCursor, query.after)
    if after and asked and asked != after.as_of:
        zh, en = "与翻页标记的时刻不同", "is not the instant of the page before"
        raise one_field("as_of", zh, en, "翻页时省略 as_of", "leave as_of out where `after` is given")
    as_of = after.as_of if after else asked or now
    rows = overdue_page(behind.engine, campaign.plan, as_of, which, query.limit, now=now, after=after)
    last = rows[-1] if len(rows) == query.limit else None
    following = walk.mark(OverdueCursor.at(as_of, last)) if last else None
    return answer(overdue_list(campaign.campaign_id, as_of, rows, following))


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_due(text)
    except ValueError:
        zh, en = "不是有效时刻", "is no instant"
        raise one_field("as_of", zh, en, "如 2027-08-15 或 2027-08-15T09:00", "as 2027-08-15T09:00") from None
