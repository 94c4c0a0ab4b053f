"""Who may change the register, and what is no subject of a plan (domain §2, §7; all A unless said otherwise)."""

from typing import Literal

from models.actors import Actor, Role
from models.plan import Plan
from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.access.deeds import covers, wrong_territory
from rules.words.clauses import cited
from rules.words.refusals import refuse

Deed = Literal["add", "change", "licence", "person", "cease", "resume", "move", "merge"]
ROLES_OF: dict[Deed, tuple[Role, ...]] = {
    "add": ("inspector", "office"),
    "change": ("inspector", "office"),
    "licence": ("inspector", "office"),
    "person": ("inspector", "office"),
    "cease": ("supervisor", "office"),
    "resume": ("supervisor", "office"),
    "move": ("office",),
    "merge": ("office",),
}


def may_register(plan: Plan, by: Actor, do: Deed, district: str) -> Refused | None:
    """Deny by default: None only if role and territory fit."""
    roles = ROLES_OF[do]
    if by.role not in roles:
        return refuse("role_not_permitted", role=by.role, do=do, roles=", ".join(roles))
    if not covers(plan, by, district):
        return wrong_territory(plan, by, district)
    return None


def wrong_place(plan: Plan, facts: SubjectFacts) -> Refused | None:
    """A district or sector that the plan does not have."""
    if not any(d.id == facts.district for d in plan.districts):
        return cited(plan, refuse("unknown_district", district=facts.district))
    if facts.sector is not None and not any(s.id == facts.sector for s in plan.sectors):
        return cited(plan, refuse("unknown_sector", sector=facts.sector))
    return None


def wrong_change(subject: Registered, facts: SubjectFacts) -> Refused | None:
    """A change of nothing."""
    return refuse("nothing_changed", subject=subject.subject_id) if facts == subject.facts else None


def wrong_merge(duplicate: Registered, into: Registered) -> Refused | None:
    """A duplicate goes into another subject that stands for itself."""
    if duplicate.subject_id == into.subject_id:
        return refuse("merge_with_itself", subject=into.subject_id)
    for one in (duplicate, into):
        if one.state == "merged":
            return refuse("subject_merged", subject=one.subject_id, into=one.merged_into)
    return None
