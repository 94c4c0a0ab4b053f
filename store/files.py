"""Files of cases on a disk: each once a case, by the hash of its bytes; a file that is kept never changes.

A folder a case, named by the hash of the case's id: two cases that got the same file have one each, so the end of one
takes nothing from the other. Beside the original of a picture lie a copy and a small copy to look at.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, NamedTuple

Kind = Literal["original", "copy", "thumb"]
KINDS: tuple[Kind, ...] = ("original", "copy", "thumb")
FOLDER = "files"
"""In the home."""
_PIECE = 1 << 20


class FilesTrouble(Exception):
    """The disk did not take, or does not give, a file; `full`: it has no room left."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or type(error).__name__)
        self.full = error.errno in (28, 122)  # no space, no quota


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


class Files:
    """The files of all cases of an installation, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, case_id: str, sha256: str, kind: Kind, content: IO[bytes]) -> None:
        """Keep the content, whole or not at all, and wait until the disk has it. FilesTrouble where it does not."""
        target = self.path(case_id, sha256, kind)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".taking-", delete=False) as draft:
                try:
                    shutil.copyfileobj(content, draft, _PIECE)
                    draft.flush()
                    os.fsync(draft.fileno())
                    Path(draft.name).replace(target)
                except BaseException:
                    Path(draft.name).unlink(missing_ok=True)
                    raise
            _remember(target.parent)
        except OSError as error:
            raise FilesTrouble(error) from error

    def path(self, case_id: str, sha256: str, kind: Kind = "original") -> Path:
        """Where it lies, if it is there."""
        return self._of_case(case_id) / f"{sha256.removeprefix('sha256:')}.{kind}"

    def measured(self, case_id: str, sha256: str) -> Measured | None:
        """What the original is in truth; None where it is missing. FilesTrouble where it cannot be read."""
        try:
            with self.path(case_id, sha256).open("rb") as content:
                return measured(content)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FilesTrouble(error) from error

    def size(self, case_id: str, sha256: str) -> int | None:
        """Bytes of the original; None where it is missing."""
        try:
            return self.path(case_id, sha256).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FilesTrouble(error) from error

    def delete(self, case_id: str, sha256: str) -> None:
        """One file of a case with its copies; nothing where it is gone already."""
        try:
            for kind in KINDS:
                self.path(case_id, sha256, kind).unlink(missing_ok=True)
        except OSError as error:
            raise FilesTrouble(error) from error

    def delete_case(self, case_id: str) -> None:
        """Every file of a case."""
        try:
            shutil.rmtree(self._of_case(case_id))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise FilesTrouble(error) from error

    def _of_case(self, case_id: str) -> Path:
        name = hashlib.sha256(case_id.encode()).hexdigest()
        return self.folder / name[:2] / name


def _remember(folder: Path) -> None:
    """That a file lies in a folder is kept by the folder: the disk is to have that too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def all_files(folder: Path) -> Iterator[Path]:
    """Every file that is kept below the folder, by name; none that is still being written."""
    return (path for path in sorted(folder.glob("*/*/*")) if not path.name.startswith("."))
