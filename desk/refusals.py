"""A command that was refused leaves a line in the audit log, whichever door it came through."""

from sqlalchemy import Engine

from models.actors import Actor
from models.audit import AuditActor, AuditLine, audit_actor
from models.refusals import Refused
from rules.words.naming import Both
from rules.words.refusals import facts_told
from store.audit import note

_LONGEST = 300
_TOLD = frozenset(
    (
        *("ref", "latest", "cap", "day", "earliest", "found", "period", "due", "outcome", "state"),
        *("stands", "must", "since", "until", "decided", "do", "role", "roles", "territory", "district"),
        *("there", "sector", "registered", "begins", "ends", "phase", "old", "now", "to", "room", "year"),
        *("today", "most", "of", "length", "level", "limit", "last", "version", "missing", "against"),
        *("question", "grounds", "article", "scope"),
    )
)
"""Facts of a sentence that the log keeps with it: dates, numbers, words of the plan. No name, and no text typed."""


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
    said: Both | None = None,
) -> None:
    """Who was refused what, with which code; `subject_id`: of whom a case was to be opened; `person_id`: about whom.

    `said`: the sentence, which is kept where it holds nothing but what `_TOLD` names, nor a text that nobody knows.
    """
    known = {"code": code, "deed": do, "campaign": campaign_id, "subject_id": subject_id}
    if said and not code.startswith("unknown_") and (told := facts_told(code)) and told <= _TOLD:
        known |= {"said_zh": said.zh, "said_en": said.en}
    facts = {name: value[:_LONGEST] for name, value in known.items() if value}
    about = case_id[:_LONGEST] if case_id is not None else None
    line = AuditLine(
        kind="command_refused", by=by, about_person=person_id, case_id=about, outcome="refused", facts=facts
    )
    note(engine, line)


def noted_refusal(
    engine: Engine, by: Actor | None, refused: Refused, do: str, campaign_id: str = "", *, subject_id: str = ""
) -> Refused:
    """What was refused of a campaign, a ledger, an order or the register, noted. `by`: None is the system."""
    said = Both(refused.zh, refused.en)
    note_refused(engine, audit_actor(by), refused.code, do, campaign_id=campaign_id, subject_id=subject_id, said=said)
    return refused
