"""Who is told what of a step, by the table of announcements. Pure; the record step writes them out.

An announcement names a role in a district, and persons where the case knows them; its sentence is made on reading
(`rules/words/announced.py`).
"""

from collections.abc import Iterator
from datetime import datetime

from models.actors import Role
from models.base import Frozen
from models.case import Case
from models.events import AnyEvent, DeadlinePassed, DueFell, Transition
from models.plan import Plan
from rules.case.announce_table import KINDS, Kind, Told, Topic, officers
from rules.case.stage import next_actor, stage
from rules.clocks.deadlines import due
from rules.clocks.table import running


class Announcement(Frozen):
    """One role, or some persons of it, are told of one thing. `what`: a row of the table, a stable code.

    `about`: refs of findings or ids of musts; empty where it is about the case. `due_at`: until when they act, or what
    was missed.
    """

    topic: Topic
    what: str
    role: Role
    district: str
    persons: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    due_at: datetime | None = None


def announce(plan: Plan, before: Case | None, step: Transition, after: Case) -> tuple[Announcement, ...]:
    """What the step makes somebody need to know, the turn first; findings of one kind and one due date in one line."""
    told = Told(plan, before, step, after, _late(plan, before, step))
    alike: dict[Announcement, list[str]] = {}
    for event in _happened(step):
        for kind in KINDS:
            if isinstance(event, kind.event) and kind.holds(told, event):
                alike.setdefault(_of(kind, told, event), []).extend(kind.about(event))
    others = (one.model_copy(update={"about": tuple(about)}) for one, about in alike.items())
    return (*_turn(told), *others)


def _late(plan: Plan, before: Case | None, step: Transition) -> dict[tuple[str, str], Role]:
    """Whose each clock was before it ran out."""
    if before is None or not any(isinstance(event, DeadlinePassed) for event in step.events):
        return {}
    return {(run.clock, run.about): run.role for run in running(plan, before)}


def _happened(step: Transition) -> Iterator[AnyEvent | DueFell]:
    for event in step.events:
        if isinstance(event, DeadlinePassed):
            yield from event.missed
        else:
            yield event


def _of(kind: Kind, told: Told, event: AnyEvent | DueFell) -> Announcement:
    return Announcement(
        topic=kind.topic,
        what=kind.what,
        role=kind.to(told, event),
        district=told.after.district,
        persons=kind.persons(told, event),
        due_at=kind.due(told, event),
    )


def _turn(told: Told) -> Iterator[Announcement]:
    """It is somebody else's turn: another role, another stage, another district (domain §3); nobody's at the end."""
    plan, before, step, after, _ = told
    role, reached = next_actor(plan, after, step.at), stage(after, step.at)
    now = (role, reached, after.district)
    if before and now == (next_actor(plan, before, before.clock_at), stage(before, before.clock_at), before.district):
        return
    if role is not None:
        persons = officers(told) if role == "inspector" else ()
        own = due(plan, after, role)
        yield Announcement(topic="turn", what="turn", role=role, district=after.district, persons=persons, due_at=own)
