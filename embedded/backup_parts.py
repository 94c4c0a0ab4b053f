"""The parts of a backup: files that say which backup they belong to, compressed, sealed piece by piece, and hashed.

A sealed piece is bound to its place, to being the last or not, to its part and to its backup: what was cut off, swapped
or altered is not opened.
"""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, ValidationError

from embedded.account import private
from embedded.backup_errors import damaged, key_needed, of_another_backup
from embedded.backup_key import BackupKey

_MARK = b"rectify backup 1 "
_PIECE = 1 << 20
_LONGEST_HEAD = 1000
_TAG = 16


class Part(BaseModel):
    """One file of a backup, as the manifest tells it."""

    model_config = ConfigDict(frozen=True)

    name: str
    file: str
    size: int
    """Bytes of the file."""
    sha256: str
    """Of the file."""


def write_part(folder: Path, name: str, content: Iterable[bytes], backup_id: str, key: BackupKey | None) -> Part:
    """Write the content as a part, readable by its owner only, and wait until the disk has it."""
    file = folder / f"{name}.part"
    head = _MARK + _Head(backup=backup_id, part=name, sealed=key is not None).model_dump_json().encode() + b"\n"
    hashed = hashlib.sha256()
    with open(file, "xb", opener=private) as target:
        for piece in _pieces(head, _compressed(content), key.cipher(name) if key else None):
            hashed.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
        size = target.tell()
    return Part(name=name, file=file.name, size=size, sha256=hashed.hexdigest())


def check_part(folder: Path, part: Part, backup_id: str) -> None:
    """Refuse a part that is not the one that was written: gone, cut, altered, or of another backup."""
    file = folder / part.file
    hashed = hashlib.sha256()
    try:
        with file.open("rb") as source:
            its = _head_in(source.readline(_LONGEST_HEAD))
            if its and its.backup != backup_id:
                raise of_another_backup(part.file, its.backup, backup_id)
            source.seek(0)
            while piece := source.read(_PIECE):
                hashed.update(piece)
            size = source.tell()
    except FileNotFoundError:
        raise damaged(part.file, "is missing", "缺失") from None
    if size != part.size:
        raise damaged(part.file, f"has {size} bytes instead of {part.size}", f"为 {size} 字节，应为 {part.size} 字节")
    if hashed.hexdigest() != part.sha256:
        raise damaged(part.file, "has another sha256 than the manifest", "的 sha256 与清单不符")


def read_part(folder: Path, part: Part, key: BackupKey | None) -> Iterator[bytes]:
    """The content as it was given to `write_part`; refused where a piece cannot be opened or the end is missing."""
    unpacking = zlib.decompressobj(31)
    with (folder / part.file).open("rb") as source:
        head = source.readline(_LONGEST_HEAD)
        facts = _head_in(head)
        if facts is None or facts.part != part.name:
            raise damaged(part.file, "is no such part", "不是相应的文件")
        if facts.sealed:
            if key is None:
                raise key_needed()
            packed = _opened(source, head, key.cipher(part.name), part.file)
        else:
            packed = iter(lambda: source.read(_PIECE), b"")
        try:
            for piece in packed:
                yield unpacking.decompress(piece)
            yield unpacking.flush()
        except zlib.error:
            raise damaged(part.file, "cannot be unpacked", "无法解压") from None
    if not unpacking.eof:
        raise damaged(part.file, "ends too early", "不完整")


class _Head(BaseModel):
    """The first line of a part."""

    backup: str
    part: str
    sealed: bool


def _head_in(head: bytes) -> _Head | None:
    try:
        return _Head.model_validate_json(head.removeprefix(_MARK)) if head.startswith(_MARK) else None
    except ValidationError:
        return None


def _compressed(content: Iterable[bytes]) -> Iterator[bytes]:
    packing = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in content:
        yield packing.compress(piece)
    yield packing.flush()


def _pieces(head: bytes, content: Iterable[bytes], cipher: AESGCM | None) -> Iterator[bytes]:
    yield head
    if cipher is None:
        yield from content
        return
    number, waiting = 0, bytearray()
    for piece in content:
        waiting += piece
        while len(waiting) > _PIECE:  # one byte stays for the last piece
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:_PIECE]), head)
            del waiting[:_PIECE]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), head)


def _opened(source: IO[bytes], head: bytes, cipher: AESGCM, name: str) -> Iterator[bytes]:
    number, piece = 0, source.read(_PIECE + _TAG)
    while True:
        following = source.read(_PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, head)
        except InvalidTag:
            raise damaged(name, "cannot be opened", "无法解封") from None
        if not following:
            return
        number, piece = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    """Never twice under a key: each part of each backup has a key of its own."""
    return number.to_bytes(11, "big") + bytes([last])
