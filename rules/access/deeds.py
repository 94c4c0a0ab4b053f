"""Who may: role, territory, and the second inspector (domain §7, all A unless said otherwise)."""

from models.actors import Actor, Role
from models.case import Case
from models.commands import AnyCommand, Delist, ListForSupervision, Open, RescindFinding
from models.commands import ApproveMeasure as Approve
from models.commands import ReturnMeasure as Return
from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import district_named
from rules.words.refusals import refuse

_INSPECTOR: tuple[Role, ...] = ("inspector",)
OFFICIALS: tuple[Role, ...] = ("inspector", "supervisor", "government", "office")
ROLES_OF: dict[str, tuple[Role, ...]] = {
    "open": ("inspector", "office"),
    "assign_officers": ("supervisor",),
    "record_findings": _INSPECTOR,
    "correct_finding": _INSPECTOR,
    "register": _INSPECTOR,
    "reassign_responsible": _INSPECTOR,
    "request_extension": ("enterprise", "inspector"),
    "decide_extension": ("supervisor",),
    "declare_rectified": ("enterprise", "inspector"),
    "reinspect": _INSPECTOR,
    "propose_measure": _INSPECTOR,
    "record_execution": _INSPECTOR,
    "stay_measure": ("supervisor",),
    "lift_stay": ("supervisor",),
    "accept_restart": _INSPECTOR,
    "refuse_restart": _INSPECTOR,
    "look_back": _INSPECTOR,
    "transfer": ("office",),
    "add_note": OFFICIALS,
    "void": ("supervisor",),
}


def roles_for(plan: Plan, case: Case | None, command: AnyCommand) -> tuple[Role, ...]:
    """The roles that may give this command to this case."""
    match command:
        case Approve() | Return():
            return (plan.must(command.must).decided_by,)
        case ListForSupervision() | Delist():
            return ("supervisor",) if command.level == "district" else ("office",)
        case RescindFinding():
            return ("government",) if case and _government_rescinds(case, command.ref) else ("supervisor",)
        case _:
            return ROLES_OF[command.do]


def may_order(plan: Plan, by: Actor, do: str, district: str | None) -> Refused | None:
    """The same for one order over many cases: whoever may give its command nowhere gives no order at all.

    `district`: the only one that is meant; None for all that the territory reaches.
    """
    roles = ROLES_OF[do]
    if by.role not in roles:
        return refuse("role_not_permitted", role=by.role, do=do, roles=", ".join(roles))
    if district is not None and not covers(plan, by, district):
        return wrong_territory(plan, by, district)
    return None


def _government_rescinds(case: Case, ref: str) -> bool:
    """A ground of a pending, owed or executed close or refer is rescinded by the government (domain §4)."""
    return any(
        ref in m.refs and m.must in ("close", "refer") and (m.is_owed or m.state in ("pending", "executed"))
        for m in case.musts
    )


def covers(plan: Plan, actor: Actor, district: str) -> bool:
    """Whether the actor's territory reaches the district: the office everywhere, the government of the city too."""
    if actor.role == "office":
        return True
    return actor.territory == district or (actor.role == "government" and actor.territory == plan.city)


def wrong_territory(plan: Plan, by: Actor, district: str) -> Refused:
    """The district is not the actor's."""
    there, here = district_named(plan, district), district_named(plan, by.territory)
    return refuse("wrong_territory", territory=here, district=there)


def may(plan: Plan, case: Case | None, command: AnyCommand) -> Refused | None:
    """Deny by default: None only if role and territory fit, and the second inspector is a second one."""
    roles = roles_for(plan, case, command)
    if command.by.role not in roles:
        return refuse("role_not_permitted", role=command.by.role, do=command.do, roles=", ".join(roles))
    district = command.subject.district if isinstance(command, Open) else case.district if case else ""
    if not covers(plan, command.by, district):
        return wrong_territory(plan, command.by, district)
    second = command.second
    if second is not None:
        if second.role != "inspector" or not covers(plan, second, district):
            return refuse("second_inspector", why_zh="须为本辖区检查员", why_en="must be an inspector of the district")
        if second.same_person(command.by):
            return refuse("second_inspector", why_zh="不得与操作人为同一人", why_en="must be another person")
    return None
