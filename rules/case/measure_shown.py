"""Exactly what an approver is shown of a proposed measure, and by its hash signs (domain §4, four eyes; A)."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.case import Case, Must
from rules.case.evidence import files_about

_FORM = 1


def measure_shown(case: Case, must: Must) -> str:
    """`sha256:` and 64 hex digits over subject, grounds, findings, amounts, proposer, dates, calendar and plan.

    And over the files about the grounds, where there are any: the hash of a proposal without files is what it was
    before there were files, so histories that hold it replay, and none that they hold had any.

    Histories hold it: this form is frozen, and what is to be shown beside it one day makes a form of its own.
    """
    facts: dict[str, Any] = {
        "form": _FORM,
        "case": [case.case_id, case.subject_id, case.subject.code, case.subject.name, case.district],
        "plan": [case.plan_id, case.plan_hash],
        "calendar": [case.calendar, *([p.id, p.begins_at, p.ends_at] for p in case.phases)],
        "working_days": [[y.year, y.digest] for y in case.working_days.years],
        "measure": [must.id, must.must, must.arose_at, must.decide_by, must.stayed_by],
        "grounds": [[g.ref, g.reason, g.since, *_finding(case, g.ref)] for g in must.grounds],
        "earlier_orders": [[o.category, o.ordered_at] for o in case.earlier_orders],
        "fine": _fine(must),
        "proposed": [str(must.proposed_by), must.proposed_by and must.proposed_by.person, must.proposed_at],
    }
    if files := files_about(case, must.refs):
        facts["files"] = files
    text = json.dumps(facts, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _finding(case: Case, ref: str) -> list[Any]:
    found = case.finding(ref)
    if found is None:
        return []
    flags = [found.illegal_operation, found.suspected_crime, found.imminent_danger]
    kept = [found.category, found.counts_as, found.grade, found.description, *flags]
    return [*kept, found.state, found.responsible, found.due_at, found.failed_at]


def _fine(must: Must) -> list[Any] | None:
    fine = must.fine
    return fine and [fine.article, fine.base, fine.unit, *([p.name, p.amount] for p in fine.persons)]


def _plain(value: object) -> str:
    """An instant by its second since the epoch, whatever zone it is written in; an amount with its cents."""
    match value:
        case datetime():
            return f"{value.timestamp():.6f}"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:.2f}"
        case _:
            raise TypeError(type(value))
