"""Lists as an address asks for them: the same for the page, its export, its orders and its counts.

Each raises 422 for a place that the plan does not have, and 403 for one beyond the reader's reach.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from models.actors import Actor
from rules.access.deeds import Place
from serving.actors import officials_only, within
from serving.backing import Backing
from serving.clean import require_place
from serving.paging import Walk
from serving.problems import one_field
from store.campaigns import Campaign
from store.case_list import SOON, CaseFilter
from store.counted import Rows
from store.due_soon import due_soon_page, due_soon_rows
from store.overdue import DeadlineRow, OverdueCursor, OverdueFilter, overdue_page, overdue_rows
from store.supervised import supervised_page, supervised_rows
from store.to_do import to_do_page, to_do_rows
from web.lists.columns import Columns, of_deadlines
from web.queries import BoardQuery, CasesQuery, WorkQuery
from web.workbench import Bench

Page = Callable[[Backing, int, OverdueCursor | None], tuple[DeadlineRow, ...]]


class DeadlinesAsked(NamedTuple):
    """A list of deadlines, as far as the reader may read.

    `question`: by what the marks of its pages are known. `is_missed`: of what was missed, else of what is to be done.
    `page`: the rows after one, most urgent first; `rows`: all of it as of an instant, to be counted.
    """

    question: tuple[str, OverdueFilter, *tuple[str, ...]]
    columns: Columns
    is_missed: bool
    page: Page
    rows: Callable[[datetime], Rows]

    def walk(self, behind: Backing) -> Walk:
        """The list page after page."""
        return behind.walk(*self.question)


def cases_asked(campaign: Campaign, who: Actor, query: CasesQuery) -> CaseFilter:
    """Which cases of the campaign, as far as the reader may read.

    Where a case stood in the past is asked by officials alone: whoever speaks for one subject reads no spans.
    """
    require_place([campaign], district=query.district, sector=query.sector)
    whose = officials_only if query.stood else within
    place = whose(campaign, who, Place(query.district, query.sector))
    return query.which(campaign.campaign_id, place)


def board_asked(campaign: Campaign, who: Actor, query: BoardQuery) -> DeadlinesAsked:
    """What is overdue, or due soon; 403 for whoever speaks for one subject, who has a workbench alone."""
    require_place([campaign], district=query.district, sector=query.sector)
    place = officials_only(campaign, who, Place(query.district, query.sector))
    there = {"campaign_id": campaign.campaign_id, "district": place.district, "sector": place.sector}
    which = OverdueFilter.model_validate({**query.filters, **there})
    plan, now = campaign.plan, campaign.now()

    def overdue(behind: Backing, limit: int, after: OverdueCursor | None) -> tuple[DeadlineRow, ...]:
        return overdue_page(behind.engine, plan, after.as_of if after else now, which, limit, now=now, after=after)

    def due_soon(behind: Backing, limit: int, after: OverdueCursor | None) -> tuple[DeadlineRow, ...]:
        as_of = after.as_of if after else now
        return due_soon_page(behind.engine, plan, as_of, as_of + SOON, which, limit, after)

    def of_overdue(at: datetime) -> Rows:
        return overdue_rows(at, which, now=now)

    def of_due_soon(at: datetime) -> Rows:
        return due_soon_rows(at, at + SOON, which)

    if query.due:
        columns = of_deadlines("to_be_done", "level", urgency="time_left")
        return DeadlinesAsked(("due soon", which), columns, False, due_soon, of_due_soon)
    return DeadlinesAsked(("overdue", which), of_deadlines("missed", urgency="late"), True, overdue, of_overdue)


def work_asked(bench: Bench, query: WorkQuery) -> DeadlinesAsked:
    """What is to be done, or supervised; 422 for what the reader has done, which is no list of deadlines."""
    if query.list == "done":
        raise one_field("list", "已办事项不能导出或保存为视图", "what was done is neither exported nor kept as a view")
    campaign, now, subject = bench.campaign, bench.campaign.now(), bench.subject
    if query.list == "supervised":
        place = bench.place

        def supervised(behind: Backing, limit: int, after: OverdueCursor | None) -> tuple[DeadlineRow, ...]:
            return supervised_page(behind.engine, campaign, now, bench.risen(now), place, limit, after)

        def of_supervised(at: datetime) -> Rows:
            return supervised_rows(campaign, at, bench.risen(at), place)

        question = ("work", place, "supervised")
        return DeadlinesAsked(question, of_deadlines("to_do", "level"), False, supervised, of_supervised)
    which, decisions = bench.own if query.mine else bench.whole, query.list == "decisions"

    def to_do(behind: Backing, limit: int, after: OverdueCursor | None) -> tuple[DeadlineRow, ...]:
        return to_do_page(
            behind.engine, campaign, now, which, limit, subject_id=subject, decisions=decisions, after=after
        )

    def of_to_do(at: datetime) -> Rows:
        return to_do_rows(campaign, at, which, subject, decisions)

    columns = of_deadlines("to_do", "level", "turn") if bench.role else of_deadlines("to_do", "level")
    return DeadlinesAsked(("work", which, query.list or ""), columns, False, to_do, of_to_do)
