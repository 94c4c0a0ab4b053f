"""Bringing the files of cases from one place to another: what its rows name, each checked by its hash, never twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal, NamedTuple

from sqlalchemy import Engine, text

from models.base import Frozen
from store.differences import Difference, difference
from store.files import KINDS, Place, hash_in, key_of, measured

_BATCH = 500
_AT_ONCE = 4
_ROWS = text("""SELECT case_id, sha256, media LIKE 'image/%' AS is_picture FROM attachments
WHERE (case_id, sha256) > (:case_id, :sha256) ORDER BY case_id, sha256 LIMIT :limit""")
_Became = Literal["brought", "there", "missing", "changed"]


class Moved(Frozen):
    """How many files were brought, how many were there before, and which are missing, or not what they were."""

    brought: int = 0
    there: int = 0
    removed: int = 0
    wrong: tuple[Difference, ...] = ()


class _Wanted(NamedTuple):
    case_id: str
    sha256: str
    key: str


def move_files(
    engine: Engine, source: Place, target: Place, *, remove: bool, tell: Callable[[int], object] = lambda _: None
) -> Moved:
    """Every file that a row names is in the target, or told. What is there with its size is not brought again.

    `remove`: what is in the target, proven by its hash, then goes from the source. `tell` hears how many were looked
    at.
    """
    moved = Moved()
    for batch in _wanted(engine):
        sizes = zip(source.sizes([one.key for one in batch]), target.sizes([one.key for one in batch]), strict=True)
        with ThreadPoolExecutor(_AT_ONCE) as carrying:
            became = list(carrying.map(partial(_bring, source, target, proves=remove), batch, sizes))
        told = tuple(
            difference(f"file_{word}", one.case_id, sha256=one.sha256)
            for one, word in zip(batch, became, strict=True)
            if word in ("missing", "changed")
        )
        proven = [one.key for one, word in zip(batch, became, strict=True) if word in ("brought", "there")]
        gone = proven if remove else []
        if gone:
            source.delete(gone)
        moved = Moved(
            brought=moved.brought + became.count("brought"),
            there=moved.there + became.count("there"),
            removed=moved.removed + len(gone),
            wrong=(*moved.wrong, *told),
        )
        tell(moved.brought + moved.there + len(moved.wrong))
    return moved


def _wanted(engine: Engine) -> Iterator[list[_Wanted]]:
    last = ("", "")
    while True:
        with engine.connect() as connection:
            asked = {"case_id": last[0], "sha256": last[1], "limit": _BATCH}
            rows = connection.execute(_ROWS, asked).all()
        if rows:
            yield [
                _Wanted(case_id, sha256, key_of(case_id, sha256, kind))
                for case_id, sha256, is_picture in rows
                for kind in (KINDS if is_picture else KINDS[:1])
            ]
        if len(rows) < _BATCH:
            return
        last = (rows[-1].case_id, rows[-1].sha256)


def _bring(
    source: Place, target: Place, one: _Wanted, sizes: tuple[int | None, int | None], *, proves: bool
) -> _Became:
    """One file, read back from the target and compared; `proves`: also one that was there before."""
    its, there = sizes
    if there is not None and its in (there, None):
        return "there" if not proves or _holds(target, one, _hash_of(source, one)) else "changed"
    content = source.open(one.key)
    if content is None:
        return "missing"
    with content:
        sha256 = measured(content).sha256
        if hash_in(one.key) not in (None, sha256):
            return "changed"
        content.seek(0)
        target.put(one.key, content)
    return "brought" if _holds(target, one, sha256) else "changed"


def _hash_of(place: Place, one: _Wanted) -> str | None:
    """What it is there; None where it is there no more."""
    content = place.open(one.key)
    if content is None:
        return None
    with content:
        return measured(content).sha256


def _holds(target: Place, one: _Wanted, sha256: str | None) -> bool:
    """Whether the target has that content: of an original what its name says, of a copy what the source had."""
    found = _hash_of(target, one)
    return found is not None and found == (hash_in(one.key) or sha256 or found)
