"""`/cases/{id}`: one case, from its log: whose turn it is, why which must is owed, what is due, what happened."""

from typing import Any

from fastapi import APIRouter, Request, Response

from models.case import Case
from models.plan import MustTerms, Plan
from rules.case.explain import explain
from rules.case.next_actions import NextAction, next_actions
from rules.case.stage import stage
from rules.clocks.recount import Key, provisional
from rules.clocks.urgency import colour, level
from rules.words.clock_words import unmet_said
from rules.words.sentences import sentences
from serving.backing import Behind
from serving.filter_words import CaseId
from serving.problems import no_case
from store.campaigns import Campaign, campaign_of
from store.case_log import timeline
from store.verify import fold_case
from web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id:case_id}")
def case_page(request: Request, behind: Behind, case_id: CaseId) -> Response:
    """The page of a case."""
    try:
        case = fold_case(behind.engine, case_id).case
    except LookupError:
        raise no_case(case_id) from None
    campaign = campaign_of(behind.engine, case.campaign_id)
    plan, now = campaign.plan, campaign.now()
    unsure = provisional(plan, case)
    actions = _actions(campaign, case, unsure)
    log = timeline(behind.engine, case_id)
    steps = [
        {"seq": seq, "step": step, "said": said}
        for seq, (step, said) in enumerate(zip(log, sentences(plan, log), strict=True), start=1)
    ]
    return page(
        request,
        "case.html",
        campaign,
        case=case,
        stage=stage(case, now),
        actions=actions,
        unmet=unmet_said(case.unmet) if case.unmet else ("", ""),
        musts=_musts(plan, case),
        unsure=unsure,
        steps=list(reversed(steps)),
        findings_due={ref: a for a in actions if a["action"].clock == "rectification" for ref in a["action"].about},
    )


def _actions(campaign: Campaign, case: Case, unsure: frozenset[Key]) -> list[dict[str, Any]]:
    """Who does what until when, each with how urgent it is."""
    plan, now = campaign.plan, campaign.now()

    def urgency(action: NextAction) -> dict[str, Any]:
        if action.due_at is None or action.clock is None:
            return {"colour": "", "days_late": None, "days_left": None, "level": None, "provisional": False}
        late = action.due_at <= now
        return {
            "colour": colour(plan, action.due_at, now, case.working_days),
            "days_late": (now - action.due_at).days if late else None,
            "days_left": None if late else (action.due_at - now).days,
            "level": level(plan, action.due_at, now) if late else None,
            "provisional": any((action.clock, about) in unsure for about in action.about or ("case",)),
        }

    return [{"action": action, **urgency(action)} for action in next_actions(plan, case, now)]


def _musts(plan: Plan, case: Case) -> list[dict[str, Any]]:
    """Each must of the case with its why; those that wait for somebody first."""
    told_musts = [
        {"why": why, "must": case.must_of(why.id), "terms": _terms(plan, why.must)} for why in explain(plan, case)
    ]
    return sorted(told_musts, key=lambda m: (not m["must"].is_owed, m["must"].state != "pending"))


def _terms(plan: Plan, kind: str) -> MustTerms:
    return next(m for m in plan.musts if m.id == kind)
