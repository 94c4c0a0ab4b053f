"""A case as its log tells it: whose turn it is, why which must is owed, what is due."""

from datetime import datetime
from typing import Literal

from models.actors import Actor, Role
from models.base import Frozen
from models.case import Answers, Case, EarlierOrder, Finding, Must, Outcome, Stage, Unmet
from models.commands import CaseSource, Subject
from models.files import CaseFile
from models.plan import Plan
from models.working_days import WorkingDays
from rules.case.explain import Explanation, explain
from rules.case.next_actions import NextAction, next_actions
from rules.case.next_steps import NextStep, next_steps
from rules.case.stage import next_actor, stage
from rules.clocks.deadlines import Kind, deadlines
from rules.clocks.recount import Key, provisional
from rules.clocks.table import Clock
from rules.clocks.urgency import Colour, colour, level
from store.campaigns import Campaign


class DeadlineDocument(Frozen):
    """An unmet due instant, with the role that is late after it."""

    clock: Clock
    about: str
    role: Role
    due_at: datetime
    kind: Kind
    colour: Colour
    provisional: bool


class ActionDocument(NextAction):
    """A next action with its urgency; whole days late or left, and the level it has risen to, where a clock runs."""

    colour: Colour | None
    days_late: int | None
    days_left: int | None
    level: str | None
    provisional: bool


class NextStepsDocument(Frozen):
    """What one official may do in a case now, and what not, with why."""

    case_id: str
    steps: tuple[NextStep, ...]


class CaseDocument(Frozen):
    """A case with findings, musts and why they are owed, next actions and unmet deadlines."""

    case_id: str
    campaign_id: str
    plan_id: str
    plan_hash: str
    subject: Subject
    district: str
    source: CaseSource
    opened_at: datetime
    opened_by: Actor
    calendar: int
    phase: str
    earlier_orders: tuple[EarlierOrder, ...]
    officers: tuple[str, ...]
    answers: Answers
    investigation_due_at: datetime
    investigated_at: datetime | None
    findings: tuple[Finding, ...]
    musts: tuple[Must, ...]
    files: tuple[CaseFile, ...]
    consolidated_at: datetime | None
    look_back_due_at: datetime | None
    listed: Literal["district", "city"] | None
    outcome: Outcome | None
    closed_at: datetime | None
    unmet: Unmet | None
    clock_at: datetime
    fallen_at: datetime | None
    working_days: WorkingDays
    seq: int
    now: datetime
    stage: Stage
    next_role: Role | None
    next_actions: tuple[ActionDocument, ...]
    deadlines: tuple[DeadlineDocument, ...]
    explained: tuple[Explanation, ...]


_OF_THE_CASE = tuple(name for name in CaseDocument.model_fields if name in Case.model_fields)


def next_steps_document(campaign: Campaign, case: Case, who: Actor) -> NextStepsDocument:
    """The commands of the official's office, each with its clause, and why not where it may not be given."""
    return NextStepsDocument(case_id=case.case_id, steps=next_steps(campaign.plan, case, who, campaign.now()))


def case_document(campaign: Campaign, case: Case) -> CaseDocument:
    """The case as of the campaign's own now."""
    plan, now = campaign.plan, campaign.now()
    unsure = provisional(plan, case)
    return CaseDocument.model_construct(
        **{name: getattr(case, name) for name in _OF_THE_CASE},
        campaign_id=campaign.campaign_id,
        now=now,
        stage=stage(case, now),
        next_role=next_actor(plan, case, now),
        next_actions=tuple(_action(plan, case, action, now, unsure) for action in next_actions(plan, case, now)),
        deadlines=tuple(
            DeadlineDocument(
                **d.model_dump(),
                kind=d.kind,
                colour=colour(plan, d.due_at, now, case.working_days),
                provisional=(d.clock, d.about) in unsure,
            )
            for d in deadlines(plan, case)
        ),
        explained=explain(plan, case),
    )


def _action(plan: Plan, case: Case, action: NextAction, now: datetime, unsure: frozenset[Key]) -> ActionDocument:
    facts = action.model_dump()
    if action.due_at is None or action.clock is None:
        return ActionDocument(**facts, colour=None, days_late=None, days_left=None, level=None, provisional=False)
    late = action.due_at <= now
    return ActionDocument(
        **facts,
        colour=colour(plan, action.due_at, now, case.working_days),
        days_late=(now - action.due_at).days if late else None,
        days_left=None if late else (action.due_at - now).days,
        level=level(plan, action.due_at, now) if late else None,
        provisional=any((action.clock, about) in unsure for about in action.about or ("case",)),
    )
