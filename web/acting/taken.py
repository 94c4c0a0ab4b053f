"""Files that come with a form: taken in before the command is given, so that a form that is mended has them still."""

import asyncio
from typing import NamedTuple

from models.actors import Actor
from models.files import FILES_A_COMMAND, AttachedFile
from models.plan import Plan
from rules.words.clauses import cited
from rules.words.refusals import refuse
from serving.backing import Backing
from serving.evidence import file_too_large, kept
from serving.forms import Sent, too_many_files
from serving.problems import Trouble, refused
from store.attachments import attachments

KEPT = "kept"
"""The field of a form that names, by its hash, a file that was sent with it before."""


class Taken(NamedTuple):
    """The files of a form, and the first thing that was wrong with one of them."""

    files: tuple[AttachedFile, ...]
    trouble: Trouble | None = None


async def take(behind: Backing, plan: Plan, who: Actor, case_id: str, sent: Sent) -> Taken:
    """Those that the form had, and those that came with it now; what is refused leaves the others.

    Whoever calls has asked whether the case may be read.
    """
    hashes = list(dict.fromkeys(sent.values.get(KEPT, ())))[:FILES_A_COMMAND]
    known = await asyncio.to_thread(attachments, behind.records, case_id, hashes) if hashes else ()
    files = {one.sha256: one.file for one in known}
    trouble = None if len(files) == len(hashes) else refused(cited(plan, refuse("unknown_file", name="…")))
    for upload in sent.files:
        if len(files) >= FILES_A_COMMAND:
            return Taken(tuple(files.values()), too_many_files())
        try:
            file = await kept(behind, who, case_id, upload.filename or "", upload.file)
            files[file.sha256] = file
        except Trouble as wrong:
            trouble = trouble or wrong
    if sent.beyond:
        trouble = trouble or file_too_large(sent.beyond[0][0])
    return Taken(tuple(files.values()), trouble)
