"""The stage of a case: whose turn it is. Derived for display and lists; no guard looks at it (domain §3)."""

from datetime import datetime

from models.actors import Role
from models.case import Case, Must, Stage
from models.plan import Plan

# in the order in which a case goes through them
NAMES: dict[Stage, tuple[str, str]] = {
    "investigation": ("排查摸底", "investigation"),
    "registration": ("登记建档", "registration"),
    "rectification": ("限期整改", "rectification"),
    "reinspection": ("复查", "re-inspection"),
    "escalation": ("四个一律", "four musts"),
    "consolidation": ("巩固提高", "consolidation"),
    "closed": ("结案", "closed"),
}


def stage(case: Case, now: datetime) -> Stage:
    """The first stage that applies."""
    if case.closed:
        return "closed"
    if case.owed:
        return "escalation"
    if case.restarts_awaited or any(f.awaits_verdict(now) for f in case.findings):
        return "reinspection"
    if any(f.state == "recorded" for f in case.findings):
        return "registration"
    if any(f.under_rectification for f in case.findings):
        return "rectification"
    return "consolidation" if case.findings else "investigation"


def next_actor(plan: Plan, case: Case, now: datetime) -> Role | None:
    """Who acts next; None only for a closed case."""
    match stage(case, now):
        case "closed":
            return None
        case "escalation":
            return must_actor(plan, most_urgent(case))
        case "rectification":
            return "enterprise"
        case _:
            return "inspector"


def most_urgent(case: Case) -> Must:
    """The owed must that is due first, stayed ones last."""
    owed = sorted(case.owed, key=lambda m: (m.stayed_at is not None, m.execute_by or m.decide_by or m.arose_at))
    return owed[0]


def must_actor(plan: Plan, must: Must) -> Role | None:
    """Who acts next on a must: propose, decide, execute, lift the stay; None when it is over or pending."""
    if not must.is_owed:
        return None
    if must.stayed_at and must.state != "owed":
        return "supervisor"
    return plan.must(must.must).decided_by if must.state == "proposed" else "inspector"
