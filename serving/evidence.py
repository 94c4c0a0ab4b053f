"""Files of a case at the doors: taken in from a request, and given out to whoever may read the case."""

import tempfile
from typing import IO

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from desk.evidence import NotTakenIn, take_in, too_large
from models.actors import Actor
from models.files import LARGEST_FILE, AttachedFile
from serving.backing import Backing
from serving.bodies import pieces
from serving.problems import Trouble, no_case
from serving.readable import require_readable
from store.attachments import attachments
from store.files import FilesTrouble, Kind

_YEAR = 365 * 24 * 3600
_SANDBOX = "default-src 'none'; sandbox"


async def from_body(request: Request, behind: Backing, who: Actor, case_id: str, name: str) -> AttachedFile:
    """The file that the body is; Trouble where it is none that is taken in."""
    with tempfile.TemporaryFile(prefix="evidence-") as content:
        async for piece in pieces(request, LARGEST_FILE, request.app.state.patience.file):
            content.write(piece)
        return await kept(behind, who, case_id, name, content)


async def kept(behind: Backing, who: Actor, case_id: str, name: str, content: IO[bytes]) -> AttachedFile:
    """The file as a command names it, from now on the case's; never on the event loop."""
    files = behind.services.files
    try:
        return await run_in_threadpool(take_in, behind.records, files, case_id, who, name, content)
    except NotTakenIn as refused:
        raise trouble_of_file(refused) from None


def trouble_of_file(refused: NotTakenIn) -> Trouble:
    """What is told of a file that is not taken in."""
    remedies = {"remedy_zh": refused.remedy.zh, "remedy_en": refused.remedy.en}
    return Trouble(refused.status, refused.code, refused.said.zh, refused.said.en, rule="3.1.register", **remedies)


def file_too_large(name: str) -> Trouble:
    """413: beyond the bytes that a file may have."""
    return trouble_of_file(too_large(name))


def given(request: Request, behind: Backing, who: Actor, case_id: str, sha256: str, kind: Kind) -> Response:
    """One file of the case; 404 as for a foreign case where there is none, or not of this case.

    Pictures that we made ourselves are shown; whatever came from elsewhere is only ever saved.
    """
    require_readable(behind, case_id, who)
    found = next(iter(attachments(behind.engine, case_id, [sha256])), None)
    if found is None or (kind != "original" and not found.is_picture):
        raise no_case(case_id)
    path = behind.services.files.path(case_id, sha256, kind)
    tag = f'"{sha256.removeprefix("sha256:")}-{kind}"'
    headers = {
        "Cache-Control": f"private, max-age={_YEAR}, immutable",
        "ETag": tag,
        "Content-Security-Policy": _SANDBOX,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if not path.is_file():
        raise _gone()
    if kind == "original":
        return FileResponse(path, headers=headers, media_type=found.media, filename=found.name)
    return FileResponse(
        path, headers=headers, media_type="image/jpeg", filename=f"{kind}.jpg", content_disposition_type="inline"
    )


def disk_trouble(error: FilesTrouble) -> Trouble:
    """503: the disk does not take or give files; nothing was registered."""
    zh, en = "证据文件无法保存或读取，未登记任何内容", "the disk does not take or give the file; nothing was registered"
    remedy_zh, remedy_en = (
        "请管理员检查磁盘和文件夹权限，稍后重试",
        "have an administrator look at the disk, then try again",
    )
    if error.full:
        zh, en = "存放证据文件的磁盘已满，未登记任何内容", "the disk of the files is full; nothing was registered"
        remedy_zh, remedy_en = "请管理员清理磁盘后重试", "have an administrator make room, then try again"
    return Trouble(503, "files_unavailable", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _gone() -> Trouble:
    zh, en = "该文件已登记，但不在磁盘上", "the file is registered, and it is not on the disk"
    verify = "rectify readmodel verify"
    return Trouble(503, "files_unavailable", zh, en, remedy_zh=f"请管理员运行 {verify}", remedy_en=f"have {verify} run")
