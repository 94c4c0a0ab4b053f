"""What somebody may do in a case now: every command with what it is about, or why not (contracts §1, domain §4, §7).

The rules themselves are asked. Of each command the *witness* is put to them: the one that could be refused for nothing
but the state of the case, the place or the person. What refuses the witness refuses every command of its kind about the
same thing; what takes the witness refuses another only for its content. The property machine holds both.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from models.actors import Actor
from models.base import Frozen
from models.case import Case, Finding, Must
from models.commands import (
    OF_EVERY_COMMAND,
    AcceptRestart,
    AddNote,
    Answers,
    AnyCommand,
    ApproveMeasure,
    Assignment,
    AssignOfficers,
    Attach,
    CorrectFinding,
    DecideExtension,
    DeclareRectified,
    Delist,
    ExecutionDetails,
    FindingFacts,
    Fine,
    LiftStay,
    ListForSupervision,
    LookBack,
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
    Verdict,
    Void,
)
from models.files import AttachedFile
from models.instants import day_of
from models.plan import MUSTS, MustKind, Plan
from models.refusals import Refused, refusal_in
from rules.access.deeds import DEEDS
from rules.access.giving import may_give
from rules.case.decide import judged
from rules.case.door import at_the_door
from rules.case.limits import held_by
from rules.case.measure_shown import measure_shown
from rules.case.measures import fine_at_the_limit, responsible_persons
from rules.clocks.periods import latest_extension
from rules.words.clauses import cited, clause_for
from rules.words.terms import COMMANDS

_SAID = "—"
_BASE = Decimal(1_000_000)
_FILE = AttachedFile(sha256=f"sha256:{'0' * 64}", name=_SAID, media="image/jpeg", size=1)


class NextStep(Frozen):
    """A command that may be given now, or `refused`: why not.

    `about`: the ref of a finding, the kind of a must, a level, or `nothing` for a record that nothing was found; empty
    for the case. `fields`: what it says beside, of its own. `shown`: of an approval or a return, the hash of the
    proposal as it stands, which the command is to carry.
    """

    do: str
    about: str
    zh: str
    en: str
    clause: str
    fields: tuple[str, ...]
    shown: str | None = None
    refused: Refused | None = None


class Witness(NamedTuple):
    """The command of its kind that is refused for nothing but state, place or person."""

    about: str
    command: AnyCommand


def next_steps(plan: Plan, case: Case, who: Actor, now: datetime) -> tuple[NextStep, ...]:
    """Every command that somebody in this office gives at all, with why not where it may not be given now.

    None of a closed case. The clock has caught up with `now` before.
    """
    if case.closed:
        return ()
    held = held_by(case)
    steps = (step_of(plan, case, witness, now, held) for witness in witnesses(plan, case, who, now))
    return tuple(step for step in steps if step.refused is None or step.refused.code != "role_not_permitted")


def step_of(plan: Plan, case: Case, witness: Witness, now: datetime, held: int | None = None) -> NextStep:
    """The step that the witness stands for, judged by the rules; `held`: the characters of the case, if counted."""
    command = witness.command
    refused = _refused(plan, case, command, now, held)
    zh, en = COMMANDS[command.do]
    return NextStep(
        do=command.do,
        about=witness.about,
        zh=zh,
        en=en,
        clause=_clause(plan, command),
        fields=tuple(name for name in type(command).model_fields if name not in OF_EVERY_COMMAND),
        shown=command.shown if isinstance(command, ApproveMeasure | ReturnMeasure) else None,
        refused=refused,
    )


def _refused(plan: Plan, case: Case, command: AnyCommand, now: datetime, held: int | None) -> Refused | None:
    """Why it is refused, if so: as it would be, but without working out what follows from it."""
    if refused := may_give(plan, case, command):  # most are: for another role
        return refused
    answer = at_the_door(plan, case, command, lambda: refusal_in(judged(plan, case, command, now)), held)
    return cited(plan, answer) if isinstance(answer, Refused) else None


def _clause(plan: Plan, command: AnyCommand) -> str:
    match command:
        case ProposeMeasure() | ApproveMeasure() | ReturnMeasure() | RecordExecution():
            return plan.must(command.must).clause
        case _:
            return clause_for(plan, DEEDS[command.do].clause)


def witnesses(plan: Plan, case: Case, by: Actor, now: datetime) -> Iterator[Witness]:
    """One witness for each command and each thing that it may be about."""
    for finding in case.findings:
        for command in _about_finding(plan, case, finding, by, now):
            yield Witness(finding.ref, command)
    for kind in MUSTS:
        for command in _about_must(plan, case, kind, by, now):
            yield Witness(kind, command)
    yield from _about_case(plan, case, by)


def _about_finding(plan: Plan, case: Case, f: Finding, by: Actor, now: datetime) -> Iterator[AnyCommand]:
    ref = f.ref
    yield CorrectFinding(by=by, command_id=_SAID, ref=ref, grade=f.grade)
    yield Register(by=by, command_id=_SAID, assignments=(Assignment(ref=ref, responsible=_SAID),))
    yield ReassignResponsible(by=by, command_id=_SAID, ref=ref, responsible=_SAID)
    latest = latest_extension(plan, case, f)
    yield RequestExtension(by=by, command_id=_SAID, ref=ref, due=latest or now, reason=_SAID)
    yield DecideExtension(by=by, command_id=_SAID, ref=ref, granted=False, reason=_SAID)
    yield DeclareRectified(by=by, command_id=_SAID, refs=(ref,), evidence=(_SAID,))
    yield Reinspect(by=by, command_id=_SAID, verdicts=(Verdict(ref=ref, passed=True),))
    yield RescindFinding(by=by, command_id=_SAID, ref=ref, reason=_SAID)


def _about_must(plan: Plan, case: Case, must: MustKind, by: Actor, now: datetime) -> Iterator[AnyCommand]:
    owed = next((m for m in case.musts_in("owed") if m.must == must), None)
    fine = _upper_limit(plan, case, owed) if must == "fine" and owed else None
    details = ExecutionDetails(
        supervision=(_SAID,), checks=tuple(c.id for c in plan.closure_checks), receipt=_SAID, letter=_SAID
    )
    yield ProposeMeasure(by=by, command_id=_SAID, must=must, fine=fine)
    proposed = next((m for m in case.musts_in("proposed") if m.must == must), None)
    shown = measure_shown(case, proposed) if proposed else None
    yield ApproveMeasure(by=by, command_id=_SAID, must=must, shown=shown)
    yield ReturnMeasure(by=by, command_id=_SAID, must=must, shown=shown)
    yield RecordExecution(by=by, command_id=_SAID, must=must, date=day_of(now), details=details)
    yield StayMeasure(by=by, command_id=_SAID, must=must, authority=_SAID, reason=_SAID)
    yield LiftStay(by=by, command_id=_SAID, must=must, authority=_SAID, reason=_SAID)


def _upper_limit(plan: Plan, case: Case, must: Must) -> Fine:
    """A fine that fits: by the first article of the plan, for everybody responsible."""
    article = plan.articles[0]
    base = _BASE if article.unit.factor is not None or article.person.factor is not None else None
    return fine_at_the_limit(article, base, responsible_persons(case, must))


def _about_case(plan: Plan, case: Case, by: Actor) -> Iterator[Witness]:
    found = FindingFacts(ref=_unused(case), category=plan.other.id, grade="general", description=_SAID)
    clean = Answers(licensed=True, major_hazard=False, lawful=True)
    conditions = [c.id for c in plan.restart_conditions]
    elsewhere = next((d.id for d in plan.districts if d.id != case.district), case.district)
    yield Witness("", RecordFindings(by=by, command_id=_SAID, findings=(found,)))
    yield Witness("nothing", RecordFindings(by=by, command_id=_SAID, answers=clean, findings=()))
    met = dict.fromkeys(conditions, True)
    yield Witness("", AcceptRestart(by=by, command_id=_SAID, conditions=met, signatories=("1", "2")))
    unmet = {conditions[0]: False}
    yield Witness("", RefuseRestart(by=by, command_id=_SAID, conditions=unmet, reason=_SAID))
    for level in ("district", "city"):
        yield Witness(level, ListForSupervision(by=by, command_id=_SAID, level=level, reason=_SAID))
        yield Witness(level, Delist(by=by, command_id=_SAID, level=level, reason=_SAID))
    yield Witness("", LookBack(by=by, command_id=_SAID, recurred=False))
    yield Witness("", AssignOfficers(by=by, command_id=_SAID, officers=(_SAID,)))
    yield Witness("", Transfer(by=by, command_id=_SAID, district=elsewhere, reason=_SAID))
    yield Witness("", AddNote(by=by, command_id=_SAID, text=_SAID))
    yield Witness("", Attach(by=by, command_id=_SAID, files=(_FILE,)))
    yield Witness("", Void(by=by, command_id=_SAID, reason=_SAID))


def _unused(case: Case) -> str:
    """A ref that no finding has."""
    known = {f.ref for f in case.findings}
    return next(ref for n in range(len(known) + 1) if (ref := f"_{n}") not in known)
