"""`/campaigns/{id}/weeks`: how findings are put right, where cases stand, what agencies miss, the four musts, by week.

Each plot has its numbers beneath it as a table. A number of cases opens the list of those cases, of past weeks too.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from models.instants import day_of, end_of_day, start_of_day
from rules.access.deeds import Place
from rules.case.stage import NAMES
from rules.words.terms import MUSTS, ROLES
from serving.actors import Official, officials_only
from serving.backing import Backing, Behind
from serving.clean import require_place
from serving.problems import one_field
from store.campaigns import Campaign
from store.spans import STEPS
from store.weeks import Week, Weeks, weekdays, weeks
from web.figures.plot import Plot, bar_plot, line_plot
from web.queries import WeeksQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
_MOST = 60
"""Weeks that are shown, the last ones."""
_SETTLED = timedelta(days=6)
"""Some days after its end a campaign has settled, and nothing changes any more."""
_LESS_OFTEN = 5
"""Counted anew less often than the numbers of the board, by so many times."""


@router.get("/campaigns/{campaign_id}/weeks")
def weeks_page(
    request: Request, who: Official, behind: Behind, campaign_id: str, query: Annotated[WeeksQuery, Query()]
) -> Response:
    """The weeks since the campaign began, as of a day: of what the reader may read."""
    campaign = behind.campaign(campaign_id)
    require_place([campaign], district=query.district)
    place = officials_only(campaign, who, Place(query.district))
    today, begins_on = day_of(campaign.now()), day_of(campaign.phases[0].begins_at)
    if query.as_of is not None and query.as_of > today:
        zh, en = f"晚于今日（{today}）", f"is later than today ({today})"
        raise one_field("as_of", zh, en, "填写今日或以前的日期", "give a day that is not ahead")
    last = min(query.as_of or today, day_of(campaign.phases[-1].ends_at) + _SETTLED)
    found = counted(behind, campaign, begins_on, last, place) if last >= begins_on else Weeks(weeks=(), untold=0)
    shown = found.weeks[-_MOST:]
    return page(
        request,
        "weeks.html",
        campaign,
        query=query,
        place=place,
        as_of=start_of_day(last),
        counted_at=min(campaign.now(), end_of_day(last)),
        begins_at=campaign.phases[0].begins_at,
        today=today,
        is_now=last == today,
        weeks=shown[::-1],
        untold=found.untold,
        is_cut=len(shown) < len(found.weeks),
        plots=_plots(shown),
        roles=_roles(shown),
        stages=tuple(NAMES),
        steps=STEPS,
        musts=tuple(MUSTS),
        steps_so_far={step: sum(sum(week.steps[step].values()) for week in shown) for step in STEPS},
        stood=_stood(campaign, place),
        overdue="/" if last == today else None,
    )


def counted(behind: Backing, campaign: Campaign, begins_on: date, last: date, place: Place) -> Weeks:
    """Counted in the last seconds."""
    of, now, days = campaign.campaign_id, campaign.now(), weekdays(begins_on, last)
    asked = ("weeks", of, last.isoformat(), place.district or "", place.sector or "")
    return behind.lately(
        asked, lambda: weeks(behind.engine, of, days, now, place.district, place.sector), times=_LESS_OFTEN
    )


def _plots(shown: tuple[Week, ...]) -> dict[str, Plot]:
    """Each by its name; series in the order of their legend."""
    ends = [week.ends for week in shown]
    roles = _roles(shown)
    findings = ("put_right_so_far", "open", "overdue")
    return {
        "rate": line_plot({"rate": [week.rate for week in shown]}, ends, top=100),
        "findings": line_plot({name: [getattr(week, name) for week in shown] for name in findings}, ends),
        "stages": bar_plot({stage: [week.stages[stage] for week in shown] for stage in NAMES}, ends),
        "missed": bar_plot({role: [week.missed.get(role, 0) for week in shown] for role in roles}, ends),
        "steps": line_plot({step: _so_far(shown, step) for step in STEPS}, ends),
    }


def _roles(shown: tuple[Week, ...]) -> tuple[str, ...]:
    """Whoever missed something in one of the weeks."""
    return tuple(role for role in ROLES if any(week.missed.get(role) for week in shown))


def _so_far(shown: tuple[Week, ...], step: str) -> list[float | None]:
    """Measures of that step until the end of each week, of those that are shown."""
    found: list[float | None] = []
    whole = 0
    for week in shown:
        whole += sum(week.steps[step].values())
        found.append(whole)
    return found


def _stood(campaign: Campaign, place: Place) -> Callable[[str, Week], str]:
    """The address of the cases that stood in a stage at the end of a week."""

    def address(stage: str, week: Week) -> str:
        where = {"campaign": campaign.campaign_id, "district": place.district, "sector": place.sector}
        return link("/cases", **where, stood=f"{stage}.{week.ends}")

    return address
