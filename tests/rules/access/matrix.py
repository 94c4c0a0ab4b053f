"""The whole matrix of who may do what: everybody who could ask, of every case that there could be, for every deed.

What is answered is what the doors ask: of a command the rules and the door of the case, of all else whoever lets it be
done. What is expected stands in `said.py`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import cast

from starlette.requests import Request

from desk.bulk import refused_order
from desk.ledger import refused_import
from desk.self_inspection import may_keep
from models.actors import ROLES, Actor
from models.case import Case
from models.commands import AnyCommand, ApproveMeasure, Delist, ListForSupervision, Open, RescindFinding, ReturnMeasure
from models.people import Visit
from models.refusals import Refused, refusal_in
from models.wire import CaseStart
from rules.access import deeds
from rules.access.deeds import Place, may, may_order, may_steer, out_of_reach
from rules.access.giving import may_give
from rules.case.decide import decide, decide_opening, judged
from rules.case.door import at_the_door
from rules.case.next_steps import witnesses
from serving.actors import PROVE_AGAIN, require_proof
from serving.problems import Trouble
from store.campaigns import Campaign
from tests.cast import CITY, ELSEWHERE, HERE, OFFICE, actor, plan, plan_file
from tests.rules.access.cases import STAGES, in_sector, situation
from tests.rules.access.said import GRAVER, MANDATED, WHY, Asked, Who, beside_in, expected, second_fits

MINES, FIRE, NOWHERE = "non_coal_mines", "fire_safety", "110000"
RELATIONS: dict[str, dict[str, str]] = {
    "another inspector of the district": {"name": "高", "person": "p-gao"},
    "officer in charge": {"name": "秦", "person": "p-qin"},
    "proposer": {"name": "李", "person": "p-li"},
    "proposer by another account": {"name": "李二", "person": "p-li"},
    "proposer's delegate": {"name": "周", "person": "p-zhou", "principal": "p-li", "principal_name": "李"},
    "proposer's principal": {"name": "赵", "person": "p-zhao"},
    "proposer who did not sign in": {"name": "李 "},
    "another person of the proposer's name": {"name": "李", "person": "p-li-2"},
    "recorder": {"name": "马", "person": "p-ma"},
}
SUBJECTS = {
    "none": None,
    "own": "ent-1",
    "other": "ent-2",
    "merged into the own": "ent-1b",
    "the own went into": "ent-0",
}
TERRITORIES = (HERE, ELSEWHERE, CITY, NOWHERE)
SECTORS = (None, MINES, FIRE)  # of a subject; somebody has none, or the mines


@cache
def everybody() -> tuple[Who, ...]:
    """Every role, in every territory, with a sector and without, in every relation to the case."""
    found: list[Who] = []
    for territory, sector in product(TERRITORIES, (None, MINES)):
        place = {"territory": territory, "sector": sector}
        for role, (relation, person) in product(ROLES, RELATIONS.items()):
            for kind, subject in SUBJECTS.items() if role == "enterprise" else (("none", None),):
                facts = {**place, **person, "role": role, "subject": subject}
                found.append(Who(Actor.model_validate(facts), relation, kind))
        for mandate in (None, *MANDATED):
            facts = {**place, "role": "system", "name": "系统", "mandate": mandate}
            found.append(Who(Actor.model_validate(facts), "the system", "none"))
    return tuple(found)


# ---------------------------------------------------------------- what is asked


def _named(stage: str, command: AnyCommand) -> str:
    match command:
        case ApproveMeasure() | ReturnMeasure():
            return command.must
        case ListForSupervision() | Delist():
            return command.level
        case RescindFinding():
            return "graver" if command.ref in GRAVER.get(stage, ()) else ""
        case _:
            return ""


@cache
def commands_in(stage: str) -> tuple[Asked, ...]:
    """One witness of each command and of each thing that says who may; what the case lacks, of another case."""
    found: dict[tuple[str, str], Asked] = {}
    for of in (stage, "escalation"):
        case, now = situation(of)
        for witness in witnesses(plan(), case, actor(OFFICE), now):
            command = witness.command
            named = _named(stage, command)
            deed = f"{command.do}.{named}" if named else command.do
            beside = beside_in(stage, command.do, named)
            found.setdefault((command.do, named), Asked("command", command.do, deed, named, stage, command, beside))
    return tuple(found.values())


OPENING = Asked("opening", "open", "open", stage="not open")
_REGISTER = ("add", "change", "licence", "person", "cease", "resume", "move", "merge", "read_sealed")
OF_THE_REGISTER = tuple(Asked("register", do, do) for do in _REGISTER)
OF_THE_WHOLE = tuple(
    Asked("whole", do, do) for do in ("open_cases", "move_boundary", "complete_now", "publish_working_days")
)
ELSE = (
    *(Asked("installation", do, do) for do in ("declare_live", "operate", "erase_case")),
    *(Asked("installation", do, do) for do in ("maintain", "manage_tokens", "read_audit")),
    *(Asked("oneself", do, do) for do in ("manage_people", "take_up_codes", "change_ways_in")),
    *(Asked("read", do, do) for do in ("read", "read_own", "self_inspect")),
)
ORDERS = tuple(
    Asked("order", "order", f"order.{what}", what) for what in ("assign", "reassign", "note", "remind", "import")
)


@cache
def questions() -> tuple[Asked, ...]:
    """Everything that there is to ask."""
    of_cases = (asked for stage in STAGES for asked in commands_in(stage))
    return (*of_cases, OPENING, *OF_THE_REGISTER, *OF_THE_WHOLE, *ELSE, *ORDERS)


def answered(who: Who, asked: Asked, sector: str | None) -> str | None:
    """The code by which it is refused; None where it is done."""
    one, place = who.actor, Place(HERE, sector, "ent-1")
    match asked.kind:
        case "command":
            assert asked.command is not None
            return of_a_case(in_sector(asked.stage, sector), situation(asked.stage).now, asked.command)
        case "opening":
            return of_an_opening(one, sector)
        case "register":
            refused = may(plan(), one, asked.do, Place(HERE, sector))
        case "whole":
            refused = may_order(one, asked.do, plan())
        case "installation":
            refused = may_order(one, asked.do)
        case "oneself":
            refused = may_steer(one, asked.do)
        case "read":
            return of_reading(one, asked.do, place)
        case "order":
            refused = of_an_order(one, asked.named)
    return refused.code if refused else None


def of_a_case(case: Case, now: datetime, command: AnyCommand) -> str | None:
    """As the worker judges it: who, then the door and the rules of the case."""
    if refused := may_give(plan(), case, command):
        return refused.code
    judge = decide if case.closed else judged
    told = at_the_door(plan(), case, command, lambda: refusal_in(judge(plan(), case, command, now)))
    return told.code if isinstance(told, Refused) else None


def of_an_opening(who: Actor, sector: str | None) -> str | None:
    """As whoever starts a case judges it."""
    case, now = situation("investigation")
    subject = case.subject.model_copy(update={"sector": sector, "id": "ent-1", "district": HERE})
    command = Open(by=who, command_id="open", subject=subject)
    if refused := may_give(plan(), None, command):
        return refused.code
    start = CaseStart(case_id="case/k/ent-1", digest=plan_file().digest, phases=case.phases)
    told = at_the_door(plan(), None, command, lambda: refusal_in(decide_opening(plan(), start, command, now)))
    return told.code if isinstance(told, Refused) else None


def of_reading(who: Actor, do: str, place: Place) -> str | None:
    """As pages and API judge it; whoever speaks for a subject reads as such, everybody else otherwise."""
    if do == "self_inspect":
        refused = may_keep(cast("Campaign", _OfAPlan()), who, place.subject)
        return refused and {"unknown_district": "wrong_territory"}.get(refused.code, refused.code)
    if (do == "read_own") != (who.subject is not None):
        return "role_not_permitted" if do == "read" or who.role != "enterprise" else "not_own_subject"
    own = deeds.reach(plan(), who)
    if isinstance(own, Refused):
        return {"unknown_district": "wrong_territory", "no_sector": "wrong_sector"}.get(own.code, own.code)
    if own.holds(place):
        return None
    foreign = out_of_reach(plan(), who, place)
    assert foreign is not None, (who, place)
    return foreign.code


def of_an_order(who: Actor, what: str) -> Refused | None:
    """Over many cases: as orders and ledgers are judged before they are frozen."""
    campaign = cast("Campaign", _OfAPlan())
    return refused_import(campaign, who) if what == "import" else refused_order(campaign, who, what, HERE)


class _OfAPlan:
    """What orders ask of a campaign."""

    @property
    def plan(self) -> object:
        """The plan."""
        return plan()


Kept = Callable[[Who, Asked, str | None, bool], None]
"""Told of each answer whether it is allowed."""


def differences(
    asked: tuple[Asked, ...], whom: tuple[Who, ...] | None = None, keep: Kept | None = None
) -> Iterator[str]:
    """Every answer that differs from what is expected, said in a line."""
    for question in asked:
        for who in whom or everybody():
            given = question.given_by(who.actor)
            for sector in SECTORS:
                wanted, code = expected(who, given, sector), answered(who, given, sector)
                why = WHY.get(code or "")
                if why not in (wanted or (None,)):
                    yield f"{question.stage} {question.deed} of {sector}: {who} is {code}, expected {wanted}"
                if keep:
                    keep(who, given, sector, why is None)


# ---------------------------------------------------------------- the second inspector, the proof

_FIRST = Actor(role="inspector", name="高", territory=HERE, person="p-gao")
_ASKED_BESIDE = ("record_findings", "add_note", "propose_measure")


@cache
def seconds() -> tuple[Actor, ...]:
    """Everybody who could sign beside an inspector, the same person by another account or name among them."""
    whom = ({"name": "吴", "person": "p-wu"}, {"name": "高", "person": "p-wu"}, {"name": "高 "}, {"person": "p-gao"})
    facts = product(ROLES, TERRITORIES, (None, MINES), whom)
    return tuple(
        Actor.model_validate({"name": "吴", "role": role, "territory": there, "sector": sector, **who})
        for role, there, sector, who in facts
    )


Beside = tuple[AnyCommand, Actor, str | None]


def second_differences(keep: Callable[[Beside, bool], None] | None = None) -> Iterator[Beside]:
    """Where a second inspector is taken who should not be, or refused who should."""
    now = situation("registration").now
    asked = (a.command for a in commands_in("registration") if a.do in _ASKED_BESIDE)
    for command, second, sector in product(asked, seconds(), SECTORS):
        assert command is not None
        given = command.model_copy(update={"by": _FIRST, "second": second})
        fits = WHY.get(of_a_case(in_sector("registration", sector), now, given) or "") is None
        if fits != second_fits(second, sector):
            yield given, second, sector
        if keep:
            keep((given, second, sector), fits)


def passes_without_proof(do: str, *, signed_in: bool, minutes: int) -> bool:
    """Whether a door lets it be done, so many minutes after the person was last proven."""
    visit = Visit.model_construct(proven_at=datetime.now(UTC) - timedelta(minutes=minutes)) if signed_in else None
    try:
        require_proof(Request({"type": "http", "state": {"visit": visit}}), do)
    except Trouble as trouble:
        assert trouble.problem.code == PROVE_AGAIN
        return False
    return True
