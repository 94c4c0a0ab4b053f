"""What happened to a case, oldest first, in both languages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.actors import Actor, parse_actor
from models.base import Frozen
from models.calendar_moved import CalendarMoved
from models.events import AnyEvent, Transition
from models.plan import Plan
from rules.words.clock_words import duty, missed_said
from rules.words.naming import Both
from rules.words.sentences import sentences
from store.reminders import CaseReminded


class LineDocument(Frozen):
    """One line of the log. `by` is the actor as `role:name@territory`, or `clock`; `second` signed with it.

    `ordered_by`: of a calendar that was moved, who moved it, likewise, and `basis` by which decision; else null.
    """

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
    ordered_by: str | None = None
    basis: str | None = None


class ReminderLine(Frozen):
    """A reminder among the lines of a log, in which it is no event; by level it says what was `missed`."""

    at: datetime
    by: Actor | None
    told_role: str
    words: str | None
    missed: Both | None = None
    do: str = "remind"


class TimelineDocument(Frozen):
    """The log of a case."""

    case_id: str
    timeline: tuple[LineDocument, ...]


def follows_moves(log: Sequence[Transition]) -> bool:
    """Whether the case followed a calendar that was moved."""
    return any(_move(step) is not None for step in log)


def _move(step: Transition) -> int | None:
    """The number of the move that the step follows."""
    return next((event.calendar for event in step.events if isinstance(event, CalendarMoved)), None)


def timeline_document(
    plan: Plan, case_id: str, log: Sequence[Transition], moves: Sequence[Mapping[str, Any]] = ()
) -> TimelineDocument:
    """The whole log, each line with its sentence. `moves`: those of the campaign's calendar, by whom and why."""
    ordered = {move["number"]: move for move in moves}
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
                ordered_by=ordered[number]["by"] if (number := _move(step)) in ordered else None,
                basis=ordered[number]["reason"] if number in ordered else None,
            )
            for seq, (step, (zh, en)) in lines
        ),
    )


def with_reminders(
    lines: Sequence[LineDocument], told: Sequence[CaseReminded]
) -> tuple[LineDocument | ReminderLine, ...]:
    """The log, newest first, with what whoever's turn it was is reminded of between its lines."""
    reminded = (
        ReminderLine(
            at=one.at,
            by=Actor.model_validate(parse_actor(one.by)) if one.by else None,
            told_role=one.level,
            words=one.words,
            missed=missed_said(duty(one.clock, one.role), one.about) if one.role else None,
        )
        for one in told
    )
    return tuple(sorted((*reversed(lines), *reminded), key=lambda line: line.at, reverse=True))
