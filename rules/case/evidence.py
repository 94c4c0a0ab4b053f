"""Evidence: files that come with a command, about the findings that the command is about (3.1.register; A).

That a file was taken in for the case is asked at the door (`engine/hand_in.py`): here nothing is read.
"""

from models.case import Case
from models.commands import (
    AddNote,
    AnyCommand,
    ApproveMeasure,
    Attach,
    CorrectFinding,
    DecideExtension,
    DeclareRectified,
    LiftStay,
    LookBack,
    ProposeMeasure,
    ReassignResponsible,
    RecordExecution,
    RecordFindings,
    Register,
    Reinspect,
    RequestExtension,
    RescindFinding,
    ReturnMeasure,
    StayMeasure,
)
from models.events import AnyEvent
from models.files import AttachedFile, FilesAttached
from models.refusals import Refused
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def attach(case: Case, command: Attach) -> Judged:
    """Nothing but its files: whole or not at all, each once about the same thing."""
    if unknown := next((ref for ref in command.refs if case.finding(ref) is None), None):
        return refuse("unknown_ref", ref=unknown)
    hashes: set[str] = set()
    for file in command.files:
        if file.sha256 in hashes or any(_is_known(case, file, (ref,)) for ref in command.refs or ("",)):
            return refuse("already_attached", name=file.name)
        hashes.add(file.sha256)
    return ()


def with_files(case: Case, command: AnyCommand, events: tuple[AnyEvent, ...]) -> tuple[AnyEvent, ...]:
    """The events of a command, and what is attached by it; what the same findings have already is attached no more."""
    return (*events, *(a for refs, files in _by_finding(case, command) if (a := _attached(case, command, refs, files))))


def _by_finding(case: Case, command: AnyCommand) -> list[tuple[tuple[str, ...], list[AttachedFile]]]:
    """The files that a new finding or a verdict names; those that none names are about all of the command."""
    match command:
        case RecordFindings() | LookBack():
            naming = command.findings
        case Reinspect():
            naming = command.verdicts
        case _:
            naming = ()
    own = [((one.ref,), [file for file in command.files if file.sha256 in one.files]) for one in naming]
    named = {sha256 for one in naming for sha256 in one.files}
    return [*own, (findings_of(case, command), [file for file in command.files if file.sha256 not in named])]


def _attached(
    case: Case, command: AnyCommand, refs: tuple[str, ...], files: list[AttachedFile]
) -> FilesAttached | None:
    fresh = {file.sha256: file for file in files if not _is_known(case, file, refs)}
    return FilesAttached(do=command.do, refs=refs, files=tuple(fresh.values())) if fresh else None


def findings_of(case: Case, command: AnyCommand) -> tuple[str, ...]:
    """The findings that a command is about: of a measure its grounds; none where it is about the case as a whole."""
    match command:
        case RecordFindings() | LookBack():
            refs = [f.ref for f in command.findings]
        case Register():
            refs = [a.ref for a in command.assignments]
        case Reinspect():
            refs = [v.ref for v in command.verdicts]
        case DeclareRectified() | AddNote() | Attach():
            refs = list(command.refs)
        case CorrectFinding() | ReassignResponsible() | RescindFinding() | RequestExtension() | DecideExtension():
            refs = [command.ref]
        case ProposeMeasure() | ApproveMeasure() | ReturnMeasure() | RecordExecution() | StayMeasure() | LiftStay():
            refs = [ref for m in case.musts if m.must == command.must and m.is_owed for ref in m.refs]
        case _:
            refs = list[str]()
    return tuple(dict.fromkeys(refs))


def files_about(case: Case, refs: tuple[str, ...]) -> list[tuple[str, str]]:
    """Finding and hash of each file that is about one of the findings, in the order of both."""
    return sorted({(ref, f.sha256) for f in case.files for ref in f.refs if ref in refs})


def _is_known(case: Case, file: AttachedFile, refs: tuple[str, ...]) -> bool:
    """Whether each of the findings has the file already; where none is named, the case as a whole."""
    held = {ref for f in case.files if f.sha256 == file.sha256 for ref in f.refs or ("",)}
    return all(ref in held for ref in refs or ("",))
