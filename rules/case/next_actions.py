"""What is to be done next in a case, one line an action: who, what, until when (domain §3, §5). Derived, for display.

An action is a deadline that runs, or a stayed measure, which waits without a clock. Findings that have the same duty
and the same due instant are one action.
"""

from datetime import datetime

from models.actors import Role
from models.base import Frozen
from models.case import Case, Must
from models.plan import Plan
from rules.case.stage import must_actor
from rules.clocks.deadlines import unmet
from rules.clocks.table import Clock
from rules.words.clock_words import about_words, duty, duty_said
from rules.words.naming import Both


class NextAction(Frozen):
    """Who does what until when. `due_at` and `clock` are None where no clock runs.

    `ready`: it can be done now; False while something else comes first, as a declaration before its re-inspection.
    `about`: refs of findings, or the id of a must; empty where it is about the case. `persons`: by name who acts for
    the role, as far as the case knows: the officers in charge, the persons responsible for the findings.
    """

    role: Role
    zh: str
    en: str
    about: tuple[str, ...] = ()
    clock: Clock | None = None
    due_at: datetime | None = None
    persons: tuple[str, ...] = ()
    ready: bool = True


def next_actions(plan: Plan, case: Case, now: datetime) -> tuple[NextAction, ...]:
    """The actions of an open case, those that can be done now before all, earliest due first; none of a closed one."""
    if case.closed:
        return ()
    actions = (*_timed(plan, case, now), *_of_stayed_musts(plan, case))
    return tuple(sorted(actions, key=lambda action: not action.ready))


def _timed(plan: Plan, case: Case, now: datetime) -> list[NextAction]:
    alike: dict[tuple[Clock, Role, datetime, bool], list[str]] = {}
    for run in unmet(plan, case):
        alike.setdefault((run.clock, run.role, run.due_at, run.ready(now)), []).append(run.about)
    found: list[NextAction] = []
    for (clock, role, due_at, ready), about in alike.items():
        said, refs = duty_said(duty(clock, role), *about), tuple(ref for ref in about if ref != "case")
        timed = NextAction(role=role, zh=said.zh, en=said.en, about=refs, clock=clock, due_at=due_at, ready=ready)
        found.append(timed.model_copy(update={"persons": _persons(case, role, refs)}))
    return found


def _of_stayed_musts(plan: Plan, case: Case) -> list[NextAction]:
    """A stayed measure may still be proposed; else whoever may lift the stay is next."""
    found: list[NextAction] = []
    for must in case.owed:
        role = must_actor(plan, must)
        if must.stayed_at is not None and role is not None:
            zh, en = duty_said("proposal", must.id) if must.state == "owed" else _lift(must)
            found.append(NextAction(role=role, zh=zh, en=en, about=(must.id,), persons=_persons(case, role, ())))
    return found


def _lift(must: Must) -> Both:
    zh, en = about_words(must.id)
    return Both(f"登记{zh}恢复执行（现已中止）", f"record that the stay of the {en} was lifted")


def _persons(case: Case, role: Role, refs: tuple[str, ...]) -> tuple[str, ...]:
    if role == "enterprise":
        responsible = (f.responsible for ref in refs if (f := case.finding(ref)))
        return tuple(dict.fromkeys(name for name in responsible if name))
    return case.officers if role == "inspector" else ()
