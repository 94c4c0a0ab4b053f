"""Every clock that runs in a case, as absolute due instants, and whose they are (domain §5)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from models.actors import Role
from models.base import Frozen
from models.case import Case, Finding, Must
from models.plan import Plan
from rules.clocks.periods import reinspection_due

Clock = Literal[
    "investigation",
    "registration",
    "rectification",
    "extension",
    "reinspection",
    "restart",
    "decision",
    "execution",
    "look_back",
]


class Deadline(Frozen):
    """An unmet due instant: its clock, the finding or must it belongs to, the role that is late after it."""

    clock: Clock
    about: str
    role: Role
    due_at: datetime

    @property
    def is_duty(self) -> bool:
        """An agency's duty; rectification is the enterprise's."""
        return self.clock != "rectification"


def deadlines(plan: Plan, case: Case) -> tuple[Deadline, ...]:
    """Every unmet deadline of an open case, past ones included, earliest first."""
    if case.closed:
        return ()
    return tuple(sorted(_running(plan, case), key=lambda d: (d.due_at, d.clock, d.about)))


def _running(plan: Plan, case: Case) -> Iterator[Deadline]:
    if case.investigated_at is None:
        yield Deadline(clock="investigation", about="case", role="inspector", due_at=case.investigation_due_at)
    blocked = case.blocked
    for finding in case.findings:
        if not finding.settled:
            yield from _of_finding(plan, case, finding, finding.ref in blocked)
    for must in case.musts:
        yield from _of_must(plan, must)
    if case.look_back_due_at is not None:
        yield Deadline(clock="look_back", about="case", role="inspector", due_at=case.look_back_due_at)


def _of_finding(plan: Plan, case: Case, finding: Finding, blocked: bool) -> Iterator[Deadline]:
    ref = finding.ref
    if finding.registered_at is None:
        yield Deadline(clock="registration", about=ref, role="inspector", due_at=finding.registration_due_at)
    if finding.due_at is not None:
        yield Deadline(clock="rectification", about=ref, role="enterprise", due_at=finding.due_at)
    if finding.extension is not None:
        yield Deadline(clock="extension", about=ref, role="supervisor", due_at=finding.extension.decide_by)
    # no verdict may be given while a measure comes first, so none is due; nor before a new date after a failed one
    waits = finding.needs_due_date or blocked or finding.registered_at is None
    if not waits and (due_at := reinspection_due(plan, finding, case.working_days)):
        yield Deadline(clock="reinspection", about=ref, role="inspector", due_at=due_at)


def _of_must(plan: Plan, must: Must) -> Iterator[Deadline]:
    if must.restart_due_at and not must.lifted_at:
        yield Deadline(clock="restart", about=must.id, role="inspector", due_at=must.restart_due_at)
    if must.stayed_at:
        return  # a stayed measure is neither approved nor executed: its clocks stand still
    if must.state in ("owed", "proposed") and must.decide_by:
        role = "inspector" if must.state == "owed" else plan.must(must.must).decided_by
        yield Deadline(clock="decision", about=must.id, role=role, due_at=must.decide_by)
    if must.state == "decided" and must.execute_by:
        yield Deadline(clock="execution", about=must.id, role="inspector", due_at=must.execute_by)


def due(plan: Plan, case: Case) -> datetime | None:
    """The earliest unmet due instant, past ones included; None when nothing is due."""
    return next((d.due_at for d in deadlines(plan, case)), None)


def overdue(plan: Plan, case: Case, now: datetime) -> tuple[Deadline, ...]:
    """What is overdue at the instant: an act is in time only if it is earlier than its due instant."""
    return tuple(d for d in deadlines(plan, case) if d.due_at <= now)
