"""Judgement: decide(plan, case, command, now) -> a transition, or a refusal with its rule.

Reads like the notice: one match on the command; guards look at the finding or must that the command names.
"""

from datetime import datetime

from models.case import Case
from models.commands import (
    AcceptRestart,
    AddNote,
    AnyCommand,
    ApproveMeasure,
    AssignOfficers,
    Attach,
    CorrectFinding,
    DecideExtension,
    DeclareRectified,
    Delist,
    LiftStay,
    ListForSupervision,
    LookBack,
    Open,
    ProposeMeasure,
    ReassignResponsible,
    RecordExecution,
    RecordFindings,
    RefuseRestart,
    Register,
    Reinspect,
    RequestExtension,
    RescindFinding,
    ReturnMeasure,
    StayMeasure,
    Transfer,
    Void,
)
from models.events import AnyEvent, CaseOpened, Transition
from models.plan import PhaseDates, Plan
from models.refusals import Refused
from models.wire import CaseStart
from models.working_days import WorkingDays
from rules.access.giving import may_give
from rules.case import (
    case_file,
    evidence,
    investigation,
    listed_supervision,
    look_back,
    measures,
    rectification,
    restart,
)
from rules.case.consequences import with_consequences
from rules.clocks.periods import before, investigation_due, phase_at
from rules.words.clauses import cited
from rules.words.naming import Both, due_said, instant_said
from rules.words.refusals import refuse
from rules.words.terms import UNITS

Judged = tuple[AnyEvent, ...] | Refused


def decide(plan: Plan, case: Case | None, command: AnyCommand, now: datetime) -> Transition | Refused:
    """What an official's command does to an open case at an instant; the clock has caught up before."""
    if case is None:
        return refuse("case_not_open")
    if case.closed:
        return refuse("case_closed", outcome=case.outcome)
    if isinstance(command, Open):
        return refuse("already_open")
    events = judged(plan, case, command, now)
    return cited(plan, events) if isinstance(events, Refused) else _transition(plan, case, command, events, now)


def judged(plan: Plan, case: Case, command: AnyCommand, now: datetime) -> Judged:
    """What the command says of an open case, without what follows from it; or why it may not be given now."""
    refused = may_give(plan, case, command) or _observed(plan, case.working_days, command, now)
    events = refused or _judge(plan, case, command, now)
    return events if isinstance(events, Refused) else evidence.with_files(case, command, events)


def decide_opening(plan: Plan, start: CaseStart, command: Open, now: datetime) -> Transition | Refused:
    """Opening a case of a subject in a campaign that runs, as its workflow is started."""
    subject = command.subject
    if not any(d.id == subject.district for d in plan.districts):
        return cited(plan, refuse("unknown_district", district=subject.district))
    if subject.sector is not None and not any(s.id == subject.sector for s in plan.sectors):
        return cited(plan, refuse("unknown_sector", sector=subject.sector))
    if refused := may_give(plan, None, command) or _observed(plan, start.working_days, command, now):
        return refused
    phase = phase_at(start.phases, now)
    if phase is None:
        return not_running(start.phases)
    opened = CaseOpened(
        case_id=start.case_id,
        plan_id=plan.id,
        plan_hash=start.digest,
        subject=subject,
        source=command.source,
        phases=start.phases,
        calendar=start.calendar,
        phase=phase,
        earlier_orders=start.earlier_orders,
        investigation_due_at=investigation_due(plan, start.phases, now, start.working_days),
        working_days=start.working_days,
    )
    return _transition(plan, None, command, (opened,), now)


def not_running(phases: tuple[PhaseDates, ...]) -> Refused:
    """No case is opened before a campaign, nor after it."""
    begins, ends = instant_said(phases[0].begins_at), due_said(phases[-1].ends_at)
    return refuse("campaign_not_running", begins=begins, ends=ends)


def already_handled(case: Case | None, command: AnyCommand) -> bool | Refused:
    """Whether this command_id was accepted before; refused if it was with other content (contracts §1)."""
    content = case.handled.get(command.command_id) if case else None
    if content is None:
        return False
    return True if content == command.content else refuse("command_id_reused")


def _judge(plan: Plan, case: Case, command: AnyCommand, now: datetime) -> Judged:
    match command:
        case RecordFindings():
            return investigation.record(plan, case, command, now)
        case CorrectFinding():
            return investigation.correct(plan, case, command)
        case Register():
            return investigation.register(plan, case, command, now)
        case ReassignResponsible():
            return investigation.reassign(case, command)
        case RescindFinding():
            return investigation.rescind(case, command)
        case RequestExtension():
            return rectification.request_extension(plan, case, command, now)
        case DecideExtension():
            return rectification.decide_extension(plan, case, command, now)
        case DeclareRectified():
            return rectification.declare(case, command)
        case Reinspect():
            return rectification.reinspect(case, command, now)
        case ProposeMeasure():
            return measures.propose(plan, case, command)
        case ApproveMeasure():
            return measures.approve(plan, case, command, now)
        case ReturnMeasure():
            return measures.send_back(case, command)
        case RecordExecution():
            return measures.execute(plan, case, command, now)
        case StayMeasure():
            return measures.stay(case, command)
        case LiftStay():
            return measures.lift_stay(case, command, now)
        case AcceptRestart():
            return restart.accept_restart(plan, case, command)
        case RefuseRestart():
            return restart.refuse_restart(plan, case, command)
        case LookBack():
            return look_back.look_back(plan, case, command, now)
        case ListForSupervision():
            return listed_supervision.list_for_supervision(case, command)
        case Delist():
            return listed_supervision.delist(case, command)
        case AssignOfficers():
            return case_file.assign_officers(command)
        case Transfer():
            return case_file.transfer(plan, case, command)
        case AddNote():
            return case_file.add_note(case, command)
        case Attach():
            return evidence.attach(case, command)
        case Void():
            return case_file.void(case, command)
        case Open():
            return refuse("already_open")


def _observed(plan: Plan, by: WorkingDays, command: AnyCommand, now: datetime) -> Refused | None:
    """observed_at: not later than acceptance, at most 3 days before (A). Deadlines compare acceptance."""
    period = plan.clocks.observed_before
    seen = command.observed_at
    if seen is None or before(period, now, by) <= seen <= now:
        return None
    unit, amount = next(iter(period.amounts.items()))
    return refuse("observed_out_of_range", period=Both(f"{amount}{UNITS[unit][0]}", f"{amount} {unit}"))


def _transition(
    plan: Plan, case: Case | None, command: AnyCommand, events: tuple[AnyEvent, ...], now: datetime
) -> Transition:
    told, _ = with_consequences(plan, case, events, now, command.by)
    return Transition(
        at=now,
        do=command.do,
        command_id=command.command_id,
        content=command.content,
        by=command.by,
        second=command.second,
        observed_at=command.observed_at,
        note=command.note,
        events=told,
    )
