"""Files in a folder: each whole or not at all, and on the disk before it counts as kept."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from store.files_trouble import of_disk

_PIECE = 1 << 20


class Folder:
    """A place of files: a folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def put(self, key: str, content: IO[bytes]) -> None:
        """Keep the content, and wait until the disk has it. FilesTrouble where it does not."""
        target = self.path / key
        with self._told():
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

    def open(self, key: str) -> IO[bytes] | None:
        """The content, to be read and closed; None where there is none."""
        with self._told():
            try:
                return (self.path / key).open("rb")
            except FileNotFoundError:
                return None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Bytes of each; None for one that is missing."""
        return [self._size(key) for key in keys]

    def delete(self, keys: Sequence[str]) -> None:
        """Those that are there go."""
        with self._told():
            for key in keys:
                (self.path / key).unlink(missing_ok=True)

    def delete_below(self, folder: str) -> None:
        """Whatever lies below the folder goes, also what was still being written."""
        with self._told(), suppress(FileNotFoundError):
            shutil.rmtree(self.path / folder)

    def listed(self) -> Iterator[tuple[str, int]]:
        """Key and bytes of every file, by key; none that is still being written."""
        with self._told():
            for parent, folders, names in os.walk(self.path):
                folders.sort()
                for name in sorted(name for name in names if not name.startswith(".")):
                    key = (Path(parent) / name).relative_to(self.path).as_posix()
                    if (size := self._size(key)) is not None:
                        yield key, size

    def claim(self, installation_id: str, live_since: datetime) -> None:
        """A home has one installation: nobody else is in the way."""

    def prove(self, *, writes: bool) -> None:
        """FilesTrouble where a file could not be kept now; a folder that is not there yet is made with the first."""
        with self._told():
            if writes and self.path.exists():
                with tempfile.TemporaryFile(dir=self.path, prefix=".taking-") as draft:
                    draft.write(b"?")

    def _size(self, key: str) -> int | None:
        with self._told():
            try:
                return (self.path / key).stat().st_size
            except FileNotFoundError:
                return None

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise of_disk(error, self) from None


def _remember(folder: Path) -> None:
    """That a file lies in a folder is kept by the folder: the disk is to have that too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
