"""A restored home is made ready aside and moved into place; what is interrupted goes on, or leaves the old state.

Aside is `.restoring` of the home. Until `ready` lies there the home is as it was. From then on the way leads forward
only: what was there before moves into a folder of its own, what was restored takes its place, each by its name, and
each as often as it takes.
"""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from embedded.account import give_file, own_folder

STAGING = ".restoring"
_KEPT = {"lock", STAGING, "lost+found"}
_ASIDE = "replaced-"
_READY, _CLEARED = "ready", "cleared"


def staged_home(home: Path) -> Path:
    """Where the restored home is made ready."""
    return home / STAGING / "home"


def is_ready(home: Path) -> str | None:
    """The id of the backup whose restore only has to be moved into place; None if there is none."""
    try:
        return str(json.loads((home / STAGING / _READY).read_text())["backup_id"])
    except FileNotFoundError:
        return None


def is_interrupted(home: Path) -> bool:
    """Whether the home may not be started: neither the old state nor the new one is whole."""
    return is_ready(home) is not None or ((home / STAGING).exists() and is_empty(home))


def is_empty(home: Path) -> bool:
    """Whether nothing lies in the home but what a restore itself puts there."""
    return not home.exists() or not any(_others(home))


def begin(home: Path) -> Path:
    """A place for the restored home; what an interrupted restore left of its own is removed."""
    shutil.rmtree(home / STAGING, ignore_errors=True)
    own_folder(home / STAGING)
    return own_folder(staged_home(home))


def discard(home: Path) -> None:
    """The restore failed: the home is as it was."""
    shutil.rmtree(home / STAGING, ignore_errors=True)


def ready(home: Path, backup_id: str) -> None:
    """From here on the restore is only to be moved into place, and what is there goes aside under a name of its own."""
    aside = f"{_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    os.sync()
    give_file(home / STAGING / _READY, json.dumps({"backup_id": backup_id, "aside": aside}))


def aside_of(home: Path) -> str:
    """The name under which the old state goes aside."""
    return str(json.loads((home / STAGING / _READY).read_text())["aside"])


def finish(home: Path) -> Path | None:
    """Move what is there aside and what was restored into place; where the old state lies, if there was one.

    Called again after an interruption it goes on where it was.
    """
    staging = home / STAGING
    aside = home / aside_of(home)
    if not (staging / _CLEARED).exists():
        for old in list(_others(home)):
            own_folder(aside)
            old.rename(aside / old.name)
        give_file(staging / _CLEARED, "")
    for new in sorted(staged_home(home).iterdir()):
        new.rename(home / new.name)
    (staging / _READY).unlink()
    shutil.rmtree(staging)
    return aside if aside.exists() else None


def _others(home: Path) -> Iterator[Path]:
    return (one for one in home.iterdir() if one.name not in _KEPT and not one.name.startswith(_ASIDE))
