"""A lock file that keeps two processes from building or starting the same thing at once."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import filelock

from embedded.account import give_to_owner_above
from embedded.errors import StackError, busy

_MOMENT = 0.5


class FileLock:
    """Held from `with` to its end; the kernel lets go of it when the holder dies. A wait of a moment is not told.

    Its file belongs to the owner of the folder, and is never opened through a link.
    """

    def __init__(
        self,
        path: Path,
        *,
        within: float,
        on_wait: Callable[[], None],
        refusal: Callable[[Path], StackError] = busy,
    ) -> None:
        self._path, self._refusal = path, refusal
        self._tries = [_MOMENT, within - _MOMENT] if within > _MOMENT else [within]
        self._on_wait = on_wait
        self._held = filelock.FileLock(
            path,
            mode=0o600,
            poll_interval=0.1,
            fallback_to_soft=False,  # a mark on disk would outlive its holder
            on_acquired=lambda descriptor: give_to_owner_above(descriptor, path),
        )

    def __enter__(self) -> "FileLock":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for number, seconds in enumerate(self._tries):
            if number:
                self._on_wait()
            try:
                self._held.acquire(timeout=seconds)
                return self
            except filelock.Timeout:
                continue
        raise self._refusal(self._path)

    def __exit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._held.release()
