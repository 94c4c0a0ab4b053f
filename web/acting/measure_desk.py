"""`/measures`: every proposal that waits for the reader's decision, exactly as it will be signed; alone or several."""

import uuid
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from models.actors import Actor
from models.case import Case
from rules.access.deeds import DEEDS, Place
from rules.case.next_steps import NextStep, next_steps
from rules.words.terms import MUSTS
from serving.actors import PROVE_AGAIN, Official, officials_only, require_proof, require_scope
from serving.backing import Backing, Behind
from serving.bodies import LARGEST
from serving.commands import give
from serving.filter_words import names_a_case
from serving.forms import Posted, form_values
from serving.problems import Problem, Trouble, no_case, one_field
from serving.readable import readable_case
from store.campaigns import Campaign
from store.case_log import steps_of, timeline
from store.overdue import OverdueCursor, OverdueFilter
from store.to_do import to_do_page
from store.verify import fold_cases
from views.case import CaseDocument, case_document
from views.forms.fields import NEEDED
from views.forms.posted import number_in, posted_value
from views.setbacks import BESIDE_MEASURE, BesideMeasure, beside_measure
from views.since import Since, case_since
from views.told import Told
from web.acting.told import told_next
from web.case import measures_shown
from web.drafts import SEEN
from web.evidence import Shown, evidence_about
from web.queries import DeskQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
_ROWS = 10
_DECISIONS = ("approve_measure", "return_measure")


class Proposal(NamedTuple):
    """A proposal as it stands: its case, the measure with its why, and what the decision binds to.

    The step is refused where the reader cannot decide it, and says why.
    """

    case: CaseDocument
    decided: dict[str, Any]
    step: NextStep
    evidence: tuple[Shown, ...]
    command_id: str
    told: tuple[Told, ...]
    written: BesideMeasure
    """What inspector and deciders wrote of it before."""


class Decided(NamedTuple):
    """What became of one decision; of one that was refused what became of the case since the proposal was shown."""

    case_id: str
    subject: str
    must_names: tuple[str, str] | None
    problem: Problem | None
    since: Since | None = None


@router.get("/measures")
def measures(request: Request, who: Official, behind: Behind, query: Annotated[DeskQuery, Query()]) -> Response:
    """The proposals, most urgent first, a page of ten."""
    require_proof(request, _DECISIONS[0])
    return _desk(request, who, behind, query)


def _desk(
    request: Request,
    who: Actor,
    behind: Backing,
    query: DeskQuery,
    posted: Posted | None = None,
    wrong: Trouble | None = None,
) -> Response:
    """The page; with what was ticked and written, where that cannot be taken yet."""
    campaign = behind.campaign(query.campaign)
    place = officials_only(campaign, who, Place())
    which = OverdueFilter(campaign_id=campaign.campaign_id, district=place.district, sector=place.sector, role=who.role)
    walk = behind.walk("measures", which)
    after = walk.marked(OverdueCursor, query.after)
    now = campaign.now()
    rows = to_do_page(behind.engine, campaign, now, which, _ROWS + 1, decisions=True, after=after)
    following = None
    if len(rows) > _ROWS:
        following = link("/measures", campaign=query.campaign, after=walk.mark(OverdueCursor.at(now, rows[_ROWS - 1])))
    about = [(row.case_id, row.about.rpartition("-")[0]) for row in rows[:_ROWS] if row.clock == "decision"]
    posted = posted or {}
    return page(
        request,
        "measures.html",
        campaign,
        status=wrong.problem.status if wrong else 200,
        proposals=_proposals(behind, campaign, who, about),
        following=following,
        decides=who.role in campaign.plan.deciders,
        decides_extensions=who.role in DEEDS["decide_extension"].roles,
        first=link("/measures", campaign=query.campaign) if after else None,
        query=query,
        problem=wrong.problem if wrong else None,
        prove_first=wrong is not None and wrong.problem.code == PROVE_AGAIN,
        chosen={_ticked(posted, key) for key in posted.get("chosen", ())},
        reason=posted_value(posted, "reason"),
    )


@router.post("/measures")
async def decide(request: Request, who: Official, behind: Behind) -> Response:
    """Each chosen proposal is decided by a command of its own; what became of each.

    Nothing ticked, or a return without a reason: the page again.
    """
    await require_scope(request, behind, who, "read")
    posted = await form_values(request, LARGEST, 500)
    do = posted_value(posted, "do")
    if do not in _DECISIONS:
        raise one_field("do", "须选择批准或退回", "is to be an approval or a return")
    if wrong := _unready(posted, do) or _unproven(request, do):
        shown = {name: posted_value(posted, name) or None for name in ("campaign", "after")}
        query = DeskQuery.model_validate(shown)
        return await run_in_threadpool(_desk, request, who, behind, query, posted, wrong)
    campaign = await run_in_threadpool(behind.campaign, None)
    done = [await _decided(request, behind, who, facts, subject) for facts, subject in _chosen(posted, do)]
    return await run_in_threadpool(page, request, "measures_done.html", campaign, do=do, done=done)


def _unready(posted: Posted, do: str) -> Trouble | None:
    """What is missing before anything can be decided."""
    if not posted.get("chosen"):
        zh, en = "未选择任何一项", "nothing was chosen"
        return Trouble(422, "nothing_chosen", zh, en, remedy_zh="先勾选措施", remedy_en="tick the measures first")
    if (do, "reason") in NEEDED and not posted_value(posted, "reason").strip():
        zh, en = "退回须说明理由", "a return needs a reason"
        remedy = {"remedy_zh": "填写意见后再退回", "remedy_en": "write it, then return them"}
        return Trouble(422, "reason_missing", zh, en, **remedy)
    return None


def _unproven(request: Request, do: str) -> Trouble | None:
    """That the last proof is too old: it is given above what was ticked and written, which stays."""
    try:
        require_proof(request, do)
    except Trouble as trouble:
        return trouble
    return None


def _ticked(posted: Posted, key: str) -> str:
    """Which proposal that was, whatever place it has on the page by now."""
    return f"{posted_value(posted, f'case_id.{key}')} {posted_value(posted, f'must.{key}')}"


def _proposals(behind: Backing, campaign: Campaign, who: Actor, about: list[tuple[str, str]]) -> list[Proposal]:
    folded = fold_cases(behind.engine, [case_id for case_id, _ in about])
    cases = [(folded[case_id].case, must) for case_id, must in about if case_id in folded]
    told = told_next(behind, campaign, who, cases)
    steps = steps_of(behind.engine, list(folded), BESIDE_MEASURE)
    made = (
        _proposal(campaign, case, who, must, next_, beside_measure(steps.get(case.case_id, ())))
        for (case, must), next_ in zip(cases, told, strict=True)
    )
    return [proposal for proposal in made if proposal]


def _proposal(
    campaign: Campaign, case: Case, who: Actor, must: str, told: tuple[Told, ...], written: BesideMeasure
) -> Proposal | None:
    """None where it is proposed no more."""
    document = case_document(campaign, case)
    shown = (m for m in measures_shown(campaign.plan, case, document) if m["must"].state == "proposed")
    decided = next((m for m in shown if m["must"].must == must), None)
    steps = next_steps(campaign.plan, case, who, campaign.now())
    step = next((s for s in steps if (s.do, s.about) == (_DECISIONS[0], must)), None)
    if decided is None or step is None:
        return None
    evidence = evidence_about(case, decided["must"].refs)
    return Proposal(document, decided, step, evidence, str(uuid.uuid4()), told, written)


def _chosen(posted: Posted, do: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The command of each ticked proposal but for its author, with its case, and the subject's name."""

    def value(name: str, key: str) -> str:
        return posted_value(posted, f"{name}.{key}")

    reason = posted_value(posted, "reason").strip()
    for key in dict.fromkeys(posted.get("chosen", ())):
        facts: dict[str, Any] = {
            "do": do,
            **{n: value(n, key) for n in ("must", "shown", "command_id", "case_id", SEEN)},
        }
        yield ({**facts, "reason": reason} if reason else facts), value("subject", key)


async def _decided(request: Request, behind: Backing, who: Actor, facts: dict[str, Any], subject: str) -> Decided:
    case_id, names = str(facts.pop("case_id")), MUSTS.get(str(facts["must"]))
    seen = number_in({SEEN: [str(facts.pop(SEEN))]}, SEEN)
    try:
        if not names_a_case(case_id):
            raise no_case(case_id[:100])
        await give(request, behind, who, case_id, facts)
    except Trouble as trouble:
        since = await run_in_threadpool(_since, behind, who, case_id, seen) if trouble.problem.status == 409 else None
        return Decided(case_id, subject, names, trouble.problem, since)
    return Decided(case_id, subject, names, None)


def _since(behind: Backing, who: Actor, case_id: str, seen: int) -> Since | None:
    campaign, _ = readable_case(behind, case_id, who)
    return case_since(campaign.plan, timeline(behind.engine, case_id), seen)
