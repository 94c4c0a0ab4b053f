"""`/cases/{id}/do/{command}`: the form of a command, and what becomes of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.evidence import ACCEPTED
from models.actors import Actor
from models.commands import COMMAND_MODELS
from models.files import AttachedFile
from rules.access.deeds import Place, may
from rules.case.limits import FINDINGS_A_COMMAND
from rules.case.next_steps import next_steps
from rules.words.naming import Both
from rules.words.refusals import refuse
from rules.words.terms import COMMANDS
from serving.actors import PROVE_AGAIN, Official, require_proof, require_scope
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.bodies import LARGEST
from serving.commands import give
from serving.filter_words import CaseId
from serving.forms import form_with_files
from serving.problems import Trouble, WrongField, nothing_here, one_field, refused
from serving.readable import readable_case
from store.campaigns import Campaign
from store.people import other_inspectors
from views.case import CaseDocument, case_document
from views.forms.command import FormRefused, NotFilledIn, command_facts, with_files
from views.forms.fields import TAKES_FILES, Asked, FormField, fields_of
from views.forms.foreseen import rescission_foreseen
from views.forms.posted import Filled, as_asked, as_posted, place_of, prefilled, read, rows_posted
from views.forms.steps import VISITED, Offer, offer_of
from web.acting.own_rows import as_finding, own_row, recorded, recorded_since
from web.acting.taken import Taken, take
from web.case import measures_shown
from web.evidence import evidence_about
from web.language import language_of
from web.lists.back import back_to
from web.render import act_url, case_url, link, page, visit_url

router = APIRouter(include_in_schema=False)
_FIELDS = 5_000
_MENDED_HERE = (403, 409, 422, 503)  # a 404 or 413 is no matter of the form
_DECIDES = ("approve_measure", "return_measure")


@dataclass
class Way:
    """What the address of a form says: what it is about, the list that it was opened from, what was done before it."""

    about: str = ""
    back: str = ""
    done: str = ""


class Form(NamedTuple):
    """A form as it was asked for."""

    campaign: Campaign
    asked: Asked
    offer: Offer
    way: Way


@router.get("/cases/{case_id:case_id}/do/{do}")
def form_page(
    request: Request,
    who: Official,
    behind: Behind,
    case_id: CaseId,
    do: str,
    way: Annotated[Way, Depends()],
    entry: str = "",
) -> Response:
    """The form; why there is none, where the command cannot be given now. What is found on the spot has one form.

    `entry`: the row of the enterprise's own ledger that is recorded as a finding.
    """
    if do in VISITED:
        return RedirectResponse(visit_url(case_id, way.back), 303)
    form = _form(behind, who, case_id, do, way)
    if not form.offer.refused:
        require_proof(request, do)
    fields = fields_of(form.asked)
    if row := own_row(behind, form.asked, entry):
        fields = prefilled(fields, as_finding(row, language_of(request)))
    return _page(request, form, fields, str(uuid.uuid4()), entry=row.entry_id if row else "")


@router.post("/cases/{case_id:case_id}/do/{do}")
async def hand_in(
    request: Request, who: Official, behind: Behind, case_id: CaseId, do: str, way: Annotated[Way, Depends()]
) -> Response:
    """The command is given; then the list that it came from, the next thing to do, or the case; or the form again."""
    await require_scope(request, behind, who, "read")  # the form shows the case again
    async with form_with_files(request, LARGEST, _FIELDS) as sent:
        if sent.files:
            await require_scope(request, behind, who, "attach")
        form = await run_in_threadpool(_form, behind, who, case_id, do, way)
        may_take = do in TAKES_FILES and not form.offer.refused
        taken = await take(behind, form.campaign.plan, who, case_id, sent) if may_take else Taken(())
    posted = sent.values
    form = form._replace(asked=as_asked(form.asked, posted))
    fields = fields_of(form.asked, rows_posted(posted, FINDINGS_A_COMMAND))
    command_id = (posted.get("command_id") or [str(uuid.uuid4())])[-1]
    entry = (posted.get("entry") or [""])[-1]
    again = partial(_page, request, form, as_posted(fields, posted), command_id, kept=taken.files, entry=entry)
    if taken.trouble is not None:
        return await run_in_threadpool(again, trouble=taken.trouble)
    if "more" in posted or form.offer.refused:
        return await run_in_threadpool(again)
    if trouble := await run_in_threadpool(recorded_since, behind, form.asked, entry, command_id):
        return await run_in_threadpool(again, trouble=trouble)
    filled = read(fields, posted)
    try:
        facts = with_files(do, _facts(form.asked, filled, command_id), taken.files)
        await give(request, behind, who, case_id, facts)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        return await run_in_threadpool(again, trouble=trouble, places=filled.places)
    await run_in_threadpool(recorded, behind, form.asked, entry, facts, asked_by(request, who))
    return RedirectResponse(_onward(way, case_id, do, goes_on="next" in posted.get("then", ())), 303)


def _facts(asked: Asked, filled: Filled, command_id: str) -> dict[str, Any]:
    """The command's facts; Trouble for what makes none."""
    try:
        return command_facts(asked, filled.facts, command_id)
    except FormRefused as wrong:
        raise refused(wrong.refusal) from None
    except NotFilledIn as wrong:
        raise one_field(wrong.field, *wrong.said, *wrong.remedy) from None


def _onward(way: "Way", case_id: str, do: str, *, goes_on: bool) -> str:
    """Where somebody is who has done it: on the page of the list as before, or in the form of what is next."""
    back = back_to(way.back)
    if goes_on:
        kept = back.query.address if back and back.path == "/work" else {}
        return link("/work/next", **kept, done=do, about=case_id)
    return back.with_done(done=do, about=case_id) if back else link(case_url(case_id), done=do)


def _form(behind: Backing, who: Actor, case_id: str, do: str, way: Way) -> Form:
    """404 for no command of an official, 403 for one of another office, 409 for one of a closed case."""
    if do not in COMMAND_MODELS or do in ("open", *VISITED):
        raise nothing_here()
    about = way.about
    campaign, case = readable_case(behind, case_id, who)
    now = campaign.now()
    offer = offer_of(next_steps(campaign.plan, case, who, now), do, about)
    if offer is None:
        if case.closed:
            raise refused(refuse("case_closed", outcome=case.outcome))
        where = Place(case.district, case.subject.sector, case.subject_id)
        if not_theirs := may(campaign.plan, who, do, where, about):
            raise refused(not_theirs)
        raise nothing_here()
    others = other_inspectors(behind.records, who, case.district, now)
    asked = Asked(campaign.plan, case, do, offer.about or about, offer.refs, offer.shown, others)
    return Form(campaign, asked, offer, way)


def _page(
    request: Request,
    form: Form,
    fields: tuple[FormField, ...],
    command_id: str,
    *,
    kept: tuple[AttachedFile, ...] = (),
    trouble: Trouble | None = None,
    places: Mapping[str, str] | None = None,
    entry: str = "",
) -> Response:
    campaign, asked, offer, way = form
    back = back_to(way.back)
    problem = trouble.problem if trouble else None
    wrong: dict[str, WrongField] = {place_of(e.field, places or {}): e for e in (problem and problem.errors) or ()}
    known = {name for field in fields for name in _names(field)}
    document = case_document(campaign, asked.case)
    return page(
        request,
        "act.html",
        campaign,
        status=problem.status if problem else 409 if offer.refused else 200,
        case=document,
        offer=offer,
        fields=fields,
        address=act_url(asked.case.case_id, offer.do, asked.about, back.address if back else None),
        back=back,
        done=way.done if way.done in COMMANDS else None,
        entry=entry,
        command_id=command_id,
        kept=kept,
        accepted=ACCEPTED,
        problem=problem,
        wrong={name: error for name, error in wrong.items() if name in known},
        elsewhere=[error for name, error in wrong.items() if name not in known],
        prove_first=problem is not None and problem.code == PROVE_AGAIN,
        stale=problem is not None and problem.code == "shown_differs",
        decided=(decided := _decided(campaign, asked, document) if asked.do in _DECIDES else None),
        evidence=evidence_about(asked.case, decided["must"].refs) if decided else (),
        foreseen=_foreseen(request, campaign, asked),
    )


def _foreseen(request: Request, campaign: Campaign, asked: Asked) -> tuple[Both, ...]:
    """What follows of itself, where that may be more than the form says: measures withdrawn, the case closed."""
    if asked.do != "rescind_finding":
        return ()
    who: Actor = request.state.actor
    return rescission_foreseen(campaign.plan, asked.case, who, asked.refs, str(uuid.uuid4()), campaign.now())


def _decided(campaign: Campaign, asked: Asked, document: CaseDocument) -> dict[str, Any] | None:
    """The proposal that an approval or a return is about."""
    musts = (m for m in measures_shown(campaign.plan, asked.case, document) if m["must"].state == "proposed")
    return next((m for m in musts if m["must"].must == asked.about), None)


def _names(field: FormField) -> tuple[str, ...]:
    return (field.name, *(name for part in field.parts for name in _names(part)))
