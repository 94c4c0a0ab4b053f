"""Files of cases: each once a case, by the hash of its bytes; a file that is kept never changes.

They lie in a place, a folder (`store/folder.py`) or a bucket (`store/bucket.py`), under the same keys: a
folder a case, named by the hash of the case's id. Two cases that got the same file have one each, and the end of one
takes nothing from the other. Beside the original of a picture lie a copy and a small copy to look at.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Literal, NamedTuple, Protocol

Kind = Literal["original", "copy", "thumb"]
KINDS: tuple[Kind, ...] = ("original", "copy", "thumb")
FOLDER = "files"
"""In the home."""
_PIECE = 1 << 20
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}/(?P<hash>[0-9a-f]{64})\.(?P<kind>original|copy|thumb)")


class Place(Protocol):
    """Where files lie by their keys, each whole or not at all. FilesTrouble wherever it does not do its part."""

    def put(self, key: str, content: IO[bytes]) -> None:
        """Keep the content for good."""
        ...

    def open(self, key: str) -> IO[bytes] | None:
        """The whole content, to be read and closed; None where there is none."""
        ...

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Bytes of each; None for one that is missing."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Those that are there go."""
        ...

    def delete_below(self, folder: str) -> None:
        """Whatever lies below the folder goes."""
        ...

    def listed(self) -> Iterator[tuple[str, int]]:
        """Key and bytes of whatever lies there."""
        ...

    def claim(self, installation_id: str, live_since: datetime) -> None:
        """Refuse where another installation keeps its files there."""
        ...

    def prove(self, *, writes: bool) -> None:
        """Refuse where files could not be listed and read now, with `writes` kept and deleted too; within seconds."""
        ...


class Measured(NamedTuple):
    """A content as it was read: its hash, `sha256:` and 64 hex digits, and its bytes."""

    sha256: str
    size: int


def measured(content: IO[bytes]) -> Measured:
    """Hash and size of a content, piece by piece, from where it stands."""
    digest, size = hashlib.sha256(), 0
    while piece := content.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return Measured(f"sha256:{digest.hexdigest()}", size)


def key_of(case_id: str, sha256: str, kind: Kind = "original") -> str:
    """Where it lies in its place, if it is there."""
    return f"{_folder_of(case_id)}/{sha256.removeprefix('sha256:')}.{kind}"


def hash_in(key: str) -> str | None:
    """The hash that an original of this key has; None for a copy of ours."""
    found = _KEY.fullmatch(key)
    return f"sha256:{found['hash']}" if found and found["kind"] == "original" else None


def _folder_of(case_id: str) -> str:
    name = hashlib.sha256(case_id.encode()).hexdigest()
    return f"{name[:2]}/{name}"


def _by_anybody() -> None:
    pass


class Files:
    """The files of all cases of an installation, in their place.

    `may_change` refuses whoever may keep and delete nothing there: a copy, another installation.
    """

    def __init__(self, place: Place, may_change: Callable[[], None] = _by_anybody) -> None:
        self.place, self.may_change = place, may_change

    def keep(self, case_id: str, sha256: str, contents: Mapping[Kind, IO[bytes]]) -> None:
        """Keep the original and its copies, each whole or not at all, for good. FilesTrouble where that cannot be."""
        self.may_change()
        for kind, content in contents.items():
            self.place.put(key_of(case_id, sha256, kind), content)

    def open(self, case_id: str, sha256: str, kind: Kind = "original") -> IO[bytes] | None:
        """The content, to be read and closed; None where it is missing."""
        return self.place.open(key_of(case_id, sha256, kind))

    def measured(self, case_id: str, sha256: str) -> Measured | None:
        """What the original is in truth; None where it is missing. FilesTrouble where it cannot be read."""
        content = self.open(case_id, sha256)
        if content is None:
            return None
        with content:
            return measured(content)

    def sizes(self, originals: Collection[tuple[str, str]]) -> list[int | None]:
        """Bytes of these originals, each by case and hash; None for one that is missing."""
        return self.place.sizes([key_of(case_id, sha256) for case_id, sha256 in originals])

    def delete(self, case_id: str, sha256: str) -> None:
        """One file of a case with its copies; nothing where it is gone already."""
        self.may_change()
        self.place.delete([key_of(case_id, sha256, kind) for kind in KINDS])

    def delete_case(self, case_id: str) -> None:
        """Every file of a case."""
        self.may_change()
        self.place.delete_below(_folder_of(case_id))

    def listed(self) -> Iterator[tuple[str, int]]:
        """Key and bytes of every file that is kept."""
        return ((key, size) for key, size in self.place.listed() if _KEY.fullmatch(key))
