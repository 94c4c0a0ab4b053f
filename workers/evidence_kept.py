"""Photos and papers beside a backup: copied into it, or, where a bucket keeps them, listed and looked for."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from embedded.backup_errors import evidence_away
from embedded.backup_key import BackupKey
from embedded.backup_manifest import Manifest
from embedded.backup_parts import read_part
from embedded.settings import StackSettings
from engine.connection import files_in
from store.files import Files, hash_in
from store.files_trouble import FilesTrouble

LISTED = "evidence"
"""The part of a backup that says what lay in the bucket, a line of JSON an object."""
_BATCH = 500


class Lying(NamedTuple):
    """An object as a backup lists it."""

    key: str
    size: int


class Lacking(NamedTuple):
    """An object of the list that is not there, or has another size."""

    key: str
    is_there: bool


class EvidenceChecked(NamedTuple):
    """How many objects that a backup lists were looked for, and which are not there so; None: nobody could look."""

    checked: int | None
    lacking: tuple[Lacking, ...] = ()


def contents(files: Files) -> Iterator[tuple[str, IO[bytes]]]:
    """Every file by its key; those that go meanwhile are left out."""
    for key, _ in files.listed():
        content = files.place.open(key)
        if content is not None:
            with content:
                yield key, content


def listing(files: Files) -> Iterator[bytes]:
    """Every object with its size; of an original the hash too. A copy is made of what is named like it."""
    for key, size in files.listed():
        line = {"key": key, "size": size, "sha256": hash_in(key)}
        yield json.dumps(line).encode() + b"\n"


def listed_in(content: Iterable[bytes]) -> Iterator[Lying]:
    """What a list names."""
    rest = b""
    for piece in content:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            told = json.loads(line)
            yield Lying(told["key"], told["size"])


def lacking(listed: Iterable[Lying], files: Files) -> Iterator[Lacking]:
    """Those that the place does not hold so. FilesTrouble where it does not answer."""
    rest = iter(listed)
    while batch := list(islice(rest, _BATCH)):
        for one, size in zip(batch, files.place.sizes([one.key for one in batch]), strict=True):
            if size != one.size:
                yield Lacking(one.key, size is not None)


def check_evidence(settings: StackSettings, folder: Path, manifest: Manifest, key: BackupKey | None) -> EvidenceChecked:
    """What the backup lists, looked for in the bucket of the settings; not without the key, nor where none is set.

    StackError where the bucket does not answer.
    """
    part, place = manifest.part(LISTED), settings.evidence_place
    if part is None or place is None or (manifest.sealed is not None and key is None):
        return EvidenceChecked(None)
    listed = list(listed_in(read_part(folder, part, key)))
    try:
        return EvidenceChecked(len(listed), tuple(lacking(listed, Files(files_in(settings.home, place)))))
    except FilesTrouble as away:
        raise evidence_away(away.zh, away.en, away.remedy_zh, away.remedy_en) from None
