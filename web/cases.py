"""`/cases`: the list, most urgent first; its filters, columns and facets live in the address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from rules.clocks.urgency import colour
from serving.actors import Official
from serving.backing import Behind
from store.campaigns import Campaign, campaigns
from store.case_list import SOON, CaseCursor, CaseRow, Due, case_count, case_page, dues, owed_musts, searched_cases
from web.acting.before import done_before
from web.board import OPEN_STAGES
from web.lists.asked import cases_asked
from web.lists.columns import OF_CASES
from web.lists.facets import due_now, facets_of
from web.lists.tools import list_tools
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
    which = cases_asked(campaign, who, query)
    walk = behind.walk("cases", which, "due")
    after = walk.marked(CaseCursor, query.after)
    now = campaign.now()
    if which.is_narrow:
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
    tools = list_tools(behind, campaign, who, "cases", query, OF_CASES)
    is_dated = {"due", "next_role"} & set(tools["columns"])
    of_each = dues(behind.engine, [row.case_id for row in shown if row.due_at]) if is_dated else {}
    facets = [] if query.facets is False or who.subject else facets_of(behind, campaign, which, query)
    response = page(
        request,
        "cases.html",
        campaign,
        rows=[_row(campaign, row, of_each.get(row.case_id, ())) for row in shown],
        musts=owed_musts(behind.engine, [row.case_id for row in shown]) if "musts" in tools["columns"] else {},
        count=count,
        facets=facets,
        due_counts=due_now(facets, query),
        following=following,
        first=link("/cases", **kept) if after else None,
        here=here,
        query=query,
        before=done_before(behind, who, query.done, query.about),
        open_stages=OPEN_STAGES,
        is_filtered=bool(query.filters),
        **tools,
    )
    return listed_at(request, response, here)


def _row(campaign: Campaign, row: CaseRow, of_each: Sequence[Due]) -> dict[str, Any]:
    """A case as the list shows it: its earliest date, whose that is, and the date of whoever acts next."""
    first = next((due.role for due in of_each if due.due_at == row.due_at), None)
    own = next((due.due_at for due in of_each if due.role == row.next_role), None)
    facts = row.model_dump() | _urgency(campaign, row.due_at)
    of_turn = {"due_at": own, **_urgency(campaign, own)} if own else None
    return {
        **facts,
        "due_of": first if first != row.next_role else None,
        "turn": of_turn if first != row.next_role else None,
    }


def _urgency(campaign: Campaign, due_at: datetime | None) -> dict[str, Any]:
    if due_at is None:
        return {"colour": "green", "days_late": None, "days_left": None}
    now = campaign.now()
    late = (now - due_at).days if due_at <= now else None
    left = (due_at - now).days if now < due_at <= now + SOON else None
    return {"colour": colour(campaign.plan, due_at, now), "days_late": late, "days_left": left}
