"""What happened to a case: past tense, complete, with absolute instants, so that folding them gives the case."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from models.actors import Actor
from models.base import Frozen, is_none
from models.calendar_moved import CalendarMoved
from models.case import EarlierOrder, Ground, Outcome, Unmet
from models.claims import Claim
from models.commands import Answers, CaseSource, ExecutionDetails, Fine, Grade, Subject
from models.files import FilesAttached
from models.plan import MustKind, PhaseDates
from models.refusals import Refused
from models.working_days import WorkingDays


class CaseOpened(Frozen):
    kind: Literal["case_opened"] = "case_opened"
    case_id: str
    plan_id: str
    plan_hash: str
    subject: Subject
    source: CaseSource
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    phase: str
    earlier_orders: tuple[EarlierOrder, ...]
    investigation_due_at: datetime
    working_days: WorkingDays = WorkingDays()


class OfficersAssigned(Frozen):
    kind: Literal["officers_assigned"] = "officers_assigned"
    officers: tuple[str, ...]


class AnswersRecorded(Frozen):
    kind: Literal["answers_recorded"] = "answers_recorded"
    answers: Answers


class FindingRecorded(Frozen):
    kind: Literal["finding_recorded"] = "finding_recorded"
    ref: str
    category: str
    counts_as: str | None = None
    unlawful: bool
    grade: Grade
    description: str
    illegal_operation: bool
    suspected_crime: bool
    imminent_danger: bool
    inspected_on: date | None = None
    observed_at: datetime | None = Field(default=None, exclude_if=is_none)
    registration_due_at: datetime


class FindingCorrected(Frozen):
    kind: Literal["finding_corrected"] = "finding_corrected"
    ref: str
    category: str
    unlawful: bool
    grade: Grade
    description: str
    illegal_operation: bool


class FindingRegistered(Frozen):
    kind: Literal["finding_registered"] = "finding_registered"
    ref: str
    responsible: str
    due_at: datetime
    counted_from: datetime


class ResponsibleReassigned(Frozen):
    kind: Literal["responsible_reassigned"] = "responsible_reassigned"
    ref: str
    responsible: str


class ExtensionRequested(Frozen):
    kind: Literal["extension_requested"] = "extension_requested"
    ref: str
    due_at: datetime
    reason: str
    decide_by: datetime
    requested_at: datetime | None = None


class ExtensionDecided(Frozen):
    kind: Literal["extension_decided"] = "extension_decided"
    ref: str
    granted: bool
    reason: str


class RectificationDeclared(Frozen):
    kind: Literal["rectification_declared"] = "rectification_declared"
    ref: str
    evidence: tuple[str, ...]


class VerdictGiven(Frozen):
    kind: Literal["verdict_given"] = "verdict_given"
    ref: str
    passed: bool
    note: str
    in_suspension: str | None = None


class DueDateSet(Frozen):
    """A new due date: after a failed verdict, or counted from the service of a suspension (`lapses` declarations)."""

    kind: Literal["due_date_set"] = "due_date_set"
    ref: str
    due_at: datetime
    counted_from: datetime
    lapses: bool = False


class FindingRescinded(Frozen):
    kind: Literal["finding_rescinded"] = "finding_rescinded"
    ref: str
    reason: str


class FindingAbsorbed(Frozen):
    kind: Literal["finding_absorbed"] = "finding_absorbed"
    ref: str


class FindingReclassified(Frozen):
    """Not an illegal operation after all: the district government disposes by class (N 3.2)."""

    kind: Literal["finding_reclassified"] = "finding_reclassified"
    ref: str


class MustPended(Frozen):
    """Facts that will owe a must when phase 2 begins."""

    kind: Literal["must_pended"] = "must_pended"
    id: str
    must: MustKind
    grounds: tuple[Ground, ...]


class MustArose(Frozen):
    """A must is owed from now on; `id` may be that of a pending one, whose settled grounds then fall away."""

    kind: Literal["must_arose"] = "must_arose"
    id: str
    must: MustKind
    grounds: tuple[Ground, ...]
    decide_by: datetime


class GroundsJoined(Frozen):
    """New grounds for a pending, owed or proposed must; a proposed one is back to owed.

    `merged` is the pending must whose grounds these were; it ends with this.
    """

    kind: Literal["grounds_joined"] = "grounds_joined"
    id: str
    grounds: tuple[Ground, ...]
    merged: str | None = None


class GroundsDropped(Frozen):
    """Grounds fell away; the rest remains. `reopens`: the proposal no longer fits and is void."""

    kind: Literal["grounds_dropped"] = "grounds_dropped"
    id: str
    refs: tuple[str, ...]
    reopens: bool = False


class MustWithdrawn(Frozen):
    kind: Literal["must_withdrawn"] = "must_withdrawn"
    id: str


class MustAbsorbed(Frozen):
    kind: Literal["must_absorbed"] = "must_absorbed"
    id: str


class MeasureProposed(Frozen):
    kind: Literal["measure_proposed"] = "measure_proposed"
    id: str
    fine: Fine | None = None


class MeasureApproved(Frozen):
    kind: Literal["measure_approved"] = "measure_approved"
    id: str
    execute_by: datetime
    reason: str | None = None
    shown: str | None = Field(default=None, exclude_if=is_none)


class MeasureReturned(Frozen):
    kind: Literal["measure_returned"] = "measure_returned"
    id: str
    reason: str | None = None
    shown: str | None = Field(default=None, exclude_if=is_none)


class MeasureExecuted(Frozen):
    kind: Literal["measure_executed"] = "measure_executed"
    id: str
    on: date
    details: ExecutionDetails


class MeasureStayed(Frozen):
    kind: Literal["measure_stayed"] = "measure_stayed"
    id: str
    authority: str
    reason: str


class StayLifted(Frozen):
    kind: Literal["stay_lifted"] = "stay_lifted"
    id: str
    authority: str
    reason: str
    decide_by: datetime | None = None
    execute_by: datetime | None = None


class RestartFellDue(Frozen):
    """Every ground of a suspension is verified: acceptance is due."""

    kind: Literal["restart_fell_due"] = "restart_fell_due"
    id: str
    due_at: datetime
    counted_from: datetime | None = None


class RestartAccepted(Frozen):
    kind: Literal["restart_accepted"] = "restart_accepted"
    ids: tuple[str, ...]
    signatories: tuple[str, ...]


class RestartRefused(Frozen):
    kind: Literal["restart_refused"] = "restart_refused"
    ids: tuple[str, ...]
    conditions: dict[str, bool]
    reason: str


class SuspensionLifted(Frozen):
    kind: Literal["suspension_lifted"] = "suspension_lifted"
    id: str


class ListedForSupervision(Frozen):
    kind: Literal["listed_for_supervision"] = "listed_for_supervision"
    level: Literal["district", "city"]
    reason: str


class Delisted(Frozen):
    kind: Literal["delisted"] = "delisted"
    reason: str


class ConsolidationEntered(Frozen):
    kind: Literal["consolidation_entered"] = "consolidation_entered"
    look_back_due_at: datetime


class ConsolidationLeft(Frozen):
    kind: Literal["consolidation_left"] = "consolidation_left"


class LookedBack(Frozen):
    kind: Literal["looked_back"] = "looked_back"
    recurred: bool


class Transferred(Frozen):
    kind: Literal["transferred"] = "transferred"
    district: str
    reason: str


class NoteAdded(Frozen):
    kind: Literal["note_added"] = "note_added"
    text: str
    refs: tuple[str, ...] = ()


class DueFell(Frozen):
    """A clock that was missed at an instant: its kind and what it belongs to."""

    clock: str
    about: str


class DeadlinePassed(Frozen):
    kind: Literal["deadline_passed"] = "deadline_passed"
    missed: tuple[DueFell, ...]


class PhaseBegan(Frozen):
    kind: Literal["phase_began"] = "phase_began"
    phase: str


class CommandRefused(Frozen):
    """A refusal on the signal path, kept because no one waits for its answer."""

    kind: Literal["command_refused"] = "command_refused"
    do: str
    refusal: Refused


class CaseClosed(Frozen):
    kind: Literal["case_closed"] = "case_closed"
    outcome: Outcome
    reason: str | None = None
    unmet: Unmet | None = None


AnyEvent = (
    CaseOpened
    | OfficersAssigned
    | AnswersRecorded
    | FindingRecorded
    | FindingCorrected
    | FindingRegistered
    | ResponsibleReassigned
    | ExtensionRequested
    | ExtensionDecided
    | RectificationDeclared
    | VerdictGiven
    | DueDateSet
    | FindingRescinded
    | FindingAbsorbed
    | FindingReclassified
    | MustPended
    | MustArose
    | GroundsJoined
    | GroundsDropped
    | MustWithdrawn
    | MustAbsorbed
    | MeasureProposed
    | MeasureApproved
    | MeasureReturned
    | MeasureExecuted
    | MeasureStayed
    | StayLifted
    | RestartFellDue
    | RestartAccepted
    | RestartRefused
    | SuspensionLifted
    | ListedForSupervision
    | Delisted
    | ConsolidationEntered
    | ConsolidationLeft
    | LookedBack
    | Transferred
    | NoteAdded
    | FilesAttached
    | DeadlinePassed
    | PhaseBegan
    | CalendarMoved
    | CommandRefused
    | CaseClosed
)
Event = Annotated[AnyEvent, Field(discriminator="kind")]
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Event)


class Transition(Frozen):
    """One recorded step of a case: what was asked, by whom, when, and the events it gave.

    `by` is None for the clock; `command_id` is unique within the case; `content` is the start of the command's digest.
    `claim` proves who asked; None for the clock, and in what was recorded before commands carried one.
    """

    at: datetime
    do: str
    command_id: str
    content: str
    by: Actor | None = None
    second: Actor | None = None
    observed_at: datetime | None = None
    note: str | None = None
    claim: Claim | None = Field(default=None, exclude_if=is_none)
    events: tuple[Event, ...]
