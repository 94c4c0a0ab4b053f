"""Files that are evidence: what a command names of them, and what a case knows of each."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.actors import Actor
from models.base import Frozen
from models.typed import folded, printable

LARGEST_FILE = 20_000_000
"""Bytes of a file."""
FILES_A_COMMAND = 20
LONGEST_NAME = 200
Media = Literal[
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
]
FileHash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
FileName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(printable),
    BeforeValidator(folded),
]


class AttachedFile(Frozen):
    """A file by the hash of its bytes, as it was taken in for a case; `size` in bytes."""

    sha256: FileHash
    name: FileName
    media: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,100}$")]
    size: Annotated[int, Field(gt=0, le=LARGEST_FILE)]

    @property
    def is_picture(self) -> bool:
        """There are a copy and a small copy of it to look at."""
        return self.media.startswith("image/")


class CaseFile(AttachedFile):
    """A file of a case: about which findings (none: the case as a whole), in which step, when, by whom."""

    refs: tuple[str, ...] = ()
    seq: int
    at: datetime
    by: Actor
    do: str


class FilesAttached(Frozen):
    """Evidence that came with a command (`do`), about some findings, or about the case as a whole."""

    kind: Literal["files_attached"] = "files_attached"
    do: str
    refs: tuple[str, ...] = ()
    files: tuple[AttachedFile, ...]
