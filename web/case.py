"""`/cases/{id}`: one case, from its log: whose turn it is, why which must is owed, what is due, what happened.

Tabs are addresses (`?tab=`). Every page holds all of them but the run; what another tab shows stands on paper alone.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from engine.run_of_case import CaseRun, run_of_case
from engine.unreachable import Unreachable
from models.actors import Actor
from models.case import Case
from models.events import Transition
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import Place, may_order, reach
from rules.case.next_steps import next_steps
from rules.words.clock_words import unmet_said
from rules.words.terms import COMMANDS
from serving.actors import Official, within_all
from serving.backing import Backing, Behind
from serving.filter_words import CaseId
from serving.readable import readable_case
from store.campaign_log import calendar_moves
from store.campaigns import Campaign, campaigns
from store.case_log import timeline
from store.people import names_of
from store.related_cases import RelatedCase, related_cases
from store.reminders import CaseReminded, reminders_in
from store.self_inspection import own_ledger
from store.subject_search import names_of_subjects
from store.told import holders, notices_of
from views.case import CaseDocument, case_document
from views.forms.foreseen import declared_foreseen
from views.forms.steps import VISITED, buttons, offers
from views.setbacks import Setback, setbacks
from views.timeline import follows_moves, timeline_document, with_reminders
from views.told import told_of_measures, told_of_steps
from web.evidence import evidence_of
from web.language import language_of
from web.lists.back import back_to
from web.render import page

router = APIRouter(include_in_schema=False)
Tab = Literal["overview", "timeline", "findings", "measures", "evidence", "related", "run"]
Steps = Literal["all", "acts", "clocks"]
_ROWS_OF_LEDGER = 50
_REMINDERS = 100
_NOTICES = 500
_TABS: tuple[Tab, ...] = ("overview", "findings", "measures", "evidence", "timeline", "related")


@router.get("/cases/{case_id:case_id}")
async def case_page(
    request: Request,
    who: Official,
    behind: Behind,
    case_id: CaseId,
    done: str = "",
    tab: Tab = "overview",
    steps: Steps = "all",
    back: str = "",
) -> Response:
    """The page of a case; `done`: what the reader has just done there, `steps`: which of the timeline are shown.

    `back`: the list that it was opened from.
    """
    facts = await run_in_threadpool(_facts, behind, who, case_id, done)
    run, away = await _run(behind, case_id) if tab == "run" and not who.subject else (None, "")
    shown = {"tab": tab, "which": steps, "run": run, "away": away, "done": _done(request, done), "back": back_to(back)}
    return await run_in_threadpool(partial(page, request, "case.html", **facts, **shown))


def _facts(behind: Backing, who: Actor, case_id: str, done: str) -> dict[str, Any]:
    """`behind.records`: the ledger of whoever's case may be read, though it stands under another since a merger."""
    campaign, case = readable_case(behind, case_id, who)
    plan = campaign.plan
    shown = case_document(campaign, case)
    log = timeline(behind.engine, case_id)
    moves = calendar_moves(behind.records, campaign.campaign_id) if follows_moves(log) else ()
    lines = timeline_document(plan, case_id, log, moves).timeline
    return {
        "campaign": campaign,
        "case": shown,
        "subject_id": None if who.subject else case.subject_id,
        "named_now": _named_now(behind, case),
        "tabs": (*_TABS, *(() if who.subject else ("run",))),
        "offers": buttons(offers(next_steps(plan, case, who, campaign.now()))),
        "visited": VISITED,
        "unmet": unmet_said(case.unmet) if case.unmet else ("", ""),
        "musts": measures_shown(plan, case, shown),
        "evidence": evidence_of(case),
        "came_back": _standing(case, setbacks(log)),
        "unsure": {(d.clock, d.about) for d in shown.deadlines if d.provisional},
        "but": declared_foreseen(case) if "declare_rectified" in done.split() else (),
        "people": _people(behind, who, log),
        "timeline": with_reminders(lines, _reminders(behind, who, case_id)),
        "findings_due": {ref: a for a in shown.next_actions if a.clock == "rectification" for ref in a.about},
        **_told(behind, who, campaign, case),
        "own_ledger": own_ledger(behind.records, campaign.campaign_id, case.subject_id, _ROWS_OF_LEDGER),
        "ui": behind.services.endpoints.ui_url if may_order(who, "operate") is None else None,
        "namespace": behind.services.endpoints.namespace,
        "related": _related(behind, who, campaign, case),  # last: from here on other campaigns are read too
    }


def _people(behind: Backing, who: Actor, log: Sequence[Transition]) -> dict[str, str]:
    """Whoever signed in and took a step, told apart from namesakes: for whoever reads the audit log of them."""
    if may_order(who, "read_audit") is not None:
        return {}
    acted = {one.person for step in log for one in (step.by, step.second) if one is not None and one.person}
    return names_of(behind.records, sorted(acted)) if acted else {}


def _named_now(behind: Backing, case: Case) -> str | None:
    """What the register calls the subject, where that is not the name with which the case was opened."""
    name = names_of_subjects(behind.records, [case.subject_id]).get(case.subject_id)
    return name if name != case.subject.name else None


def _told(behind: Backing, who: Actor, campaign: Campaign, case: Case) -> dict[str, Any]:
    """Who was told of the steps and the measures; an enterprise reads what enterprises were told, as in the inbox."""
    plan, found = campaign.plan, notices_of(behind.engine, case.case_id, _NOTICES)
    sent = [one for one in found if who.subject is None or one.role == "enterprise"]
    there = holders(behind.records, (case.district, plan.city), [case.subject_id])
    told = {"told": told_of_steps(plan, case, sent, there)}
    return told | {"told_of_measures": told_of_measures(plan, case, sent, there)}


def _reminders(behind: Backing, who: Actor, case_id: str) -> tuple[CaseReminded, ...]:
    """Those of whoever's case may be read; an enterprise reads what enterprises were told, as in the inbox."""
    told = reminders_in(behind.records, case_id, _REMINDERS)
    return tuple(one for one in told if who.subject is None or one.level == "enterprise")


def _related(behind: Backing, who: Actor, campaign: Campaign, case: Case) -> tuple[RelatedCase, ...]:
    """Of every campaign in which the reader reads something."""
    known = behind.lately(("campaigns",), lambda: campaigns(behind.records))
    readable = [c for c in known if not isinstance(reach(c.plan, who), Refused)] or [campaign]
    within_all(readable, who, Place())
    return related_cases(behind.engine, case.case_id, case.subject_id, [c.campaign_id for c in readable])


async def _run(behind: Backing, case_id: str) -> tuple[CaseRun | None, str]:
    """The run of its workflow; where there is none to show, why."""
    try:
        return await run_of_case(behind.temporal, case_id), ""
    except Unreachable:
        return None, "away"
    except LookupError:
        return None, "gone"


def _standing(case: Case, back: dict[str, Setback]) -> dict[str, Setback]:
    """What came back and is not settled since; of a must that was executed nothing but a restart that was refused."""
    open_findings = {f.ref for f in case.findings if not f.settled}
    open_musts = {m.id for m in (*case.owed, *case.restarts_awaited)}
    return {about: one for about, one in back.items() if about in open_findings | open_musts}


def _done(request: Request, done: str) -> str:
    """What the reader has just done, in the reader's language."""
    place = 1 if language_of(request) == "en" else 0
    return ("、", ", ")[place].join(COMMANDS[do][place] for do in done.split()[:4] if do in COMMANDS)


def measures_shown(plan: Plan, case: Case, shown: CaseDocument) -> list[dict[str, Any]]:
    """Each must of the case with its why; those that wait for somebody first."""
    musts = ((why, case.must_of(why.id)) for why in shown.explained)
    explained = [{"why": why, "must": must, "terms": plan.must(must.must)} for why, must in musts]
    return sorted(explained, key=lambda m: (not m["must"].is_owed, m["must"].state != "pending"))
