"""`/cases/{id}`: one case, from its log: whose turn it is, why which must is owed, what is due, what happened."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.backing import Behind
from api.problems import no_case
from api.words import CaseId
from models.case import Case
from models.plan import MustTerms, Plan
from rules.deadlines import Deadline, deadlines
from rules.explain import explain
from rules.recount import Key, provisional
from rules.sentences import sentences
from rules.stage import next_actor, stage
from rules.urgency import colour, level
from store.campaigns import Campaign, campaign_of
from store.queries import timeline
from store.rebuild import fold_case
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
    running = _deadlines(campaign, case, unsure)
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
        next_role=next_actor(plan, case, now),
        musts=_musts(plan, case),
        unsure=unsure,
        deadlines=running,
        steps=list(reversed(steps)),
        findings_due={d["deadline"].about: d for d in running if d["deadline"].clock == "rectification"},
    )


def _deadlines(campaign: Campaign, case: Case, unsure: frozenset[Key]) -> list[dict[str, Any]]:
    plan, now = campaign.plan, campaign.now()

    def told_of(deadline: Deadline) -> dict[str, Any]:
        late = deadline.due_at <= now
        return {
            "deadline": deadline,
            "colour": colour(plan, deadline.due_at, now, case.working_days),
            "days_late": (now - deadline.due_at).days if late else None,
            "days_left": None if late else (deadline.due_at - now).days,
            "level": level(plan, deadline.due_at, now) if late else None,
            "provisional": (deadline.clock, deadline.about) in unsure,
        }

    return [told_of(deadline) for deadline in deadlines(plan, case)]


def _musts(plan: Plan, case: Case) -> list[dict[str, Any]]:
    """Each must of the case with its why; those that wait for somebody first."""
    told_musts = [
        {"why": why, "must": case.must_of(why.id), "terms": _terms(plan, why.must)} for why in explain(plan, case)
    ]
    return sorted(told_musts, key=lambda m: (not m["must"].is_owed, m["must"].state != "pending"))


def _terms(plan: Plan, kind: str) -> MustTerms:
    return next(m for m in plan.musts if m.id == kind)
