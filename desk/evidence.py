"""Taking in a file for a case: told by its bytes, never by its name; kept whole, or refused with a sentence."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO, cast, get_args

from sqlalchemy import Engine

from desk.pictures import MOST_PIXELS, BrokenPicture, Seen, TooManyPixels, seen
from models.actors import Actor
from models.files import LARGEST_FILE, LONGEST_NAME, AttachedFile, Media
from models.typed import folded
from rules.words.naming import Both
from store.attachments import MOST, MOST_OF_ENTERPRISE, TooManyFiles, keep
from store.files import Files, Kind, measured

_SUFFIXES: Mapping[Media, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
}
_OFFICE: Mapping[str, Media] = {
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ACCEPTED = ",".join((*get_args(Media), *(suffix for of in _SUFFIXES.values() for suffix in of)))
"""What a form's field for files offers to choose from."""
_KINDS = Both(
    " JPEG、PNG、WebP、HEIC 照片，PDF，不含宏的 xlsx、docx", "JPEG, PNG, WebP, HEIC, PDF, xlsx or docx without macros"
)


class NotTakenIn(Exception):
    """Why a file is not taken in: a stable code with the status that HTTP has for it, a sentence and a remedy."""

    def __init__(self, status: int, code: str, said: Both, remedy: Both) -> None:
        super().__init__(code)
        self.status, self.code, self.said, self.remedy = status, code, said, remedy


def take_in(engine: Engine, files: Files, case_id: str, by: Actor, name: str, content: IO[bytes]) -> AttachedFile:
    """Keep a file of a case, and say how a command names it. NotTakenIn, or FilesTrouble of the disk.

    Sent again it is the same file, under the name that it had first.
    """
    content.seek(0)
    found = measured(content)
    if not 0 < found.size <= LARGEST_FILE:
        raise too_large(name) if found.size else _empty(name)
    picture = _picture(name, content)
    media = picture.media if picture else _document(content)
    if media is None:
        raise _unknown_kind(name)
    file = AttachedFile(sha256=found.sha256, name=fitting_name(name, media), media=media, size=found.size)
    content.seek(0)
    contents: dict[Kind, IO[bytes]] = {"original": content}
    if picture:
        contents |= {"copy": io.BytesIO(picture.copy), "thumb": io.BytesIO(picture.thumb)}
    try:
        return keep(engine, files, case_id, file, str(by), contents, picture.look if picture else None)
    except TooManyFiles:
        said = Both(f"本案最多接收 {MOST} 个文件", f"a case takes at most {MOST} files")
        if by.role == "enterprise":
            most = MOST_OF_ENTERPRISE
            said = Both(f"本案最多接收企业的 {most} 个文件", f"a case takes at most {most} files of the enterprise")
        remedy = Both("请先合并材料", "put the material together first")
        raise NotTakenIn(409, "too_many_files", said, remedy) from None


def too_large(name: str) -> NotTakenIn:
    """The file has more bytes than one may have."""
    most = LARGEST_FILE // 1_000_000
    said = Both(f"文件“{_shown(name)}”超过 {most} MB", f"{_shown(name)} has more than {most} MB")
    remedy = Both("请压缩、拆分后再上传", "make it smaller, or send it in parts")
    return NotTakenIn(413, "file_too_large", said, remedy)


def fitting_name(name: str, media: str) -> str:
    """The name without folders and signs that nobody sees, ending as such files do."""
    suffixes = _SUFFIXES[cast("Media", media)]
    plain = _shown(PurePosixPath(name.replace("\\", "/")).name) or "file"
    if not plain.lower().endswith(suffixes):
        plain += suffixes[0]
    if len(plain) > LONGEST_NAME:
        stem, dot, suffix = plain.rpartition(".")
        plain = f"{stem[: LONGEST_NAME - len(dot + suffix)].rstrip()}{dot}{suffix}"
    return plain


def _picture(name: str, content: IO[bytes]) -> Seen | None:
    try:
        return seen(content)
    except BrokenPicture:
        said = Both(f"照片“{_shown(name)}”不完整或已损坏，无法打开", f"{_shown(name)} is broken: it cannot be opened")
        remedy = Both("请在手机或电脑上确认能打开，再重新上传", "see whether it opens where it is, then send it again")
        raise NotTakenIn(415, "file_broken", said, remedy) from None
    except TooManyPixels:
        most = MOST_PIXELS // 1_000_000
        said = Both(f"照片“{_shown(name)}”超过 {most} 百万像素", f"{_shown(name)} has more than {most} megapixels")
        remedy = Both("请缩小后再上传", "make it smaller first")
        raise NotTakenIn(413, "picture_too_large", said, remedy) from None


def _document(content: IO[bytes]) -> Media | None:
    """A PDF, a workbook or a document without macros; None for anything else."""
    content.seek(0)
    head = content.read(1024)
    if b"%PDF-" in head:
        return "application/pdf"
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        content.seek(0)
        with zipfile.ZipFile(content) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):  # what zipfile raises of a broken one
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names) or "[Content_Types].xml" not in names:
        return None
    return next((media for part, media in _OFFICE.items() if part in names), None)


def _empty(name: str) -> NotTakenIn:
    said = Both(f"文件“{_shown(name)}”是空的", f"{_shown(name)} is empty")
    return NotTakenIn(422, "file_empty", said, Both("请重新选择文件", "choose the file again"))


def _unknown_kind(name: str) -> NotTakenIn:
    said = Both(f"不接收“{_shown(name)}”这类文件", f"{_shown(name)} is of a kind that is not taken in")
    remedy = Both(
        f"可上传{_KINDS.zh}；改扩展名无效，请另存为上述格式",
        f"save it as {_KINDS.en}; another name alone changes nothing",
    )
    return NotTakenIn(415, "file_kind", said, remedy)


def _shown(name: str) -> str:
    return "".join(c for c in str(folded(name)) if c.isprintable())[:LONGEST_NAME].strip()
