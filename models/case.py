"""The case: one serialisable value, evolved from events only (domain §2–5). All instants are absolute."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from models.actors import Actor
from models.base import Frozen, is_empty, is_none
from models.case_ids import campaign_in, subject_in
from models.commands import Answers, CaseSource, ExecutionDetails, Fine, Grade, Subject
from models.files import CaseFile
from models.plan import MustKind, PhaseDates
from models.working_days import WorkingDays

Stage = Literal[
    "investigation",
    "registration",
    "rectification",
    "reinspection",
    "escalation",
    "consolidation",
    "closed",
]
Outcome = Literal["compliant", "rectified", "shut_down", "referred", "carried_over", "void"]
FindingState = Literal["recorded", "registered", "declared", "failed", "verified", "rescinded", "absorbed"]
SETTLED: frozenset[str] = frozenset({"verified", "rescinded", "absorbed"})
MustState = Literal[
    "pending",
    "owed",
    "proposed",
    "decided",
    "executed",
    "absorbed",
    "withdrawn",
    "carried_over",
]
OWED: frozenset[str] = frozenset({"owed", "proposed", "decided"})
Reason = Literal[
    "unlawful_conduct",
    "hazard_failed",
    "imminent_danger",
    "illegal_operation",
    "suspension_failed",
    "still_going_on",
    "again",
    "suspected_crime",
]


class EarlierOrder(Frozen):
    """An earlier order to rectify, of the same subject, from before this case."""

    category: str
    ordered_at: datetime


class ExtensionRequest(Frozen):
    """An extension asked for and not yet decided."""

    due_at: datetime
    reason: str
    decide_by: datetime
    requested_at: datetime | None = None


class Finding(Frozen):
    """A violation or hazard. `unlawful`: it is illegal conduct (V), or counts as such (resurgence).

    `reinspect_by` keeps a re-inspection's due instant where a later official calendar would count another.
    """

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
    state: FindingState = "recorded"
    recorded_at: datetime
    recorded_by: Actor
    registration_due_at: datetime
    registered_at: datetime | None = None
    responsible: str | None = None
    due_at: datetime | None = None
    counted_from: datetime | None = None
    declared_at: datetime | None = None
    judged_at: datetime | None = None
    failed_at: datetime | None = None
    failed_in: str | None = None
    extension: ExtensionRequest | None = None
    extension_used: bool = False
    reclassified: bool = False
    needs_due_date: bool = False
    reinspect_by: datetime | None = None

    @property
    def settled(self) -> bool:
        """Verified, rescinded or absorbed."""
        return self.state in SETTLED

    @property
    def under_rectification(self) -> bool:
        """Registered and unsettled."""
        return self.registered_at is not None and not self.settled

    def awaits_verdict(self, now: datetime) -> bool:
        """Declared, or its due date passed since registration or the last verdict (domain §3)."""
        if not self.under_rectification or self.registered_at is None or self.due_at is None:
            return False
        since = max(self.registered_at, self.judged_at or self.registered_at)
        return self.state == "declared" or since < self.due_at <= now


class Ground(Frozen):
    """A finding as the ground of a must, and why."""

    ref: str
    reason: Reason
    since: datetime


class Stay(Frozen):
    """A stay of a measure that was lifted (L)."""

    since: datetime
    until: datetime


class Must(Frozen):
    """One of the four musts with its grounds; `arose_at` is the instant it became owed (pending: became pending).

    `stays`: those that were lifted; the one that stands is told by `stayed_at` and `stayed_by`.
    """

    id: str
    must: MustKind
    state: MustState
    grounds: tuple[Ground, ...]
    arose_at: datetime
    decide_by: datetime | None = None
    execute_by: datetime | None = None
    proposed_by: Actor | None = None
    proposed_at: datetime | None = Field(default=None, exclude_if=is_none)
    fine: Fine | None = None
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    executed_at: datetime | None = None
    executed_on: date | None = None
    details: ExecutionDetails | None = None
    stayed_at: datetime | None = None
    stayed_by: str | None = None
    stays: tuple[Stay, ...] = Field(default=(), exclude_if=is_empty)
    restart_due_at: datetime | None = None
    restart_counted_from: datetime | None = None
    lifted_at: datetime | None = None

    @property
    def is_owed(self) -> bool:
        """Owed, proposed or decided: the sense of `owed` in lists."""
        return self.state in OWED

    @property
    def refs(self) -> tuple[str, ...]:
        """The refs of the grounds."""
        return tuple(g.ref for g in self.grounds)

    @property
    def in_force(self) -> bool:
        """An executed suspension, neither lifted nor stayed."""
        return self.must == "suspend" and self.state == "executed" and not self.lifted_at and not self.stayed_at

    @property
    def blocks_verdicts(self) -> bool:
        """A suspend or close that is owed: its grounds take no verdict until it is executed (measure_first)."""
        return self.is_owed and self.must in ("suspend", "close")


class Unmet(Frozen):
    """What a case leaves behind at completion: musts not executed, findings overdue, a missed look-back.

    `suspensions`: executed, and not lifted by restart acceptance.
    """

    musts: tuple[str, ...] = ()
    overdue_findings: tuple[str, ...] = ()
    look_back_missed: bool = False
    suspensions: tuple[str, ...] = Field(default=(), exclude_if=is_empty)


class Case(Frozen):
    """Everything that is known of a case.

    `seq` counts recorded transitions, `clock_at` is the instant of the last one, `fallen_at` the last instant at
    which a deadline passed, `handled` the digest of each accepted command by its id, `calendar` the number of the
    committee's last move of a boundary that the case follows, `working_days` the official calendars by which it counts.
    """

    case_id: str
    plan_id: str
    plan_hash: str
    subject: Subject
    district: str
    source: CaseSource
    opened_at: datetime
    opened_by: Actor
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    phase: str
    earlier_orders: tuple[EarlierOrder, ...] = ()
    officers: tuple[str, ...] = ()
    answers: Answers = Answers()
    investigation_due_at: datetime
    investigated_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    musts: tuple[Must, ...] = ()
    files: tuple[CaseFile, ...] = Field(default=(), exclude_if=is_empty)
    consolidated_at: datetime | None = None
    look_back_due_at: datetime | None = None
    listed: Literal["district", "city"] | None = None
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    unmet: Unmet | None = None
    handled: dict[str, str] = Field(default_factory=dict[str, str])
    clock_at: datetime
    fallen_at: datetime | None = None
    working_days: WorkingDays = WorkingDays()
    seq: int = 0

    @property
    def campaign_id(self) -> str:
        """The campaign of `case/{campaign}/{subject}`."""
        return campaign_in(self.case_id)

    @property
    def subject_id(self) -> str:
        """The subject of `case/{campaign}/{subject}`, where the register gave it no other id."""
        return self.subject.id or subject_in(self.case_id)

    @property
    def closed(self) -> bool:
        """An outcome is set; final."""
        return self.outcome is not None

    @property
    def ends_at(self) -> datetime:
        """The instant of completion, 31 December 24:00 in the notice."""
        return self.phases[-1].ends_at

    def finding(self, ref: str) -> Finding | None:
        """The finding of that ref."""
        return next((f for f in self.findings if f.ref == ref), None)

    def must_of(self, must_id: str) -> Must:
        """The must of that id; StopIteration if there is none."""
        return next(m for m in self.musts if m.id == must_id)

    def musts_in(self, *states: MustState) -> tuple[Must, ...]:
        """The musts in one of the states, oldest first."""
        return tuple(m for m in self.musts if m.state in states)

    @property
    def owed(self) -> tuple[Must, ...]:
        """Musts owed, proposed or decided."""
        return tuple(m for m in self.musts if m.is_owed)

    @property
    def all_settled(self) -> bool:
        """There are findings, and each is verified, rescinded or absorbed."""
        return bool(self.findings) and all(f.settled for f in self.findings)

    @property
    def restarts_awaited(self) -> tuple[Must, ...]:
        """Suspensions in force whose grounds are all verified: restart acceptance is due (3.1.restart)."""
        return tuple(m for m in self.musts if m.restart_due_at and not m.lifted_at)

    @property
    def blocked(self) -> frozenset[str]:
        """The refs of the findings that are grounds of an owed suspend or close (measure_first)."""
        return frozenset(ref for m in self.musts if m.blocks_verdicts for ref in m.refs)
