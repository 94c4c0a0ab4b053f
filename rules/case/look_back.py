"""Look-back at the end of a case: has what was rectified come back? (3.3, domain §4)"""

from datetime import datetime

from models.case import Case
from models.commands import LookBack
from models.events import AnyEvent, CaseClosed, LookedBack
from models.plan import Plan
from models.refusals import Refused
from rules.case.investigation import recorded_findings
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def look_back(plan: Plan, case: Case, command: LookBack, now: datetime) -> Judged:
    """Only in phase 3 and in consolidation; recurred needs findings, not recurred closes at once (3.3)."""
    if case.consolidated_at is None:
        return refuse("not_in_consolidation")
    if not plan.phase(case.phase).look_back:
        return refuse("look_back_too_early")
    looked = LookedBack(recurred=command.recurred)
    if not command.recurred:
        if command.findings:
            return refuse("findings_without_recurrence")
        return (looked, CaseClosed(outcome="rectified"))
    if not command.findings:
        return refuse("recurred_needs_findings")
    recorded = recorded_findings(plan, case, command, now)
    return recorded if isinstance(recorded, Refused) else (looked, *recorded)
