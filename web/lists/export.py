"""`/cases/export`, `/board/export`, `/work/export`: a list as it is shown, as a file: columns, order, all pages."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from ledgers.writing.plain_list import write_list
from models.actors import Actor
from models.audit import AuditLine
from models.instants import day_of, say_due
from serving.actors import Official
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.guard import from_our_page
from serving.problems import Trouble
from store.audit import noted
from store.campaigns import Campaign
from store.case_list import CaseCursor, CaseFilter, CaseRow, Due, case_page, case_rows, dues, owed_musts
from store.counted import Rows, counted
from store.overdue import OverdueCursor
from web.download import download
from web.language import language_of
from web.lists.asked import DeadlinesAsked, board_asked, cases_asked, work_asked
from web.lists.columns import OF_CASES, Column, Columns, said_of_case, said_of_deadline
from web.queries import BoardFileQuery, CasesFileQuery, WorkFileQuery
from web.render import speaking
from web.workbench import bench_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(from_our_page)])
EXPORTED_TO = 20_000
"""Rows of one file."""
_PAGE = 2_000
_LONGEST_FACT = 300
_BESIDE = {("cases", "due"): "due_whose", ("cases", "next_role"): "turn_due"}
"""Columns behind which the file says whose the date is, or until when it is whose turn."""
AnyFileQuery = CasesFileQuery | BoardFileQuery | WorkFileQuery
Words = dict[str, Any]


class Exported(NamedTuple):
    """A list that is written: `what` it is, which is its title too; `all` of it is counted first."""

    what: str
    columns: Columns
    all: Rows


@router.get("/cases/export")
def cases(request: Request, who: Official, behind: Behind, query: Annotated[CasesFileQuery, Query()]) -> Response:
    """The list of cases; who exported is noted. 422 for a list that is longer than a file may be."""
    campaign = behind.campaign(query.campaign)
    which = cases_asked(campaign, who, query)
    of = Exported("cases", OF_CASES, case_rows(which, campaign.now()))
    words, columns = _words(request, campaign), OF_CASES.chosen(query.columns)
    return _file(request, behind, who, campaign, query, of, _of_cases(behind, campaign, which, columns, words))


@router.get("/board/export")
def board(request: Request, who: Official, behind: Behind, query: Annotated[BoardFileQuery, Query()]) -> Response:
    """What is overdue, or due soon, likewise."""
    campaign = behind.campaign(query.campaign)
    return _deadlines(request, behind, who, campaign, query, "board", board_asked(campaign, who, query))


@router.get("/work/export")
def work(request: Request, who: Official, behind: Behind, query: Annotated[WorkFileQuery, Query()]) -> Response:
    """What is to be done, or supervised, likewise."""
    bench = bench_of(behind, who, query.campaign)
    return _deadlines(request, behind, who, bench.campaign, query, "work", work_asked(bench, query))


def _deadlines(
    request: Request,
    behind: Backing,
    who: Actor,
    campaign: Campaign,
    query: BoardFileQuery | WorkFileQuery,
    what: str,
    asked: DeadlinesAsked,
) -> Response:
    of = Exported(what, asked.columns, asked.rows(campaign.now()))
    words, columns = _words(request, campaign), asked.columns.chosen(query.columns)
    return _file(request, behind, who, campaign, query, of, _of_deadlines(behind, campaign, asked, columns, words))


def _words(request: Request, campaign: Campaign) -> Words:
    return speaking(1 if language_of(request) == "en" else 0, campaign.plan)


def _file(
    request: Request,
    behind: Backing,
    who: Actor,
    campaign: Campaign,
    query: AnyFileQuery,
    of: Exported,
    rows: Iterator[list[str]],
) -> Response:
    if (count := counted(behind.engine, of.all, EXPORTED_TO)) > EXPORTED_TO:
        raise _too_long()
    t = _words(request, campaign)["t"]
    title = t(of.what)
    heads = [t("case_number")]
    for column in of.columns.chosen(query.columns):
        beside = _BESIDE.get((of.what, column))
        heads += [t(of.columns.heading(column)), *([t(beside)] if beside else [])]
    file = f"{title} {day_of(campaign.now())}.{query.file}"
    facts = _facts(campaign, query, of.what) | {"rows": count}
    line = AuditLine(kind="exported", by=asked_by(request, who), file=file, facts=facts)
    with noted(behind.records, line):
        return download(file, lambda path: write_list(path, title, heads, rows), of.what)


def _facts(campaign: Campaign, query: AnyFileQuery, what: str) -> dict[str, Any]:
    """What was exported, for the audit log: by which filters, but not whom was looked for."""
    asked = {name: str(value) for name, value in query.view.items() if name not in ("q", "officer", "case", "facets")}
    facts = {**asked, "what": what, "campaign": campaign.campaign_id, "file": query.file}
    if isinstance(query, CasesFileQuery) and query.case:
        facts["cases"] = str(len(query.case))
    return {name: value[:_LONGEST_FACT] for name, value in facts.items()}


def _of_cases(
    behind: Backing, campaign: Campaign, which: CaseFilter, columns: Sequence[Column], words: Words
) -> Iterator[list[str]]:
    """The cases as the page lists them, page by page; the first cell is the id."""
    after: CaseCursor | None = None
    left, now = EXPORTED_TO, campaign.now()
    while left and (page := case_page(behind.engine, which, now, min(_PAGE, left), after, "due")):
        musts = owed_musts(behind.engine, [row.case_id for row in page]) if "musts" in columns else {}
        is_dated = not {"due", "next_role"}.isdisjoint(columns)
        of_each = dues(behind.engine, [row.case_id for row in page]) if is_dated else {}
        for row in page:
            cells = [row.case_id]
            for column in columns:
                cells.append(said_of_case(column, row, musts.get(row.case_id, ()), words))
                if column == "due":
                    cells.append(_whose(row, of_each.get(row.case_id, ()), words))
                elif column == "next_role":
                    cells.append(_own_due(row, of_each.get(row.case_id, ())))
            yield cells
        left -= len(page)
        after = CaseCursor(case_id=page[-1].case_id, due_at=page[-1].due_at)


def _whose(row: CaseRow, of_each: Sequence[Due], words: Words) -> str:
    """Whose the earliest date is, which need not be who acts next."""
    role = next((due.role for due in of_each if due.due_at == row.due_at), None)
    return words["role"](role) if role else ""


def _own_due(row: CaseRow, of_each: Sequence[Due]) -> str:
    """Until when whoever's turn it is has to act."""
    due_at = next((due.due_at for due in of_each if due.role == row.next_role), None)
    return say_due(due_at) if due_at else ""


def _of_deadlines(
    behind: Backing, campaign: Campaign, asked: DeadlinesAsked, columns: Sequence[Column], words: Words
) -> Iterator[list[str]]:
    """The deadlines likewise; the first cell is the id of their case."""
    after: OverdueCursor | None = None
    left, now = EXPORTED_TO, campaign.now()
    while left and (page := asked.page(behind, min(_PAGE, left), after)):
        for row in page:
            said = (
                said_of_deadline(column, row, words, asked.columns, is_missed=asked.is_missed) for column in columns
            )
            yield [row.case_id, *said]
        left -= len(page)
        after = OverdueCursor.at(now, page[-1])


def _too_long() -> Trouble:
    zh, en = f"列表超过 {EXPORTED_TO:,} 行，不能一次导出", f"the list has more than {EXPORTED_TO:,} rows"
    remedy = {
        "remedy_zh": "请按辖区、状态等缩小范围后导出",
        "remedy_en": "narrow it by district or stage first",
    }
    return Trouble(422, "too_many_to_export", zh, en, **remedy)
