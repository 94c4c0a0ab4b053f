"""Which subjects still want a case in a campaign, batch by batch, with what their openings need."""

from typing import Any

from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.register import Registered
from store.subjects import COLUMNS


class Awaiting(Frozen):
    """A subject without a case in the campaign: all ids that it has had, the case that was carried over to now."""

    subject: Registered
    ids: tuple[str, ...]
    carried_over: str | None


class NotOpened(Frozen):
    """A subject whose opening did not come about: `code` is that of the refusal, or `not_recorded`."""

    subject_id: str
    name: str
    district: str
    code: str


# Active, and neither it nor a duplicate of it has a case that counts; of `subjects s`, in the campaign `:id`.
_WITHOUT_CASE = """s.state = 'active' AND NOT EXISTS (
    SELECT FROM cases c WHERE c.campaign_id = :id AND c.subject_id = s.subject_id AND c.outcome IS DISTINCT FROM 'void'
) AND NOT EXISTS (
    SELECT FROM subjects d JOIN cases c ON c.subject_id = d.subject_id AND c.campaign_id = :id
    WHERE d.merged_into = s.subject_id AND c.outcome IS DISTINCT FROM 'void'
)"""


def awaiting_cases(engine: Engine, campaign_id: str, after: str, limit: int) -> tuple[str | None, tuple[Awaiting, ...]]:
    """The next subjects of the register by id: the last one looked at (None: no more), and those without a case.

    Active subjects only. One whose duplicate has a case in the campaign has one; a void case is none.
    """
    listed = ", ".join(f"s.{c.strip()}" for c in COLUMNS.split(","))
    sql = f"""
    WITH page AS (
        SELECT * FROM subjects WHERE state = 'active' AND subject_id > :after ORDER BY subject_id LIMIT :limit
    ), family AS (
        SELECT p.subject_id AS root, p.subject_id AS id FROM page p
        UNION ALL SELECT d.merged_into, d.subject_id FROM subjects d JOIN page p ON d.merged_into = p.subject_id
    ), ids AS (SELECT root, array_agg(id ORDER BY id) AS ids FROM family GROUP BY root)
    SELECT {listed}, ids.ids,
        EXISTS (SELECT FROM cases c WHERE c.campaign_id = :campaign_id AND c.subject_id = ANY(ids.ids)
            AND c.outcome IS DISTINCT FROM 'void') AS has_case,
        (SELECT o.case_id FROM opening_stock o WHERE o.campaign_id = :campaign_id AND o.subject_id = ANY(ids.ids)
            ORDER BY o.case_id LIMIT 1) AS carried_over
    FROM page s JOIN ids ON ids.root = s.subject_id ORDER BY s.subject_id"""
    with engine.connect() as connection:
        rows = (
            connection.execute(text(sql), {"campaign_id": campaign_id, "after": after, "limit": limit}).mappings().all()
        )
    waiting = tuple(_awaiting(dict(row)) for row in rows if not row["has_case"])
    return (rows[-1]["subject_id"] if rows else None), waiting


def active_subjects(connection: Connection) -> int:
    """How many subjects the register has that may get a case."""
    return int(connection.execute(text("SELECT count(*) FROM subjects WHERE state = 'active'")).scalar_one())


def subjects_without_case(connection: Connection, campaign_id: str) -> int:
    """How many active subjects the campaign has no case of, nor of a duplicate of theirs."""
    sql = f"SELECT count(*) FROM subjects s WHERE {_WITHOUT_CASE}"
    return int(connection.execute(text(sql), {"id": campaign_id}).scalar_one())


def not_opened(connection: Connection, campaign_id: str, limit: int) -> tuple[NotOpened, ...]:
    """The subjects without a case whose opening was tried, by id; of several tries the last one counts."""
    sql = f"""SELECT DISTINCT ON (s.subject_id) s.subject_id, s.name, s.district, tried.value AS code
    FROM campaign_log l CROSS JOIN LATERAL jsonb_each_text(l.body) AS tried JOIN subjects s ON s.subject_id = tried.key
    WHERE l.campaign_id = :id AND l."do" = 'not_opened' AND {_WITHOUT_CASE}
    ORDER BY s.subject_id, l.line DESC LIMIT :limit"""
    rows = connection.execute(text(sql), {"id": campaign_id, "limit": limit}).mappings().all()
    return tuple(NotOpened.model_validate(dict(row)) for row in rows)


def recorded_cases(engine: Engine, case_ids: list[str]) -> set[str]:
    """Which of these cases the record has."""
    with engine.connect() as connection:
        sql = text("SELECT case_id FROM cases WHERE case_id = ANY(:ids)")
        return set(connection.execute(sql, {"ids": case_ids}).scalars())


def _awaiting(row: dict[str, Any]) -> Awaiting:
    ids, carried_over = row.pop("ids"), row.pop("carried_over")
    row.pop("has_case")
    return Awaiting(subject=Registered.model_validate(row), ids=tuple(ids), carried_over=carried_over)
