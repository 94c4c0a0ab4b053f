"""What enterprises found at themselves: written once, put right once, and recorded as a finding once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, text

from models.audit import AuditActor, AuditLine, Fact
from models.base import Frozen
from models.self_inspection import OwnFinding, SelfInspection
from store.audit import note

MOST = 1_000
"""Rows of a subject in a campaign (A)."""
_COLUMNS = (
    'entry_id, campaign_id, subject_id, found_on, description, measure, responsible, due_on, rectified_on, "by", at,'
    " case_id, ref"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:campaign_id || '/' || :subject_id, 3))")
_ENTER = text("""
INSERT INTO self_inspections (entry_id, campaign_id, subject_id, found_on, description, measure, responsible, due_on,
    rectified_on, "by")
SELECT :entry_id, :campaign_id, :subject_id, :found_on, :description, :measure, :responsible, :due_on, :rectified_on,
    :by
WHERE (SELECT count(*) FROM self_inspections WHERE campaign_id = :campaign_id AND subject_id = :subject_id) < :most
ON CONFLICT (entry_id) DO NOTHING RETURNING 1
""")


class TooManyRows(Exception):
    """The subject has as many rows as it may have."""


class Reported(Frozen):
    """What was reported from a district: subjects that keep a ledger, their rows, those put right and recorded."""

    district: str
    subjects: int
    rows: int
    rectified: int
    recorded: int


class Ledger(Frozen):
    """The ledger of one subject, as a list of ledgers shows it; the case is its newest in the campaign."""

    subject_id: str
    name: str
    district: str
    rows: int
    rectified: int
    recorded: int
    last_on: date
    case_id: str | None


def enter(
    connection: Connection, campaign_id: str, subject_id: str, by: str, rows: Sequence[tuple[str, OwnFinding]]
) -> int:
    """Write the rows under their ids, those that are there already left as they are; how many are new. TooManyRows."""
    place = {"campaign_id": campaign_id, "subject_id": subject_id}
    connection.execute(_LOCK, place)
    added = 0
    for entry_id, row in rows:
        facts: dict[str, Any] = {**place, **row.model_dump(), "entry_id": entry_id, "by": by, "most": MOST}
        if connection.execute(_ENTER, facts).first() is not None:
            added += 1
        elif not _is_there(connection, entry_id):
            raise TooManyRows
    return added


def put_right(connection: Connection, campaign_id: str, subject_id: str, entry_id: str, on: date) -> bool:
    """The day on which it was put right, once; False where the subject has no such row, or it is said already."""
    sql = text("""UPDATE self_inspections SET rectified_on = :on
        WHERE entry_id = :entry_id AND campaign_id = :campaign_id AND subject_id = :subject_id
        AND rectified_on IS NULL AND found_on <= :on RETURNING 1""")
    facts = {"on": on, "entry_id": entry_id, "campaign_id": campaign_id, "subject_id": subject_id}
    return connection.execute(sql, facts).first() is not None


def became(engine: Engine, entry_id: str, case_id: str, ref: str, by: AuditActor) -> None:
    """An inspector recorded it as that finding, which is noted; the first one stays."""
    sql = """UPDATE self_inspections SET case_id = :case_id, ref = :ref WHERE entry_id = :id AND case_id IS NULL
        RETURNING 1"""
    facts: dict[str, Fact] = {"entry": entry_id, "ref": ref}
    with engine.begin() as connection:
        if connection.execute(text(sql), {"id": entry_id, "case_id": case_id, "ref": ref}).first() is not None:
            note(connection, AuditLine(kind="self_inspected", by=by, case_id=case_id, facts=facts))


def of_merged(connection: Connection, into_id: str) -> None:
    """The rows of merged subjects are those of the one that stands for them."""
    sql = """UPDATE self_inspections SET subject_id = :into WHERE subject_id IN (
        SELECT subject_id FROM subjects WHERE merged_into = :into)"""
    connection.execute(text(sql), {"into": into_id})


def own_ledger(engine: Engine, campaign_id: str, subject_id: str, limit: int) -> tuple[SelfInspection, ...]:
    """The ledger of a subject, or of the one that stands for it, newest first."""
    sql = text(f"""SELECT {_COLUMNS} FROM self_inspections WHERE campaign_id = :campaign_id AND subject_id IN (
            SELECT CAST(:subject_id AS text) UNION
            SELECT merged_into FROM subjects WHERE subject_id = :subject_id AND merged_into IS NOT NULL)
        ORDER BY at DESC, entry_id LIMIT :limit""")
    asked = {"campaign_id": campaign_id, "subject_id": subject_id, "limit": limit}
    with engine.connect() as connection:
        return tuple(SelfInspection.model_validate(dict(row)) for row in connection.execute(sql, asked).mappings())


def entry(engine: Engine, campaign_id: str, entry_id: str) -> SelfInspection | None:
    """One row."""
    sql = text(f"SELECT {_COLUMNS} FROM self_inspections WHERE campaign_id = :campaign_id AND entry_id = :entry_id")
    with engine.connect() as connection:
        row = connection.execute(sql, {"campaign_id": campaign_id, "entry_id": entry_id}).mappings().first()
    return SelfInspection.model_validate(dict(row)) if row else None


_COUNTED = """count(*) AS rows, count(rectified_on) AS rectified, count(ref) AS recorded"""


def reported(engine: Engine, campaign_id: str) -> tuple[Reported, ...]:
    """By territory, what was reported there."""
    sql = text(f"""SELECT s.district, count(DISTINCT subject_id) AS subjects, {_COUNTED}
        FROM self_inspections JOIN subjects s USING (subject_id) WHERE campaign_id = :campaign_id
        GROUP BY s.district ORDER BY s.district""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"campaign_id": campaign_id}).mappings()
        return tuple(Reported.model_validate(dict(row)) for row in rows)


def ledgers(engine: Engine, campaign_id: str, limit: int) -> tuple[Ledger, ...]:
    """The ledgers that were kept last, by subject."""
    sql = text(f"""SELECT subject_id, s.name, s.district, {_COUNTED}, max(found_on) AS last_on,
            (SELECT case_id FROM cases c WHERE c.campaign_id = :campaign_id AND c.subject_id = i.subject_id
                ORDER BY opened_at DESC, case_id DESC LIMIT 1) AS case_id
        FROM self_inspections i JOIN subjects s USING (subject_id) WHERE i.campaign_id = :campaign_id
        GROUP BY subject_id, s.name, s.district ORDER BY max(i.at) DESC, subject_id LIMIT :limit""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"campaign_id": campaign_id, "limit": limit}).mappings()
        return tuple(Ledger.model_validate(dict(row)) for row in rows)


def _is_there(connection: Connection, entry_id: str) -> bool:
    sql = text("SELECT 1 FROM self_inspections WHERE entry_id = :id")
    return connection.execute(sql, {"id": entry_id}).first() is not None
