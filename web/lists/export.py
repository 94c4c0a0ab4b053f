"""`/cases/export`: the list of cases as it is shown, as a file: filters, columns, order, all pages."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from ledgers.writing.plain_list import write_list
from models.audit import AuditLine
from serving.actors import Official
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.guard import from_our_page
from serving.problems import Trouble
from store.audit import noted
from store.campaigns import Campaign
from store.case_list import CaseCursor, CaseFilter, case_count, case_page, owed_musts
from web.download import download
from web.language import language_of
from web.lists.asked import cases_asked
from web.lists.columns import USUAL, ColumnWord, heading, said
from web.queries import CasesExportQuery
from web.render import speaking

router = APIRouter(include_in_schema=False)
EXPORTED_TO = 20_000
"""Cases of one file."""
_PAGE = 2_000
_LONGEST_FACT = 300


@router.get("/cases/export", dependencies=[Depends(from_our_page)])
def export(request: Request, who: Official, behind: Behind, query: Annotated[CasesExportQuery, Query()]) -> Response:
    """The file; who exported is noted. 422 for a list that is longer than a file may be."""
    campaign, which = cases_asked(behind, who, query)
    now = campaign.now()
    if case_count(behind.engine, which, now, EXPORTED_TO) > EXPORTED_TO:
        raise _too_long()
    words = speaking(1 if language_of(request) == "en" else 0, campaign.plan)
    columns, title = query.columns or USUAL, words["t"]("cases")
    heads = [words["t"]("case_number"), *(words["t"](heading(column)) for column in columns)]
    rows = _rows(behind, which, now, columns, words)
    file = f"{title}.{query.kind}"
    line = AuditLine(kind="exported", by=asked_by(request, who), file=file, facts=_facts(campaign, query))
    with noted(behind.records, line):
        return download(file, lambda path: write_list(path, title, heads, rows), "cases")


def _facts(campaign: Campaign, query: CasesExportQuery) -> dict[str, Any]:
    """What was exported, for the audit log: by which filters, but not whom was looked for."""
    asked = {name: str(value) for name, value in query.view.items() if name not in ("q", "officer", "case", "facets")}
    facts = {"what": "cases", "campaign": campaign.campaign_id, "kind": query.kind, **asked}
    if query.case:
        facts["cases"] = str(len(query.case))
    return {name: value[:_LONGEST_FACT] for name, value in facts.items()}


def _rows(
    behind: Backing, which: CaseFilter, now: datetime, columns: tuple[ColumnWord, ...], words: dict[str, Any]
) -> Iterator[list[str]]:
    """The cases as the page lists them, page by page; the first cell is the id."""
    after: CaseCursor | None = None
    left = EXPORTED_TO
    while left and (page := case_page(behind.engine, which, now, min(_PAGE, left), after, "due")):
        musts = owed_musts(behind.engine, [row.case_id for row in page]) if "musts" in columns else {}
        for row in page:
            yield [row.case_id, *(said(column, row, musts.get(row.case_id, ()), words) for column in columns)]
        left -= len(page)
        after = CaseCursor(case_id=page[-1].case_id, due_at=page[-1].due_at)


def _too_long() -> Trouble:
    zh, en = f"列表超过 {EXPORTED_TO:,} 件，不能一次导出", f"the list has more than {EXPORTED_TO:,} cases"
    remedy = {
        "remedy_zh": "请按辖区、状态等缩小范围后导出",
        "remedy_en": "narrow it by district or stage first",
    }
    return Trouble(422, "too_many_to_export", zh, en, **remedy)
