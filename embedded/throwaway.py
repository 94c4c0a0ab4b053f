"""A stack for a test run or a rehearsal: free ports, a home of its own, gone at the end."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from embedded.settings import StackSettings
from embedded.stack import down

_MEMORY = Path("/dev/shm")
_PLENTY = 6_000_000_000
"""Bytes: some homes at once, each with its tables and the write-ahead log of two databases."""


@contextmanager
def throwaway_settings(
    *, time_skipping: bool = True, ui: bool = False, durable: bool = False, name: str = "home"
) -> Generator[StackSettings]:
    """Give settings for `up`; whatever was started with them is stopped at the end, and its home removed.

    A caller may change them with `model_copy`, but for `home`. The cache of binaries is the usual one, so
    nothing is built twice. RECTIFY_DATABASE_URL and RECTIFY_TEMPORAL_ADDRESS are honoured.
    """
    with throwaway_folder(durable=durable) as parent:
        settings = StackSettings(
            home=parent / name,
            postgres_port=0,
            temporal_port=0,
            ui_port=0,
            ui=ui,
            web=False,
            web_port=0,
            time_skipping=time_skipping,
            durable=durable,
        )
        try:
            yield settings
        finally:
            down(settings)


@contextmanager
def throwaway_folder(*, durable: bool = False) -> Generator[Path]:
    """A folder for a home, which an unprivileged account can enter; removed at the end.

    In memory where nothing has to be durable and there is plenty: a database is made there in a twentieth of the time.
    Else under the system's temporary folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="rectify-", dir=_MEMORY if not durable and _has_memory() else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_memory() -> bool:
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    return min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) >= _PLENTY
