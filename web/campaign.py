"""`/campaigns/{id}`: where the campaign stands, what happens next, what its plan assumes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from models.plan import Period, Plan
from rules.access.deeds import Place, may_order
from rules.words.assumed import assumed_periods, assumed_said
from rules.words.terms import CLOCKS, OUTCOMES
from serving.actors import Official, reach
from serving.backing import Behind
from store.campaign_log import calendar_moves, coverage
from store.certificate import certificate_of
from store.counts import CaseCount
from web.board import OPEN_STAGES, coming, counted, districts, heat
from web.deeds.campaign import NAMES, offered
from web.deeds.publication import newest_of_each_year
from web.phase_bar import phase_bar
from web.render import named_actor, page

router = APIRouter(include_in_schema=False)
Opened = Annotated[int | None, Query(ge=0)]
_CLOCKS = CLOCKS.keys() - {"extension"}
"""`extension` of a plan is how long one may be; how long it may be decided is `extension_decided`."""
_GRADED = {
    "rectification_general": ("rectification", "general"),
    "rectification_major": ("rectification", "major"),
    "reinspection_general": ("reinspection", "general"),
    "reinspection_major": ("reinspection", "major"),
    "extension_decided": ("extension", None),
}


@router.get("/campaigns/{campaign_id}")
def campaign_page(
    request: Request, who: Official, behind: Behind, campaign_id: str, done: str = "", opened: Opened = None
) -> Response:
    """The page of a campaign; its numbers are those of what the reader may read."""
    campaign = behind.campaign(campaign_id)
    own = reach(campaign, who)
    there, cases, soon = districts(campaign, Place(own.district)), (), ()
    if own.subject is None:
        place = Place(own.district, own.sector)
        cases, soon = counted(behind, campaign, place), coming(behind, campaign, place)
    steers = may_order(who, "open_cases", campaign.plan) is None
    moves = calendar_moves(behind.records, campaign_id)
    hold = {move["number"] for move in newest_of_each_year(moves)}
    return page(
        request,
        "campaign.html",
        campaign,
        offers=offered(behind, campaign, who),
        done=NAMES.get(done),
        opened=opened if done == "open_cases" else None,
        certificate=certificate_of(behind.records, campaign_id),
        moves=[{**m, "by": named_actor(m["by"]), "holds": m["number"] in hold} for m in reversed(moves)],
        replaced=_replaced(moves) if done == "publish_working_days" else None,
        progress=coverage(behind.records, campaign_id) if steers else None,
        bar=phase_bar(campaign),
        heat=heat(there, cases),
        counts=_counts(there, cases),
        soon=soon,
        soon_all=sum(count.due for count in soon),
        clocks=_clocks(campaign.plan),
        assumed=assumed_said(campaign.plan),
        assumed_periods=assumed_periods(campaign.plan),
        open_stages=OPEN_STAGES,
    )


def _replaced(moves: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The publication that the newest one takes the place of; None where it is the first of its year."""
    years = [move for move in moves if move["year"] is not None]
    before = [move for move in years[:-1] if move["year"] == years[-1]["year"]]
    return {**before[-1], "by": named_actor(before[-1]["by"])} if before else None


def _counts(rows_of: list[str], cases: tuple[CaseCount, ...]) -> dict[str, Any]:
    """Districts in rows; stages and those outcomes that occur in columns."""
    open_cases = {(c.district, c.stage): c.cases for c in cases}
    ended = {(c.district, c.outcome): c.cases for c in cases if c.outcome}
    ends = [o for o in OUTCOMES if any(c.outcome == o for c in cases)]
    rows = [
        {
            "district": d,
            "stages": [open_cases.get((d, s), 0) for s in OPEN_STAGES],
            "ends": [ended.get((d, o), 0) for o in ends],
            "all": sum(c.cases for c in cases if c.district == d),
        }
        for d in rows_of
    ]
    return {"ends": ends, "rows": rows, "all": sum(c.cases for c in cases)}


def _clocks(plan: Plan) -> list[dict[str, Any]]:
    """Every period of the plan with where it comes from."""
    found: list[dict[str, Any]] = []
    for name in type(plan.clocks).model_fields:
        period = getattr(plan.clocks, name)
        if isinstance(period, Period):
            clock, grade = _GRADED.get(name, (name if name in _CLOCKS else None, None))
            found.append(_clock(period, clock, own=name, grade=grade))
    for must in plan.musts:
        found.append(_clock(must.decided, "decision", must=must.id))
        found.append(_clock(must.executed, "execution", must=must.id))
    return found


def _clock(
    period: Period, clock: str | None, own: str = "", grade: str | None = None, must: str | None = None
) -> dict[str, Any]:
    return {"clock": clock, "own": own, "grade": grade, "must": must, "period": period}
