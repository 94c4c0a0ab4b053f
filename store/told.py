"""Who was told what of a case, and who there can read what somebody is told."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from models.base import Frozen
from store.case_list import CaseFilter, case_conditions


class NoticeSent(Frozen):
    """A notice about the step `seq` of a case; the person is null where the whole role is told."""

    seq: int
    what: str
    about: tuple[str, ...]
    role: str
    district: str
    person: str | None
    at: datetime


class Holder(Frozen):
    """Somebody with an account who holds a post there; `subject_id`: whom an enterprise's post speaks for."""

    role: str
    territory: str
    name: str
    subject_id: str | None


def notices_of(engine: Engine, case_id: str, limit: int) -> tuple[NoticeSent, ...]:
    """What was told of the steps of the case, the newest first; reminders are of no step."""
    sql = text("""SELECT seq, what, about, role, district, nullif(person, '') AS person, at FROM inbox
        WHERE case_id = :case_id AND topic <> 'reminder' ORDER BY seq DESC, inbox_id LIMIT :limit""")
    asked = {"case_id": case_id, "limit": limit}
    with engine.connect() as connection:
        return tuple(NoticeSent(**row) for row in connection.execute(sql, asked).mappings())


_CAN_SIGN_IN = """p.left_at IS NULL AND o.since_at <= :now AND (o.until_at IS NULL OR o.until_at > :now)
            AND EXISTS (SELECT FROM accounts a WHERE a.person_id = p.person_id AND a.closed_at IS NULL)"""
"""Of a person `p` in a post `o`, who is here, holds it and has an account."""


def holders(engine: Engine, territories: Collection[str], subjects: Collection[str]) -> tuple[Holder, ...]:
    """Whoever holds a post in those territories at present, or speaks for those subjects, and can sign in."""
    sql = text(f"""SELECT DISTINCT o.role, o.territory, p.name, o.subject_id
        FROM posts o JOIN persons p USING (person_id)
        WHERE {_CAN_SIGN_IN}
            AND (o.subject_id IS NULL AND o.territory = ANY(:territories) OR o.subject_id = ANY(:subjects))""")
    asked = {"territories": list(territories), "subjects": list(subjects), "now": datetime.now(UTC)}
    with engine.connect() as connection:
        return tuple(Holder(**row) for row in connection.execute(sql, asked).mappings())


def waiting_enterprises(engine: Engine, which: CaseFilter, now: datetime, limit: int) -> tuple[str, ...]:
    """The subjects of the cases of a list in which the enterprise acts next, by id, up to a bound."""
    where, facts = case_conditions(which, now)
    sql = f"""SELECT DISTINCT subject_id FROM cases
        WHERE {" AND ".join(["next_role = 'enterprise'", *where])} ORDER BY subject_id LIMIT :limit"""
    with engine.connect() as connection:
        return tuple(connection.execute(text(sql), {**facts, "limit": limit}).scalars())


def without_account(engine: Engine, subjects: Collection[str]) -> int:
    """How many of these subjects have nobody who can sign in for them, duplicates of each other included."""
    sql = text(f"""SELECT count(*) FROM unnest(CAST(:subjects AS text[])) AS of(subject_id) WHERE NOT EXISTS (
        SELECT FROM posts o JOIN persons p USING (person_id) JOIN subjects s ON s.subject_id = o.subject_id
        WHERE o.role = 'enterprise' AND {_CAN_SIGN_IN}
            AND of.subject_id IN (s.subject_id, s.merged_into))""")
    with engine.connect() as connection:
        return connection.execute(sql, {"subjects": list(subjects), "now": datetime.now(UTC)}).scalar_one()
