"""The audit log: noting what is done beside the cases, in the transaction of the effect itself; and reading it."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, text

from models.audit import AuditKind, AuditLine, AuditOutcome, LoggedAudit
from models.base import Frozen
from store.differences import BrokenLog, difference
from store.engine import even_in_copies
from store.tables_audit import OF_PERSON, OF_SUBJECTS

_NOTE = text("INSERT INTO audit_waiting (body) VALUES (:body)")
_WHO = """coalesce("by" ->> 'person', "by" ->> 'account', "by" ->> 'token')"""

_POSTS_GIVEN = """kind IN ('permission_given', 'permission_revoked') AND body::jsonb -> 'facts' ->> 'holder'"""
"""Lines about a post that another acts in: those alone name its holder, and the index of kinds finds them."""

_WANTED = {
    "kind": "kind = :kind",
    "outcome": "outcome = :outcome",
    "person": f"""({_WHO} = :person OR "by" ->> 'principal' = :person OR "by" ->> 'token' = :person
        OR about_person = :person OR ({_POSTS_GIVEN} = :person))""",
    "kinds": "kind = ANY(:kinds)",
    "by_person": f"{OF_PERSON} = :by_person",
    "people": f"""({_WHO} = ANY(:people) OR "by" ->> 'account' = ANY(:people) OR about_person = ANY(:people)
        OR "by" ->> 'principal' = ANY(:people)
        OR ({_POSTS_GIVEN} = ANY(:people)))""",
    "case_id": "case_id = :case_id",
    "cases": "case_id = ANY(:cases)",
    "subjects": f"{OF_SUBJECTS} && :subjects",
    "since": "at >= :since",
    "until": "at < :until",
}
_ABOUT = ("cases", "subjects")
"""About any of these, of either kind."""


def note(where: Connection | Engine, line: AuditLine) -> None:
    """Write a line: with a connection when its transaction commits and only then, with an engine at once.

    The database gives it the next number and chains it to the line before.
    """
    body = {"body": line.model_dump_json()}
    if isinstance(where, Engine):
        with even_in_copies(where).begin() as connection:
            connection.execute(_NOTE, body)
    else:
        where.execute(_NOTE, body)


def note_once(engine: Engine, line: AuditLine, fact: str) -> None:
    """A line of which there is one alone with this value of the fact, however often what it tells is asked for."""
    given = {"kind": line.kind, "fact": fact, "value": str(line.facts[fact])}
    with even_in_copies(engine).begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:kind || :value, 3))"), given)
        known = text("SELECT FROM audit_log WHERE kind = :kind AND body::jsonb -> 'facts' ->> :fact = :value LIMIT 1")
        if connection.execute(known, given).first() is None:
            note(connection, line)


@contextmanager
def noted(engine: Engine, line: AuditLine) -> Generator[None]:
    """For an effect outside the database: the line stands before it begins, and a second one if it fails."""
    note(engine, line)
    try:
        yield
    except BaseException:
        note(engine, line.model_copy(update={"outcome": "failed"}))
        raise


class AuditFilter(Frozen):
    """Which lines; what is left out means all.

    `person`: an id of whoever acted, in whose post, was acted on, or has the post that it is about; `by_person`:
    whoever acted, and nobody else; `people`, `kinds`: any of these; `cases`, `subjects`: about any of these; `until`
    exclusive.
    """

    kind: AuditKind | None = None
    outcome: AuditOutcome | None = None
    person: str | None = None
    kinds: tuple[AuditKind, ...] | None = None
    by_person: str | None = None
    people: tuple[str, ...] | None = None
    case_id: str | None = None
    cases: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


def audit_page(engine: Engine, which: AuditFilter, limit: int, before: int | None = None) -> tuple[LoggedAudit, ...]:
    """Lines of the audit log, newest first; `before`: the number of the last one of the page before."""
    sql, asked = page_sql(which, before)
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**asked, "limit": limit}).all()
    return tuple(_logged(row.seq, row.body, row.hash) for row in rows)


def page_sql(which: AuditFilter, before: int | None = None) -> tuple[str, dict[str, Any]]:
    """The statement of a page, and its values without `limit`."""
    where, asked = _conditions(which, before)
    return f"SELECT seq, body, hash FROM audit_log {where} ORDER BY seq DESC LIMIT :limit", asked


def why_paused(engine: Engine) -> dict[str, LoggedAudit]:
    """Of each schedule the line of its newest pause."""
    sql = text("""SELECT DISTINCT ON (chore) seq, body, hash, body::jsonb -> 'facts' ->> 'schedule' AS chore
        FROM audit_log WHERE kind = 'schedule_changed' AND body::jsonb -> 'facts' ->> 'what' = 'pause'
        ORDER BY chore, seq DESC""")
    with engine.connect() as connection:
        return {row.chore: _logged(row.seq, row.body, row.hash) for row in connection.execute(sql)}


def audit_count(engine: Engine, which: AuditFilter, most: int) -> int:
    """How many lines it would be, counted up to so many."""
    where, asked = _conditions(which, None)
    sql = text(f"SELECT count(*) FROM (SELECT 1 FROM audit_log {where} LIMIT :most) AS counted")
    with engine.connect() as connection:
        return int(connection.execute(sql, {**asked, "most": most}).scalar_one())


def _conditions(which: AuditFilter, before: int | None) -> tuple[str, dict[str, Any]]:
    asked: dict[str, Any] = which.model_dump(exclude_none=True)
    about = [f"SELECT seq FROM audit_log WHERE {_WANTED[name]}" for name in _ABOUT if name in asked]
    conditions = [_WANTED[name] for name in asked if name not in _ABOUT]
    conditions += [f"seq = ANY(ARRAY({' UNION '.join(about)}))"] if about else []  # each by its own index, once
    conditions += ["seq < :before"] if before is not None else []
    asked |= {name: list(asked[name]) for name in ("people", "kinds", *_ABOUT) if name in asked}
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), {**asked, "before": before}


def _logged(seq: int, body: str, last: str) -> LoggedAudit:
    try:
        return LoggedAudit(**dict(AuditLine.model_validate_json(body)), seq=seq, hash=last)
    except ValidationError as error:
        raise BrokenLog(difference("audit_line_unreadable", "", line=seq)) from error
