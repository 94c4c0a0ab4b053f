"""A lock file that keeps two processes from building or starting the same thing at once."""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from embedded.account import private
from embedded.errors import busy


class FileLock:
    """Held from `with` to its end; the kernel lets go of it when the holder dies. A wait of a moment is not told."""

    def __init__(self, path: Path, *, within: float, on_wait: Callable[[], None]) -> None:
        self._path = path
        self._within = within
        self._on_wait = on_wait
        self._file: int | None = None

    def __enter__(self) -> "FileLock":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = private(self._path, os.O_RDWR | os.O_CREAT)
        deadline = time.monotonic() + self._within
        waits_long, waiting = time.monotonic() + 0.5, False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._file = descriptor
                return self
            except OSError as trouble:
                if trouble.errno not in (errno.EWOULDBLOCK, errno.EACCES) or time.monotonic() > deadline:
                    os.close(descriptor)
                    raise busy(self._path) from None
            if not waiting and time.monotonic() > waits_long:
                waiting = True
                self._on_wait()
            time.sleep(0.1)

    def __exit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
