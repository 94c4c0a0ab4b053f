"""Official calendars as the office published them: each publication one row, the newest of a year holds."""

from datetime import datetime

from sqlalchemy import Engine, RowMapping, text

from models.actors import Actor
from models.audit import AuditLine, as_fact, audit_actor
from models.base import Frozen
from models.working_days import WorkingYear
from rules.clocks.working_days import learn
from store.audit import note

# As an expression, for a statement that asks for more: what holds of every year, oldest first.
YEARS = """(SELECT coalesce(jsonb_agg(days ORDER BY year), '[]') FROM
    (SELECT DISTINCT ON (year) year, days FROM working_years ORDER BY year, number DESC) AS newest)"""


class Publication(Frozen):
    """A year as it was published: by whom, why, when (wall time). Numbered through all years."""

    number: int
    days: WorkingYear
    digest: str
    by: str
    reason: str
    published_at: datetime


def publish_year(engine: Engine, days: WorkingYear, by: Actor, reason: str) -> tuple[Publication, bool]:
    """Publish a year; and whether that is new. The content that holds already stays the publication that it is."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('working_years', 2))"))
        found = connection.execute(text(_NEWEST), {"year": days.year}).mappings().first()
        new = found is None or found["digest"] != days.digest
        if new:
            facts = {"year": days.year, "digest": days.digest, "days": days.model_dump_json(), "by": str(by)}
            connection.execute(
                text("""INSERT INTO working_years (year, digest, days, "by", reason)
                VALUES (:year, :digest, CAST(:days AS jsonb), :by, :reason)"""),
                {**facts, "reason": reason},
            )
            found = connection.execute(text(_NEWEST), {"year": days.year}).mappings().one()
            told = {"year": days.year, "number": found["number"], "digest": days.digest, "reason": as_fact(reason)}
            note(connection, AuditLine(kind="working_days_published", by=audit_actor(by), facts=told))
    learn([days])
    assert found is not None
    return _publication(found), new


def publications(engine: Engine) -> tuple[Publication, ...]:
    """What holds of every year that was published, oldest year first; the process has learned it then."""
    sql = f"SELECT DISTINCT ON (year) {_COLUMNS} FROM working_years ORDER BY year, number DESC"
    with engine.connect() as connection:
        found = tuple(_publication(row) for row in connection.execute(text(sql)).mappings())
    learn(p.days for p in found)
    return found


def _publication(row: RowMapping) -> Publication:
    return Publication.model_validate(dict(row))


_COLUMNS = 'number, days, digest, "by", reason, published_at'
_NEWEST = f"SELECT {_COLUMNS} FROM working_years WHERE year = :year ORDER BY number DESC LIMIT 1"
