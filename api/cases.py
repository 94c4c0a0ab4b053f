"""Cases over HTTP: lists and single ones from the record, commands through the desk."""

import asyncio
import hashlib
import uuid
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.schemas import COMMAND_BODY, OPENING_BODY, PROBLEMS
from desk.like_names import like_name_said, named_alike
from engine.hand_in import open_case
from models.actors import Actor
from models.base import Frozen
from models.commands import Open
from models.refusals import Refused
from models.wire import Receipt
from rules.access.deeds import Place
from rules.subjects.credit_code import code_warning
from rules.words.naming import Both
from serving.actors import Official, reading_of, require_scope, within_all
from serving.answers import answer
from serving.audited import refusals_noted
from serving.backing import Backing, Behind
from serving.bodies import Facts
from serving.clean import require_place
from serving.commands import command_of, give
from serving.filter_words import CaseId, ListedWord, OutcomeWord, RoleWord, SourceWord, StageWord
from serving.paging import LONGEST_MARK
from serving.problems import one_field, refused
from serving.readable import readable_case
from store.campaign_log import calendar_moves
from store.campaigns import campaigns
from store.case_list import CaseCursor, CaseFilter, Order, case_page
from store.case_log import timeline as log_of
from views.case import CaseDocument, NextStepsDocument, case_document, next_steps_document
from views.lists import CaseList, case_list
from views.receipt import ReceiptDocument, receipt_document
from views.timeline import TimelineDocument, follows_moves, timeline_document

router = APIRouter(prefix="/api/v1", tags=["cases"], responses=PROBLEMS)


class CaseQuery(Frozen):
    """Every filter of the list; those left out mean all."""

    campaign: str | None = Field(None, description="A campaign; all of them if left out.")
    district: str | None = None
    street: str | None = None
    sector: str | None = None
    stage: StageWord | None = None
    next_role: RoleWord | None = None
    outcome: OutcomeWord | None = Field(None, description="An outcome, or `open`.")
    source: SourceWord | None = None
    listed: ListedWord | None = None
    overdue: bool | None = None
    officer: str | None = Field(None, max_length=100, description="The name of an officer in charge.")
    q: str | None = Field(
        None,
        max_length=100,
        description="Part of the name, of its pinyin initials or of the credit code; or the case's number or id.",
    )
    order: Order = Field("id", description="`due`: most urgent first. A walk through all cases is safe by `id` only.")
    after: str | None = Field(None, max_length=LONGEST_MARK, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=1000)


@router.get("/cases", summary="List cases. 案件列表。", response_model=CaseList)
def list_cases(who: Official, behind: Behind, query: Annotated[CaseQuery, Query()]) -> Response:
    """Cases, page by page."""
    of = [behind.campaign(query.campaign)] if query.campaign is not None else list(campaigns(behind.records))
    require_place(of, district=query.district, sector=query.sector)
    if not of:
        return answer(case_list((), {}, None))
    nows = {campaign.campaign_id: campaign.now() for campaign in of}
    which = _which(query, within_all(of, who, Place(query.district, query.sector)))
    at = nows[query.campaign] if query.campaign else datetime.now(of[0].now().tzinfo)
    walk = behind.walk("cases", which, query.order)
    rows = case_page(behind.engine, which, at, query.limit, walk.marked(CaseCursor, query.after), query.order)
    last = rows[-1] if len(rows) == query.limit else None
    following = walk.mark(CaseCursor(case_id=last.case_id, due_at=last.due_at)) if last else None
    return answer(case_list(rows, nows, following))


def _which(query: CaseQuery, place: Place) -> CaseFilter:
    facts = query.model_dump(exclude={"campaign", "order", "after", "limit"})
    facts |= {"district": place.district, "sector": place.sector, "subject_id": place.subject}
    return CaseFilter.model_validate({**facts, "campaign_id": query.campaign})


@router.post("/cases", summary="Open a case. 纳入排查。", response_model=ReceiptDocument, openapi_extra=OPENING_BODY)
async def open_one(who: Official, behind: Behind, request: Request, facts: Facts) -> Response:
    """Open a case of a subject; sent again with its command_id it has one effect and the same answer."""
    await require_scope(request, behind, who, "open")
    facts = _with_subject_id(facts)
    subject = facts.get("subject")
    subject_id = cast("dict[str, Any]", subject).get("id") if isinstance(subject, dict) else None
    async with refusals_noted(request, behind.records, who, "open", subject_id=subject_id):
        return await _opened(who, behind, facts)


async def _opened(who: Actor, behind: Backing, facts: dict[str, Any]) -> Response:
    name = facts.pop("campaign", None)
    if name is not None and not isinstance(name, str):
        raise one_field("campaign", "须为文字", "is to be text")
    command = command_of({"do": "open", **facts}, who)
    if not isinstance(command, Open):
        raise one_field("do", "此处只能是 open", "is to be `open` here")
    campaign = await asyncio.to_thread(behind.campaign, name)
    subject = command.subject
    client = await behind.temporal()
    reading_of(campaign, who)
    known = await asyncio.to_thread(named_alike, behind.engine, command)
    given = await open_case(client, behind.records, campaign, str(subject.id), command)
    warnings = [code_warning(subject.code)] if subject.code else []
    if known and isinstance(given, Receipt):
        warnings.append(like_name_said(campaign.plan, known, str(subject.id)))
    if isinstance(given, Refused):
        raise refused(given)
    told = answer(receipt_document(given, command, [Both(*warning) for warning in warnings if warning]))
    told.headers["Location"] = f"/api/v1/cases/{quote(given.case_id)}"
    return told


def _with_subject_id(facts: dict[str, Any]) -> dict[str, Any]:
    """A subject without an id gets one that follows from the command's, so that the opening can be sent again."""
    facts.setdefault("command_id", str(uuid.uuid4()))
    subject = facts.get("subject")
    if not isinstance(subject, dict) or cast("dict[str, Any]", subject).get("id") is not None:
        return facts
    digest = hashlib.sha256(str(facts["command_id"]).encode()).hexdigest()[:12]
    return {**facts, "subject": {**cast("dict[str, Any]", subject), "id": f"s-{digest}"}}


@router.get(
    "/cases/{case_id:case_id}/timeline",
    summary="Tell the course of a case. 案件经过。",
    response_model=TimelineDocument,
)
def timeline(who: Official, behind: Behind, case_id: CaseId) -> Response:
    """Everything that happened, oldest first, in both languages."""
    campaign, _ = readable_case(behind, case_id, who)
    log = log_of(behind.engine, case_id)
    moves = calendar_moves(behind.records, campaign.campaign_id) if follows_moves(log) else ()
    return answer(timeline_document(campaign.plan, case_id, log, moves))


@router.get(
    "/cases/{case_id:case_id}/next-steps",
    summary="Tell what you may do in a case now. 当前可办理事项。",
    response_model=NextStepsDocument,
)
def steps(who: Official, behind: Behind, case_id: CaseId) -> Response:
    """Every command of your office with what it is about; `refused` says why one may not be given now."""
    campaign, case = readable_case(behind, case_id, who)
    return answer(next_steps_document(campaign, case, who))


@router.post(
    "/cases/{case_id:case_id}/commands",
    summary="Give a command to a case. 办理案件。",
    response_model=ReceiptDocument,
    openapi_extra=COMMAND_BODY,
)
async def hand_in(request: Request, who: Official, behind: Behind, case_id: CaseId, facts: Facts) -> Response:
    """Hand a command to a case; sent again with its command_id it has one effect and the same answer."""
    command, receipt = await give(request, behind, who, case_id, facts)
    return answer(receipt_document(receipt, command, []))


@router.get("/cases/{case_id:case_id}", summary="Show a case. 案件详情。", response_model=CaseDocument)
def show(who: Official, behind: Behind, case_id: CaseId) -> Response:
    """A case with findings, musts and why they are owed, next actions, unmet deadlines."""
    return answer(case_document(*readable_case(behind, case_id, who)))
