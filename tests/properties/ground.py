"""What every property stands on: the plan, the phases of one year, the profiles of Hypothesis."""

import os
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from pydantic import TypeAdapter

from models.commands import COMMAND, AnyCommand
from models.instants import parse_instant
from tests.cast import plan_file

PLAN, DIGEST = plan_file().plan, plan_file().digest
YEAR = 2013
PHASES = PLAN.calendar(YEAR)
DISTRICT = "650203"
COMMANDS: TypeAdapter[AnyCommand] = COMMAND

_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
_COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": _CHECKS,
    "phases": (Phase.generate, Phase.shrink),
    "report_multiple_bugs": False,
}
settings.register_profile("ci", derandomize=True, **_COMMON)
settings.register_profile("deep", **_COMMON)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")


def profile(examples: int, **more: Any) -> settings:
    """The settings of the run; `deep` takes twenty times the examples, other ones every time."""
    chosen = settings.get_profile(PROFILE)
    return settings(chosen, max_examples=examples * (20 if PROFILE == "deep" else 1), **more)


def instant(text: str) -> datetime:
    """`06-03 09:00` of the year, Beijing time; `24:00` is understood."""
    day, _, hour = text.partition(" ")
    return parse_instant(f"{YEAR}-{day}T{hour or '00:00'}")


def command(fields: dict[str, Any]) -> AnyCommand:
    """The command that the fields describe."""
    return COMMANDS.validate_python(fields)
