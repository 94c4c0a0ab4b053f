"""What is no subject of a plan, and no change of one (domain §2; all A unless said otherwise)."""

from typing import Literal

from models.plan import Plan
from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.words.clauses import cited
from rules.words.refusals import refuse

Change = Literal["add", "change", "licence", "person", "cease", "resume", "move", "merge"]
"""The deeds of the register (`rules/access/deeds.py`)."""


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
