"""The four musts in hand: propose, approve, return, execute, stay (N 3.2, domain §4). No command waives one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from models.case import Case, Must, MustState
from models.commands import (
    ApproveMeasure,
    ExecutionDetails,
    Fine,
    LiftStay,
    PersonFine,
    ProposeMeasure,
    RecordExecution,
    ReturnMeasure,
    StayMeasure,
)
from models.events import (
    AnyEvent,
    DueDateSet,
    FindingAbsorbed,
    FindingReclassified,
    MeasureApproved,
    MeasureExecuted,
    MeasureProposed,
    MeasureReturned,
    MeasureStayed,
    MustAbsorbed,
    StayLifted,
    SuspensionLifted,
)
from models.instants import day_of, start_of_day
from models.plan import Article, Limit, MustKind, Plan
from models.refusals import Refused
from rules.case.measure_shown import measure_shown
from rules.clocks.periods import due_after, rectification_due
from rules.words.naming import Both, choices, day_said, listed
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused
_FEN = Decimal("0.01")
_DECIDED: dict[MustState, Both] = {
    "decided": Both("已批准，待执行", "is approved already, and to be executed"),
    "executed": Both("已批准并执行", "is approved and executed already"),
}


def propose(plan: Plan, case: Case, command: ProposeMeasure) -> Judged:
    """An owed must is proposed with all its grounds; a fine with article and amounts."""
    must = _first(case, command.must, "owed")
    if must is None:
        return _why_not_owed(case, command.must)
    if command.grounds is not None and set(command.grounds) != set(must.refs):
        return refuse("grounds_incomplete", grounds=_names(must.refs))
    if command.must != "fine" and command.fine is not None:
        return refuse("fine_foreign")
    if command.must == "fine":
        if command.fine is None:
            return refuse("fine_missing")
        if wrong := _wrong_fine(plan, case, must, command.fine):
            return wrong
    return (MeasureProposed(id=must.id, fine=command.fine),)


def _names(names: Iterable[str]) -> Both:
    once = sorted(names)
    return Both("、".join(once), ", ".join(once))


def _why_not_owed(case: Case, kind: MustKind) -> Refused:
    if _first(case, kind, "proposed"):
        return refuse("already_proposed", must=kind)
    if _first(case, kind, "pending"):
        return refuse("must_pending", must=kind)
    return refuse("not_owed", must=kind)


def _wrong_fine(plan: Plan, case: Case, must: Must, fine: Fine) -> Refused | None:
    """Unit and each ground's responsible person, exactly the upper limit of the article cited (3.2.must3)."""
    article = plan.article(fine.article)
    if article is None:
        return refuse("unknown_article", article=fine.article)
    needs_base = article.unit.factor is not None or article.person.factor is not None
    if needs_base and fine.base is None:
        return refuse("base_missing", article=Both(article.zh, article.id))
    if not needs_base and fine.base is not None:
        return refuse("base_foreign", article=Both(article.zh, article.id))
    responsible = responsible_persons(case, must)
    if sorted(p.name for p in fine.persons) != sorted(responsible):
        return refuse("persons_differ", persons=_names(responsible))
    return _wrong_amount(article, fine)


def _wrong_amount(article: Article, fine: Fine) -> Refused | None:
    unit_limit = upper_limit(article.unit, fine.base)
    if fine.unit != unit_limit:
        return refuse("not_upper_limit", who=Both("单位", "unit"), limit=unit_limit)
    person_limit = upper_limit(article.person, fine.base)
    for person in fine.persons:
        if person.amount != person_limit:
            return refuse("not_upper_limit", who=Both(f" {person.name} ", person.name), limit=person_limit)
    return None


def upper_limit(limit: Limit, base: Decimal | None) -> Decimal:
    """A fixed amount, or factor x base, in yuan; a fraction of a fen is dropped, for more would pass the limit (A)."""
    if limit.fixed is not None:
        return limit.fixed
    return ((limit.factor or Decimal(0)) * (base or Decimal(0))).quantize(_FEN, ROUND_DOWN)


def fine_at_the_limit(article: Article, base: Decimal | None, responsible: Iterable[str]) -> Fine:
    """The fine of unit and persons that the article asks for, over the base where it takes one."""
    amount = upper_limit(article.person, base)
    persons = tuple(PersonFine(name=name, amount=amount) for name in sorted(responsible))
    return Fine(article=article.id, base=base, unit=upper_limit(article.unit, base), persons=persons)


def responsible_persons(case: Case, must: Must) -> set[str]:
    """The responsible persons of the grounds."""
    refs = frozenset(must.refs)
    return {f.responsible for f in case.findings if f.ref in refs and f.responsible}


def approve(plan: Plan, case: Case, command: ApproveMeasure, now: datetime) -> Judged:
    """Four eyes; not while stayed; of what was shown; a fine must still fit the persons responsible."""
    must = _first(case, command.must, "proposed")
    if must is None or must.proposed_by is None:
        return refuse("not_proposed", must=command.must, stands=_stands(case, command.must))
    if must.stayed_at:
        return refuse("stayed", must=command.must, authority=must.stayed_by)
    if wrong := _not_to_decide(case, must, command):
        return wrong
    if must.fine is not None and (wrong := _wrong_fine(plan, case, must, must.fine)):
        return wrong
    execute_by = due_after(plan.must(command.must).executed, now, case.working_days)
    return (MeasureApproved(id=must.id, execute_by=execute_by, reason=command.reason, shown=command.shown),)


def _stands(case: Case, must: MustKind) -> Both:
    """How a measure stands that nobody proposes to decide on."""
    if _first(case, must, "owed"):
        return Both("尚未提请审批", "has not been proposed")
    for state, said in _DECIDED.items():
        if _first(case, must, state):
            return said
    return Both("尚未提请审批", "has not been proposed")


def send_back(case: Case, command: ReturnMeasure) -> Judged:
    """Back to owed; the government may find that a ground of a close is no illegal operation (N 3.2)."""
    must = _first(case, command.must, "proposed")
    if must is None or must.proposed_by is None:
        return refuse("not_proposed", must=command.must, stands=_stands(case, command.must))
    if wrong := _not_to_decide(case, must, command):
        return wrong
    if command.reclassify and command.must != "close":
        return refuse("reclassify_foreign")
    illegal = {g.ref for g in must.grounds if g.reason == "illegal_operation"}
    for ref in command.reclassify:
        if ref not in illegal:
            return refuse("not_illegal_operation", ref=ref)
    reclassified = (FindingReclassified(ref=ref) for ref in dict.fromkeys(command.reclassify))
    return (MeasureReturned(id=must.id, reason=command.reason, shown=command.shown), *reclassified)


def _not_to_decide(case: Case, must: Must, command: ApproveMeasure | ReturnMeasure) -> Refused | None:
    """Four eyes; and of what was shown."""
    if must.proposed_by is not None and command.by.same_person(must.proposed_by):
        return refuse("four_eyes")
    if command.shown not in (None, measure_shown(case, must)):
        return refuse("shown_differs", must=command.must)
    return None


def execute(plan: Plan, case: Case, command: RecordExecution, now: datetime) -> Judged:
    """A decided measure was carried out: with its proof, on a day between decision and today."""
    decided = [m for m in case.musts_in("decided") if m.must == command.must]
    must = next((m for m in decided if not m.stayed_at), None)
    if must is None or must.decided_at is None:
        return _why_not_executable(case, command.must, decided)
    first_day, today = day_of(must.decided_at), day_of(now)
    if not first_day <= command.date <= today:
        return refuse("date_out_of_range", decided=day_said(first_day))
    if lacking := _lacks_proof(plan, command.must, command.details):
        return lacking
    executed = MeasureExecuted(id=must.id, on=command.date, details=command.details)
    # served today, the days run from this instant; served earlier, from that day
    served_at = now if command.date == today else start_of_day(command.date)
    match command.must:
        case "suspend":
            return (executed, *_new_dates(plan, case, must, served_at))
        case "close":
            return (executed, *_absorbed(case))
        case _:
            return (executed,)


def _why_not_executable(case: Case, kind: MustKind, decided: list[Must]) -> Refused:
    if decided:
        return refuse("stayed", must=kind, authority=decided[0].stayed_by)
    if _first(case, kind, "owed", "proposed"):
        return refuse("not_decided", must=kind)
    return _why_not_owed(case, kind)


def _lacks_proof(plan: Plan, kind: MustKind, details: ExecutionDetails) -> Refused | None:
    match kind:
        case "suspend":
            return None if details.supervision else refuse("supervision_missing")
        case "close":
            required, verified = [c.id for c in plan.closure_checks], details.checks or ()
            if unknown := [c for c in verified if c not in required]:
                return refuse("unknown_check", check=unknown[0], known=choices(plan.closure_checks))
            missing = [c for c in required if c not in verified]
            return refuse("checks_missing", missing=listed(plan.closure_checks, missing)) if missing else None
        case "fine":
            return None if details.receipt else refuse("receipt_missing")
        case "refer":
            return None if details.letter and details.receipt else refuse("referral_incomplete")


def _new_dates(plan: Plan, case: Case, must: Must, served_at: datetime) -> Iterator[AnyEvent]:
    """Each unsettled ground gets 15 or 30 days from the service date; earlier declarations lapse (3.2.must1)."""
    refs = frozenset(must.refs)
    for finding in case.findings:
        if finding.ref in refs and not finding.settled:
            due_at = rectification_due(plan, case, finding, served_at)
            yield DueDateSet(ref=finding.ref, due_at=due_at, counted_from=served_at, lapses=True)


def _absorbed(case: Case) -> Iterator[AnyEvent]:
    """An executed close absorbs every unsettled finding and every owed or pending suspend, and lifts a suspension."""
    for finding in case.findings:
        if not finding.settled:
            yield FindingAbsorbed(ref=finding.ref)
    for must in case.musts:
        if must.must == "suspend" and (must.is_owed or must.state == "pending"):
            yield MustAbsorbed(id=must.id)
        elif must.must == "suspend" and must.state == "executed" and not must.lifted_at:
            yield SuspensionLifted(id=must.id)


def stay(case: Case, command: StayMeasure) -> Judged:
    """By a reconsideration organ or court (L): neither approved nor executed meanwhile."""
    open_ones = [m for m in case.owed if m.must == command.must and not m.stayed_at]
    executed = [m for m in case.musts_in("executed") if m.must == command.must and not m.stayed_at and not m.lifted_at]
    stayable = [*open_ones, *reversed(executed)]
    if not stayable:
        return refuse("not_stayable", must=command.must)
    return (MeasureStayed(id=stayable[0].id, authority=command.authority, reason=command.reason),)


def lift_stay(case: Case, command: LiftStay, now: datetime) -> Judged:
    """The due instants of the measure move by the time stayed (L); of several, of the one it stayed itself."""
    standing = [m for m in case.musts if m.is_owed or m.state == "executed"]
    stayed_ones = [m for m in standing if m.must == command.must and m.stayed_at]
    own = (m for m in stayed_ones if m.stayed_by == command.authority)
    must = next(own, stayed_ones[0] if stayed_ones else None)
    if must is None or must.stayed_at is None:
        return refuse("not_stayed", must=command.must)
    stayed = now - must.stayed_at
    undecided = must.state in ("owed", "proposed")
    lifted = StayLifted(
        id=must.id,
        authority=command.authority,
        reason=command.reason,
        decide_by=must.decide_by + stayed if undecided and must.decide_by else None,
        execute_by=must.execute_by + stayed if must.state == "decided" and must.execute_by else None,
    )
    return (lifted,)


def _first(case: Case, kind: MustKind, *states: MustState) -> Must | None:
    return next((m for m in case.musts_in(*states) if m.must == kind), None)
