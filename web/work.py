"""`/work`: what the reader's post is to do, most urgent first, each line with its way out."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from rules.access.deeds import ACTING, Place
from serving.actors import Official, within
from serving.backing import Behind
from store.campaigns import campaigns
from store.case_log import steps_of
from store.overdue import OverdueCursor, OverdueFilter
from store.to_do import ToDoRow, to_do_count, to_do_page
from views.setbacks import SETTING_BACK, Setback, setbacks
from web.queries import WorkQuery
from web.render import case_url, link, listed_at, page, visit_url

router = APIRouter(include_in_schema=False)
_ROWS = 50
_FORMS = {  # of a clock, the command that meets it
    "investigation": "record_findings",
    "registration": "register",
    "rectification": "declare_rectified",
    "extension": "decide_extension",
    "decision": "approve_measure",
    "execution": "record_execution",
}
_ON_THE_SPOT = ("reinspection", "restart", "look_back")


@router.get("/work")
def work(request: Request, who: Official, behind: Behind, query: Annotated[WorkQuery, Query()]) -> Response:
    """What is to be done by the reader's office, or by the reader alone; a request by htmx takes the list out of it."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    place = within(campaign, who, Place())
    role = who.role if who.role in ACTING else None
    whole = OverdueFilter(campaign_id=campaign.campaign_id, district=place.district, sector=place.sector, role=role)
    own = whole.model_copy(update={"officer": who.name})
    which = own if query.mine else whole
    decisions = query.list == "decisions"
    now = campaign.now()
    walk = behind.walk("work", which, query.list or "")
    after = walk.marked(OverdueCursor, query.after)
    found = to_do_page(
        behind.engine, campaign, now, which, _ROWS + 1, subject_id=place.subject, decisions=decisions, after=after
    )
    shown, kept, following = found[:_ROWS], query.address, None
    steps = steps_of(behind.engine, list(dict.fromkeys(row.case_id for row in shown)), SETTING_BACK)
    back = {case_id: setbacks(log) for case_id, log in steps.items()}
    if len(found) > _ROWS:
        following = link("/work", **kept, after=walk.mark(OverdueCursor.at(now, shown[-1])))
    response = page(
        request,
        "work.html",
        campaign,
        rows=[
            {"row": row, "form": _form(row) if role else case_url(row.case_id), "back": _back(back, row)}
            for row in shown
        ],
        counts=to_do_count(behind.engine, campaign, now, whole, place.subject),
        mine=to_do_count(behind.engine, campaign, now, own) if role and not place.subject else None,
        acts=role is not None,
        decides=who.role in {must.decided_by for must in campaign.plan.musts},
        query=query,
        following=following,
        first=link("/work", **kept) if after else None,
    )
    return listed_at(request, response, link("/work", **kept, after=query.after))


def _back(back: Mapping[str, dict[str, Setback]], row: ToDoRow) -> Setback | None:
    """What came back of it, so that it is to be done again, or differently."""
    return back.get(row.case_id, {}).get(row.about)


def _form(row: ToDoRow) -> str:
    """The form that meets the deadline; of a must that is still to be proposed, that of the proposal."""
    if row.clock in _ON_THE_SPOT:
        return visit_url(row.case_id) + (f"#{row.about}" if row.clock == "reinspection" else "")
    do = "propose_measure" if row.clock == "decision" and row.role == "inspector" else _FORMS[row.clock]
    about: dict[str, Any] = {}
    if row.clock in ("decision", "execution"):
        about = {"about": row.about.rpartition("-")[0]}
    elif row.clock in ("extension", "registration", "rectification"):
        about = {"about": row.about}
    return link(f"{case_url(row.case_id)}/do/{do}", **about)
