"""`/inbox`: who was told what, newest first; its filters live in the address."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rules.access.deeds import OFFICIALS, Place
from serving.actors import Official, within
from serving.backing import Backing, Behind
from serving.clean import require_place
from store.campaigns import campaigns
from store.inbox import InboxCursor, InboxFilter, InboxRow, cursor_of, inbox_count, inbox_page
from store.ledger_rows import finding_states
from views.inbox import inbox_list
from web.queries import InboxQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_ROWS = 50
_NAMED = 3
"""Of a notice about several findings so many are described."""
_BEGINNING = 40
"""Characters of a description."""
_TOPIC = "rectification"


@router.get("/inbox")
def inbox(request: Request, who: Official, behind: Behind, query: Annotated[InboxQuery, Query()]) -> Response:
    """A page of the list; a request by htmx takes the list out of it.

    Whoever speaks for a subject has what enterprises are told, of its own cases. An official has the own ones apart.
    """
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    require_place([campaign], district=query.district, sector=query.sector)
    place = within(campaign, who, Place(query.district, query.sector))
    is_told = who.role in OFFICIALS
    is_own = is_told and query.mine is True
    own_role = "enterprise" if who.subject else who.role if is_own else None
    which = InboxFilter(
        campaign_id=campaign.campaign_id,
        topic=query.topic,
        role=own_role or query.told_role,
        officer=None if is_own else query.person,
        mine=who.name if is_own else None,
        district=place.district,
        sector=place.sector,
    )
    walk = behind.walk("inbox", which)
    after = walk.marked(InboxCursor, query.after)
    found = inbox_page(behind.engine, which, _ROWS + 1, after)
    shown, kept, following = found[:_ROWS], query.address, None
    if len(found) > _ROWS:
        following = link("/inbox", **kept, after=walk.mark(cursor_of(shown[-1])))
    response = page(
        request,
        "inbox.html",
        campaign,
        rows=inbox_list(behind.records, campaign.campaign_id, shown, None).inbox,
        problems=_problems(behind, shown),
        count=inbox_count(behind.engine, which),
        following=following,
        first=link("/inbox", **kept) if after else None,
        query=query,
        is_told=is_told,
        is_own=is_own,
    )
    return listed_at(request, response, link("/inbox", **kept, after=query.after))


def _problems(behind: Backing, rows: Sequence[InboxRow]) -> dict[int, list[tuple[str, str]]]:
    """What is to be rectified, by notice: the findings that it is about, each with how its description begins."""
    about = {row.inbox_id: [(row.case_id, ref) for ref in row.about[:_NAMED]] for row in rows if row.topic == _TOPIC}
    keys = sorted({key for of_row in about.values() for key in of_row})
    found = finding_states(behind.engine, keys) if keys else {}
    return {
        notice: [(key[1], _beginning(str(found[key]["description"]))) for key in of_row if key in found]
        for notice, of_row in about.items()
    }


def _beginning(description: str) -> str:
    return description if len(description) <= _BEGINNING else f"{description[:_BEGINNING]}…"
