"""`/cases/{id}/do/{command}`: the form of a command, and what becomes of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.refusals import note_refused
from models.actors import Actor
from models.case import MustState
from models.commands import COMMAND_MODELS
from models.files import FILES_A_COMMAND
from rules.access.deeds import Place, may
from rules.case.limits import FINDINGS_A_COMMAND
from rules.case.next_steps import next_steps
from rules.words.naming import Both
from rules.words.refusals import refuse
from serving.actors import PROVE_AGAIN, Official, require_proof, require_scope
from serving.audited import asked_by
from serving.backing import Backing, Behind, backing_of
from serving.bodies import LARGEST
from serving.commands import give
from serving.filter_words import CaseId
from serving.forms import Posted, form_with_files, too_many_files
from serving.problems import Trouble, nothing_here, one_field, refused, told_at
from serving.readable import readable_case
from store.campaigns import Campaign
from store.case_log import steps_of, timeline
from store.people import other_inspectors
from views.case import CaseDocument, case_document
from views.forms.command import FormRefused, NotFilledIn, command_facts, with_files
from views.forms.fields import TAKES_FILES, Asked, FormField, fields_of
from views.forms.foreseen import closure_foreseen, declaration_foreseen, rescission_foreseen
from views.forms.labels import BUTTONS
from views.forms.posted import (
    Filled,
    as_asked,
    as_posted,
    number_in,
    posted_value,
    prefilled,
    read,
    rows_posted,
    with_kept,
    written,
)
from views.forms.standing import MOST_RECORDED, recorded_already, standing
from views.forms.steps import VISITED, Offer, instead_of, offer_of
from views.setbacks import BESIDE_MEASURE, BesideMeasure, beside_measure
from views.since import Since, case_since, is_written_over
from views.told import Told
from web.acting.at_field import told_at_field
from web.acting.before import done_before, next_after
from web.acting.fined import LookedAt, to_look_at
from web.acting.own_rows import as_finding, own_row, recorded, recorded_since
from web.acting.taken import NOTHING_TAKEN, take
from web.acting.told import told_next
from web.case import measures_shown
from web.drafts import SEEN, draft_name, moved_on, taken_up, unless_used
from web.evidence import evidence_about
from web.language import language_of
from web.lists.back import back_to
from web.mending import mending, placed
from web.render import act_url, case_url, link, page, visit_url

router = APIRouter(include_in_schema=False)
_FIELDS = 5_000
_ROWS = ("findings",)
"""What has files of its own, row by row."""
_MENDED_HERE = (403, 409, 422, 503)  # a 404 or 413 is no matter of the form
_SHOWN: dict[str, MustState] = {
    **{"approve_measure": "proposed", "return_measure": "proposed"},
    **{"propose_measure": "owed", "record_execution": "decided"},
}
"""Forms beside which the measure stands, with its grounds; and as what it stands there."""


@dataclass
class Way:
    """What the address of a form says: what it is about, the list that it was opened from; what was done just before
    it, and in which case.
    """

    about: str = ""
    back: str = ""
    done: str = ""
    done_in: str = ""


class Form(NamedTuple):
    """A form as the case stands; `since`: what became of the case since the form was opened that was sent.

    `instead`: what may be done about the same thing instead.
    """

    campaign: Campaign
    asked: Asked
    offer: Offer
    way: Way
    since: Since | None = None
    instead: tuple[Offer, ...] = ()


@router.get("/cases/{case_id:case_id}/do/{do}")
def form_page(
    request: Request,
    who: Official,
    behind: Behind,
    case_id: CaseId,
    do: str,
    way: Annotated[Way, Depends()],
    entry: str = "",
    rows: Annotated[int, Query(ge=0, le=FINDINGS_A_COMMAND)] = 0,
) -> Response:
    """The form; why there is none, where the command cannot be given now. What is found on the spot has one form.

    `entry`: the row of the enterprise's own ledger that is recorded as a finding; `rows`: how many findings it has.
    """
    if do in VISITED:
        return RedirectResponse(visit_url(case_id, way.back, done=way.done, done_in=way.done_in), 303)
    form = _form(behind, who, case_id, do, way)
    if not form.offer.refused:
        require_proof(request, do)
    fields = fields_of(form.asked, {"findings": rows} if rows else None)
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
        form = await run_in_threadpool(_form, behind, who, case_id, do, way, sent.values)
        may_take = do in TAKES_FILES and not form.offer.refused
        taken = await take(behind, form.campaign.plan, who, case_id, sent, _ROWS) if may_take else NOTHING_TAKEN
    posted = sent.values
    command_id = (posted.get("command_id") or [str(uuid.uuid4())])[-1]
    entry = posted_value(posted, "entry")

    def again(
        trouble: Trouble | None = None, places: Mapping[str, str] | None = None, fine: LookedAt | None = None
    ) -> Response:
        """The form as the case stands now, with what was written."""
        trouble, next_id = unless_used(trouble, command_id) if trouble else (None, command_id)
        now = _form(behind, who, case_id, do, way, posted)
        fields = as_posted(fields_of(now.asked, rows_posted(posted, FINDINGS_A_COMMAND)), posted)
        fields = with_kept(fields, taken.by_field)
        facts: dict[str, Any] = {"trouble": trouble, "places": places, "entry": entry, "fine": fine}
        return _page(request, now, fields, next_id, posted=posted, **facts)

    if form.offer.refused and command_id in form.asked.case.handled:  # the button was pressed twice
        return _done(request, form, entry, goes_on="next" in posted.get("then", ()))
    wrong = taken.trouble or (too_many_files() if len(taken.files) > FILES_A_COMMAND else None)
    if form.offer.refused:  # somebody was quicker, or may not
        by, why = asked_by(request, who), form.offer.refused[0]
        said = Both(why.zh, why.en)
        await run_in_threadpool(note_refused, behind.records, by, why.code, do, case_id=case_id, said=said)
    if wrong is not None or "more" in posted or form.offer.refused:
        return await run_in_threadpool(again, wrong)
    if trouble := await run_in_threadpool(recorded_since, behind, form.asked, entry, command_id):
        return await run_in_threadpool(again, trouble)
    fields = fields_of(form.asked, rows_posted(posted, FINDINGS_A_COMMAND))
    filled = read(with_kept(fields, taken.by_field), posted)
    try:
        facts = with_files(do, _facts(form.asked, filled, command_id), taken.files)
        _require_unmoved(form, facts, command_id)
        if fine := to_look_at(facts, posted):
            return await run_in_threadpool(again, fine=fine)
        await give(request, behind, who, case_id, facts)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        return await run_in_threadpool(again, told_at_field(trouble, filled.facts), filled.places)
    await run_in_threadpool(recorded, behind, form.asked, entry, facts, asked_by(request, who))
    return _done(request, form, entry, goes_on="next" in posted.get("then", ()))


def _done(request: Request, form: Form, entry: str, *, goes_on: bool) -> Response:
    """On to where somebody is who has done it; the browser forgets what was typed."""
    onward = _onward(form.way, form.asked.case.case_id, form.offer.do, goes_on=goes_on)
    return taken_up(request, RedirectResponse(onward, 303), _draft(form, entry))


def _draft(form: Form, entry: str) -> str:
    """A decision's is of one proposal alone, be it an approval or a return: no reason comes back for another one."""
    do = "decide" if form.asked.shown else form.offer.do
    return draft_name(form.asked.case.case_id, do, form.asked.about, entry, form.asked.shown or "")


def _require_unmoved(form: Form, facts: dict[str, Any], command_id: str) -> None:
    """409 where the command would pass over what was done since; sent again it is given on what stands now."""
    is_known = command_id in form.asked.case.handled  # what was taken is answered as it was
    if form.since and not is_known and is_written_over(form.since, form.offer.do, facts):
        raise moved_on()


def _facts(asked: Asked, filled: Filled, command_id: str) -> dict[str, Any]:
    """The command's facts; Trouble for what makes none."""
    try:
        return command_facts(asked, filled.facts, command_id)
    except FormRefused as wrong:
        remedy = ("请填写", "fill it in") if wrong.refusal.code == "base_missing" else ("请清空", "leave it empty")
        raise told_at("fine.base", refused(wrong.refusal), *remedy) from None
    except NotFilledIn as wrong:
        raise one_field(wrong.field, *wrong.said, *wrong.remedy) from None


def _onward(way: "Way", case_id: str, do: str, *, goes_on: bool) -> str:
    """Where somebody is who has done it: on the page of the list as before, or in the form of what is next."""
    back = back_to(way.back)
    if goes_on:
        return next_after(back, case_id, do)
    return back.with_done(done=do, about=case_id) if back else link(case_url(case_id), done=do)


def _form(behind: Backing, who: Actor, case_id: str, do: str, way: Way, posted: Posted | None = None) -> Form:
    """404 for no command of an official, 403 for one of another office.

    409 for one of a closed case, but where the form was opened before it closed: then it says so itself.
    """
    if do not in COMMAND_MODELS or do in ("open", *VISITED):
        raise nothing_here()
    about = way.about
    campaign, case = readable_case(behind, case_id, who)
    now = campaign.now()
    seen = number_in(posted or {}, SEEN)
    steps = next_steps(campaign.plan, case, who, now)
    offer = offer_of(steps, do, about)
    if offer is None:
        where = Place(case.district, case.subject.sector, case.subject_id)
        if not case.closed and (not_theirs := may(campaign.plan, who, do, where, about)):
            raise refused(not_theirs)
        if not case.closed:
            raise nothing_here()
        is_closed = refuse("case_closed", outcome=case.outcome)
        if not 0 < seen < case.seq:
            raise refused(is_closed)
        offer = Offer(do, about, (), "", Both(*BUTTONS[do]), refused=(is_closed,))
    others = other_inspectors(behind.records, who, case.district)
    about_it = (offer.about or about, offer.refs, offer.shown)
    is_inspector = who.role == "inspector"
    asked = Asked(campaign.plan, case, do, *about_it, others, with_another=is_inspector, by_account=True)
    since = case_since(campaign.plan, timeline(behind.engine, case_id), seen) if 0 < seen < case.seq else None
    return Form(campaign, as_asked(asked, posted or {}), offer, way, since, instead_of(steps, offer))


def _page(
    request: Request,
    form: Form,
    fields: tuple[FormField, ...],
    command_id: str,
    *,
    trouble: Trouble | None = None,
    places: Mapping[str, str] | None = None,
    entry: str = "",
    posted: Posted | None = None,
    fine: LookedAt | None = None,
) -> Response:
    campaign, asked, offer, way, since, others = form
    back = back_to(way.back)
    address = partial(act_url, asked.case.case_id, back=back.address if back else None)
    problem = trouble.problem if trouble else None
    wrong, elsewhere = mending(fields, placed(problem, places))
    document = case_document(campaign, asked.case)
    return page(
        request,
        "act.html",
        campaign,
        status=problem.status if problem else 409 if offer.refused else 200,
        case=document,
        offer=offer,
        fields=fields,
        address=address(offer.do, asked.about),
        back=back,
        before=done_before(backing_of(request), request.state.actor, way.done, way.done_in),
        entry=entry,
        fine=fine,
        command_id=command_id,
        problem=problem,
        wrong=wrong,
        elsewhere=elsewhere,
        draft=_draft(form, entry),
        is_given=posted is not None,
        since=since,
        wrote=written(fields, posted) if posted and offer.refused else (),
        prove_first=problem is not None and problem.code == PROVE_AGAIN,
        stale=problem is not None and problem.code == "shown_differs",
        decided=(decided := _measure(campaign, asked, document)),
        standing=standing(asked, campaign.now()),
        already=recorded_already(asked),
        recorded_before=max(0, len(asked.case.findings) - MOST_RECORDED),
        instead=[(other.names, address(other.do, other.about)) for other in others],
        evidence=evidence_about(asked.case, decided["must"].refs) if decided else (),
        written=_written(request, asked) if decided else None,
        foreseen=_foreseen(request, campaign, asked),
        told_next=_told_next(request, campaign, asked),
    )


def _written(request: Request, asked: Asked) -> BesideMeasure:
    """Beside a measure what inspector and deciders wrote of it before."""
    case_id = asked.case.case_id
    return beside_measure(steps_of(backing_of(request).engine, [case_id], BESIDE_MEASURE).get(case_id, ()))


def _foreseen(request: Request, campaign: Campaign, asked: Asked) -> tuple[Both, ...]:
    """What follows of itself, where that may be more than the form says: measures withdrawn, the case closed, no
    re-inspection.
    """
    if asked.do == "declare_rectified":
        return declaration_foreseen(asked.case, [finding.ref for finding in asked.eligible])
    if (asked.do, asked.about) == ("record_execution", "close"):
        return closure_foreseen(asked.case)
    if asked.do != "rescind_finding":
        return ()
    who: Actor = request.state.actor
    return rescission_foreseen(campaign.plan, asked.case, who, asked.refs, str(uuid.uuid4()), campaign.now())


def _told_next(request: Request, campaign: Campaign, asked: Asked) -> tuple[Told, ...]:
    """Of an approval: who is told of it."""
    if asked.do != "approve_measure":
        return ()
    who: Actor = request.state.actor
    return told_next(backing_of(request), campaign, who, [(asked.case, asked.about)])[0]


def _measure(campaign: Campaign, asked: Asked, document: CaseDocument) -> dict[str, Any] | None:
    """The measure that the form is about, as it stands."""
    state = _SHOWN.get(asked.do)
    musts = (m for m in measures_shown(campaign.plan, asked.case, document) if m["must"].state == state)
    return next((m for m in musts if m["must"].must == asked.about), None)
