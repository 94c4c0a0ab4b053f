"""Files of a case over HTTP: taken in before a command names them, listed, and given out."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.schemas import PROBLEMS
from models.base import Frozen
from models.files import LONGEST_NAME, AttachedFile, Media
from rules.access.deeds import Place, may
from serving.actors import Official, require_scope
from serving.answers import answer
from serving.audited import refusals_noted
from serving.backing import Behind
from serving.evidence import from_body, given
from serving.filter_words import CaseId
from serving.problems import Trouble, refused
from serving.readable import readable_case, require_readable
from store.attachments import Attachment, attachments
from store.files import Kind

router = APIRouter(prefix="/api/v1", tags=["files"], responses=PROBLEMS)
_FILE: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": _FILE}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, or a copy to look at",
        "content": dict.fromkeys(get_args(Media), _FILE["application/octet-stream"]),
    }
}


class NamedFile(Frozen):
    """What a file is called where it comes from."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="The file's name.")


class WhichCopy(Frozen):
    """The file as it came, or of a picture a copy of ours."""

    size: Kind = "original"


class FileList(Frozen):
    """The files that were taken in for a case, in the order in which they came."""

    case_id: str
    files: tuple[Attachment, ...]


@router.post(
    "/cases/{case_id:case_id}/files",
    summary="Take in a file of a case. 上传证据文件。",
    response_model=AttachedFile,
    openapi_extra=_BODY,
    status_code=201,
)
async def take(
    who: Official, behind: Behind, request: Request, case_id: CaseId, query: Annotated[NamedFile, Query()]
) -> Response:
    """The body is the file. The answer stands in `files` of a command, which makes it evidence; else it goes again."""
    await require_scope(request, behind, who, "attach")
    if request.headers.get("content-type", "").startswith("multipart/"):
        zh, en = "请求体须为文件本身，不是表单", "the body is to be the file itself, not a form"
        remedy = {"remedy_zh": "如 curl --data-binary @照片.jpg", "remedy_en": "as curl --data-binary @FILE does"}
        raise Trouble(415, "not_a_file", zh, en, **remedy)
    async with refusals_noted(request, behind.records, who, "attach", case_id=case_id):
        campaign, case = await run_in_threadpool(readable_case, behind, case_id, who)
        where = Place(case.district, case.subject.sector, case.subject_id)
        if not_theirs := may(campaign.plan, who, "attach", where):
            raise refused(not_theirs)
    return answer(await from_body(request, behind, who, case_id, query.name), 201)


@router.get(
    "/cases/{case_id:case_id}/files", summary="List the files of a case. 证据文件列表。", response_model=FileList
)
def list_files(who: Official, behind: Behind, case_id: CaseId) -> Response:
    """Every file that was taken in, named by a command or not yet; which findings they are about says the case."""
    require_readable(behind, case_id, who)
    return answer(FileList(case_id=case_id, files=attachments(behind.engine, case_id)))


@router.get(
    "/cases/{case_id:case_id}/files/{sha256}",
    summary="Give out a file of a case. 下载证据文件。",
    response_class=Response,
    responses=_CONTENT,
)
async def give(
    request: Request,
    who: Official,
    behind: Behind,
    case_id: CaseId,
    sha256: str,
    query: Annotated[WhichCopy, Query()],
) -> Response:
    """The file as it came, or of a picture a copy of ours (`size`: `copy`, `thumb`)."""
    return await given(request, behind, who, case_id, sha256, query.size)
