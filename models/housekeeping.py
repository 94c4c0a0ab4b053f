"""What the office does by the clock, whatever the cases do: reminders, the weekly digest, the nightly verification."""

from typing import Literal

from models.base import Frozen

HOUSEKEEPING_WORKFLOW = "Housekeeping"
Chore = Literal["remind", "digest", "verify"]
CHORES: tuple[Chore, ...] = ("remind", "digest", "verify")


class ChoreDone(Frozen):
    """How many reminders, districts or cases it was about, and what was found wrong."""

    counted: int
    wrong: int = 0
