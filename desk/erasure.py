"""Erasing the record of a closed case after its retention, by an administrator; counted in wall time."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from desk.refusals import noted_refusal
from models.actors import Actor
from models.audit import audit_actor
from models.instants import say_instant
from models.refusals import Refused
from rules.access.deeds import may_order
from rules.retention import CASE_YEARS
from rules.words.refusals import refuse
from store.erasure import Tombstone, ended, erase
from store.files import Files


def erase_case(
    owner: Engine,
    files: Files,
    case_id: str,
    by: Actor,
    reason: str,
    years: int = CASE_YEARS,
    now: datetime | None = None,
) -> Tombstone | Refused:
    """The record goes with its files, and a tombstone stays; LookupError for an unknown case.

    Refused to whoever is no administrator, for a case that is open, and until so many years after its last line.
    `now` is wall time: a campaign's own clock makes nothing older.
    """
    end = ended(owner, case_id)
    if end is None:
        raise LookupError(case_id)
    kept_until = years_after(end.recorded_at, max(years, CASE_YEARS))
    refused = may_order(by, "erase_case")
    if refused is None and not end.closed:
        refused = refuse("case_still_open")
    if refused is None and (now or datetime.now(UTC)) < kept_until:
        refused = refuse("retention_runs", until=say_instant(kept_until))
    if refused is not None:
        return noted_refusal(owner, by, refused, "erase_case")
    return erase(owner, files, case_id, end, str(by), reason, audit_actor(by))


def years_after(at: datetime, years: int) -> datetime:
    """The same instant so many years later; the first of March where that year has no 29 February."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, month=3, day=1)
