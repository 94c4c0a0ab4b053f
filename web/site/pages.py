"""`/site`: the page of an inspector's telephone. What is written there is handed in over the API, as every command."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from models.actors import Actor
from rules.access.deeds import Place, may_steer
from serving.actors import Official, within
from serving.answers import answer
from serving.backing import Backing, Behind
from serving.problems import refused
from store.campaigns import campaigns
from store.case_log import steps_of
from store.overdue import OverdueFilter
from store.people import in_post
from store.to_do import to_do_page
from views.forms.labels import label
from web import assets
from web.queries import PageQuery
from web.render import page
from web.site.again import again_of
from web.site.day import Day, day_of_inspector

router = APIRouter(include_in_schema=False)
AGAIN = ("reinspection", "look_back", "restart")
VISITS = ("investigation", "registration", *AGAIN)
"""Clocks that are met by going there, for the first time or again."""
_ROWS = 50
MODULES = (
    *("page.js", "list.js", "entry.js", "form.js", "findings.js", "inspection.js", "again.js"),
    *("photos.js", "pictures.js", "signature.js", "queue.js", "command.js", "store.js", "text.js"),
)


@router.get("/site")
def site(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """The frame; its lists and forms are made by scripts, from what the telephone keeps."""
    _require_inspector(who)
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    return page(
        request,
        "site.html",
        behind.campaign(query.campaign),
        person=who.person or "",
        modules=[assets.module("site", name) for name in MODULES],
        start=assets.module("site", "page.js"),
        label=label,
    )


@router.get("/site/day")
def site_day(who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """What the telephone takes along."""
    _require_inspector(who)
    return answer(_day(behind, who, query.campaign))


def _require_inspector(who: Actor) -> None:
    if not_theirs := may_steer(who, "record_findings"):
        raise refused(not_theirs)


def _day(behind: Backing, who: Actor, named: str | None) -> Day:
    """The own cases; of whoever has none in charge, those of the office."""
    campaign = behind.campaign(named)
    place, now = within(campaign, who, Place()), campaign.now()
    office = OverdueFilter(
        campaign_id=campaign.campaign_id, district=place.district, sector=place.sector, role="inspector"
    )
    own = office.model_copy(update={"officer": who.name})
    mine = to_do_page(behind.engine, campaign, now, own, _ROWS, clocks=VISITS)
    rows = mine or to_do_page(behind.engine, campaign, now, office, _ROWS, clocks=VISITS)
    here = in_post(behind.records, "inspector", who.territory)
    logs = steps_of(behind.engine, list(dict.fromkeys(row.case_id for row in rows if row.clock in AGAIN)))
    again = {case_id: again_of(campaign.plan, who, log, now) for case_id, log in logs.items()}
    return day_of_inspector(campaign, who, now, rows, again, is_own=bool(mine), here=here)
