"""The table of deeds: who may do what, where, and beside whom (domain §7; all A unless said otherwise).

Asked by everybody who lets somebody act or read: the decider, the register, the campaign, ledgers, orders, the API.
Deny by default: what is not in the table nobody may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from models.actors import ROLES, Actor, Mandate, Role
from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import Both, district_named, sector_named
from rules.words.refusals import refuse
from rules.words.terms import EVERY_DEED
from rules.words.terms import ROLES as ROLES_SAID

Roles = tuple[Role, ...]
_INSPECTOR: Roles = ("inspector",)
_SUPERVISOR: Roles = ("supervisor",)
_OFFICE: Roles = ("office",)
_REGISTERS: Roles = ("inspector", "office")
_DECLARES: Roles = ("enterprise", "inspector")
OFFICIALS: Roles = ("inspector", "supervisor", "government", "office")
ACTING: Roles = ("enterprise", "inspector", "supervisor", "government")
"""Whose turn it can be in a case."""
NOT_YOURS = frozenset({"role_not_permitted", "wrong_territory", "wrong_sector", "not_own_subject", "out_of_scope"})
"""Codes of refusals for who asks, not for what is asked."""
Beside = Literal["proposer", "recorder", "second signatory"]
GRAVER = "graver"
"""Of a rescission: of a ground of a pending, owed or executed close or refer (domain §4)."""


@dataclass(frozen=True)
class Deed:
    """Which roles may. `instead`: which, by what the deed names: a level, or `GRAVER`. `by_plan`: the plan says who
    decides the must that it names. `beside`: who must be another person (four eyes, domain §4). Of whoever signed in:
    `proven`, who proves anew to be that person before it, and `shown`, whose command carries the hash of what the
    decision was shown (A). `clause`: of the notice or the domain, which a plan may give another name
    (`rules/words/clauses.py`); a must that is named has its own.
    """

    roles: Roles = ()
    instead: Mapping[str, Roles] = field(default_factory=dict[str, Roles])
    by_plan: bool = False
    beside: Beside | None = None
    proven: bool = False
    shown: bool = False
    clause: str = "domain §7"


DEEDS: dict[str, Deed] = {
    # a case
    "open": Deed(_REGISTERS, clause="3.1"),
    "assign_officers": Deed(_SUPERVISOR),
    "record_findings": Deed(_INSPECTOR, clause="3.1"),
    "correct_finding": Deed(_INSPECTOR, clause="3.1.register"),
    "register": Deed(_INSPECTOR, clause="3.1.register"),
    "reassign_responsible": Deed(_INSPECTOR, clause="3.1.register"),
    "request_extension": Deed(_DECLARES, clause="3.1.register"),
    "decide_extension": Deed(_SUPERVISOR, clause="3.1.register"),
    "declare_rectified": Deed(_DECLARES, clause="3.1.register"),
    "reinspect": Deed(_INSPECTOR, clause="3.2.must2"),
    "propose_measure": Deed(_INSPECTOR, clause="3.2"),
    "approve_measure": Deed(by_plan=True, beside="proposer", proven=True, shown=True, clause="3.2"),
    "return_measure": Deed(by_plan=True, beside="proposer", proven=True, shown=True, clause="3.2"),
    "record_execution": Deed(_INSPECTOR, clause="3.2"),
    "stay_measure": Deed(_SUPERVISOR, clause="domain §4"),
    "lift_stay": Deed(_SUPERVISOR, clause="domain §4"),
    "accept_restart": Deed(_INSPECTOR, beside="second signatory", clause="3.1.restart"),
    "refuse_restart": Deed(_INSPECTOR, clause="3.1.restart"),
    "list_for_supervision": Deed(instead={"district": _SUPERVISOR, "city": _OFFICE}, clause="4.2"),
    "delist": Deed(instead={"district": _SUPERVISOR, "city": _OFFICE}, clause="4.2"),
    "look_back": Deed(_INSPECTOR, clause="3.3"),
    "rescind_finding": Deed(
        _SUPERVISOR, instead={GRAVER: ("government",)}, beside="recorder", proven=True, clause="domain §4"
    ),
    "transfer": Deed(_OFFICE),
    "add_note": Deed(OFFICIALS),
    "attach": Deed((*OFFICIALS, "enterprise"), clause="3.1.register"),
    "void": Deed(_SUPERVISOR, proven=True, clause="domain §4"),
    # what an enterprise found at itself
    "self_inspect": Deed(("enterprise",), clause="3.1.ledger"),
    # the register of subjects
    "add": Deed(_REGISTERS, clause="domain §2"),
    "change": Deed(_REGISTERS, clause="domain §2"),
    "licence": Deed(_REGISTERS, clause="domain §2"),
    "person": Deed(_REGISTERS, clause="domain §2"),
    "cease": Deed(("supervisor", "office"), clause="domain §2"),
    "resume": Deed(("supervisor", "office"), clause="domain §2"),
    "move": Deed(_OFFICE, clause="domain §2"),
    "merge": Deed(_OFFICE, proven=True, clause="domain §2"),
    # a campaign
    "open_cases": Deed(_OFFICE, clause="3.1"),
    "move_boundary": Deed(_OFFICE, proven=True, clause="domain §5"),
    "complete_now": Deed(_OFFICE, proven=True, clause="domain §4"),
    "publish_working_days": Deed(_OFFICE, proven=True, clause="domain §5"),
    # people and their posts
    "manage_people": Deed(("admin",), proven=True),
    "take_up_codes": Deed(ROLES, proven=True),
    "change_ways_in": Deed(ROLES, proven=True),
    # the running of the system
    "declare_live": Deed(_OFFICE, proven=True),
    "erase_case": Deed(("admin",), proven=True),
    "operate": Deed(("admin", "office", "auditor")),
    "maintain": Deed(("admin",), proven=True),
    "manage_tokens": Deed(("admin",), proven=True),
    "read_audit": Deed(("auditor",)),
    # reading
    "read_own": Deed(("enterprise",)),
    "read_sealed": Deed(OFFICIALS),
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
ALL_DISTRICTS: Roles = ("office", "regulator", "auditor")
WHOLE = frozenset(
    {
        *("open_cases", "move_boundary", "complete_now", "publish_working_days"),
        *("declare_live", "erase_case", "operate", "maintain", "manage_tokens", "read_audit"),
    }
)
"""Deeds for a whole campaign, or the whole installation (`may_order`)."""


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

    def holds(self, place: Place) -> bool:
        """Whether the cases of the place may be read; one without a sector is nobody's who has one."""
        return all(own in (None, there) for own, there in zip(self, place, strict=True))


def roles_of(plan: Plan, do: str, named: str = "") -> Roles:
    """The roles that may do it; `named`: the must, the level or the gravity that the deed names."""
    deed = DEEDS.get(do)
    if deed is None:
        return ()
    if deed.by_plan:
        return tuple(must.decided_by for must in plan.musts if must.id == named)
    return deed.instead.get(named, deed.roles)


def may(plan: Plan, who: Actor, do: str, where: Place, named: str = "") -> Refused | None:
    """None only if role, post, territory and sector fit."""
    roles = roles_of(plan, do, named)
    return wrong_role(who, do, roles) or no_post(plan, who) or out_of_reach(plan, who, where)


def may_steer(who: Actor, do: str) -> Refused | None:
    """Of a deed for the whole campaign or installation, whether the role may; the plan does not say who."""
    return wrong_role(who, do, DEEDS[do].roles)


def may_order(who: Actor, do: str, plan: Plan | None = None) -> Refused | None:
    """The same asked at the door: by nobody of one sector alone (A), nor of a territory that the plan does not have.

    `plan`: None where the deed is not about one campaign.
    """
    if refused := may_steer(who, do) or (no_post(plan, who) if plan else None):
        return refused
    if who.sector is None:
        return None
    return refuse("wrong_sector", sector=who.sector, there=Both("全部行业领域", "all sectors"))


def no_post(plan: Plan, who: Actor) -> Refused | None:
    """Nobody holds such a post: the plan has no such territory, or it is a regulator's without a sector (A)."""
    if who.territory not in (plan.city, *(district.id for district in plan.districts)):
        return refuse("unknown_district", district=who.territory)
    return refuse("no_sector") if who.role == "regulator" and who.sector is None else None


def wrong_role(who: Actor, do: str, roles: Roles) -> Refused | None:
    """It is for other roles."""
    return None if _part_of(who, do) in roles else _for_others(who.role, do, roles)


@cache
def _for_others(role: str, do: str, roles: Roles) -> Refused:
    """Said once: whoever asks what somebody may do hears it of most deeds."""
    names = [Both(*ROLES_SAID[one]) for one in roles]
    whose = Both("、".join(name.zh for name in names), ", ".join(name.en for name in names))
    facts = {"role": Both(*ROLES_SAID.get(role, (role, role))), "do": Both(*EVERY_DEED.get(do, (do, do)))}
    return refuse("role_not_permitted", **facts, roles=whose)


def _part_of(who: Actor, do: str) -> str | None:
    """The role as which somebody does it: the system has only those that its mandate gives it."""
    if who.role != "system":
        return who.role
    return MANDATES[who.mandate].get(do) if who.mandate else None


def out_of_reach(plan: Plan, who: Actor, where: Place) -> Refused | None:
    """The place is of another territory than the actor's, or not of the only sector or subject that the actor has."""
    if who.subject is not None:  # wherever its case was handed on to
        return None if who.subject == where.subject else refuse("not_own_subject")
    if where.district is not None and not reaches(plan, who, where.district):
        there, here = district_named(plan, where.district), district_named(plan, who.territory)
        return refuse("wrong_territory", territory=here, district=there)
    if where.district is not None and who.sector not in (None, where.sector):
        here, there = sector_named(plan, who.sector), sector_named(plan, where.sector)
        return refuse("wrong_sector", sector=here, there=there)
    return None


def reaches(plan: Plan, who: Actor, district: str) -> bool:
    """Whether the territory of the actor holds the district."""
    return who.territory == district or _reaches_all(plan, who)


def _reaches_all(plan: Plan, who: Actor) -> bool:
    """The office, regulators and auditors reach every district, the government of the city too."""
    return who.role in ALL_DISTRICTS or (who.role == "government" and who.territory == plan.city)


def reach(plan: Plan, who: Actor) -> Reach | Refused:
    """What somebody may read (domain §7): a regulator the own sector, so one without a sector nothing.

    Of an enterprise only whoever speaks for one subject reads, and that subject's cases alone.
    """
    if who.subject is not None:
        refused = wrong_role(who, "read_own", DEEDS["read_own"].roles) or no_post(plan, who)
        return refused or Reach(None, None, who.subject)
    if refused := wrong_role(who, "read", DEEDS["read"].roles) or no_post(plan, who):
        return refused
    return Reach(None if _reaches_all(plan, who) else who.territory, who.sector)
