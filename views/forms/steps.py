"""What somebody may do in a case, as its page offers it: one button for each command and must, and why not others."""

from collections.abc import Sequence
from typing import NamedTuple

from models.plan import MUSTS
from models.refusals import Refused
from rules.case.next_steps import NextStep
from rules.words.naming import Both
from rules.words.terms import MUSTS as MUST_NAMES
from views.forms.labels import BUTTONS

_LEVELS = {"district": Both("区级", "by the district"), "city": Both("市级", "by the city")}
_NOTHING = Both("未发现问题", "nothing found")
_ORDER = (
    *("approve_measure", "return_measure", "propose_measure", "record_execution", "accept_restart", "refuse_restart"),
    *("decide_extension", "reinspect", "register", "declare_rectified", "request_extension", "look_back"),
    "record_findings",
)
VISITED = ("reinspect", "look_back", "accept_restart", "refuse_restart")
"""What is found on the spot: one form for all of it (`web/acting/visit.py`)."""
_MORE = (
    "add_note",
    "attach",
    "transfer",
    "void",
    "stay_measure",
    "assign_officers",
    "correct_finding",
    "reassign_responsible",
    "rescind_finding",
)


_INSTEAD = {
    ("approve_measure", ""): ("return_measure", ""),
    ("return_measure", ""): ("approve_measure", ""),
    ("record_findings", ""): ("record_findings", "nothing"),
    ("record_findings", "nothing"): ("record_findings", ""),
}


class Offer(NamedTuple):
    """A button: the command, what it is about (a must, a level, `nothing`, or empty), for which findings.

    `refused`: why it is none now, each reason once. `rare`: a correction or a side matter, offered behind the others.
    """

    do: str
    about: str
    refs: tuple[str, ...]
    clause: str
    names: Both
    shown: str | None = None
    refused: tuple[Refused, ...] = ()
    rare: bool = False

    @property
    def deed(self) -> Both:
        """What pressing the button does, without what it is about."""
        return Both(*BUTTONS[self.do])


def offers(steps: Sequence[NextStep]) -> tuple[Offer, ...]:
    """The steps that may be taken, one offer for all findings that a command may be about; then those that may not."""
    grouped: dict[tuple[str, str], list[NextStep]] = {}
    for step in steps:
        about = step.about if _is_apart(step) else ""
        grouped.setdefault((step.do, about), []).append(step)
    made = [_offer(do, about, of) for (do, about), of in grouped.items()]
    return tuple(sorted(made, key=lambda offer: (bool(offer.refused), offer.rare, _rank(offer.do))))


def _rank(do: str) -> int:
    """What moves a case on comes before what adds to it."""
    return _ORDER.index(do) if do in _ORDER else len(_ORDER)


def buttons(made: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers as buttons: whether a restart is accepted or refused follows from one form."""
    free = {offer.do for offer in made if not offer.refused}
    return tuple(o for o in made if o.do != "refuse_restart" or "accept_restart" not in free)


def offer_of(steps: Sequence[NextStep], do: str, about: str) -> Offer | None:
    """The offer of one command about one thing; None where nobody of that office gives it.

    A command about findings is one offer, whichever of them it is asked for about.
    """
    known = [offer for offer in offers(steps) if offer.do == do]
    exact = next((offer for offer in known if offer.about == about), None)
    findings = {step.about for step in steps if step.do == do}
    return exact or next((offer for offer in known if not offer.about and about in findings), None)


def instead_of(steps: Sequence[NextStep], offer: Offer) -> tuple[Offer, ...]:
    """What may be done now about the same thing instead: return what is to be approved, find nothing."""
    other = _INSTEAD.get((offer.do, offer.about if offer.do == "record_findings" else ""))
    if other is None:
        return ()
    do, about = other[0], other[1] if offer.do == "record_findings" else offer.about
    found = offer_of(steps, do, about)
    return (found,) if found and found.about == about and not found.refused else ()


def _is_apart(step: NextStep) -> bool:
    return step.about in (*MUSTS, *_LEVELS, "nothing")


def _offer(do: str, about: str, steps: list[NextStep]) -> Offer:
    free = [step for step in steps if step.refused is None]
    first = (free or steps)[0]
    refs = tuple(step.about for step in free if step.about and not _is_apart(step))
    told = {step.refused.zh: step.refused for step in steps if step.refused} if not free else {}
    names = Both(*BUTTONS[do])
    beside = MUST_NAMES.get(about) or _LEVELS.get(about) or (_NOTHING if about else None)
    if beside:
        names = Both(f"{names.zh}：{beside[0]}", f"{names.en}: {beside[1]}")
    return Offer(do, about, refs, first.clause, names, first.shown, tuple(told.values()), do in _MORE)
