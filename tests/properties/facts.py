"""An oracle apart from the guard table: what the events of a case owe, straight from domain §4."""

from dataclasses import dataclass
from datetime import date, datetime

from models.case import Case
from models.events import (
    AnyEvent,
    FindingCorrected,
    FindingReclassified,
    FindingRecorded,
    FindingRegistered,
    FindingRescinded,
    MeasureExecuted,
    VerdictGiven,
)
from models.instants import day_of
from models.plan import MUSTS, MustKind

UNLAWFUL = frozenset(f"V{n:02}" for n in range(1, 11))


@dataclass
class Fact:
    """What the log says of one finding."""

    unlawful: bool
    illegal: bool
    crime: bool
    danger: bool
    recorded_at: datetime
    inspected_on: date | None = None
    resurgence: bool = False
    registered_at: datetime | None = None
    reclassified: bool = False
    failed: bool = False
    failed_in_suspension: bool = False
    failed_in_v10: bool = False
    again: bool = False
    rescinded: bool = False

    def owes(self, must: MustKind) -> bool:
        """The table of domain §4, row by row."""
        match must:
            case "suspend":
                conduct = self.registered_at is not None and (self.unlawful or self.reclassified)
                return self.danger or (not self.illegal and (conduct or (self.failed and not self.unlawful)))
            case "close":
                return (self.illegal and self.registered_at is not None) or self.failed_in_suspension
            case "fine":
                return (self.failed and self.unlawful) or self.failed_in_v10 or self.again
            case "refer":
                return self.crime


class Facts:
    """The facts of a case, told event by event."""

    def __init__(self, earlier_orders: list[datetime]) -> None:
        self.of: dict[str, Fact] = {}
        self.closed_down = False
        self.orders: list[tuple[datetime, str | None]] = [(at, None) for at in earlier_orders]

    def tell(self, before: Case, event: AnyEvent, at: datetime) -> None:
        """One event of an open case."""
        match event:
            case FindingRecorded():
                self.of[event.ref] = self._recorded(event, at)
            case FindingCorrected():
                fact = self.of[event.ref]
                fact.unlawful = event.category in UNLAWFUL or fact.resurgence
                fact.illegal = event.illegal_operation
            case FindingRegistered():
                self._registered(event.ref, at)
            case VerdictGiven(passed=False):
                self._failed(before, event.ref)
            case FindingReclassified():
                self.of[event.ref].illegal = False
                self.of[event.ref].reclassified = True
            case FindingRescinded():
                self.of[event.ref].rescinded = True
            case MeasureExecuted():
                must = before.must_of(event.id)
                self.closed_down = self.closed_down or must.must == "close"
                if must.must == "suspend" and any(self._for_v10(ref) for ref in must.refs):
                    self.orders.append((at, None))
            case _:
                pass

    def _recorded(self, event: FindingRecorded, at: datetime) -> Fact:
        return Fact(
            unlawful=event.category in UNLAWFUL or self.closed_down,
            illegal=event.illegal_operation or self.closed_down,
            crime=event.suspected_crime,
            danger=event.imminent_danger,
            recorded_at=at,
            inspected_on=event.inspected_on,
            resurgence=self.closed_down,
        )

    def _registered(self, ref: str, at: datetime) -> None:
        fact = self.of[ref]
        orders = [o for o, of in self.orders if of is None or not self.of[of].rescinded]
        fact.registered_at = at
        if fact.unlawful:
            fact.again = any(
                day_of(ordered_at) < fact.inspected_on if fact.inspected_on else ordered_at < fact.recorded_at
                for ordered_at in orders
            )
            self.orders.append((at, ref))

    def _failed(self, before: Case, ref: str) -> None:
        fact = self.of[ref]
        served = [m for m in before.musts if m.must == "suspend" and m.state == "executed" and ref in m.refs]
        if any(not m.stayed_at and not m.lifted_at for m in served):
            fact.failed_in_suspension = True
            fact.failed_in_v10 = fact.failed_in_v10 or self._for_v10(ref)
        fact.failed = True

    def _for_v10(self, ref: str) -> bool:
        """Suspended as a hazard that failed: neither unlawful nor in danger, nor once of another class."""
        fact = self.of[ref]
        return fact.failed and not (fact.unlawful or fact.danger or fact.illegal or fact.reclassified)

    def check(self, case: Case) -> None:
        """Every unsettled finding is a ground of exactly what it owes, and none of what it does not."""
        for finding in case.findings:
            fact = self.of[finding.ref]
            assert (finding.unlawful, finding.illegal_operation) == (fact.unlawful, fact.illegal), finding.ref
            stand = [m for m in case.musts if m.state != "withdrawn" and finding.ref in m.refs]
            for kind in MUSTS:
                grounds = [m for m in stand if m.must == kind]
                if grounds:
                    assert fact.owes(kind), f"{finding.ref} is a ground of {kind} without a reason"
                    assert len(grounds) == 1, f"{finding.ref} is a ground of {kind} twice"
                elif not finding.settled and not case.closed:
                    assert not fact.owes(kind), f"{finding.ref} owes {kind}, and nobody knows"
