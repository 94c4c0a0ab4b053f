"""Investigation and registration: what is found, written down, corrected, registered, rescinded (3.1, domain §3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from models.case import Case, Finding
from models.commands import (
    Answers,
    Assignment,
    CorrectFinding,
    FindingFacts,
    LookBack,
    ReassignResponsible,
    RecordFindings,
    Register,
    RescindFinding,
)
from models.events import (
    AnswersRecorded,
    AnyEvent,
    CaseClosed,
    FindingCorrected,
    FindingRecorded,
    FindingRegistered,
    FindingRescinded,
    ResponsibleReassigned,
)
from models.instants import day_of
from models.plan import Plan
from models.refusals import Refused
from rules.clocks.periods import rectification_cap, rectification_due, registration_due
from rules.words.naming import day_said, due_said, listed
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def record(plan: Plan, case: Case, command: RecordFindings, now: datetime) -> Judged:
    """Findings with the answers to the three questions; an empty list = nothing found (3.1.questions)."""
    recorded = recorded_findings(plan, case, command, now)
    if isinstance(recorded, Refused):
        return recorded
    answers = _merged(case.answers, command.answers)
    answered: tuple[AnyEvent, ...] = (AnswersRecorded(answers=answers),) if command.answers else ()
    if not command.findings:
        return _nothing_found(plan, case, answers) or (*answered, CaseClosed(outcome="compliant"))
    if command.answers and (contradiction := _contradiction(plan, case, recorded, command.answers)):
        return contradiction
    return (*answered, *recorded)


def recorded_findings(
    plan: Plan, case: Case, command: RecordFindings | LookBack, now: datetime
) -> tuple[FindingRecorded, ...] | Refused:
    """Each finding with the default of its flag; after an executed close it counts as resurgence (V02)."""
    facts = command.findings
    refs = [f.ref for f in facts]
    if again := repeated([*refs, *(f.ref for f in case.findings)]):
        return refuse("duplicate_ref", ref=again)
    for fact in facts:
        if not plan.knows_category(fact.category):
            return refuse("unknown_category", category=fact.category, ref=fact.ref)
        if fact.inspected_on and fact.inspected_on > day_of(now):
            return refuse("inspected_in_future", ref=fact.ref, day=day_said(fact.inspected_on))
    resurgence = any(m.must == "close" for m in case.musts_in("executed"))
    return tuple(_recorded(plan, case, fact, resurgence, command.observed_at, now) for fact in facts)


def _recorded(
    plan: Plan, case: Case, fact: FindingFacts, resurgence: bool, observed_at: datetime | None, now: datetime
) -> FindingRecorded:
    by_category = plan.is_illegal_operation(fact.category)
    illegal = by_category if fact.illegal_operation is None else fact.illegal_operation
    return FindingRecorded(
        ref=fact.ref,
        category=fact.category,
        counts_as=plan.readings.resurgence if resurgence else None,
        unlawful=resurgence or plan.is_illegal_conduct(fact.category),
        grade=fact.grade,
        description=fact.description,
        illegal_operation=resurgence or illegal,
        suspected_crime=fact.suspected_crime,
        imminent_danger=fact.imminent_danger,
        inspected_on=fact.inspected_on,
        observed_at=observed_at if fact.inspected_on is None else None,
        registration_due_at=registration_due(plan, case.phases, now, case.working_days),
    )


def _merged(old: Answers, new: Answers | None) -> Answers:
    given = {} if new is None else {q: a for q, a in new if a is not None}
    return old.model_copy(update=given)


def _nothing_found(plan: Plan, case: Case, answers: Answers) -> Refused | None:
    if case.findings:
        return refuse("findings_exist")
    if missing := [q for q, a in answers if a is None]:
        return refuse("answers_incomplete", missing=listed(plan.questions, missing))
    clean = Answers(licensed=True, major_hazard=False, lawful=True)
    if against := [q for q, a in answers if a != getattr(clean, q)]:
        return refuse("answers_against", against=listed(plan.questions, against))
    return None


def _contradiction(plan: Plan, case: Case, recorded: tuple[FindingRecorded, ...], answers: Answers) -> Refused | None:
    """`lawful` against any V, `licensed` against V01, no `major_hazard` against a major hazard; not the reverse."""
    standing: Iterable[Finding | FindingRecorded] = (
        *(f for f in case.findings if f.state != "rescinded"),
        *recorded,
    )
    for finding in standing:
        if answers.lawful and finding.unlawful:
            return refuse("answers_contradict", question=listed(plan.questions, ["lawful"]), ref=finding.ref)
        if answers.licensed and finding.category == plan.readings.unlicensed:
            return refuse("answers_contradict", question=listed(plan.questions, ["licensed"]), ref=finding.ref)
        hazard = not plan.is_illegal_conduct(finding.category)
        if answers.major_hazard is False and hazard and finding.grade == "major":
            return refuse("answers_contradict", question=listed(plan.questions, ["major_hazard"]), ref=finding.ref)
    return None


def correct(plan: Plan, case: Case, command: CorrectFinding) -> Judged:
    """Description, grade, category: before the finding's registration."""
    finding = case.finding(command.ref)
    if finding is None:
        return refuse("unknown_ref", ref=command.ref)
    if finding.state != "recorded":
        return _not_recorded(finding)
    if command.description is None and command.grade is None and command.category is None:
        return refuse("nothing_to_correct")
    category = command.category or finding.category
    if not plan.knows_category(category):
        return refuse("unknown_category", category=category, ref=finding.ref)
    # a flag that was the old category's default becomes the new one's; one set by hand stays (A)
    by_default = finding.illegal_operation == plan.is_illegal_operation(finding.category)
    illegal = plan.is_illegal_operation(category) if by_default else finding.illegal_operation
    resurgence = finding.counts_as is not None
    corrected = FindingCorrected(
        ref=finding.ref,
        category=category,
        unlawful=resurgence or plan.is_illegal_conduct(category),
        grade=command.grade or finding.grade,
        description=command.description or finding.description,
        illegal_operation=resurgence or illegal,
    )
    return (corrected,)


def _not_recorded(finding: Finding) -> Refused:
    if finding.settled:
        return refuse("already_settled", ref=finding.ref, state=finding.state)
    return refuse("already_registered", ref=finding.ref)


def register(plan: Plan, case: Case, command: Register, now: datetime) -> Judged:
    """Filed by category with a responsible person and a due date, once per finding; refused whole (3.1.register)."""
    if again := repeated([a.ref for a in command.assignments]):
        return refuse("duplicate_ref", ref=again)
    registered: list[AnyEvent] = []
    for assignment in command.assignments:
        judged = _registered(plan, case, assignment, now)
        if isinstance(judged, Refused):
            return judged
        registered.append(judged)
    return tuple(registered)


def _registered(plan: Plan, case: Case, assignment: Assignment, now: datetime) -> FindingRegistered | Refused:
    finding = case.finding(assignment.ref)
    if finding is None:
        return refuse("unknown_ref", ref=assignment.ref)
    if finding.state != "recorded":
        return _not_recorded(finding)
    due_at = assignment.due or rectification_due(plan, case, finding, now)
    cap = rectification_cap(plan, case, now)
    if due_at <= now:
        return refuse("due_not_ahead", ref=finding.ref)
    if due_at > cap:
        return refuse("due_past_cap", ref=finding.ref, cap=due_said(cap))
    return FindingRegistered(ref=finding.ref, responsible=assignment.responsible, due_at=due_at, counted_from=now)


def reassign(case: Case, command: ReassignResponsible) -> Judged:
    """Another responsible person for a registered, unsettled finding."""
    finding = case.finding(command.ref)
    if finding is None:
        return refuse("unknown_ref", ref=command.ref)
    if finding.settled:
        return refuse("already_settled", ref=finding.ref, state=finding.state)
    if not finding.under_rectification:
        return refuse("not_registered", ref=finding.ref)
    return (ResponsibleReassigned(ref=finding.ref, responsible=command.responsible),)


def rescind(case: Case, command: RescindFinding) -> Judged:
    """Any finding not yet rescinded or absorbed, by somebody else than its recorder (domain §4)."""
    finding = case.finding(command.ref)
    if finding is None:
        return refuse("unknown_ref", ref=command.ref)
    if finding.state in ("rescinded", "absorbed"):
        return refuse("already_settled", ref=finding.ref, state=finding.state)
    if command.by.same_person(finding.recorded_by):
        return refuse("own_finding")
    return (FindingRescinded(ref=finding.ref, reason=command.reason),)


def repeated(refs: Sequence[str]) -> str | None:
    """The first ref that occurs twice."""
    return next((ref for ref, times in Counter(refs).items() if times > 1), None)
