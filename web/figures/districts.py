"""`/campaigns/{id}/figures`: by district and sector what was looked at, found, put right, missed and executed.

Each number opens a list of cases, and is how many that list has.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from rules.access.deeds import Place
from serving.actors import Official, officials_only
from serving.backing import Backing, Behind
from store.campaigns import Campaign
from store.case_facts import Figures, figures
from web.board import districts
from web.render import link, page

router = APIRouter(include_in_schema=False)
_FILTERS: dict[str, dict[str, str]] = {
    "cases": {},
    "investigated": {"investigated": "true"},
    "found": {"found": "true"},
    "in_time": {"in_time": "true"},
    "overdue": {"overdue": "true"},
    "owed": {"musts": "owed"},
    "executed": {"musts": "executed"},
}
"""Each column with the filters of its list."""
_OF = {
    "investigated": "cases",
    "found": "investigated",
    "in_time": "found",
    "overdue": "cases",
    "executed": "with_must",
}
"""Of what a number is a share."""


class Cell(NamedTuple):
    """A number, where its cases are, and what share it is of how many; None where there is nothing to be a share of."""

    column: str
    number: int
    address: str
    rate: int | None
    whole: int


class Row(NamedTuple):
    """All, a district, or a sector in a district (`sector` may be None: cases of no sector)."""

    kind: str
    district: str | None
    sector: str | None
    cells: tuple[Cell, ...]


@router.get("/campaigns/{campaign_id}/figures")
def figures_page(request: Request, who: Official, behind: Behind, campaign_id: str) -> Response:
    """The figures of what the reader may read."""
    campaign = behind.campaign(campaign_id)
    place = officials_only(campaign, who, Place())
    found = counted(behind, campaign, place)
    return page(request, "figures.html", campaign, rows=_rows(campaign, place, found), columns=tuple(_FILTERS))


def counted(behind: Backing, campaign: Campaign, place: Place) -> tuple[Figures, ...]:
    """Counted in the last seconds."""
    of, now = campaign.campaign_id, campaign.now()
    asked = ("figures", of, place.district or "", place.sector or "")
    return behind.lately(asked, lambda: figures(behind.engine, of, now, place.district, place.sector))


def _rows(campaign: Campaign, place: Place, found: tuple[Figures, ...]) -> list[Row]:
    """The whole first, then each district and its sectors in the plan's order; who reads one alone has it in each."""
    order = {sector.id: number for number, sector in enumerate(campaign.plan.sectors)}
    rows = [_row(campaign, "all", None, None, found)] if place.district is None else []
    for district in districts(campaign, place):
        here = [one for one in found if one.district == district]
        rows.append(_row(campaign, "district", district, None, here))
        if place.sector is None:  # of one sector the district's row says it
            for one in sorted(here, key=lambda of: order.get(of.sector or "", len(order))):
                rows.append(_row(campaign, "sector", district, one.sector, [one]))
    return rows


def _row(campaign: Campaign, kind: str, district: str | None, sector: str | None, of: Sequence[Figures]) -> Row:
    counts: dict[str, Any] = {name: sum(getattr(one, name) for one in of) for name in (*_FILTERS, "with_must")}
    where = {"campaign": campaign.campaign_id, "district": district, "sector": sector, "void": "false"}
    where |= {"no_sector": "true"} if kind == "sector" and sector is None else {}
    cells = tuple(
        Cell(column, counts[column], link("/cases", **where, **filters), *_rate(counts, column))
        for column, filters in _FILTERS.items()
    )
    return Row(kind, district, sector, cells)


def _rate(counts: dict[str, int], column: str) -> tuple[int | None, int]:
    whole = counts[_OF[column]] if column in _OF else 0
    return ((200 * counts[column] + whole) // (2 * whole) if whole else None), whole  # a half counts up
