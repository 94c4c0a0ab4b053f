"""Why something came back to whoever must act: what was returned, refused or found not rectified, with its reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from models.actors import Actor
from models.base import Frozen
from models.events import (
    ExtensionDecided,
    GroundsJoined,
    MeasureApproved,
    MeasureProposed,
    MeasureReturned,
    MustArose,
    RectificationDeclared,
    RestartAccepted,
    RestartRefused,
    Transition,
    VerdictGiven,
)

SETTING_BACK = (
    *("propose_measure", "return_measure", "approve_measure", "decide_extension"),
    *("declare_rectified", "reinspect", "refuse_restart", "accept_restart"),
)
"""The commands that set something back, and those after which that is over."""


class Setback(Frozen):
    """A measure returned, an extension refused, a verdict failed or a restart refused; the last one about a thing.

    `about`: the id of a must, the ref of a finding. The reason may be empty.
    """

    do: str
    about: str
    reason: str
    at: datetime
    by: Actor | None


class Declared(Frozen):
    """The last declaration of a finding: what was done, by whom and when."""

    ref: str
    evidence: tuple[str, ...]
    at: datetime
    by: Actor | None


def setbacks(log: Iterable[Transition]) -> dict[str, Setback]:
    """Those that still stand, by what they are about; of the log at least the steps of `SETTING_BACK`.

    What was proposed or declared anew waits for others. A verdict weighs more than what became of an extension.
    """
    standing: dict[str, Setback] = {}

    def over(about: str, *dos: str) -> None:
        if about in standing and (not dos or standing[about].do in dos):
            del standing[about]

    for step in log:
        for event in step.events:
            match event:
                case MeasureReturned():
                    # of a closure that is none, the suspension that is owed instead came back, too
                    others = [one.id for one in step.events if isinstance(one, MustArose | GroundsJoined)]
                    standing |= {must: _setback(step, must, event.reason or "") for must in (event.id, *others)}
                case ExtensionDecided():
                    over(event.ref, "decide_extension")
                    if not event.granted:
                        standing.setdefault(event.ref, _setback(step, event.ref, event.reason))
                case VerdictGiven() if not event.passed:
                    standing[event.ref] = _setback(step, event.ref, event.note)
                case RestartRefused():
                    standing |= {must: _setback(step, must, event.reason) for must in event.ids}
                case MeasureProposed():
                    over(event.id, "return_measure")
                case MeasureApproved():
                    over(event.id)
                case RestartAccepted():
                    for must in event.ids:
                        over(must)
                case RectificationDeclared() | VerdictGiven():
                    over(event.ref)
                case _:
                    pass
    return standing


def failed_verdicts(log: Iterable[Transition]) -> dict[str, Setback]:
    """The last failed verdict on each finding, which whoever looks again is told."""
    return {
        event.ref: _setback(step, event.ref, event.note)
        for step in log
        for event in step.events
        if isinstance(event, VerdictGiven) and not event.passed
    }


BESIDE_MEASURE = ("reinspect", "propose_measure", "return_measure")
"""The commands of which whoever proposes or decides a measure is told."""


class BesideMeasure(NamedTuple):
    """What was written before: of findings that failed, by ref; with a proposal and on its last return, by the must."""

    failed: Mapping[str, Setback]
    notes: Mapping[str, str]
    returned: Mapping[str, Setback]


def beside_measure(log: Iterable[Transition]) -> BesideMeasure:
    """Of the log at least the steps of `BESIDE_MEASURE`."""
    steps = tuple(log)
    notes: dict[str, str] = {}
    returned: dict[str, Setback] = {}
    for step in steps:
        for event in step.events:
            if isinstance(event, MeasureProposed):
                notes[event.id] = step.note or ""
            elif isinstance(event, MeasureReturned):
                returned[event.id] = _setback(step, event.id, event.reason or "")
    return BesideMeasure(failed_verdicts(steps), notes, returned)


def proposals(log: Iterable[Transition]) -> dict[str, datetime]:
    """When each measure was proposed that waits for a decision, by its id."""
    proposed: dict[str, datetime] = {}
    for step in log:
        for event in step.events:
            if isinstance(event, MeasureProposed):
                proposed[event.id] = step.at
            elif isinstance(event, MeasureReturned | MeasureApproved):
                proposed.pop(event.id, None)
    return proposed


def declarations(log: Iterable[Transition]) -> dict[str, Declared]:
    """The last declaration of each finding."""
    return {
        event.ref: Declared(ref=event.ref, evidence=event.evidence, at=step.at, by=step.by)
        for step in log
        for event in step.events
        if isinstance(event, RectificationDeclared)
    }


def _setback(step: Transition, about: str, reason: str) -> Setback:
    return Setback(do=step.do, about=about, reason=reason, at=step.at, by=step.by)
