"""Evidence of a case on its page: by finding, what was found beside what was put right; and each file itself."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request, Response

from models.case import Case
from models.files import CaseFile
from serving.actors import Official
from serving.backing import Behind
from serving.evidence import given
from serving.filter_words import CaseId
from store.files import Kind

router = APIRouter(include_in_schema=False)
Size = Literal["thumb", "copy", "original"]
_WHEN_FOUND = {"open", "record_findings", "correct_finding", "register"}
_BESIDE = {"attach", "add_note"}


class Shown(NamedTuple):
    """The files about one finding (`ref`), or about the case as a whole: from before, and from after the rectification.

    Papers, which are no pictures, stand apart. Oldest first.
    """

    ref: str
    before: tuple[CaseFile, ...]
    after: tuple[CaseFile, ...]
    papers: tuple[CaseFile, ...]


@router.get("/cases/{case_id:case_id}/files/{sha256}")
async def file_of_case(
    request: Request, who: Official, behind: Behind, case_id: CaseId, sha256: str, size: Size = "original"
) -> Response:
    """The file as it came, to be saved; of a picture a copy or a small copy, to look at."""
    kind: Kind = size
    return await given(request, behind, who, case_id, sha256, kind)


def evidence_of(case: Case) -> tuple[Shown, ...]:
    """All files of a case, by finding; those about the case as a whole last."""
    return (*evidence_about(case, [f.ref for f in case.findings]), *_shown(case, ""))


def evidence_about(case: Case, refs: Sequence[str]) -> tuple[Shown, ...]:
    """The files about these findings, in their order; findings without any are left out."""
    return tuple(shown for ref in refs for shown in _shown(case, ref))


def _shown(case: Case, ref: str) -> tuple[Shown, ...]:
    found = [f for f in case.files if ref in (f.refs or ("",))]
    pictures = [f for f in found if f.is_picture]
    before = tuple(f for f in pictures if not _is_after(case, f, ref))
    after = tuple(f for f in pictures if _is_after(case, f, ref))
    papers = tuple(f for f in found if not f.is_picture)
    return (Shown(ref, before, after, papers),) if found else ()


def _is_after(case: Case, file: CaseFile, ref: str) -> bool:
    """Of the rectification: it came with a declaration or later; what is attached beside, by its time."""
    finding = case.finding(ref)
    declared = next((f.at for f in case.files if f.do == "declare_rectified" and ref in f.refs), None)
    since = declared or (finding and (finding.declared_at or finding.due_at))  # looked at though nobody declared it
    return (since is not None and file.at >= since) if file.do in _BESIDE else file.do not in _WHEN_FOUND
