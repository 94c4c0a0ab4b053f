"""The table of deeds: who may do what, where, and beside whom (domain §7; all A unless said otherwise).

Asked by everybody who lets somebody act or read: the decider, the register, the campaign, ledgers, orders, the API.
Deny by default: what is not in the table nobody may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from models.actors import ROLES, Actor, Mandate, Role
from models.case import Case
from models.commands import (
    AnyCommand,
    ApproveMeasure,
    Delist,
    ListForSupervision,
    Open,
    RescindFinding,
    ReturnMeasure,
)
from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import district_named, sector_named
from rules.words.refusals import refuse

Roles = tuple[Role, ...]
_INSPECTOR: Roles = ("inspector",)
_SUPERVISOR: Roles = ("supervisor",)
_OFFICE: Roles = ("office",)
_REGISTERS: Roles = ("inspector", "office")
_DECLARES: Roles = ("enterprise", "inspector")
OFFICIALS: Roles = ("inspector", "supervisor", "government", "office")
NOT_YOURS = frozenset({"role_not_permitted", "wrong_territory", "wrong_sector", "not_own_subject"})
"""Codes of refusals for who asks, not for what is asked."""
GRAVER = "graver"
"""Of a rescission: of a ground of a pending, owed or executed close or refer (domain §4)."""


@dataclass(frozen=True)
class Deed:
    """Which roles may. `instead`: which, by what the deed names: a level, or `GRAVER`. `by_plan`: the plan says who
    decides the must that it names. `beside`: who must be another person (four eyes, domain §4). Of whoever signed in:
    `proven`, who proves anew to be that person before it, and `shown`, whose command carries the hash of what the
    decision was shown (A).
    """

    roles: Roles = ()
    instead: Mapping[str, Roles] = field(default_factory=dict[str, Roles])
    by_plan: bool = False
    beside: str = ""
    proven: bool = False
    shown: bool = False


DEEDS: dict[str, Deed] = {
    # a case
    "open": Deed(_REGISTERS),
    "assign_officers": Deed(_SUPERVISOR),
    "record_findings": Deed(_INSPECTOR),
    "correct_finding": Deed(_INSPECTOR),
    "register": Deed(_INSPECTOR),
    "reassign_responsible": Deed(_INSPECTOR),
    "request_extension": Deed(_DECLARES),
    "decide_extension": Deed(_SUPERVISOR),
    "declare_rectified": Deed(_DECLARES),
    "reinspect": Deed(_INSPECTOR),
    "propose_measure": Deed(_INSPECTOR),
    "approve_measure": Deed(by_plan=True, beside="proposer", proven=True, shown=True),
    "return_measure": Deed(by_plan=True, beside="proposer", proven=True, shown=True),
    "record_execution": Deed(_INSPECTOR),
    "stay_measure": Deed(_SUPERVISOR),
    "lift_stay": Deed(_SUPERVISOR),
    "accept_restart": Deed(_INSPECTOR, beside="second signatory"),
    "refuse_restart": Deed(_INSPECTOR),
    "list_for_supervision": Deed(instead={"district": _SUPERVISOR, "city": _OFFICE}),
    "delist": Deed(instead={"district": _SUPERVISOR, "city": _OFFICE}),
    "look_back": Deed(_INSPECTOR),
    "rescind_finding": Deed(_SUPERVISOR, instead={GRAVER: ("government",)}, beside="recorder"),
    "transfer": Deed(_OFFICE),
    "add_note": Deed(OFFICIALS),
    "void": Deed(_SUPERVISOR, proven=True),
    # the register of subjects
    "add": Deed(_REGISTERS),
    "change": Deed(_REGISTERS),
    "licence": Deed(_REGISTERS),
    "person": Deed(_REGISTERS),
    "cease": Deed(("supervisor", "office")),
    "resume": Deed(("supervisor", "office")),
    "move": Deed(_OFFICE),
    "merge": Deed(_OFFICE, proven=True),
    # a campaign
    "open_cases": Deed(_OFFICE),
    "move_boundary": Deed(_OFFICE, proven=True),
    "complete_now": Deed(_OFFICE, proven=True),
    "publish_working_days": Deed(_OFFICE, proven=True),
    # people and their posts
    "manage_people": Deed(("admin",), proven=True),
    "take_up_codes": Deed(ROLES, proven=True),
    # the running of the system
    "declare_live": Deed(_OFFICE, proven=True),
    "operate": Deed(("admin", "office", "auditor")),
    # reading
    "read_own": Deed(("enterprise",)),
    "read": Deed(("inspector", "supervisor", "government", "regulator", "office", "auditor")),
}
MANDATES: dict[Mandate, dict[str, Role]] = {
    "ledger_import": {
        "open": "inspector",
        "add": "inspector",
        "record_findings": "inspector",
        "register": "inspector",
        "correct_finding": "inspector",
        "reassign_responsible": "inspector",
    },
    "ledger_undo": {
        "open": "inspector",
        "correct_finding": "inspector",
        "reassign_responsible": "inspector",
        "rescind_finding": "supervisor",
        "void": "supervisor",
    },
}
"""What the system may do under each, and whose part it plays there."""
_ALL_DISTRICTS: Roles = ("office", "regulator", "auditor")


class Place(NamedTuple):
    """Where a deed is done, and about which subject; without a district wherever the actor reaches.

    A subject may have no sector.
    """

    district: str | None = None
    sector: str | None = None
    subject: str | None = None


class Reach(NamedTuple):
    """What somebody may read: one district or all, one sector or all; of an enterprise's people one subject."""

    district: str | None
    sector: str | None
    subject: str | None = None


def roles_of(plan: Plan, do: str, named: str = "") -> Roles:
    """The roles that may do it; `named`: the must, the level or the gravity that the deed names."""
    deed = DEEDS.get(do, Deed())
    if deed.by_plan:
        return tuple(must.decided_by for must in plan.musts if must.id == named)
    return deed.instead.get(named, deed.roles)


def may(plan: Plan, who: Actor, do: str, where: Place, named: str = "") -> Refused | None:
    """None only if role, territory and sector fit."""
    return _wrong_role(who, do, roles_of(plan, do, named)) or out_of_reach(plan, who, where)


def may_steer(who: Actor, do: str) -> Refused | None:
    """The same of a whole campaign: its deeds have no place, and the plan does not say who may."""
    return _wrong_role(who, do, DEEDS[do].roles)


def _wrong_role(who: Actor, do: str, roles: Roles) -> Refused | None:
    if _part_of(who, do) in roles:
        return None
    return refuse("role_not_permitted", role=who.role, do=do, roles=", ".join(roles))


def _part_of(who: Actor, do: str) -> str | None:
    """The role as which somebody does it: the system has only those that its mandate gives it."""
    if who.role != "system":
        return who.role
    return MANDATES[who.mandate].get(do) if who.mandate else None


def out_of_reach(plan: Plan, who: Actor, where: Place) -> Refused | None:
    """The place is of another territory than the actor's, or not of the only sector or subject that the actor has."""
    if who.subject is not None:  # wherever its case was handed on to
        return None if who.subject == where.subject else refuse("not_own_subject")
    if where.district is not None and not _reaches(plan, who, where.district):
        there, here = district_named(plan, where.district), district_named(plan, who.territory)
        return refuse("wrong_territory", territory=here, district=there)
    if where.district is not None and who.sector not in (None, where.sector):
        here, there = sector_named(plan, who.sector), sector_named(plan, where.sector)
        return refuse("wrong_sector", sector=here, there=there)
    return None


def _reaches(plan: Plan, who: Actor, district: str) -> bool:
    return who.territory == district or _reaches_all(plan, who)


def _reaches_all(plan: Plan, who: Actor) -> bool:
    """The office, regulators and auditors reach every district, the government of the city too."""
    return who.role in _ALL_DISTRICTS or (who.role == "government" and who.territory == plan.city)


def reach(plan: Plan, who: Actor) -> Reach | Refused:
    """What somebody may read (domain §7): a regulator the own sector, so one without a sector nothing.

    Of an enterprise only whoever speaks for one subject reads, and that subject's cases alone.
    """
    if who.subject is not None:
        return _wrong_role(who, "read_own", DEEDS["read_own"].roles) or Reach(None, None, who.subject)
    if refused := _wrong_role(who, "read", DEEDS["read"].roles):
        return refused
    if who.territory not in (plan.city, *(district.id for district in plan.districts)):
        return refuse("unknown_district", district=who.territory)
    if who.role == "regulator" and who.sector is None:
        return refuse("no_sector")
    return Reach(None if _reaches_all(plan, who) else who.territory, who.sector)


# ---------------------------------------------------------------- a command to a case


def may_give(plan: Plan, case: Case | None, command: AnyCommand) -> Refused | None:
    """Whether this command may be given to this case; a second inspector is a second one, of the district."""
    subject = command.subject if isinstance(command, Open) else case.subject if case else None
    district = command.subject.district if isinstance(command, Open) else case.district if case else ""
    where = Place(district, subject.sector if subject else None, subject.id if subject else None)
    refused = may(plan, command.by, command.do, where, named_by(case, command))
    return refused or _second(plan, command, where)


def _second(plan: Plan, command: AnyCommand, where: Place) -> Refused | None:
    second = command.second
    if second is None:
        return None
    if second.role != "inspector" or not _reaches(plan, second, where.district or ""):
        return refuse("second_inspector", why_zh="须为本辖区检查员", why_en="must be an inspector of the district")
    if second.same_person(command.by):
        return refuse("second_inspector", why_zh="不得与操作人为同一人", why_en="must be another person")
    return None


def named_by(case: Case | None, command: AnyCommand) -> str:
    """What the command names that says who may give it."""
    match command:
        case ApproveMeasure() | ReturnMeasure():
            return command.must
        case ListForSupervision() | Delist():
            return command.level
        case RescindFinding():
            return GRAVER if case and _government_rescinds(case, command.ref) else ""
        case _:
            return ""


def _government_rescinds(case: Case, ref: str) -> bool:
    """A ground of a pending, owed or executed close or refer is rescinded by the government (domain §4)."""
    return any(
        ref in m.refs and m.must in ("close", "refer") and (m.is_owed or m.state in ("pending", "executed"))
        for m in case.musts
    )
