"""`/ledgers`: which imports there are; the empty ledger, and the campaign's findings as one that comes back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from desk.ledger import export_rows, refused_import
from ledgers.writing.export import write_export
from ledgers.writing.template import write_template
from models.audit import AuditLine
from rules.access.deeds import Place
from rules.words.naming import Both
from serving.actors import Official, within
from serving.audited import asked_by
from serving.backing import Behind
from serving.clean import require_place
from serving.guard import from_our_page
from store.audit import noted
from store.campaigns import campaigns
from store.jobs import rows_undone
from views.import_check import import_job
from web.download import download
from web.language import language_of
from web.ledgers.door import imports_seen, require_official
from web.queries import ExportQuery, ImportsQuery, PageQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_ROWS = 25
_TEMPLATE, _EXPORT = Both("台账模板", "Ledger template"), Both("台账导出", "Ledger export")


@router.get("/ledgers")
def ledgers(request: Request, who: Official, behind: Behind, query: Annotated[ImportsQuery, Query()]) -> Response:
    """The imports, newest first, page by page; a request by htmx takes the list out of it."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    require_official(campaign, who)
    shown, mark = imports_seen(behind, campaign, who, query.state, query.after, _ROWS)
    undone = rows_undone(behind.records, [job.job_id for job in shown]) if shown else {}
    response = page(
        request,
        "ledgers.html",
        campaign,
        rows=[{"job": import_job(job), "since": job.created_at, "undone": undone.get(job.job_id)} for job in shown],
        imports=refused_import(campaign, who) is None,
        query=query,
        following=link("/ledgers", **query.address, after=mark) if mark else None,
        first=link("/ledgers", **query.address) if query.after else None,
    )
    return listed_at(request, response, link("/ledgers", **query.address, after=query.after))


@router.get("/ledgers/template")
def template(request: Request, who: Official, behind: Behind, query: Annotated[PageQuery, Query()]) -> Response:
    """The empty ledger, with the plan's lists to choose from."""
    campaign = behind.campaign(query.campaign)
    require_official(campaign, who)
    return download(_file(request, _TEMPLATE), lambda path: write_template(path, campaign.plan, campaign.phases))


@router.get("/ledgers/export", dependencies=[Depends(from_our_page)])
def export(request: Request, who: Official, behind: Behind, query: Annotated[ExportQuery, Query()]) -> Response:
    """The findings that the filters leave, within what the post may read; who exported is noted."""
    campaign = behind.campaign(query.campaign)
    require_official(campaign, who)
    require_place([campaign], district=query.district, sector=query.sector)
    place = within(campaign, who, Place(query.district, query.sector))
    which = {"district": place.district, "sector": place.sector, "stage": query.stage, "state": query.finding}
    file, asked = _file(request, _EXPORT), {name: one for name, one in which.items() if one}
    facts = {"what": "ledger", "campaign": campaign.campaign_id, **asked}
    rows = export_rows(behind.engine, campaign, **which)
    with noted(behind.records, AuditLine(kind="exported", by=asked_by(request, who), file=file, facts=facts)):
        return download(file, lambda path: write_export(path, campaign.plan, campaign.phases, rows))


def _file(request: Request, names: Both) -> str:
    """The file's name in the reader's language."""
    return f"{names.en if language_of(request) == 'en' else names.zh}.xlsx"
