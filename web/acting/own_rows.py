"""A row of an enterprise's own ledger that an inspector records as a finding: the form filled in, what it became."""

from typing import Any

from models.audit import AuditActor
from models.self_inspection import SelfInspection
from rules.words.clauses import cited
from rules.words.refusals import refuse
from serving.backing import Backing
from serving.forms import Posted
from serving.problems import Trouble, refused
from store.case_log import recorded_content
from store.self_inspection import became, entry
from store.subject_search import standing_for
from views.forms.fields import Asked
from web.words import WORDS

_RECORDS = "record_findings"


def own_row(behind: Backing, asked: Asked, entry_id: str) -> SelfInspection | None:
    """The row, where it is of the case's subject, in its campaign, and was not recorded yet."""
    found = _row(behind, asked, entry_id)
    return found if found and found.ref is None else None


def recorded_since(behind: Backing, asked: Asked, entry_id: str, command_id: str) -> Trouble | None:
    """409 where the row was recorded by another command since the form was opened."""
    found = _row(behind, asked, entry_id)
    if found is None or found.ref is None:
        return None
    if recorded_content(behind.records, asked.case.case_id, command_id) is not None:
        return None
    return refused(cited(asked.plan, refuse("row_recorded", ref=found.ref)))


def as_finding(row: SelfInspection, language: str) -> Posted:
    """What the form says of it; where it comes from stands in the note of the command."""
    origin = WORDS["from_own_ledger"][1 if language == "en" else 0].format(day=row.found_on)
    return {"findings.0.description": [row.description], "note": [origin]}


def recorded(behind: Backing, asked: Asked, entry_id: str, facts: dict[str, Any], by: AuditActor) -> None:
    """The row says from now on which finding it became: the first of the command that was taken."""
    if facts.get("findings") and own_row(behind, asked, entry_id):
        became(behind.records, entry_id, asked.case.case_id, str(facts["findings"][0]["ref"]), by)


def _row(behind: Backing, asked: Asked, entry_id: str) -> SelfInspection | None:
    """The row, where it is of the case's subject, in its campaign."""
    if asked.do != _RECORDS or not entry_id:
        return None
    found, subject = entry(behind.records, asked.case.campaign_id, entry_id), asked.case.subject_id
    if found is None:
        return None
    return found if found.subject_id in (subject, standing_for(behind.records, subject)) else None
