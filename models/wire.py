"""What travels between client, workflow and record step. Wire names are declared once, here."""

from datetime import datetime

from pydantic import Field

from models.base import Frozen, is_none
from models.case import Case, EarlierOrder, Outcome, Stage
from models.claims import Claim
from models.commands import OfficialCommand, Open
from models.events import Transition
from models.plan import CalendarMove, PhaseDates
from models.refusals import Refused
from models.working_days import WorkingDays

CASE_WORKFLOW = "Case"
RECORD_ACTIVITY = "record"
CASES_QUEUE = "cases"
NOTICES_QUEUE = "notices"
NOTICES_WORKFLOW = "Notices"
RELAY_ACTIVITY = "relay_notices"
STAGE_ATTRIBUTE = "CaseStage"
DUE_ATTRIBUTE = "CaseDueAt"
CAMPAIGN_ATTRIBUTE = "CampaignId"
DISTRICT_ATTRIBUTE = "DistrictCode"
CALENDAR_SIGNAL = "calendar_moved"
REFUSED = "refused"
CASE_LINK = "/rectify/"  # before a case id: its page, at the port of the Temporal UI


class CaseStart(Frozen):
    """How a case workflow begins: by its `opening`, or (continued as new) with the case as it stood.

    `claim`: of whoever asked for the opening; `working_days`: what the case counts by; `clock_offset`: seconds between
    the campaign's clock and the workflow's; `spread_within`: seconds over which completions are spread;
    `continue_after`: history events after which it continues as new (0: as the server suggests).
    """

    case_id: str
    digest: str
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    working_days: WorkingDays = WorkingDays()
    opening: Open | None = None
    claim: Claim | None = Field(default=None, exclude_if=is_none)
    earlier_orders: tuple[EarlierOrder, ...] = ()
    clock_offset: int = 0
    spread_within: int = 0
    continue_after: int = 0
    case: Case | None = None


class Submission(Frozen):
    """An update's or a signal's argument: a command, told apart by its `do`, and the claim of whoever asks for it.

    `held`: how many lines the log of the case has, said where the case itself seems to know fewer. It learns
    them, and takes the command when that is handed in again.
    """

    command: OfficialCommand
    claim: Claim | None = Field(default=None, exclude_if=is_none)
    held: int | None = Field(default=None, exclude_if=is_none)


class RecordRequest(Frozen):
    """The record step's argument: the case before and the transition to record; None to be told what the log holds.

    `asked`: the digest of the command that asked for it, which its claim must fit; None for the clock.
    """

    digest: str
    before: Case | None
    transition: Transition | None
    asked: str | None = None


class Recorded(Frozen):
    """The record step's answer: the transitions that the log holds from this place on.

    Or nothing, and the `move` of the calendar that the step did not know: it is decided again after that. Or nothing,
    since the campaign is `certified`: no case is opened in it any more. Or nothing, since it is `unclaimed`: nobody
    proved to have asked for it, and this is the refusal.
    """

    transitions: tuple[Transition, ...] = ()
    move: CalendarMove | None = None
    certified: bool = False
    unclaimed: Refused | None = Field(default=None, exclude_if=is_none)

    @property
    def command_ids(self) -> set[str]:
        """Of the commands that the log holds from this place on."""
        return {step.command_id for step in self.transitions}


class Receipt(Frozen):
    """The answer to an accepted command: the present stage, not necessarily that right after the command."""

    case_id: str
    seq: int
    stage: Stage
    due_at: datetime | None
    outcome: Outcome | None


class CaseView(Frozen):
    """The answer of the query `current`; `now` is that of the last workflow task, by the campaign's clock."""

    case: Case | None
    stage: Stage | None
    due_at: datetime | None
    now: datetime
    clock_offset: int = 0
