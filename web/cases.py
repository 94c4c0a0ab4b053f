"""`/cases`: the list, most urgent first; its filters live in the address."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from rules.access.deeds import Place
from rules.clocks.urgency import colour
from serving.actors import Official, within
from serving.backing import Behind
from serving.clean import require_place
from store.campaigns import Campaign, campaigns
from store.case_list import CaseCursor, CaseFilter, CaseRow, case_count, case_page, searched_cases
from web.board import OPEN_STAGES
from web.deeds.orders import offered
from web.queries import CasesQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_ROWS = 50


@router.get("/cases")
def cases(request: Request, who: Official, behind: Behind, query: Annotated[CasesQuery, Query()]) -> Response:
    """A page of the list; a request by htmx takes the list out of it."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    require_place([campaign], district=query.district, sector=query.sector)
    place = within(campaign, who, Place(query.district, query.sector))
    facts = query.model_dump(exclude={"campaign", "after"})
    facts |= {"campaign_id": campaign.campaign_id, "subject_id": place.subject}
    which = CaseFilter.model_validate(facts | {"district": place.district, "sector": place.sector})
    walk = behind.walk("cases", which, "due")
    after = walk.marked(CaseCursor, query.after)
    now = campaign.now()
    if query.q:
        found, count = searched_cases(behind.engine, which, now, _ROWS + 1, after)
    else:
        found = case_page(behind.engine, which, now, _ROWS + 1, after, "due")
        count = case_count(behind.engine, which, now)
    shown = found[:_ROWS]
    kept = query.address
    following = None
    if len(found) > _ROWS:
        last = CaseCursor(case_id=shown[-1].case_id, due_at=shown[-1].due_at)
        following = link("/cases", **kept, after=walk.mark(last))
    response = page(
        request,
        "cases.html",
        campaign,
        rows=[_row(campaign, row) for row in shown],
        count=count,
        following=following,
        first=link("/cases", **kept) if after else None,
        query=query,
        open_stages=OPEN_STAGES,
        is_filtered=bool(query.filters),
        orders=[(link(f"/orders/new/{what}", **kept), names) for what, names in offered(campaign, who)],
    )
    return listed_at(request, response, link("/cases", **kept, after=query.after))


def _row(campaign: Campaign, row: CaseRow) -> dict[str, Any]:
    facts = row.model_dump()
    if row.due_at is None:
        return {**facts, "colour": "green", "days_late": None}
    now = campaign.now()
    late = (now - row.due_at).days if row.due_at <= now else None
    return {**facts, "colour": colour(campaign.plan, row.due_at, now), "days_late": late}
