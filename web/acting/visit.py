"""`/cases/{id}/visit`: what is found on the spot, in one form: verdicts, the acceptance of a restart, the look-back.

Each part is the command that it always was, with an id of its own; what became of each is told.
"""

import uuid
from collections.abc import AsyncIterator, Mapping
from functools import partial
from itertools import chain
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from models.actors import Actor
from models.case import Case
from models.files import AttachedFile
from rules.access.deeds import Place, may
from rules.case.limits import FINDINGS_A_COMMAND
from rules.case.next_steps import next_steps
from rules.words.naming import Both
from rules.words.refusals import refuse
from serving.actors import Official, require_reasons, require_scope
from serving.backing import Backing, Behind
from serving.bodies import LARGEST
from serving.commands import command_of, give
from serving.filter_words import CaseId
from serving.forms import Posted, form_with_files
from serving.problems import Problem, Trouble, refused
from serving.readable import readable_case
from store.campaigns import Campaign
from store.case_log import timeline
from store.people import other_inspectors
from views.case import CaseDocument, case_document
from views.forms.fields import Asked, FormField, fields_of_every_command
from views.forms.labels import BUTTONS
from views.forms.posted import as_asked, as_posted, number_in, posted_value, with_kept
from views.forms.steps import Offer, offer_of
from views.setbacks import declarations, failed_verdicts, setbacks
from views.since import Since, case_since
from web.acting.at_field import told_at_field
from web.acting.before import DoneBefore, done_before, next_after
from web.acting.taken import NOTHING_TAKEN, Taken, take
from web.acting.visited import BESIDE, Part, Visit, other_than, require_conditions, visit_commands
from web.case import measures_shown
from web.drafts import SEEN, USED, draft_name, taken_up, unless_used
from web.evidence import evidence_about
from web.lists.back import Back, back_to
from web.mending import mending, placed
from web.render import case_url, link, page, visit_url

router = APIRouter(include_in_schema=False)
_FIELDS = 5_000
_ROWS = ("verdicts", "findings")
"""What has files of its own, row by row."""
_PARTS = ("reinspect", "accept_restart", "look_back")
_SAID = {
    "reinspect": Both("至少一项复查结论", "a verdict on one finding at least"),
    "accept_restart": Both("各项复工复产条件是否满足", "whether each condition of the restart is met"),
    "look_back": Both("“回头看”结论", "what the look-back found"),
}
_REFUSED = (403, 404, 409, 413, 415, 422, 503)


class Row(NamedTuple):
    """A finding that is judged, and its fields."""

    ref: str
    fields: tuple[FormField, ...]


class Given(NamedTuple):
    """A command that was handed in, the finding that it is about alone, and why it was refused, if so."""

    do: str
    ref: str
    trouble: Trouble | None
    places: Mapping[str, str]

    @property
    def problem(self) -> Problem | None:
        """What is told of the refusal."""
        return self.trouble.problem if self.trouble else None


@router.get("/cases/{case_id:case_id}/visit")
def visit_page(
    request: Request,
    who: Official,
    behind: Behind,
    case_id: CaseId,
    back: str = "",
    rows: Annotated[int, Query(ge=0, le=FINDINGS_A_COMMAND)] = 0,
    done: str = "",
    done_in: str = "",
) -> Response:
    """The form; why there is none, where nothing is to be looked at now. `back`: the list that it was opened from.

    `done`, `done_in`: what was done just before it, and in which case.
    """
    visit = _visit(behind, who, case_id)  # from here on it is known what the reader reads
    return _page(request, visit, back=back_to(back), rows=rows, before=done_before(behind, who, done, done_in))


@router.post("/cases/{case_id:case_id}/visit")
async def hand_in(request: Request, who: Official, behind: Behind, case_id: CaseId, back: str = "") -> Response:
    """The commands are given one after another, and the case shown; or the form again with what became of each."""
    await require_scope(request, behind, who, "read")
    async with form_with_files(request, LARGEST, _FIELDS) as sent:
        if sent.files:
            await require_scope(request, behind, who, "attach")
        visit = await run_in_threadpool(_posted_visit, behind, who, case_id, sent.values)
        plan, may_take = visit.campaign.plan, _may_take(visit)
        taken = await take(behind, plan, who, case_id, sent, _ROWS) if may_take else NOTHING_TAKEN
    posted = sent.values
    onward = back_to(back)
    again = partial(_page, request, visit, posted, taken.by_field, back=onward)
    if taken.trouble:
        return await run_in_threadpool(again, trouble=taken.trouble)
    if "more" in posted:
        return await run_in_threadpool(again)
    given = [one async for one in _given(request, behind, who, visit, posted, taken)]
    used = {one.do for one in given if one.problem and one.problem.code == USED}
    first = next((one.trouble for one in given if one.trouble), None)
    if first is None and given:
        done = dict.fromkeys(one.do for one in given if one.do != "attach") or {"attach": None}
        led = link(case_url(case_id), done=" ".join(done))
        if "next" in posted.get("then", ()):
            led = next_after(onward, case_id, next(iter(done)))
        elif onward:  # one word of it: the list says what, and where
            led = onward.with_done(done=next(iter(done)), about=case_id)
        return taken_up(request, RedirectResponse(led, 303), _draft(case_id))
    if first is not None and first.problem.status not in _REFUSED:
        raise first
    if any(one.trouble is None for one in given):  # what was taken is asked no more
        left = {one.do for one in given if one.trouble}
        visit = _renewed(await run_in_threadpool(_left, behind, who, visit, left), used)
        again = partial(_page, request, visit, posted, {}, back=onward)
    elif first is not None:  # as the case stands now: it may have been another since
        visit = _renewed(await run_in_threadpool(_posted_visit, behind, who, case_id, posted), used)
        since = case_since(visit.campaign.plan, visit.log, number_in(posted, SEEN))
        again = partial(_page, request, visit, posted, taken.by_field, back=onward, since=since)
    return await run_in_threadpool(again, trouble=first or _nothing_said(visit), given=given)


def _visit(behind: Backing, who: Actor, case_id: str) -> Visit:
    campaign, case = readable_case(behind, case_id, who)
    if case.closed:
        raise refused(refuse("case_closed", outcome=case.outcome))
    steps = next_steps(campaign.plan, case, who, campaign.now())
    found = [offer for do in _PARTS if (offer := offer_of(steps, do, ""))]
    if not found:
        raise refused(may(campaign.plan, who, "reinspect", _place(case)) or refuse("case_not_open"))
    parts = tuple(_part(behind, campaign, case, who, offer) for offer in found if not offer.refused)
    log = timeline(behind.engine, case_id)
    return Visit(campaign, case, log, parts, tuple(offer for offer in found if offer.refused))


def _posted_visit(behind: Backing, who: Actor, case_id: str, posted: Posted) -> Visit:
    """The form that was sent, whatever became of the case since: the rules say what they take no more."""
    campaign, case = readable_case(behind, case_id, who)
    if not_theirs := may(campaign.plan, who, "reinspect", _place(case)):
        raise refused(not_theirs)
    steps = next_steps(campaign.plan, case, who, campaign.now())
    parts: list[Part] = []
    for do in _PARTS:
        command_id = posted_value(posted, f"id.{do}")
        if command_id:
            offer = offer_of(steps, do, "") or Offer(do, "", (), "", Both(*BUTTONS[do]))
            part = _part(behind, campaign, case, who, offer, command_id)
            parts.append(part._replace(asked=as_asked(part.asked, posted)) if do == "reinspect" else part)
    return Visit(campaign, case, timeline(behind.engine, case_id), tuple(parts), ())


def _may_take(visit: Visit) -> bool:
    """Whether files are taken in: some part may be handed in, or was, and is sent again."""
    known = visit.case.handled
    return not visit.case.closed and any(not part.offer.refused or part.command_id in known for part in visit.parts)


def _renewed(visit: Visit, used: set[str]) -> Visit:
    """The parts of these commands under other ids: theirs were used for something else."""
    return visit._replace(
        parts=tuple(
            part._replace(command_id=str(uuid.uuid4())) if used & {part.asked.do, other_than(part.asked.do)} else part
            for part in visit.parts
        )
    )


def _left(behind: Backing, who: Actor, before: Visit, left: set[str]) -> Visit:
    """The form as the case stands now, but what was refused as it was sent."""
    now = _posted_visit(behind, who, before.case.case_id, {})
    try:
        fresh = _visit(behind, who, now.case.case_id).parts
    except Trouble:  # nothing is left to do: what was taken is told all the same
        fresh = ()
    kept = {part.asked.do: part for part in before.parts if left & {part.asked.do, other_than(part.asked.do)}}
    parts = {part.asked.do: part for part in fresh} | kept
    return now._replace(parts=tuple(parts[do] for do in _PARTS if do in parts))


def _part(
    behind: Backing, campaign: Campaign, case: Case, who: Actor, offer: Offer, command_id: str | None = None
) -> Part:
    others = other_inspectors(behind.records, who, case.district)
    asked = Asked(campaign.plan, case, offer.do, "", offer.refs, None, others, who.name)
    return Part(asked, offer, command_id or str(uuid.uuid4()))


async def _given(
    request: Request, behind: Backing, who: Actor, visit: Visit, posted: Posted, taken: Taken
) -> AsyncIterator[Given]:
    """Each command that the form says, handed in; none of them where one has not the shape of a command."""
    asked = list(visit_commands(visit, posted, taken))
    for do, ref, facts, places in asked:
        try:
            require_conditions(visit.campaign.plan, do, facts)
            require_reasons(request, command_of(facts, who))
        except Trouble as trouble:
            yield Given(do, ref, trouble, places)
            return
    for do, ref, facts, places in asked:
        try:
            await give(request, behind, who, visit.case.case_id, facts)
            yield Given(do, ref, None, places)
        except Trouble as trouble:
            yield Given(do, ref, unless_used(told_at_field(trouble, facts), "")[0], places)


def _place(case: Case) -> Place:
    return Place(case.district, case.subject.sector, case.subject_id)


def _nothing_said(visit: Visit) -> Trouble:
    zh, en = "未填写任何结论", "nothing was filled in"
    said = [_SAID[part.asked.do] for part in visit.parts]
    remedy_zh, remedy_en = "，或".join(one.zh for one in said), ", or ".join(one.en for one in said)
    return Trouble(422, "nothing_said", zh, en, remedy_zh=f"请填写{remedy_zh}", remedy_en=f"say {remedy_en}")


def _page(
    request: Request,
    visit: Visit,
    posted: Posted | None = None,
    kept: Mapping[str, tuple[AttachedFile, ...]] | None = None,
    *,
    back: Back | None = None,
    trouble: Trouble | None = None,
    given: list[Given] | None = None,
    since: Since | None = None,
    rows: int = 0,
    before: DoneBefore | None = None,
) -> Response:
    case, problem = visit.case, trouble.problem if trouble else None
    document = case_document(visit.campaign, case)
    made = {p.asked.do: as_posted(p.fields(posted), posted) if posted else p.fields(rows=rows) for p in visit.parts}
    parts = {do: with_kept(fields, kept or {}) for do, fields in made.items()}
    beside = [f for p in visit.parts[:1] for f in fields_of_every_command(p.asked) if f.name in BESIDE]
    fields = (*(field for part in parts.values() for field in part), *beside)
    wrong, _ = mending(fields, chain.from_iterable(placed(one.problem, one.places) for one in given or ()))
    return page(
        request,
        "visit.html",
        visit.campaign,
        status=problem.status if problem else 200 if visit.parts else 409,
        case=document,
        address=visit_url(case.case_id, back.address if back else None),
        back=back,
        parts=visit.parts,
        fields=parts,
        rows=_rows(parts.get("reinspect", ())),
        beside=as_posted(tuple(beside), posted) if posted else tuple(beside),
        refused=visit.refused,
        evidence={shown.ref: shown for shown in evidence_about(case, [f.ref for f in case.findings])},
        declared=declarations(visit.log),
        failed=failed_verdicts(visit.log),
        awaited=_awaited(visit, document),
        back_of=setbacks(visit.log),
        given=given or [],
        problem=problem,
        wrong=wrong,
        since=since,
        draft=_draft(case.case_id),
        is_given=posted is not None,
        before=before,
    )


def _awaited(visit: Visit, document: CaseDocument) -> list[dict[str, Any]]:
    """The suspensions that wait for a restart, with their grounds, as the case shows them."""
    ids = {must.id for must in visit.case.restarts_awaited}
    shown = measures_shown(visit.campaign.plan, visit.case, document)
    return [one for one in shown if one["must"].id in ids]


def _draft(case_id: str) -> str:
    return draft_name(case_id, "visit")


def _rows(fields: tuple[FormField, ...]) -> list[Row]:
    rows = [row for field in fields if field.name == "verdicts" for row in field.parts]
    return [Row(row.parts[0].value[0], row.parts) for row in rows]
