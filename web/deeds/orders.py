"""`/orders/new/{what}`: one order over all open cases that a list shows; `/orders/{id}`: how far it is, what failed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.bulk import Order, assign, note, order_all, reassign, refused_order, remind
from engine.jobs import run_job
from models.actors import Actor, Role
from models.case_ids import subject_in
from models.commands import AddNote, AssignOfficers
from models.instants import say_instant
from models.jobs import AnyItem, CaseCommands, CaseReminder, Job, LedgerRow
from rules.access.deeds import Place
from rules.access.posts import officers_for, unknown_officer
from rules.case.announce_table import REMINDED
from rules.words.announced import announced_said
from rules.words.naming import Both, sector_named
from serving.actors import Official, officials_only
from serving.backing import Backing, Behind
from serving.problems import Trouble, needed, one_field, refused, refused_at
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_count, cases_by_id
from store.facets import officers_of, sectors_of, turns
from store.inbox import LATELY, reminded_lately, told_by_order
from store.jobs import items, job_of
from store.people import in_post
from store.reading import reading_now
from store.told import holders, waiting_enterprises, without_account
from views.forms.command import NotFilledIn, require_confirmed
from views.forms.fields import WITHOUT_ACCOUNT, FormField, Option
from web.deeds.form import DeedForm, HandedIn, carry_out, deed_page, form_handed_in
from web.deeds.people_fields import role_in_words
from web.lists.back import Back, back_to
from web.queries import CasesQuery
from web.render import case_url, link, page

router = APIRouter(include_in_schema=False)
What = Literal["assign", "reassign", "remind", "note"]
NAMES: dict[str, Both] = {
    "assign": Both("批量指派承办人", "Assign officers to all of them"),
    "reassign": Both("批量移交承办案件", "Hand the cases to another officer"),
    "remind": Both("批量提醒", "Remind whose turn it is"),
    "note": Both("批量备注", "A note in each file"),
}
_DEEDS = {"assign": "assign_officers", "reassign": "assign_officers", "remind": "add_note", "note": "add_note"}
_IN_CHARGE = Both("承办人", "Officers in charge")
_SHOWN, _NAMED = 200, 5
_ENTERPRISES = 20_000
_IN_STAGE = announced_said(REMINDED, (), Both("××", "…"))
_OR_SO = Both(f"不填写的，通知为“{_IN_STAGE.zh}”", f"If it is left empty the notice says '{_IN_STAGE.en}'")


def offered(campaign: Campaign, who: Actor) -> tuple[tuple[str, Both], ...]:
    """The orders that this official may give over a list of cases, with their names."""
    if who.subject is not None:
        return ()
    return tuple(
        (what, names)
        for what, names in NAMES.items()
        if refused_order(campaign, who, what, None if who.territory == campaign.plan.city else who.territory) is None
    )


@router.get("/orders/new/{what}")
def form(
    request: Request, who: Official, behind: Behind, what: What, query: Annotated[CasesQuery, Query()]
) -> Response:
    """The form of the order, with how many cases it is for; the list again where those ticked are meant and none is."""
    if query.ticked and not query.case:
        back = back_to(query.ticked) or Back("/cases", CasesQuery(campaign=query.campaign))
        return RedirectResponse(back.with_done(done="nothing_ticked"), 303)
    campaign = behind.campaign(query.campaign)
    return deed_page(request, campaign, _form(behind, campaign, who, what, query))


@router.post("/orders/new/{what}")
async def hand_in(
    request: Request, who: Official, behind: Behind, what: What, query: Annotated[CasesQuery, Query()]
) -> Response:
    """The list is frozen as a job, and its page follows it; sent twice it is one job, with other content another."""
    campaign = await run_in_threadpool(behind.campaign, query.campaign)
    asked = await form_handed_in(request, behind, who, what, lambda: _form(behind, campaign, who, what, query))

    async def deed(handed: HandedIn) -> str:
        await run_in_threadpool(_require_known, behind, campaign, who, what, handed.facts, query)
        order = _order(what, who, handed.facts, query)
        said = json.dumps([what, query.address, handed.facts], sort_keys=True, default=str)
        job_id = hashlib.sha256(f"{who}/{handed.command_id}/{said}".encode()).hexdigest()[:12]
        client = await behind.temporal()

        def freeze() -> Job:
            filters = _filters(query, who)
            signer = behind.services.signer
            return order_all(behind.records, signer, campaign, who, what, order, job_id=job_id, **filters)

        job = await run_in_threadpool(freeze)
        await run_job(client, job.job_id)
        return link(f"/orders/{job.job_id}", done=what)

    return await carry_out(request, behind, who, campaign, asked, deed)


@router.get("/orders/{job_id}")
def order_page(request: Request, who: Official, behind: Behind, job_id: str, done: str = "") -> Response:
    """How far the order is, and what failed; while it runs the page asks for itself again."""
    job = job_of(behind.engine, job_id)
    if job is None or job.kind != "commands" or not (job.by == str(who) or job.campaign_id in reading_now().everywhere):
        raise Trouble(404, "unknown_job", f"没有批量任务 {job_id}", f"there is no order {job_id}")
    campaign = behind.campaign(job.campaign_id)
    officials_only(campaign, who, Place())
    listed, what = items(behind.engine, job_id, limit=_SHOWN), str(job.params.get("order", ""))
    failed = items(behind.engine, job_id, state="failed", limit=_SHOWN) if job.failed else ()
    cases = [item.body.case_id for item in listed if not isinstance(item.body, LedgerRow)]
    return page(
        request,
        "order.html",
        campaign,
        job=job,
        failed=failed,
        listed=listed,
        said=said(listed[0].body) if listed else "",
        told=told_by_order(behind.engine, job_id, cases) if what == "remind" else {},
        reached=_reached(behind, cases) if what == "remind" else frozenset(),
        names=NAMES.get(what),
        done=NAMES.get(done) if done == what else None,
    )


def _reached(behind: Backing, case_ids: Sequence[str]) -> frozenset[str]:
    """In which of the cases somebody of the enterprise has an account."""
    there = holders(behind.records, (), [subject_in(case_id) for case_id in case_ids])
    subjects = {one.subject_id for one in there}
    return frozenset(case_id for case_id in case_ids if subject_in(case_id) in subjects)


def said(item: AnyItem) -> str:
    """What the order says in each case: the words of a reminder or a note, or who is put in charge."""
    match item:
        case CaseReminder(words=words):
            return words
        case CaseCommands(commands=(AddNote(text=words), *_)):
            return words
        case CaseCommands(commands=(AssignOfficers(officers=officers), *_)):
            return "、".join(officers)
        case _:
            return ""


def _filters(query: CasesQuery, who: Actor) -> dict[str, Any]:
    """What the list is filtered by, and the reader's own place; or the cases that were ticked."""
    if query.outcome not in (None, "open"):
        zh, en = "所列为已结案案件，不能批量办理", "shows closed cases, over which no order is given"
        raise one_field("outcome", zh, en, "请筛选在办案件", "choose those that are open")
    kept = {name: value for name, value in query.filtered.items() if name != "outcome"}
    if ticked := kept.pop("case", None):
        kept["case_ids"] = ticked
    return {**kept, "sector": who.sector} if who.sector else kept


def _which(campaign: Campaign, who: Actor, query: CasesQuery, place: Place) -> CaseFilter:
    """The open cases that the order is for."""
    facts = {**_filters(query, who), "campaign_id": campaign.campaign_id, "outcome": "open"}
    return CaseFilter.model_validate(facts | {"district": place.district, "sector": place.sector})


def _form(behind: Backing, campaign: Campaign, who: Actor, what: What, query: CasesQuery) -> DeedForm:
    place = officials_only(campaign, who, Place(query.district, query.sector))
    if no := refused_order(campaign, who, what, place.district):
        raise refused(no)
    which = _which(campaign, who, query, place)
    count = case_count(behind.engine, which, campaign.now())
    fields: tuple[FormField, ...] = ()
    match what:
        case "assign":
            there = _officers(behind, campaign, which)
            fields = (FormField("officers", "ticks", _IN_CHARGE, True, there, free=not there), *_unchecked(there))
        case "reassign":
            in_charge = officers_of(behind.engine, which, campaign.now())
            leaves = _one_of("from", Both("原承办人", "From"), tuple(Option(one, one, one) for one in in_charge))
            there = _officers(behind, campaign, which)
            takes = _one_of("to", Both("接任承办人", "To"), there)
            fields = (replace(leaves, value=(query.officer or "",)), takes, *_unchecked(there))
        case "remind":
            fields = (FormField("words", "text", Both("提醒内容", "What to say"), hint=_OR_SO),)
        case "note":
            fields = (FormField("text", "text", Both("备注", "Note"), True),)
    cases = "case" if count == 1 else "cases"
    effect = Both(
        f"适用于所列 {count} 件在办案件，逐件办理。", f"For the {count} open {cases} of the list, one by one."
    )
    if what == "remind":
        effect = _with_receivers(effect, turns(behind.engine, which, campaign.now()), campaign)
        effect = _with_unread(effect, _unread(behind, which, campaign))
        effect = _with_reminders_before(effect, *reminded_lately(behind.engine, which, campaign.now()))
    address, back = link(f"/orders/new/{what}", **query.address), link("/cases", **query.address)
    asked = DeedForm(_DEEDS[what], NAMES[what], address, back, "", fields, None, effect, filters=query.filters)
    return _naming_ticked(asked, behind, which, count) if query.case else asked


def _naming_ticked(asked: DeedForm, behind: Backing, which: CaseFilter, count: int) -> DeedForm:
    """The form with the first of the cases that were ticked, by name."""
    links = tuple((row.subject_name, case_url(row.case_id)) for row in cases_by_id(behind.engine, which, _NAMED))
    if asked.effect is None or count <= len(links):
        return asked._replace(links=links)
    n, others = len(links), count - len(links)
    more = Both(f"前 {n} 件如下，另有 {others} 件。", f" The first {n} are named here; not named: {others}.")
    return asked._replace(links=links, effect=Both(asked.effect.zh + more.zh, asked.effect.en + more.en))


def _with_receivers(effect: Both, found: Sequence[tuple[str, int]], campaign: Campaign) -> Both:
    """The effect, and who is told in how many of the cases: whose turn it is in each."""
    told = [(role_in_words(cast("Role", role), campaign.plan), count) for role, count in found]
    zh = "、".join(f"{role.zh} {count} 件" for role, count in told) or "无"
    en = ", ".join(f"{role.en}: {count}" for role, count in told) or "nobody"
    return Both(
        f"{effect.zh}逐件提醒当前的待办单位：{zh}；由检查员办理的提醒其承办人，尚无承办人的提醒本辖区全体检查员。",
        f"{effect.en} In each case, those whose turn it is are reminded ({en}). Where an inspector acts next, the"
        " officers in charge are told, or every inspector of the district if nobody is in charge.",
    )


def _unread(behind: Backing, which: CaseFilter, campaign: Campaign) -> int:
    """Of how many enterprises that would be reminded nobody has an account; of very many the first ones are asked."""
    waiting = waiting_enterprises(behind.engine, which, campaign.now(), _ENTERPRISES)
    return without_account(behind.records, waiting) if waiting else 0


def _with_unread(effect: Both, cases: int) -> Both:
    """The effect, and of how many enterprises nobody reads the reminder."""
    if not cases:
        return effect
    return Both(
        f"{effect.zh}其中 {cases} 家企业没有账号，无人能收到提醒，须由检查员送达。",
        f"{effect.en} Of {cases} of the enterprises nobody has an account to read it: an inspector is to tell them.",
    )


def _with_reminders_before(effect: Both, cases: int, last: datetime | None) -> Both:
    """The effect, and in how many of the cases somebody was reminded only lately."""
    if last is None:
        return effect
    days, at = LATELY.days, say_instant(last)
    return Both(
        f"{effect.zh}其中 {cases} 件最近 {days} 天内已提醒过，最近一次 {at}；再次提醒将另发通知。",
        f"{effect.en} In {cases} of them somebody was reminded within the last {days} days, last on {at}: a reminder"
        " now is another notice.",
    )


def _officers(behind: Backing, campaign: Campaign, which: CaseFilter) -> tuple[Option, ...]:
    """The inspectors of the district who work in some sector of the list; of others than all it is said which."""
    there = in_post(behind.records, "inspector", which.district or "")
    sectors = sectors_of(behind.engine, which, campaign.now())
    everywhere = officers_for(there, sectors)
    options = dict[str, Option]()
    for name in dict.fromkeys(one.name for one in there):
        own = [s for s in sectors if name in officers_for(there, (s,))]
        if name in everywhere:
            options[name] = Option(name, name, name)
        elif own:
            of = [sector_named(campaign.plan, sector) for sector in own]
            zh, en = "、".join(one.zh for one in of), ", ".join(one.en for one in of)
            options[name] = Option(name, f"{name}（限{zh}）", f"{name} ({en} only)")
    return tuple(options.values())


def _unchecked(there: Sequence[Option]) -> tuple[FormField, ...]:
    """A tick by which the name is confirmed, where there is nobody to choose."""
    return () if there else (WITHOUT_ACCOUNT,)


def _one_of(name: str, label: Both, options: tuple[Option, ...]) -> FormField:
    """One of these people; a line to write the name where there are none."""
    return FormField(name, "choice" if options else "line", label, True, options)


def _require_known(
    behind: Backing, campaign: Campaign, who: Actor, what: What, facts: dict[str, Any], query: CasesQuery
) -> None:
    """409 where the order names an officer whom the district does not have for the sectors of the cases.

    422 where nobody has an account and nobody confirmed the name.
    """
    field = {"assign": "officers", "reassign": "to"}.get(what)
    if field is None or not facts.get(field):
        return
    which = _which(campaign, who, query, Place(who.territory, query.sector))
    named = facts[field]
    if field == "to":
        which, named = which.model_copy(update={"officer": facts.get("from") or None}), [facts[field]]
    there = in_post(behind.records, "inspector", who.territory)
    sectors = sectors_of(behind.records, which, campaign.now())
    if no := unknown_officer(named, there, sectors):
        raise refused_at(field, no)
    has_accounts = not sectors or any(officers_for(there, (one,)) for one in sectors)
    try:
        require_confirmed(facts.get(WITHOUT_ACCOUNT.name), has_accounts=has_accounts)
    except NotFilledIn as wrong:
        raise one_field(wrong.field, *wrong.said, *wrong.remedy) from None


def _order(what: What, who: Actor, facts: dict[str, Any], query: CasesQuery) -> Order:
    """The order as the form says it; 422 for a field that is left empty."""
    match what:
        case "assign":
            needed(facts, "officers")
            return assign(who, tuple(facts["officers"]))
        case "reassign":
            needed(facts, "from", "to")
            leaves, takes_over = str(facts["from"]), str(facts["to"])
            if leaves == takes_over:
                raise one_field("to", "与原承办人相同", "is whoever hands over", "请选择其他人", "choose somebody else")
            return reassign(who, leaves, takes_over)
        case "remind":
            return remind(who, str(facts.get("words", "")))
        case "note":
            needed(facts, "text")
            return note(who, str(facts["text"]))
