"""What happened to a case, oldest first, in both languages."""

from collections.abc import Sequence
from datetime import datetime

from models.actors import Actor
from models.base import Frozen
from models.events import AnyEvent, Transition
from models.plan import Plan
from rules.words.sentences import sentences


class LineDocument(Frozen):
    """One line of the log. `by` is the actor as `role:name@territory`, or `clock`; `second` signed with it."""

    seq: int
    at: datetime
    do: str
    by: str
    actor: Actor | None
    second: Actor | None
    note: str | None
    zh: str
    en: str
    events: tuple[AnyEvent, ...]


class TimelineDocument(Frozen):
    """The log of a case."""

    case_id: str
    timeline: tuple[LineDocument, ...]


def timeline_document(plan: Plan, case_id: str, log: Sequence[Transition]) -> TimelineDocument:
    """The whole log, each line with its sentence."""
    lines = enumerate(zip(log, sentences(plan, log), strict=True), start=1)
    return TimelineDocument.model_construct(
        case_id=case_id,
        timeline=tuple(
            LineDocument.model_construct(
                seq=seq,
                at=step.at,
                do=step.do,
                by=str(step.by) if step.by else "clock",
                actor=step.by,
                second=step.second,
                note=step.note,
                zh=zh,
                en=en,
                events=step.events,
            )
            for seq, (step, (zh, en)) in lines
        ),
    )
