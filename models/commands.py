"""Every command to a case (contracts §1). The vocabulary is frozen: histories depend on it."""

import hashlib
import json
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter, model_validator

from models.actors import Person
from models.base import Frozen, is_empty, is_none
from models.files import AttachedFile, FileHash
from models.instants import Day, Due, Instant
from models.plan import MustKind
from models.typed import folded, printable

_Printable = AfterValidator(printable)
_Folded = BeforeValidator(folded)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), _Printable, _Folded]
Ref = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), _Printable, _Folded]
_ALGORITHM = "sha256:"
_FEN = Decimal("0.01")
# one spelling for one amount: 100000 and 100000.00 are the same command sent again
Yuan = Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=2), AfterValidator(lambda y: y.quantize(_FEN))]
# the hash of the proposal as it was shown (`rules/case/measure_shown.py`); another one decides nothing
Shown = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Grade = Literal["general", "major"]
SubjectKind = Literal["enterprise", "site", "vehicle", "person"]
CaseSource = Literal[
    "inspection",
    "self_inspection",
    "tip_off",
    "unannounced_visit",
    "joint_enforcement",
    "restart",
    "look_back",
]


def _listed(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Files = Annotated[tuple[AttachedFile, ...], Field(max_length=20)]
Refs = Annotated[tuple[Ref, ...], BeforeValidator(_listed), Field(min_length=1)]


class Subject(Frozen):
    """What a case is about; an unlicensed operator has no code (domain §2)."""

    id: Annotated[str, StringConstraints(pattern=r"^[^\s/]{1,64}$"), _Printable] | None = None
    code: Text | None = None
    name: Text
    kind: SubjectKind = "enterprise"
    district: Text
    street: Text | None = None
    sector: Text | None = None


class Answers(Frozen):
    """Answers to 3.1.questions; None = not asked yet."""

    licensed: bool | None = None
    major_hazard: bool | None = None
    lawful: bool | None = None


class FindingFacts(Frozen):
    """A finding as an inspector writes it down; `inspected_on` where it is written down after the day of inspection.

    `files`: which of the command's files are about this finding alone.
    """

    ref: Ref
    category: Text
    grade: Grade
    description: Text
    illegal_operation: bool | None = None
    suspected_crime: bool = False
    imminent_danger: bool = False
    inspected_on: Day | None = None
    files: Annotated[tuple[FileHash, ...], Field(max_length=20)] = Field(default=(), exclude_if=is_empty)


class Assignment(Frozen):
    """Who rectifies a finding, and until when; without a date the plan's default."""

    ref: Ref
    responsible: Text
    due: Due | None = None


class Verdict(Frozen):
    """The result of a re-inspection of one finding; `files`: which of the command's files are about it alone."""

    ref: Ref
    passed: bool
    note: Annotated[str, StringConstraints(max_length=4000), _Printable] = ""
    files: Annotated[tuple[FileHash, ...], Field(max_length=20)] = Field(default=(), exclude_if=is_empty)


def _require_brought(named: tuple[FindingFacts | Verdict, ...], files: tuple[AttachedFile, ...]) -> None:
    brought = {file.sha256 for file in files}
    for one in named:
        if any(sha256 not in brought for sha256 in one.files):
            raise ValueError(
                f"finding '{one.ref}' names a file that does not stand in `files`"
                f" (问题“{one.ref}”所列文件须同时列入 files)"
            )


class PersonFine(Frozen):
    """A responsible person's fine, yuan."""

    name: Text
    amount: Yuan


class Fine(Frozen):
    """A fine as proposed: the article, its base where it has a factor, amounts in yuan."""

    article: Text
    base: Yuan | None = None
    unit: Yuan
    persons: tuple[PersonFine, ...]


def _not_the_clocks(command_id: str) -> str:
    if command_id.startswith(("clock:", "refused:")):
        raise ValueError(f"'{command_id}' is kept for the clock; take a UUID (该编号留给系统时钟，请用 UUID)")
    return command_id


def start_of(digest: str) -> str:
    """The 24 hex digits of a command's digest that a log line has as its `content`."""
    return digest.removeprefix(_ALGORITHM)[:24]


class Command(Frozen):
    """What every command carries; `command_id` makes it have one effect however often it is sent.

    `files`: evidence, each taken in for the case before (`rules/case/evidence.py`).
    """

    by: Person
    command_id: Annotated[
        str, StringConstraints(min_length=1, max_length=64), _Printable, AfterValidator(_not_the_clocks)
    ]
    observed_at: Instant | None = None
    second: Person | None = Field(default=None, alias="with")
    note: Annotated[str, StringConstraints(max_length=4000), _Printable] | None = None
    files: Files = Field(default=(), exclude_if=is_empty)

    @property
    def digest(self) -> str:
        """Of everything but the id, with the name of the algorithm: what a claim signs."""
        facts = self.model_dump(mode="json", exclude={"command_id"})
        return f"{_ALGORITHM}{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()}"

    @property
    def content(self) -> str:
        """The start of the digest: the same id with other content is refused."""
        return start_of(self.digest)


class Open(Command):
    do: Literal["open"] = "open"
    subject: Subject
    source: CaseSource = "inspection"


class AssignOfficers(Command):
    do: Literal["assign_officers"] = "assign_officers"
    officers: Annotated[Texts, Field(min_length=1)]


class RecordFindings(Command):
    do: Literal["record_findings"] = "record_findings"
    answers: Answers | None = None
    findings: tuple[FindingFacts, ...]

    @model_validator(mode="after")
    def _brings_what_it_names(self) -> Self:
        _require_brought(self.findings, self.files)
        return self


class CorrectFinding(Command):
    do: Literal["correct_finding"] = "correct_finding"
    ref: Ref
    description: Text | None = None
    grade: Grade | None = None
    category: Text | None = None


class Register(Command):
    do: Literal["register"] = "register"
    assignments: Annotated[tuple[Assignment, ...], Field(min_length=1)]


class ReassignResponsible(Command):
    do: Literal["reassign_responsible"] = "reassign_responsible"
    ref: Ref
    responsible: Text


class RequestExtension(Command):
    do: Literal["request_extension"] = "request_extension"
    ref: Ref
    due: Due
    reason: Text


class DecideExtension(Command):
    do: Literal["decide_extension"] = "decide_extension"
    ref: Ref
    granted: bool
    reason: Text


class DeclareRectified(Command):
    do: Literal["declare_rectified"] = "declare_rectified"
    refs: Refs
    evidence: Texts


class Reinspect(Command):
    do: Literal["reinspect"] = "reinspect"
    verdicts: Annotated[tuple[Verdict, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _brings_what_it_names(self) -> Self:
        _require_brought(self.verdicts, self.files)
        return self


class ProposeMeasure(Command):
    do: Literal["propose_measure"] = "propose_measure"
    must: MustKind
    grounds: Annotated[tuple[Ref, ...], BeforeValidator(_listed)] | None = None
    fine: Fine | None = None


class ApproveMeasure(Command):
    do: Literal["approve_measure"] = "approve_measure"
    must: MustKind
    reason: Text | None = None
    shown: Shown | None = Field(default=None, exclude_if=is_none)


class ReturnMeasure(Command):
    do: Literal["return_measure"] = "return_measure"
    must: MustKind
    reason: Text | None = None
    reclassify: Annotated[tuple[Ref, ...], BeforeValidator(_listed)] = ()
    shown: Shown | None = Field(default=None, exclude_if=is_none)


class ExecutionDetails(Frozen):
    """What proves the execution: supervision (suspend), checks (close), receipt (fine), letter and receipt (refer)."""

    supervision: Texts | None = None
    checks: Texts | None = None
    receipt: Text | None = None
    letter: Text | None = None


class RecordExecution(Command):
    do: Literal["record_execution"] = "record_execution"
    must: MustKind
    date: Day
    details: ExecutionDetails


class StayMeasure(Command):
    do: Literal["stay_measure"] = "stay_measure"
    must: MustKind
    authority: Text
    reason: Text


class LiftStay(Command):
    do: Literal["lift_stay"] = "lift_stay"
    must: MustKind
    authority: Text
    reason: Text


class AcceptRestart(Command):
    do: Literal["accept_restart"] = "accept_restart"
    conditions: dict[str, bool]
    signatories: Texts


class RefuseRestart(Command):
    do: Literal["refuse_restart"] = "refuse_restart"
    conditions: dict[str, bool]
    reason: Text


class ListForSupervision(Command):
    do: Literal["list_for_supervision"] = "list_for_supervision"
    level: Literal["district", "city"]
    reason: Text


class Delist(Command):
    do: Literal["delist"] = "delist"
    level: Literal["district", "city"]
    reason: Text


class LookBack(Command):
    do: Literal["look_back"] = "look_back"
    recurred: bool
    findings: tuple[FindingFacts, ...] = ()

    @model_validator(mode="after")
    def _brings_what_it_names(self) -> Self:
        _require_brought(self.findings, self.files)
        return self


class RescindFinding(Command):
    do: Literal["rescind_finding"] = "rescind_finding"
    ref: Ref
    reason: Text


class Transfer(Command):
    do: Literal["transfer"] = "transfer"
    district: Text
    reason: Text


class AddNote(Command):
    do: Literal["add_note"] = "add_note"
    text: Text
    refs: Annotated[tuple[Ref, ...], BeforeValidator(_listed)] = ()


class Attach(Command):
    """Evidence alone: one file at least."""

    do: Literal["attach"] = "attach"
    refs: Annotated[tuple[Ref, ...], BeforeValidator(_listed)] = ()
    files: Annotated[Files, Field(min_length=1)] = Field(default=(), validate_default=True)


class Void(Command):
    do: Literal["void"] = "void"
    reason: Text


AnyCommand = (
    Open
    | AssignOfficers
    | RecordFindings
    | CorrectFinding
    | Register
    | ReassignResponsible
    | RequestExtension
    | DecideExtension
    | DeclareRectified
    | Reinspect
    | ProposeMeasure
    | ApproveMeasure
    | ReturnMeasure
    | RecordExecution
    | StayMeasure
    | LiftStay
    | AcceptRestart
    | RefuseRestart
    | ListForSupervision
    | Delist
    | LookBack
    | RescindFinding
    | Transfer
    | AddNote
    | Attach
    | Void
)
OfficialCommand = Annotated[AnyCommand, Field(discriminator="do")]
COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(OfficialCommand)
OF_EVERY_COMMAND = frozenset({*Command.model_fields, "do"})
"""The fields that a command of any kind has."""
COMMAND_MODELS: dict[str, type[Command]] = {kind.model_fields["do"].default: kind for kind in get_args(AnyCommand)}
CLOCK_COMMANDS = ("deadline_passed", "phase_began", "calendar_moved", "campaign_completed")
