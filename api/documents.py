"""The shapes of the answers, as the OpenAPI document tells them."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from models.actors import Actor, Role
from models.case import Answers, EarlierOrder, Finding, Must, Outcome, Stage, Unmet
from models.commands import CaseSource, Subject
from models.plan import Source
from rules.case.explain import Explanation
from rules.case.next_actions import NextAction
from rules.clocks.deadlines import Clock
from rules.clocks.urgency import Colour
from store.case_list import CaseRow
from store.counts import CaseCount
from store.overdue import OverdueRow

Kind = Literal["rectification", "duty"]


class ListedCase(CaseRow):
    """A case in a list."""

    overdue: bool


class CaseList(BaseModel):
    """A page of cases; `next` is null on the last one."""

    cases: list[ListedCase]
    next: str | None


class DeadlineDocument(BaseModel):
    """An unmet due instant, with the role that is late after it."""

    clock: Clock
    about: str
    role: Role
    due_at: datetime
    kind: Kind
    colour: Colour
    provisional: bool


class CaseDocument(BaseModel):
    """A case as its log tells it."""

    case_id: str
    campaign_id: str
    plan_id: str
    plan_hash: str
    subject: Subject
    district: str
    source: CaseSource
    opened_at: datetime
    opened_by: Actor
    phase: str
    earlier_orders: list[EarlierOrder]
    officers: list[str]
    answers: Answers
    investigation_due_at: datetime
    investigated_at: datetime | None
    findings: list[Finding]
    musts: list[Must]
    consolidated_at: datetime | None
    look_back_due_at: datetime | None
    listed: str | None
    outcome: Outcome | None
    closed_at: datetime | None
    unmet: Unmet | None
    clock_at: datetime
    fallen_at: datetime | None
    seq: int
    now: datetime
    stage: Stage
    next_role: Role | None
    next_actions: list[NextAction]
    deadlines: list[DeadlineDocument]
    explained: list[Explanation]


class LineDocument(BaseModel):
    """One line of the log."""

    seq: int
    at: datetime
    do: str
    by: str
    zh: str
    en: str
    events: list[dict[str, Any]]


class TimelineDocument(BaseModel):
    """The log of a case, oldest first."""

    case_id: str
    timeline: list[LineDocument]


class WarningDocument(BaseModel):
    """Something to look at; nothing was refused for it."""

    zh: str
    en: str


class ReceiptDocument(BaseModel):
    """The answer to an accepted command: the present stage, not necessarily that right after the command."""

    accepted: Literal[True]
    case_id: str
    command_id: str
    seq: int
    stage: Stage
    outcome: Outcome | None
    due: datetime | None
    warnings: list[WarningDocument]


class OverdueDocument(OverdueRow):
    """A missed deadline; `finding` is its ref where it is about one."""

    finding: str | None


class OverdueList(BaseModel):
    """A page of what was overdue at the instant, longest overdue first."""

    campaign: str
    as_of: datetime
    overdue: list[OverdueDocument]
    next: str | None


class PhaseDocument(BaseModel):
    """A phase of the campaign: begins_at <= instant < ends_at."""

    id: str
    zh: str
    en: str
    source: Source
    clause: str
    begins_at: datetime
    ends_at: datetime


class CampaignBrief(BaseModel):
    """A campaign in the list."""

    campaign_id: str
    year: int
    zh: str
    en: str
    notice: str
    phase: str | None
    now: datetime
    clock_offset: int


class CampaignList(BaseModel):
    """Every campaign, newest first."""

    campaigns: list[CampaignBrief]


class CampaignDocument(CampaignBrief):
    """A campaign with its calendar and its counts."""

    today: date
    plan_id: str
    digest: str
    phases: list[PhaseDocument]
    counts: list[CaseCount]
