"""`/campaigns/{id}/do/{deed}`: what the office does with a campaign as a whole."""

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from desk.campaign import steer
from desk.working_days import publish
from models.actors import Actor
from models.campaign import CAMPAIGN_COMMAND, PublishWorkingDays
from models.instants import say_due, say_instant
from models.refusals import Refused
from rules.access.deeds import DEEDS, may_order
from rules.words.clauses import clause_for
from rules.words.naming import Both
from serving.actors import Official
from serving.backing import CASES, Backing, Behind
from serving.problems import nothing_here, refused
from store.campaign_log import coverage
from store.campaigns import Campaign
from store.certificate import certificate_of
from views.forms.fields import FormField, Option
from views.forms.posted import Posted
from web.deeds.boundary import MOVE_LOOKED_AT, asking, look_at, move_of, not_moved
from web.deeds.early_end import ending_asked, ending_to_look_at
from web.deeds.form import DeedForm, Done, HandedIn, Moved, ask_again, carry_out, deed_page, form_handed_in
from web.deeds.looked_at import LOOKED_AT
from web.deeds.moved import campaign_moved
from web.deeds.publication import publication_of, publication_to_look_at, published_before, year_fields
from web.render import link

router = APIRouter(include_in_schema=False)
NAMES = {
    "open_cases": Both("纳入排查", "Open cases"),
    "move_boundary": Both("调整阶段日期", "Move a boundary"),
    "publish_working_days": Both("公布工作日安排", "Publish working days"),
    "complete_now": Both("提前结束行动", "Complete now"),
}
_EFFECTS = {
    "open_cases": Both(
        "为登记簿中在营而在本次行动中尚无案件的对象各建立一个案件。已有案件的不重复；案件已作废的视为无案件，重新建立。",
        "Opens a case of every active subject that has none in this campaign. Whoever has one gets no second; one that "
        "was void is none, and its subject gets a new one.",
    ),
    "move_boundary": Both(
        "所有在办案件的期限随之调整，调整记入各案件卷宗。",
        "Every open case follows: its deadlines are counted anew, and its file says so.",
    ),
    "publish_working_days": Both(
        "尚未到期、按该年工作日计算的期限重新计算。",
        "What lies ahead and is counted in working days of that year is counted anew.",
    ),
    "complete_now": Both(
        "各阶段立即结束，全部在办案件按最后一日办结，未完成的结转。本操作不能撤回。",
        "Every phase ends now; every open case settles as on its last day. This cannot be taken back.",
    ),
}
_HOW_MANY = Both(
    "登记簿在营对象 {all} 个，已有案件 {have} 个，将建立 {n} 个。",
    "Active subjects: {all}; with a case: {have}; to be opened: {n}.",
)
_LOOK = Both("查看影响", "See what it does")
"""Of what is looked at before it is done."""
_REASON = FormField("reason", "line", Both("依据", "By which decision"), required=True)


def offered(behind: Backing, campaign: Campaign, who: Actor) -> tuple[tuple[str, Both], ...]:
    """The deeds that this official may do in the campaign as it stands, with their names."""
    if certificate_of(behind.records, campaign.campaign_id) or campaign.now() >= campaign.phases[-1].ends_at:
        return ()
    return tuple((do, names) for do, names in NAMES.items() if may_order(who, do, campaign.plan) is None)


@router.get("/campaigns/{campaign_id}/do/{do}")
def form(request: Request, who: Official, behind: Behind, campaign_id: str, do: str) -> Response:
    """The form of the deed; 403 for whom it is not."""
    campaign = behind.campaign(campaign_id)
    return deed_page(request, campaign, _form(behind, campaign, who, do))


@router.post("/campaigns/{campaign_id}/do/{do}")
async def hand_in(request: Request, who: Official, behind: Behind, campaign_id: str, do: str) -> Response:
    """The campaign takes it, and its page says so."""
    campaign = await asyncio.to_thread(behind.campaign, campaign_id)
    asked = await form_handed_in(request, behind, who, do, lambda: _form(behind, campaign, who, do))

    async def deed(handed: HandedIn) -> Done:
        if shown := await asyncio.to_thread(_to_look_at, behind, campaign, who, do, asked, handed):
            return await asyncio.to_thread(ask_again, request, campaign, shown._replace(button=None), handed)
        facts = _MAKE.get(do, dict)(handed.facts)
        command = CAMPAIGN_COMMAND.validate_python({**facts, "do": do, "by": who, "command_id": handed.command_id})
        client = await behind.temporal()
        before = await asyncio.to_thread(coverage, behind.records, campaign.campaign_id) if do == "open_cases" else None
        if isinstance(command, PublishWorkingDays):
            answer = await publish(client, behind.records, command.days, who, command.reason)
        else:
            answer = await steer(client, behind.records, campaign, command)
        if isinstance(answer, Refused):
            raise not_moved(answer, is_noted=True)
        behind.forget(CASES)
        return link(asked.back, done=do, opened=before.subjects - before.with_case if before else None)

    def moving(posted: Posted, command_id: str) -> Moved | None:
        return campaign_moved(behind, campaign, do, posted, command_id)

    return await carry_out(request, behind, who, campaign, asked, deed, moving)


def _to_look_at(
    behind: Backing, campaign: Campaign, who: Actor, do: str, asked: DeedForm, handed: HandedIn
) -> DeedForm | None:
    """The form with what the deed would do, before it is done; None where there is nothing to see, or it was seen."""
    match do:
        case "move_boundary":
            look = look_at(behind, campaign, who, handed)
            return asking(asked, look) if look else None
        case "publish_working_days":
            return publication_to_look_at(asked, handed)
        case "complete_now":
            ending = ending_to_look_at(behind, campaign, handed)
            return ending_asked(asked, ending) if ending else None
        case _:
            return None


def _form(behind: Backing, campaign: Campaign, who: Actor, do: str) -> DeedForm:
    if do not in NAMES:
        raise nothing_here()
    if no := may_order(who, do, campaign.plan):
        raise refused(no)
    address = f"/campaigns/{campaign.campaign_id}"
    match do:
        case "move_boundary":
            fields = (_boundaries(campaign), _to(), _REASON, *MOVE_LOOKED_AT)
        case "publish_working_days":
            fields = (*year_fields(campaign), _REASON)
        case "complete_now":
            fields = (_REASON, LOOKED_AT)
        case _:
            fields = ()
    clause, effect = clause_for(campaign.plan, DEEDS[do].clause), _EFFECTS[do]
    if do == "open_cases":
        now = coverage(behind.records, campaign.campaign_id)
        zh, en = _HOW_MANY.zh, _HOW_MANY.en
        counts = {"n": now.subjects - now.with_case, "all": now.subjects, "have": now.with_case}
        effect = Both(effect.zh + zh.format(**counts), f"{effect.en} {en.format(**counts)}")
    if do == "publish_working_days":
        before = published_before(behind, campaign)
        effect = Both(effect.zh + before.zh, effect.en + before.en)
    asked = DeedForm(do, NAMES[do], f"{address}/do/{do}", address, "", fields, clause, effect, str(campaign.calendar))
    return asked if do == "open_cases" else asked._replace(button=_LOOK)


def _boundaries(campaign: Campaign) -> FormField:
    """Those that lie ahead, each once: where phases meet, it is the end of the first."""
    now, seen = campaign.now(), set[Any]()
    options: list[Option] = []
    for phase in campaign.phases:
        for edge, at in (("begins", phase.begins_at), ("ends", phase.ends_at)):
            if at <= now or at in seen:
                continue
            seen.add(at)
            name, (zh, en) = campaign.plan.phase(phase.id), _EDGES[edge]
            said = say_instant(at) if edge == "begins" else say_due(at)
            options.append(
                Option(f"{phase.id} {edge}", f"{name.zh}{zh}（现为 {said}）", f"{name.en} {en} (now {said})")
            )
    return FormField("boundary", "choice", Both("阶段日期", "Boundary"), True, tuple(options))


_EDGES = {"begins": ("开始", "begins"), "ends": ("结束", "ends")}


def _to() -> FormField:
    hint = Both("开始日从 0 时起，结束日至 24 时止", "A start date counts from 00:00, an end date until 24:00")
    return FormField("to", "day", Both("调整为", "To"), True, hint=hint)


def _ending(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != LOOKED_AT.name}


_MAKE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "move_boundary": move_of,
    "publish_working_days": publication_of,
    "complete_now": _ending,
}
