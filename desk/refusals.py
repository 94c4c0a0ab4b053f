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
    campaign_id: str | None = None,
) -> None:
    """Who was refused what, with which code; `subject_id`: of whom a case was to be opened; `person_id`: about whom."""
    said = {"code": code, "deed": do, "campaign": campaign_id, "subject_id": subject_id}
    facts = {name: value[:_LONGEST] for name, value in said.items() if value}
    about = case_id[:_LONGEST] if case_id is not None else None
    line = AuditLine(
        kind="command_refused", by=by, about_person=person_id, case_id=about, outcome="refused", facts=facts
    )
    note(engine, line)


def noted_refusal(
    engine: Engine, by: Actor | None, refused: Refused, do: str, campaign_id: str = "", *, subject_id: str = ""
) -> Refused:
    """What was refused of a campaign, a ledger, an order or the register, noted. `by`: None is the system."""
    note_refused(engine, audit_actor(by), refused.code, do, campaign_id=campaign_id, subject_id=subject_id)
    return refused
