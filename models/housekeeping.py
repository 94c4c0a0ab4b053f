"""What the office does by the clock: reminders, the weekly digest, the nightly verification, the seal of the logs,
and the deletion of what is past its time."""

from typing import Literal

from models.base import Frozen

HOUSEKEEPING_WORKFLOW = "Housekeeping"
Chore = Literal["remind", "digest", "verify", "seal", "expire"]
CHORES: tuple[Chore, ...] = ("remind", "digest", "verify", "seal", "expire")


class ChoreDone(Frozen):
    """How many reminders, districts, cases or rows it was about, and what was found wrong."""

    counted: int
    wrong: int = 0
