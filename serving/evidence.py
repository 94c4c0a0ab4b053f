"""Files of a case at the doors: taken in from a request, and given out to whoever may read the case.

What waits for the place of the files waits in a thread, and only so many do: a store that is slow or away keeps nobody
else from his pages.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import IO, ParamSpec, TypeVar
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from desk.evidence import NotTakenIn, take_in, too_large
from models.actors import Actor
from models.files import LARGEST_FILE, AttachedFile
from serving.backing import Backing
from serving.bodies import pieces
from serving.problems import Trouble, no_case
from serving.readable import require_readable
from store.attachments import Attachment, attachments
from store.files import Kind, measured
from store.files_trouble import FilesTrouble

P = ParamSpec("P")
T = TypeVar("T")
_WAITS = 20.0  # seconds, for those before it
_PIECE = 1 << 18
_SANDBOX = "default-src 'none'; sandbox"


async def from_body(request: Request, behind: Backing, who: Actor, case_id: str, name: str) -> AttachedFile:
    """The file that the body is; Trouble where it is none that is taken in."""
    with tempfile.TemporaryFile(prefix="evidence-") as content:
        async for piece in pieces(request, LARGEST_FILE, request.app.state.patience.file):
            content.write(piece)
        return await kept(behind, who, case_id, name, content)


async def kept(behind: Backing, who: Actor, case_id: str, name: str, content: IO[bytes]) -> AttachedFile:
    """The file as a command names it, from now on the case's; Trouble where it is not taken in, or cannot be kept."""
    files = behind.services.files
    try:
        return await _among_few(behind, take_in, behind.records, files, case_id, who, name, content)
    except NotTakenIn as refused:
        raise trouble_of_file(refused) from None
    except FilesTrouble as trouble:
        raise not_kept(trouble) from None


async def _among_few(behind: Backing, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a thread, when its turn comes; FilesTrouble where those before it take too long."""
    try:
        async with asyncio.timeout(_WAITS):
            await behind.carrying.acquire()
    except TimeoutError:
        raise FilesTrouble("busy", behind.services.files.place) from None
    try:
        return await run_in_threadpool(do, *args, **kwargs)
    finally:
        behind.carrying.release()


def trouble_of_file(refused: NotTakenIn) -> Trouble:
    """What is told of a file that is not taken in."""
    remedies = {"remedy_zh": refused.remedy.zh, "remedy_en": refused.remedy.en}
    return Trouble(refused.status, refused.code, refused.said.zh, refused.said.en, rule="3.1.register", **remedies)


def file_too_large(name: str) -> Trouble:
    """413: beyond the bytes that a file may have."""
    return trouble_of_file(too_large(name))


async def given(request: Request, behind: Backing, who: Actor, case_id: str, sha256: str, kind: Kind) -> Response:
    """One file of the case; 404 as for a foreign case where there is none, or not of this case.

    Pictures that we made ourselves are shown; whatever came from elsewhere is only ever saved.
    """
    found = await run_in_threadpool(_known, behind, who, case_id, sha256, kind)
    tag = f'"{sha256.removeprefix("sha256:")}-{kind}"'
    headers = {
        "Cache-Control": "private, no-cache",  # kept by the browser, and asked for each time: who may see it changes
        "ETag": tag,
        "Content-Security-Policy": _SANDBOX,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    try:
        content = await _among_few(behind, _content, behind, case_id, found, kind)
    except FilesTrouble as trouble:
        raise _not_given(trouble) from None
    if kind == "original":
        media, headers["Content-Disposition"] = found.media, _saved_as(found.name)
    else:
        media, headers["Content-Disposition"] = "image/jpeg", f'inline; filename="{kind}.jpg"'
    headers["Content-Length"] = str(content.seek(0, os.SEEK_END))
    content.seek(0)
    return StreamingResponse(_pieces(content), headers=headers, media_type=media)


def _known(behind: Backing, who: Actor, case_id: str, sha256: str, kind: Kind) -> Attachment:
    require_readable(behind, case_id, who)
    found = next(iter(attachments(behind.engine, case_id, [sha256])), None)
    if found is None or (kind != "original" and not found.is_picture):
        raise no_case(case_id)
    return found


def _content(behind: Backing, case_id: str, file: Attachment, kind: Kind) -> IO[bytes]:
    """The whole content; an original is what it was when it was taken in, or not given out."""
    content = behind.services.files.open(case_id, file.sha256, kind)
    if content is None:
        raise _gone("原件缺失", "is missing")
    if kind == "original" and measured(content) != (file.sha256, file.size):
        content.close()
        raise _gone("已被改动", "was changed")
    return content


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        content.seek(0)
        while piece := await run_in_threadpool(content.read, _PIECE):
            yield piece


def _saved_as(name: str) -> str:
    plain = quote(name)
    return f'attachment; filename="{name}"' if plain == name else f"attachment; filename*=utf-8''{plain}"


def not_kept(trouble: FilesTrouble) -> Trouble:
    """503: photos and papers cannot be kept now; nothing was recorded."""
    zh, en = "照片和材料暂时无法保存，未登记任何内容", "photos and papers cannot be kept now; nothing was recorded"
    return _unavailable(trouble, zh, en)


def _not_given(trouble: FilesTrouble) -> Trouble:
    return _unavailable(trouble, "照片和材料暂时无法读取", "photos and papers cannot be shown now")


def _unavailable(trouble: FilesTrouble, zh: str, en: str) -> Trouble:
    """What whoever uses the pages is told; why it is so is for those who run them."""
    remedy_zh = "请稍后重试；管理员可运行 rectify doctor 查看原因"
    remedy_en = "try again later; rectify doctor tells an administrator why"
    if trouble.why == "full":
        zh, en = f"{zh}：存放照片和材料的磁盘已满", f"{en}: the disk of the files is full"
        remedy_zh, remedy_en = "请管理员清理磁盘后重试", "have an administrator make room, then try again"
    return Trouble(503, "files_unavailable", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _gone(zh: str, en: str) -> Trouble:
    zh, en = f"该文件已登记，但{zh}", f"the file is registered, and it {en}"
    verify = "rectify readmodel verify"
    return Trouble(503, "files_unavailable", zh, en, remedy_zh=f"请管理员运行 {verify}", remedy_en=f"have {verify} run")
