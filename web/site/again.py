"""What is looked at again on site: findings that await a verdict, a restart, what may have come back.

What is offered is what the form at the desk offers (`web/acting/visit.py`): the rules are asked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from models.actors import Actor
from models.base import Frozen
from models.case import Case, Finding
from models.events import Transition
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.case.evolve import fold
from rules.case.next_steps import next_steps
from rules.words.terms import GRADES
from views.forms.steps import offer_of
from views.setbacks import declarations, failed_verdicts
from web.evidence import Shown, evidence_about
from web.render import file_url

PHOTOS = 2
"""Of a finding, so many from before and so many from after go along."""
_LONGEST = 400


class Said(Frozen):
    """Something with an id and its names."""

    id: str
    zh: str
    en: str


class Photo(Frozen):
    """A small copy of a photo, to look at; `is_after`: of what was put right."""

    sha256: str
    address: str
    is_after: bool


class Told(Frozen):
    """What somebody wrote about a finding: what was declared, or why it failed."""

    by: str
    at: str
    text: str


class Known(Frozen):
    """A finding as it was recorded, what was asked of whom until when, and what was declared since."""

    ref: str
    category: Said
    grade: Said
    description: str
    responsible: str | None
    due: str | None
    due_at: datetime | None
    declared: Told | None
    failed: Told | None
    photos: tuple[Photo, ...]


class Again(Frozen):
    """Of one case: findings to be judged; whether a restart is asked for, and a look-back at what was put right."""

    verdicts: tuple[Known, ...] = ()
    restart: bool = False
    looks_back: bool = False
    put_right: tuple[Known, ...] = ()


def again_of(plan: Plan, who: Actor, log: Sequence[Transition], now: datetime) -> Again:
    """What the inspector may find out there now, as the log of the case tells it."""
    case = fold(log)
    if case is None or case.closed:
        return Again()
    steps = next_steps(plan, case, who, now)
    offered = (offer_of(steps, do, "") for do in ("reinspect", "accept_restart", "look_back"))
    free = {offer.do: offer.refs for offer in offered if offer and not offer.refused}
    known = _known_of(plan, case, log)
    return Again(
        verdicts=tuple(known(f) for f in case.findings if f.ref in free.get("reinspect", ())),
        restart="accept_restart" in free,
        looks_back="look_back" in free,
        put_right=tuple(known(f) for f in case.findings if "look_back" in free and f.state == "verified"),
    )


def _known_of(plan: Plan, case: Case, log: Sequence[Transition]) -> Callable[[Finding], Known]:
    categories = {c.id: c for c in (*plan.illegal_conduct, *plan.hazards, plan.other)}
    evidence = {shown.ref: shown for shown in evidence_about(case, [f.ref for f in case.findings])}
    declared, failed = declarations(log), failed_verdicts(log)

    def known(finding: Finding) -> Known:
        ref, category = finding.ref, categories[finding.category]
        grade_zh, grade_en = GRADES[finding.grade]
        done, back = declared.get(ref), failed.get(ref)
        return Known(
            ref=ref,
            category=Said(id=category.id, zh=category.zh, en=category.en),
            grade=Said(id=finding.grade, zh=grade_zh, en=grade_en),
            description=finding.description,
            responsible=finding.responsible,
            due=say_due(finding.due_at) if finding.due_at else None,
            due_at=finding.due_at,
            declared=_told(done.by, done.at, "；".join(done.evidence)) if done else None,
            failed=_told(back.by, back.at, back.reason) if back else None,
            photos=_photos(case.case_id, evidence[ref]) if ref in evidence else (),
        )

    return known


def _told(by: Actor | None, at: datetime, text: str) -> Told:
    return Told(by=by.name if by else "", at=say_instant(at), text=text[:_LONGEST])


def _photos(case_id: str, shown: Shown) -> tuple[Photo, ...]:
    sides = ((False, shown.before[:PHOTOS]), (True, shown.after[-PHOTOS:]))
    return tuple(
        Photo(sha256=file.sha256, address=file_url(case_id, file.sha256, "thumb"), is_after=is_after)
        for is_after, files in sides
        for file in files
    )
