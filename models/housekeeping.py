"""What the office does by the clock: reminders, the weekly digest, the nightly verification, the seal of the logs."""

from typing import Literal

from models.base import Frozen

HOUSEKEEPING_WORKFLOW = "Housekeeping"
Chore = Literal["remind", "digest", "verify", "seal"]
CHORES: tuple[Chore, ...] = ("remind", "digest", "verify", "seal")


class ChoreDone(Frozen):
    """How many reminders, districts or cases it was about, and what was found wrong."""

    counted: int
    wrong: int = 0
