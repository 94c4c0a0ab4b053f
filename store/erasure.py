"""Erasing the record of a closed case after its retention: a tombstone stays, and says where its log ended."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from models.audit import AuditActor, AuditKind, AuditLine
from models.base import Frozen
from rules.retention import CASE_YEARS
from store.audit import note
from store.differences import Difference, difference
from store.files import Files
from store.log import LOCK_CASE

ERASED: AuditKind = "case_erased"
_COLUMNS = 'case_id, last_seq, last_hash, recorded_at, erased_at, "by", reason'
_OWN_LEDGER = """DELETE FROM self_inspections i WHERE case_id = :case_id OR case_id IS NULL AND EXISTS (
    SELECT FROM cases c JOIN subjects s USING (subject_id) WHERE c.case_id = :case_id
        AND c.campaign_id = i.campaign_id AND i.subject_id IN (s.subject_id, s.merged_into)
    ) AND NOT EXISTS (
    SELECT FROM cases c JOIN subjects s USING (subject_id) WHERE c.case_id <> :case_id
        AND c.campaign_id = i.campaign_id AND i.subject_id IN (s.subject_id, s.merged_into))"""
"""What the enterprise found at itself: what was recorded in the case, and the rest with its last case there."""
_GONE = (
    _OWN_LEDGER,  # first: it asks whose case it is
    *(f"DELETE FROM {table} WHERE case_id = :case_id" for table in ("case_log", "cases", "findings", "musts")),
    *(f"DELETE FROM {table} WHERE case_id = :case_id" for table in ("deadlines", "reminders", "inbox", "outbox")),
    "DELETE FROM case_spans WHERE case_id = :case_id",
    "DELETE FROM handed_in WHERE case_id = :case_id",
    "DELETE FROM attachments WHERE case_id = :case_id",
    "DELETE FROM job_items WHERE body ->> 'case_id' = :case_id OR result ->> 'case_id' = :case_id",
)


class Tombstone(Frozen):
    """What is left of a case: where its log ended; `recorded_at` of its last line, wall time."""

    case_id: str
    last_seq: int
    last_hash: str
    recorded_at: datetime
    erased_at: datetime
    by: str
    reason: str


class Ended(Frozen):
    """A case as its erasure asks for it: whether it is closed, and when its last line was recorded (wall time)."""

    closed: bool
    last_seq: int
    last_hash: str
    recorded_at: datetime


def ended(engine: Engine, case_id: str) -> Ended | None:
    """The end of a case's log; None for an unknown case."""
    sql = """SELECT coalesce(c.outcome IS NOT NULL, false) AS closed, l.seq AS last_seq, l.hash AS last_hash,
        l.recorded_at FROM case_log l LEFT JOIN cases c USING (case_id)
    WHERE l.case_id = :id ORDER BY l.seq DESC LIMIT 1"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"id": case_id}).mappings().first()
    return Ended.model_validate(dict(row)) if row else None


def erase(owner: Engine, files: Files, case_id: str, end: Ended, by: str, reason: str, who: AuditActor) -> Tombstone:
    """Bodies of the log, rows, names and files go; tombstone and line of the audit log come with the same transaction.

    The database refuses it for a case that is open, or before ten years: that is the caller's to ask first.
    """
    facts = {"case_id": case_id, "last_seq": end.last_seq, "last_hash": end.last_hash, "by": by, "reason": reason}
    with owner.begin() as connection:
        connection.execute(text(f"SELECT {LOCK_CASE}"), {"case_id": case_id})
        connection.execute(
            text("""INSERT INTO erased_cases (case_id, last_seq, last_hash, "by", reason)
            VALUES (:case_id, :last_seq, :last_hash, :by, :reason)"""),
            facts,
        )
        for statement in _GONE:
            connection.execute(text(statement), {"case_id": case_id})
        told = {"last_seq": end.last_seq, "last_hash": end.last_hash}
        note(connection, AuditLine(kind=ERASED, by=who, case_id=case_id, facts=told))
        [tombstone] = [one for one in tombstones(connection) if one.case_id == case_id]
        files.delete_case(case_id)  # what fails here leaves the record, to be erased again
    return tombstone


def tombstones(connection: Connection) -> tuple[Tombstone, ...]:
    """Every case that was erased, by id."""
    rows = connection.execute(text(f"SELECT {_COLUMNS} FROM erased_cases ORDER BY case_id")).mappings()
    return tuple(Tombstone.model_validate(dict(row)) for row in rows)


def check_tombstones(connection: Connection) -> tuple[tuple[Tombstone, ...], list[Difference]]:
    """The erased cases, and what is wrong with an erasure: too early, not in the audit log, or not carried out."""
    noted = {
        (row.case_id, row.last_seq, row.last_hash)
        for row in connection.execute(
            text("""SELECT case_id, (body::jsonb -> 'facts' ->> 'last_seq')::int AS last_seq,
            body::jsonb -> 'facts' ->> 'last_hash' AS last_hash FROM audit_log WHERE kind = :kind"""),
            {"kind": ERASED},
        )
    }
    left = set(connection.execute(text("SELECT case_id FROM erased_cases JOIN case_log USING (case_id)")).scalars())
    found, every = list[Difference](), tombstones(connection)
    for one in every:
        facts = {"line": one.last_seq, "at": one.erased_at.date()}
        if one.erased_at < _kept_until(one.recorded_at):
            found.append(difference("erased_early", one.case_id, **facts))
        elif (one.case_id, one.last_seq, one.last_hash) not in noted:
            found.append(difference("erased_unnoted", one.case_id, **facts))
        elif one.case_id in left:
            found.append(difference("erased_yet_there", one.case_id, **facts))
    known = {one.case_id for one in every}
    missing = sorted({(case_id, seq) for case_id, seq, _ in noted if case_id not in known})
    found += [difference("tombstone_gone", case_id, line=seq) for case_id, seq in missing]
    return every, found


def erased_before_time(tombstone: Tombstone, known_shorter_at: datetime) -> bool:
    """Whether a log that was still growing at an instant was erased less than its retention later."""
    return tombstone.erased_at < _kept_until(known_shorter_at)


def _kept_until(recorded_at: datetime) -> datetime:
    """A little less than so many years, whatever leap years they had."""
    return recorded_at + timedelta(days=365 * CASE_YEARS)
