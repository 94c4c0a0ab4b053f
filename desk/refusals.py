"""A command that was refused leaves a line in the audit log, whichever door it came through."""

from sqlalchemy import Engine

from models.actors import Actor
from models.audit import AuditActor, AuditLine, audit_actor
from models.refusals import Refused
from store.audit import note

_LONGEST = 300


def note_refused(
    engine: Engine,
    by: AuditActor,
    code: str,
    do: str,
    *,
    case_id: str | None = None,
    subject_id: str | None = None,
    person_id: str | None = None,
) -> None:
    """Who was refused what, with which code; `subject_id`: of whom a case was to be opened; `person_id`: about whom."""
    facts = {"code": code[:_LONGEST], "deed": do[:_LONGEST]}
    if subject_id is not None:
        facts["subject_id"] = subject_id[:_LONGEST]
    about = case_id[:_LONGEST] if case_id is not None else None
    line = AuditLine(
        kind="command_refused", by=by, about_person=person_id, case_id=about, outcome="refused", facts=facts
    )
    note(engine, line)


def noted_refusal(
    engine: Engine, by: Actor | None, refused: Refused, do: str, campaign_id: str = "", *, subject_id: str = ""
) -> Refused:
    """What was refused of a campaign, a ledger, an order or the register, noted. `by`: None is the system."""
    about = {"campaign": campaign_id, "subject_id": subject_id[:_LONGEST]}
    facts = {"code": refused.code[:_LONGEST], "deed": do} | {name: value for name, value in about.items() if value}
    note(engine, AuditLine(kind="command_refused", by=audit_actor(by), outcome="refused", facts=facts))
    return refused
