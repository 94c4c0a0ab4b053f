"""Files that come with a form: taken in before the command is given, so that a form that is mended has them still."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from models.actors import Actor
from models.files import FILES_A_COMMAND, AttachedFile
from models.plan import Plan
from rules.case.limits import FINDINGS_A_COMMAND
from rules.words.clauses import cited
from rules.words.refusals import refuse
from serving.backing import Backing
from serving.evidence import file_too_large, kept
from serving.forms import Sent, too_many_files
from serving.problems import Trouble, refused, told_at
from store.attachments import attachments

FILES, KEPT = "files", "kept"
"""The fields of a form for files, and for the hashes of those that came before; of a row, behind its place."""


class Taken(NamedTuple):
    """The files of a form by the fields in which they came, and the first thing that was wrong with one of them."""

    by_field: Mapping[str, tuple[AttachedFile, ...]]
    trouble: Trouble | None = None

    @property
    def files(self) -> tuple[AttachedFile, ...]:
        """All of them, each once."""
        return tuple({file.sha256: file for files in self.by_field.values() for file in files}.values())

    def in_rows(self, of: str) -> tuple[AttachedFile, ...]:
        """Those of the rows of one list, each once."""
        return Taken({field: files for field, files in self.by_field.items() if field.startswith(f"{of}.")}).files


NOTHING_TAKEN = Taken({})


async def take(behind: Backing, plan: Plan, who: Actor, case_id: str, sent: Sent, of: Collection[str] = ()) -> Taken:
    """Those that the form had, and those that came with it now; what is refused leaves the others.

    `of`: the rows that may have files of their own, as `findings`. Whoever calls asked whether the case may be read.
    """
    taken: dict[str, tuple[AttachedFile, ...]] = {}
    trouble = None
    for field in _fields_with_files(sent, of):
        taken[field], wrong = await _taken_in(behind, plan, who, case_id, sent, field)
        trouble = trouble or (_at(field, wrong) if wrong else None)
    if len(sent.files) + len(sent.beyond) > FILES_A_COMMAND:
        trouble = trouble or too_many_files()
    return Taken(taken, trouble)


def _at(field: str, wrong: Trouble) -> Trouble:
    """Told at the field in which the file came, where it is the file's."""
    problem = wrong.problem
    return told_at(field, wrong, problem.remedy_zh or "", problem.remedy_en or "") if problem.status < 500 else wrong


def _fields_with_files(sent: Sent, of: Collection[str]) -> list[str]:
    """The fields of the form that come with files, or had some before."""
    beyond = (field for _, field in sent.beyond)
    had = (name.removesuffix(KEPT) + FILES for name in sent.values if name.rpartition(".")[2] == KEPT)
    found = dict.fromkeys((*sent.fields, *beyond, *had))
    rows = [name for name in found if name.endswith(f".{FILES}") and name.partition(".")[0] in of]
    return [*([FILES] if FILES in found else []), *rows[:FINDINGS_A_COMMAND]]


async def _taken_in(
    behind: Backing, plan: Plan, who: Actor, case_id: str, sent: Sent, field: str
) -> tuple[tuple[AttachedFile, ...], Trouble | None]:
    """The files of one field, and the first thing that was wrong there."""
    kept_before = sent.values.get(field.removesuffix(FILES) + KEPT, ())
    hashes = list(dict.fromkeys(kept_before))[:FILES_A_COMMAND]
    known = await asyncio.to_thread(attachments, behind.records, case_id, hashes) if hashes else ()
    files = {one.sha256: one.file for one in known}
    trouble = None if len(files) == len(hashes) else refused(cited(plan, refuse("unknown_file", name="…")))
    uploads, beyond = sent.of(field)
    others: list[str] = []
    for upload in uploads:
        if len(files) >= FILES_A_COMMAND:
            return tuple(files.values()), too_many_files(left_out=True)
        try:
            file = await kept(behind, who, case_id, upload.filename or "", upload.file)
            files[file.sha256] = file
        except Trouble as wrong:
            others += [upload.filename or "…"] if trouble else []
            trouble = trouble or wrong
    others += beyond if trouble else beyond[1:]
    trouble = trouble or (file_too_large(beyond[0]) if beyond else None)
    return tuple(files.values()), _with_others(trouble, others) if trouble else None


def _with_others(trouble: Trouble, others: Sequence[str]) -> Trouble:
    """The trouble with the first file, and which others were not taken either."""
    if others:
        problem = trouble.problem
        problem.zh += f"；未接收的还有：{'、'.join(others)}"
        problem.en += f"; not taken either: {', '.join(others)}"
    return trouble
