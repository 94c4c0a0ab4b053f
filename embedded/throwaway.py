"""A stack for a test run or a rehearsal: free ports, a home of its own, gone at the end."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from embedded.settings import StackSettings
from embedded.stack import down


@contextmanager
def throwaway_settings(
    *, time_skipping: bool = True, ui: bool = False, durable: bool = False, name: str = "home"
) -> Generator[StackSettings]:
    """Give settings for `up`; whatever was started with them is stopped at the end, and its home removed.

    A caller may change them with `model_copy`, but for `home`. The cache of binaries is the usual one, so
    nothing is built twice. RECTIFY_DATABASE_URL and RECTIFY_TEMPORAL_ADDRESS are honoured. The home is under
    the system's temporary folder, where an unprivileged account can reach it.
    """
    parent = Path(tempfile.mkdtemp(prefix="rectify-"))
    parent.chmod(0o711)
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
        shutil.rmtree(parent, ignore_errors=True)
