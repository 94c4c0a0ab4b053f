"""What follows of itself from a command that is not given yet, for the form to say before it is: the real rules."""

from collections.abc import Sequence
from datetime import datetime

from models.actors import Actor
from models.case import Case
from models.commands import RescindFinding
from models.events import Transition
from models.plan import Plan
from rules.case.decide import decide
from rules.words.naming import Both
from rules.words.sentences import sentence

_REASON = "—"


def rescission_foreseen(
    plan: Plan, case: Case, who: Actor, refs: Sequence[str], command_id: str, now: datetime
) -> tuple[Both, ...]:
    """Of each finding that may be rescinded what its rescission brings with it; nothing of one that brings nothing."""
    return tuple(said for ref in refs if (said := _follows(plan, case, who, ref, command_id, now)))


def _follows(plan: Plan, case: Case, who: Actor, ref: str, command_id: str, now: datetime) -> Both | None:
    command = RescindFinding(by=who, command_id=command_id, ref=ref, reason=_REASON)
    judged = decide(plan, case, command, now)
    if not isinstance(judged, Transition):
        return None
    beside = tuple(event for event in judged.events if event.kind != "finding_rescinded")
    if not beside:
        return None
    zh, en = sentence(plan, judged.model_copy(update={"events": beside}))
    return Both(f"撤销 {ref} 的，同时：{zh}", f"With {ref} rescinded: {en}")
