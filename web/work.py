"""`/work`: what a post is to do, most urgent first, each line with its way out; what is supervised; what is done."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from rules.access.deeds import DEEDS
from rules.words.audited import AUDIT_KINDS, AUDIT_OUTCOMES
from rules.words.terms import COMMANDS
from serving.actors import Official
from serving.backing import WORK, Backing, Behind
from store.campaigns import campaigns
from store.case_log import steps_of
from store.counted import COUNTED_TO
from store.done import DONE_WITHIN, DoneCursor, DoneRow, done_beside, done_page
from store.overdue import DeadlineRow, OverdueCursor
from store.to_do import Stayed, stayed
from views.setbacks import SETTING_BACK, Setback, proposals, setbacks
from web.acting.before import done_before
from web.audit_lines import Line, in_words
from web.lists.asked import DeadlinesAsked, work_asked
from web.lists.tools import list_tools
from web.queries import WorkQuery
from web.render import act_url, case_url, link, listed_at, page, visit_url
from web.workbench import Bench, Counts, all_counts, bench_of

router = APIRouter(include_in_schema=False)
_ROWS = 50
_STAYED = 20
_LOOKED_THROUGH = 20
"""Lines of the list among which what is next is looked for."""
_ONE_GO = timedelta(minutes=1)
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
    """What is to be done by the reader's office, or by the reader alone; what is supervised; what the reader has done.

    A request by htmx takes the list out of it.
    """
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    bench = bench_of(behind, who, query.campaign)
    here = link("/work", **query.address, after=query.after)
    tools: dict[str, Any] = {}
    if query.list == "done":
        rows, mark = _done(behind, bench, query)
        listed = sum(len(line["deeds"]) for line in rows)
    else:
        asked = work_asked(bench, query)
        rows, mark = _listed(behind, bench, asked, query, here)
        listed = len(rows)
        tools = list_tools(behind, bench.campaign, who, "work", query, asked.columns)
    counts = _counts(behind, bench, query, listed if mark is None and query.after is None else None)
    deciders = bench.campaign.plan.deciders
    response = page(
        request,
        "work.html",
        bench.campaign,
        rows=rows,
        counts=counts,
        acts=bench.role is not None,
        decides=who.role in deciders,
        has_decisions=bench.role is None or who.role in {*deciders, *DEEDS["decide_extension"].roles},
        days=DONE_WITHIN.days,
        counted_to=COUNTED_TO,
        query=query,
        here=here,
        before=done_before(behind, who, query.done, query.about),
        following=link("/work", **query.address, after=mark) if mark else None,
        first=link("/work", **query.address) if query.after else None,
        stayed=_stayed(behind, bench, query),
        is_missed=False,
        beside=_beside(behind, bench) if query.list == "done" and query.after is None else (),
        kinds=AUDIT_KINDS,
        outcomes=AUDIT_OUTCOMES,
        **tools,
    )
    return listed_at(request, response, here)


def _stayed(behind: Backing, bench: Bench, query: WorkQuery) -> tuple[Stayed, ...]:
    """What waits for the reader's office without a date, and is in no list of deadlines."""
    lifts = bench.who.role in DEEDS["lift_stay"].roles
    return stayed(behind.engine, bench.whole, _STAYED) if lifts and not query.list and not query.after else ()


def _counts(behind: Backing, bench: Bench, query: WorkQuery, whole: int | None) -> Counts:
    """How many each list has; counted anew where the one that is shown whole (`whole` entries) has another number."""
    counts = all_counts(behind, bench, bench.campaign.now())
    shown = {
        "decisions": counts.office.decisions,
        "supervised": counts.supervised,
        "done": counts.done,
        None: counts.mine if query.mine else counts.office.all,
    }
    if whole is None or (query.list and query.mine) or shown[query.list] in (whole, None):
        return counts
    behind.forget(WORK)
    return all_counts(behind, bench, bench.campaign.now())


@router.get("/work/next")
def next_one(who: Official, behind: Behind, query: Annotated[WorkQuery, Query()]) -> Response:
    """The form of what is most urgent in the list; the list where nothing is left, or for whoever acts in no case."""
    bench = bench_of(behind, who, query.campaign)
    asked = query.model_copy(update={"after": None, "list": query.list if query.list == "decisions" else None})
    here = link("/work", **asked.address)
    rows = work_asked(bench, asked).page(behind, _LOOKED_THROUGH, None)
    if not rows or bench.role is None:
        return RedirectResponse(link("/work", **asked.address, done=query.done, about=query.about), 303)
    done = query.done if query.done in COMMANDS else None
    ahead = _not_refused_yet(behind, rows) or rows[0]
    return RedirectResponse(_form(ahead, here, done=done, done_in=query.about if done else None), 303)


def _not_refused_yet(behind: Backing, rows: Sequence[DeadlineRow]) -> DeadlineRow | None:
    """The most urgent that does not wait for the enterprise, as a restart that was refused does; None for none."""
    steps = steps_of(behind.engine, list({row.case_id for row in rows if row.clock == "restart"}), SETTING_BACK)
    back = {case_id: setbacks(log) for case_id, log in steps.items()}
    return next((row for row in rows if row.clock != "restart" or not _back(back, row)), None)


def _listed(
    behind: Backing, bench: Bench, asked: DeadlinesAsked, query: WorkQuery, here: str
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of what is to be done, each with the form or page that it leads to; and the mark of the next page."""
    walk = asked.walk(behind)
    found = asked.page(behind, _ROWS + 1, walk.marked(OverdueCursor, query.after))
    shown = found[:_ROWS]
    mark = walk.mark(OverdueCursor.at(bench.campaign.now(), shown[-1])) if len(found) > _ROWS else None
    steps = steps_of(behind.engine, list(dict.fromkeys(row.case_id for row in shown)), SETTING_BACK)
    back = {case_id: setbacks(log) for case_id, log in steps.items()}
    rows: list[dict[str, Any]] = [
        {
            "row": row,
            "form": _way_out(bench, row, here),
            "acts": row.role == bench.role,
            "back": _back(back, row),
            "proposed": proposals(steps.get(row.case_id, ())).get(row.about) if row.clock == "decision" else None,
        }
        for row in shown
    ]
    return rows, mark


def _back(back: Mapping[str, dict[str, Setback]], row: DeadlineRow) -> Setback | None:
    """What came back of it, so that it is to be done again, or differently."""
    return back.get(row.case_id, {}).get(row.about)


def _way_out(bench: Bench, row: DeadlineRow, here: str) -> str:
    """The form, for whoever is to fill it in; else the case."""
    return _form(row, here) if row.role == bench.role else link(case_url(row.case_id), back=here)


def _form(row: DeadlineRow, here: str, **before: str | None) -> str:
    """The form that meets the deadline; of a must that is still to be proposed, that of the proposal.

    `before`: what was done just before it, and in which case.
    """
    if row.clock in _ON_THE_SPOT:
        return visit_url(row.case_id, here, **before) + (f"#{row.about}" if row.clock == "reinspection" else "")
    do = "propose_measure" if row.clock == "decision" and row.role == "inspector" else _FORMS[row.clock]
    about: str | None = None
    if row.clock in ("decision", "execution"):
        about = row.about.rpartition("-")[0]
    elif row.clock in ("extension", "registration", "rectification"):
        about = row.about
    return act_url(row.case_id, do, about, here, **before)


def _done(behind: Backing, bench: Bench, query: WorkQuery) -> tuple[list[dict[str, Any]], str | None]:
    """A page of what the reader has done; and the mark of the next page."""
    person, campaign_id = bench.who.person, bench.campaign.campaign_id
    if person is None:
        return [], None
    walk = behind.walk("done", campaign_id, person)
    after = walk.marked(DoneCursor, query.after)
    found = done_page(behind.engine, campaign_id, person, bench.campaign.now(), _ROWS + 1, after)
    shown = found[:_ROWS]
    mark = None
    if len(found) > _ROWS:
        mark = walk.mark(DoneCursor(at=shown[-1].at, case_id=shown[-1].case_id, seq=shown[-1].seq))
    return in_one_go(shown), mark


def in_one_go(rows: Sequence[DoneRow]) -> list[dict[str, Any]]:
    """The steps of a case within a minute as one line, its deeds in their order: of a row of an import three."""
    lines = list[dict[str, Any]]()
    last = dict[str, dict[str, Any]]()
    for row in rows:  # the newest first
        line = last.get(row.case_id)
        if line is None or line["row"].at - row.at > _ONE_GO:
            line = last[row.case_id] = {"row": row, "deeds": []}
            lines.append(line)
        line["deeds"].insert(0, row.do)
    return lines


def _beside(behind: Backing, bench: Bench) -> list[Line]:
    """The latest of what the reader has done beside the cases, in words."""
    person = bench.who.person
    found = done_beside(behind.records, person, datetime.now(UTC), _ROWS) if person else ()
    return in_words(behind, found, bench.campaign.plan)
