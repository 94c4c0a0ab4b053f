"""Who is told of a step of a case: of one that was taken, and of an approval before it is given."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.actors import Actor
from models.case import Case
from models.commands import ApproveMeasure
from models.events import Transition
from models.plan import Plan
from models.typed import same_text
from rules.case.announce import announce
from rules.case.decide import decide
from rules.case.evolve import apply
from store.told import Holder, NoticeSent


class Told(NamedTuple):
    """A role or a person of it that is told; `at` null where it is not yet, `is_read`: whether anybody there can."""

    role: str
    person: str | None
    at: datetime | None
    is_read: bool


def told_on_approval(
    plan: Plan, case: Case, who: Actor, must: str, command_id: str, now: datetime, there: Sequence[Holder]
) -> tuple[Told, ...]:
    """Who will be told if the proposal is approved as it stands: the real rules; nobody where it cannot be."""
    command = ApproveMeasure.model_validate({"by": who, "command_id": command_id, "must": must})
    step = decide(plan, case, command, now)
    if not isinstance(step, Transition):
        return ()
    after = apply(case, step)
    named = [(one, person) for one in announce(plan, case, step, after) for person in one.persons or (None,)]
    told = (Told(one.role, who, None, _is_read(plan, case, there, one.role, who)) for one, who in named)
    return tuple(dict.fromkeys(told))


def told_of_steps(
    plan: Plan, case: Case, sent: Sequence[NoticeSent], there: Sequence[Holder]
) -> dict[int, tuple[Told, ...]]:
    """Who was told of each step of the case, by the number of its line."""
    by_step: dict[int, list[Told]] = defaultdict(list)
    for one in sent:
        by_step[one.seq].append(_told(plan, case, one, there))
    return {seq: tuple(dict.fromkeys(told)) for seq, told in by_step.items()}


def told_of_measures(
    plan: Plan, case: Case, sent: Sequence[NoticeSent], there: Sequence[Holder]
) -> dict[str, tuple[Told, ...]]:
    """Who was told of each measure, by its id, the newest first: proposed, approved or returned."""
    by_must: dict[str, list[Told]] = defaultdict(list)
    for one in sent:
        for must in one.about if one.what.startswith("measure_") else ():
            by_must[must].append(_told(plan, case, one, there))
    return {must: tuple(told) for must, told in by_must.items()}


def _told(plan: Plan, case: Case, one: NoticeSent, there: Sequence[Holder]) -> Told:
    return Told(one.role, one.person, one.at, _is_read(plan, case, there, one.role, one.person))


def _is_read(plan: Plan, case: Case, there: Sequence[Holder], role: str, person: str | None) -> bool:
    """Whether anybody who is told has an account in that post; of an enterprise anybody who speaks for it."""
    if role == "enterprise":
        return any(one.subject_id == case.subject_id for one in there)
    held = (one for one in there if one.role == role and one.territory in (case.district, plan.city))
    return any(person is None or same_text(one.name) == same_text(person) for one in held)
