"""What became of something since a form about it was opened: how it stood then, how it stands now, who did what."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.actors import Actor
from models.case import Case, Finding, Must
from models.events import Transition
from models.plan import Plan
from rules.case.evolve import fold
from rules.words.naming import Both, district_named, due_said
from rules.words.terms import GRADES, LEVELS, MUSTS, OUTCOMES, STATES
from views.forms.labels import label
from views.timeline import timeline_document

NOTHING = Both("（无）", "none")
_STEPS = 50
_STANDS_ON: dict[str, tuple[str, ...]] = {
    "assign_officers": ("officers",),
    "transfer": ("district",),
    "register": ("description", "category", "grade"),
    "correct_finding": ("description", "category", "grade", "state"),
    "rescind_finding": ("description", "category", "grade", "state"),
    "reassign_responsible": ("responsible", "state"),
    "request_extension": ("due",),
    "decide_extension": ("due", "extension"),
    "propose_measure": ("must",),
}
"""What a command was written on, though the rules would take it whatever became of that."""


class Differing(NamedTuple):
    """Something that stood otherwise when the form was opened; `wrote`: what the form says of it, if it does.

    `facet`: the name of the fact, `about`: the finding or measure that it is of.
    """

    facet: str
    about: str
    what: Both
    then: Both
    now: Both
    wrote: Both | None = None


class Who(NamedTuple):
    """Whoever did it; an official, or a person whose role is not known here."""

    name: str
    role: str


class Step(NamedTuple):
    """What was done meanwhile, and by whom; None: by the clock."""

    at: datetime
    by: Who | None
    said: Both


class Since(NamedTuple):
    """All of it; empty rows where nothing that a form is about stands otherwise."""

    rows: tuple[Differing, ...] = ()
    steps: tuple[Step, ...] = ()


Facts = dict[tuple[str, str], tuple[Both, Both]]
"""What something is called and how it stands, by facet and what it is of."""


def case_since(plan: Plan, log: Sequence[Transition], seen: int) -> Since | None:
    """What became of a case since its log had `seen` lines; None where nothing did, or nobody knows since when."""
    if not 0 < seen < len(log):
        return None
    then, now = fold(log[:seen]), fold(log)
    assert then is not None and now is not None
    lines = timeline_document(plan, now.case_id, log).timeline[seen:]
    steps = tuple(Step(line.at, who_of(line.actor), Both(line.zh, line.en)) for line in lines[-_STEPS:])
    return Since(differing(_facts(plan, then), _facts(plan, now)), steps)


def who_of(actor: Actor | None) -> Who | None:
    """An official as the one who did something."""
    return Who(actor.name, actor.role) if actor else None


def differing(then: Facts, now: Facts) -> tuple[Differing, ...]:
    """The facts that stand otherwise, in the order in which they are known now."""
    return tuple(
        Differing(facet, about, what, was, is_now)
        for (facet, about), (what, is_now) in now.items()
        for was in [then.get((facet, about), (what, NOTHING))[1]]
        if was != is_now
    )


def is_written_over(since: Since, do: str, facts: Mapping[str, Any]) -> bool:
    """Whether the command would pass over what somebody did meanwhile, to the very thing that it is about."""
    rows = facts.get("assignments") or ()
    about: Collection[str] = {"", facts.get("ref", ""), facts.get("must", ""), *facts.get("refs", ())}
    about = {*about, *(row.get("ref", "") for row in rows)}
    facets = _STANDS_ON.get(do, ())
    return any(row.facet in facets and _thing(row) in about for row in since.rows)


def _thing(row: Differing) -> str:
    """What a command calls it: a must by its kind, anything else as it is called here."""
    return row.about.rpartition("-")[0] if row.facet == "must" else row.about


def _facts(plan: Plan, case: Case) -> Facts:
    found: Facts = {
        ("outcome", ""): (Both("办理结果", "Outcome"), _word(OUTCOMES, case.outcome)),
        ("district", ""): (Both("辖区", "District"), district_named(plan, case.district)),
        ("officers", ""): (label("", "officers"), Both("、".join(case.officers), ", ".join(case.officers))),
        ("listed", ""): (Both("挂牌督办", "Listed supervision"), _word(LEVELS, case.listed)),
    }
    for finding in case.findings:
        found |= _of_finding(plan, finding)
    for must in case.musts:
        found |= _of_must(must)
    return {key: (what, said if said.zh else NOTHING) for key, (what, said) in found.items()}


def _of_finding(plan: Plan, finding: Finding) -> Facts:
    categories = (*plan.illegal_conduct, *plan.hazards, plan.other)
    category = next((Both(c.zh, c.en) for c in categories if c.id == finding.category), Both("", ""))
    said: dict[str, tuple[Both, Both]] = {
        "state": (Both("状态", "State"), _word(STATES, finding.state)),
        "description": (label("", "description"), Both(finding.description, finding.description)),
        "category": (label("", "category"), category),
        "grade": (label("", "grade"), _word(GRADES, finding.grade)),
        "responsible": (label("", "responsible"), Both(finding.responsible or "", finding.responsible or "")),
        "due": (label("", "due"), due_said(finding.due_at) if finding.due_at else NOTHING),
        "extension": (
            Both("申请延期至", "Extension asked for to"),
            due_said(finding.extension.due_at) if finding.extension else NOTHING,
        ),
    }
    ref = finding.ref
    return {
        (facet, ref): (Both(f"{ref} {what.zh}", f"{ref} {_small(what.en)}"), now) for facet, (what, now) in said.items()
    }


def _of_must(must: Must) -> Facts:
    zh, en = MUSTS[must.must]
    state = _word(STATES, must.state)
    refs = Both("、".join(must.refs), ", ".join(must.refs))
    said = Both(f"{state.zh}（依据 {refs.zh}）", f"{state.en}, on {refs.en}")
    return {("must", must.id): (Both(zh, en[:1].upper() + en[1:]), said)}


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _word(words: Mapping[str, tuple[str, str]], key: str | None) -> Both:
    return Both(*words[key]) if key is not None and key in words else Both("", "")
