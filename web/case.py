"""`/cases/{id}`: one case, from its log: whose turn it is, why which must is owed, what is due, what happened."""

from typing import Any

from fastapi import APIRouter, Request, Response

from models.case import Case
from models.plan import Plan
from rules.case.next_steps import next_steps
from rules.words.clock_words import unmet_said
from rules.words.terms import COMMANDS
from serving.actors import Official
from serving.backing import Behind
from serving.filter_words import CaseId
from serving.readable import readable_case
from store.case_log import timeline
from views.case import CaseDocument, case_document
from views.forms.steps import offers
from views.timeline import timeline_document
from web.evidence import evidence_of
from web.lists.back import back_to
from web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id:case_id}")
def case_page(
    request: Request, who: Official, behind: Behind, case_id: CaseId, done: str = "", back: str = ""
) -> Response:
    """The page of a case; `done`: what the reader has just done there; `back`: the list that it was opened from."""
    campaign, case = readable_case(behind, case_id, who)
    plan = campaign.plan
    shown = case_document(campaign, case)
    lines = timeline_document(plan, case_id, timeline(behind.engine, case_id)).timeline
    return page(
        request,
        "case.html",
        campaign,
        case=shown,
        done=done if done in COMMANDS else "",
        back=back_to(back),
        offers=offers(next_steps(plan, case, who, campaign.now())),
        unmet=unmet_said(case.unmet) if case.unmet else ("", ""),
        musts=measures_shown(plan, case, shown),
        evidence=evidence_of(case),
        unsure={(d.clock, d.about) for d in shown.deadlines if d.provisional},
        steps=tuple(reversed(lines)),
        findings_due={ref: a for a in shown.next_actions if a.clock == "rectification" for ref in a.about},
    )


def measures_shown(plan: Plan, case: Case, shown: CaseDocument) -> list[dict[str, Any]]:
    """Each must of the case with its why; those that wait for somebody first."""
    musts = ((why, case.must_of(why.id)) for why in shown.explained)
    explained = [{"why": why, "must": must, "terms": plan.must(must.must)} for why, must in musts]
    return sorted(explained, key=lambda m: (not m["must"].is_owed, m["must"].state != "pending"))
