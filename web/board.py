"""`/`: what is overdue or due soon and whose turn it is, where the campaign stands, how the districts stand."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from models.case import Stage
from rules.access.deeds import Place
from rules.case.stage import NAMES
from rules.words.terms import COMMANDS
from serving.actors import Official, reach
from serving.backing import Backing, Behind
from store.campaigns import Campaign, campaigns
from store.case_list import SOON
from store.counted import counted as rows_counted
from store.counts import AheadCount, CaseCount, OverdueCount, ahead, overdue_counts
from store.overdue import OverdueCursor
from web.lists.asked import DeadlinesAsked, board_asked
from web.lists.tools import list_tools
from web.phase_bar import phase_bar
from web.queries import BoardQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
OPEN_STAGES: tuple[Stage, ...] = tuple(stage for stage in NAMES if stage != "closed")
_ROWS = 25


@router.get("/")
def board(request: Request, who: Official, behind: Behind, query: Annotated[BoardQuery, Query()]) -> Response:
    """The overdue board of the newest campaign, or of the one that the address names: what the reader may read."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    own = reach(campaign, who)
    if own.subject is not None:
        return RedirectResponse(link("/work", campaign=query.campaign), 303)
    asked = board_asked(campaign, who, query)
    whole = Place(own.district, own.sector)
    missed, cases = missed_now(behind, campaign, whole), counted(behind, campaign, whole)
    soon = coming(behind, campaign, whole)
    response = page(
        request,
        "board.html",
        campaign,
        bar=phase_bar(campaign),
        totals=totals(missed, cases, sum(count.due for count in soon)),
        heat=heat(districts(campaign, whole), cases),
        late=late(districts(campaign, whole), missed),
        query=query,
        open_stages=OPEN_STAGES,
        **_list(behind, campaign, query, asked, missed),
        **list_tools(behind, campaign, who, "board", query, asked.columns),
    )
    return listed_at(request, response, link("/", **query.address, after=query.after))


def districts(campaign: Campaign, place: Place) -> list[str]:
    """Those of the place: all, or the only one that the reader has."""
    return [d.id for d in campaign.plan.districts if place.district in (None, d.id)]


def counted(behind: Backing, campaign: Campaign, place: Place) -> tuple[CaseCount, ...]:
    """The cases of the place, counted in the last seconds."""
    return behind.case_counts(campaign.campaign_id, place)


def coming(behind: Backing, campaign: Campaign, place: Place) -> tuple[AheadCount, ...]:
    """What falls within the next days there, counted in the last seconds."""
    now, of = campaign.now(), campaign.campaign_id
    asked = ("ahead", of, place.district or "", place.sector or "")
    return behind.lately(asked, lambda: ahead(behind.engine, of, now, now + SOON, place.district, place.sector))


def missed_now(behind: Backing, campaign: Campaign, place: Place) -> tuple[OverdueCount, ...]:
    """What is overdue there, counted in the last seconds."""
    of, now, plan = campaign.campaign_id, campaign.now(), campaign.plan
    asked = ("overdue", of, place.district or "", place.sector or "")
    return behind.lately(asked, lambda: overdue_counts(behind.engine, plan, of, now, place.district, place.sector))


def _list(
    behind: Backing, campaign: Campaign, query: BoardQuery, asked: DeadlinesAsked, missed: tuple[OverdueCount, ...]
) -> dict[str, Any]:
    walk = asked.walk(behind)
    after = walk.marked(OverdueCursor, query.after)
    as_of = after.as_of if after else campaign.now()
    rows = asked.page(behind, _ROWS + 1, after)
    count = _told_by_tiles(missed, query) if asked.is_missed else None
    shown = rows[:_ROWS]
    kept = query.address
    following = link("/", **kept, after=walk.mark(OverdueCursor.at(as_of, shown[-1]))) if len(rows) > _ROWS else None
    return {
        "rows": [{"row": row} for row in shown],
        "is_missed": asked.is_missed,
        "count": rows_counted(behind.engine, asked.rows(as_of)) if count is None else count,
        "following": following,
        "first": link("/", **kept) if after else None,
        "here": link("/", **kept, after=query.after),
        "done": query.done if query.done in COMMANDS else None,
    }


def _told_by_tiles(missed: tuple[OverdueCount, ...], query: BoardQuery) -> int | None:
    """How many the list has, where the numbers of the tiles tell it."""
    if set(query.filters) - {"district", "kind"}:
        return None
    return sum(m.missed for m in missed if query.district in (None, m.district) and query.kind in (None, m.kind))


def totals(missed: tuple[OverdueCount, ...], cases: tuple[CaseCount, ...], soon: int) -> dict[str, Any]:
    """The numbers of the tiles: what is overdue by kind and as risen, what falls soon, what is open."""
    kinds = {k: sum(m.missed for m in missed if m.kind == k) for k in ("rectification", "duty")}
    risen = {k: sum(m.missed for m in missed if m.kind == k and m.level == "office") for k in kinds}
    everything = sum(c.cases for c in cases if c.outcome != "void")  # as the figures count
    closed = sum(c.cases for c in cases if c.stage == "closed" and c.outcome != "void")
    return {**kinds, "risen": risen, "soon": soon, "open": everything - closed, "all": everything, "closed": closed}


def heat(districts: list[str], cases: tuple[CaseCount, ...]) -> dict[str, Any]:
    """District × stage, with each cell's warmth from 0 to 5."""
    number = {(c.district, c.stage): c.cases for c in cases}
    hottest = max((number.get((d, s), 0) for d in districts for s in OPEN_STAGES), default=0)
    rows = [
        {
            "stage": stage,
            "cells": [_cell(district, number.get((district, stage), 0), hottest) for district in districts],
            "all": sum(number.get((district, stage), 0) for district in districts),
        }
        for stage in OPEN_STAGES
    ]
    sums = [sum(number.get((district, stage), 0) for stage in OPEN_STAGES) for district in districts]
    return {"districts": districts, "rows": rows, "sums": sums, "all": sum(sums)}


def late(districts: list[str], missed: tuple[OverdueCount, ...]) -> list[dict[str, Any]]:
    """Each district's overdue rectifications and duties, warm in proportion."""
    found: list[dict[str, Any]] = []
    for district in districts:
        here = [m for m in missed if m.district == district]
        kinds = {k: sum(m.missed for m in here if m.kind == k) for k in ("rectification", "duty")}
        found.append({"district": district, **kinds})
    most = max((row[k] for row in found for k in ("rectification", "duty")), default=0)
    for row in found:
        row["cells"] = {k: _cell(row["district"], row[k], most) for k in ("rectification", "duty")}
    return found


def _cell(district: str, count: int, most: int) -> dict[str, Any]:
    warmth = 0 if not count else 1 + min(4, int(5 * count / (most + 1)))
    return {"district": district, "cases": count, "warmth": warmth}
