"""`/cases`: the list, most urgent first; its filters, columns and facets live in the address."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from rules.clocks.urgency import colour
from rules.words.terms import COMMANDS
from serving.actors import Official
from serving.backing import Behind
from store.campaigns import Campaign, campaigns
from store.case_list import SOON, CaseCursor, CaseRow, case_count, case_page, owed_musts, searched_cases
from store.saved_views import shared_with
from web.board import OPEN_STAGES
from web.deeds.orders import offered
from web.lists.asked import cases_asked
from web.lists.columns import COLUMNS, USUAL, heading
from web.lists.export import EXPORTED_TO
from web.lists.facets import due_now, facets_of
from web.lists.views import form_of, views_offered
from web.queries import TICKED, CasesQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_ROWS = 50


@router.get("/cases")
def cases(request: Request, who: Official, behind: Behind, query: Annotated[CasesQuery, Query()]) -> Response:
    """A page of the list; a request by htmx takes the list out of it."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign, which = cases_asked(behind, who, query)
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
    here = link("/cases", **kept, after=query.after)
    following = None
    if len(found) > _ROWS:
        last = CaseCursor(case_id=shown[-1].case_id, due_at=shown[-1].due_at)
        following = link("/cases", **kept, after=walk.mark(last))
    columns = query.columns or USUAL
    facets = [] if query.facets is False else facets_of(behind, campaign, which, query)
    orders = () if query.outcome not in (None, "open") else offered(campaign, who)
    response = page(
        request,
        "cases.html",
        campaign,
        rows=[_row(campaign, row) for row in shown],
        columns=columns,
        all_columns=COLUMNS,
        heading=heading,
        musts=owed_musts(behind.engine, [row.case_id for row in shown]) if "musts" in columns else {},
        count=count,
        facets=facets,
        due_counts=due_now(facets, query),
        following=following,
        first=link("/cases", **kept) if after else None,
        here=here,
        query=query,
        done=query.done if query.done in COMMANDS else None,
        open_stages=OPEN_STAGES,
        is_filtered=bool(query.filters),
        orders=[(what, link(f"/orders/new/{what}", **kept), names) for what, names in orders],
        ticked=TICKED,
        saves=who.person is not None,
        views=views_offered(behind, who),
        shares=tuple(shared_with(who)),
        view_form=form_of(query),
        exported_to=EXPORTED_TO,
    )
    return listed_at(request, response, here)


def _row(campaign: Campaign, row: CaseRow) -> dict[str, Any]:
    facts = row.model_dump()
    if row.due_at is None:
        return {**facts, "colour": "green", "days_late": None, "days_left": None}
    now = campaign.now()
    late = (now - row.due_at).days if row.due_at <= now else None
    left = (row.due_at - now).days if now < row.due_at <= now + SOON else None
    return {**facts, "colour": colour(campaign.plan, row.due_at, now), "days_late": late, "days_left": left}
