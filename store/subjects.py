"""Writing the register of subjects: each change is one transaction, with a line of who, why, and what was before.

The audit log has a line of each too, but for a subject that comes with its case.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from models.actors import Actor
from models.audit import AuditLine, Fact, as_fact, audit_actor
from models.commands import Subject
from models.hashes import hashed
from models.refusals import Refused
from models.register import Licence, Registered, ResponsiblePerson, SubjectFacts
from rules.subjects.names import normalised_name
from rules.subjects.register import behind, ceased, changed, described, merged, resumed
from rules.subjects.search_words import found_by, grams
from rules.words.refusals import refuse
from store.audit import note
from store.people import speak_for_each
from store.sealed_fields import Sealing, sealed_phone
from store.self_inspection import of_merged

COLUMNS = (
    "subject_id, code, name, kind, district, street, community, sector, longitude, latitude, state, ceased_on,"
    " merged_into, version"
)
_ADD = text("""
INSERT INTO subjects (subject_id, code, name, kind, district, street, community, sector, longitude, latitude,
    name_key, found_by, grams)
VALUES (:subject_id, :code, :name, :kind, :district, :street, :community, :sector, :longitude, :latitude,
    :name_key, :found_by, :grams)
ON CONFLICT DO NOTHING RETURNING 1
""")
_CHANGED = text("""
INSERT INTO subject_changes (subject_id, version, "do", "by", reason, before, after)
VALUES (:subject_id, :version, :do, :by, :reason, CAST(:before AS jsonb), CAST(:after AS jsonb))
""")


def subject_of(connection: Connection, subject_id: str, *, lock: bool = False) -> Registered | None:
    """The subject of that id, as it stands."""
    sql = f"SELECT {COLUMNS} FROM subjects WHERE subject_id = :id{' FOR UPDATE' if lock else ''}"
    row = connection.execute(text(sql), {"id": subject_id}).mappings().first()
    return Registered.model_validate(dict(row)) if row else None


def add_subject(engine: Engine, subject_id: str, facts: SubjectFacts, by: Actor) -> Registered | Refused:
    """A new subject; `subject_exists` if the id is taken."""
    with engine.begin() as connection:
        added = Registered(subject_id=subject_id, **facts.model_dump())
        if not _add(connection, added):
            return refuse("subject_exists", subject=subject_id)
        _note(connection, "add", by, "", None, added)
        _audit(connection, by, {"deed": "add", **_trace(added)})
        return added


def add_subjects(connection: Connection, added: list[Registered], by: Actor) -> int:
    """Many at once, within the caller's transaction; those whose id is there already are left as they are."""
    new = [subject for subject in added if _add(connection, subject)]
    for subject in new:
        _note(connection, "add", by, "", None, subject)
    if new:
        digest = hashed("\n".join(subject.model_dump_json() for subject in new).encode())
        _audit(connection, by, {"deed": "add", "subjects": len(new), "digest": digest})
    return len(new)


def ensure_subject(connection: Connection, subject_id: str, subject: Subject, by: Actor) -> None:
    """Whoever has a case is in the register: written with the opening, left alone where it is there already."""
    facts = subject.model_dump(exclude={"id"})
    added = Registered(subject_id=subject_id, **facts)
    if _add(connection, added):
        _note(connection, "add", by, "", None, added)


@contextmanager
def _transaction(where: Engine | Connection) -> Generator[Connection]:
    """A transaction of its own, or the one that the caller holds."""
    if isinstance(where, Connection):
        yield where
    else:
        with where.begin() as connection:
            yield connection


def hold(connection: Connection, *subject_ids: str) -> list[Registered]:
    """The subjects as they stand, which nobody else changes before this transaction ends; LookupError for an unknown.

    Taken in the order of their ids, so that two who want the same ones do not wait for each other.
    """
    held = {i: subject_of(connection, i, lock=True) for i in sorted(set(subject_ids))}
    if missing := [i for i in subject_ids if held[i] is None]:
        raise LookupError(missing[0])
    return [subject for i in subject_ids if (subject := held[i])]


def change_subject(
    where: Engine | Connection,
    subject_id: str,
    version: int,
    facts: SubjectFacts,
    by: Actor,
    *,
    do: str = "change",
    reason: str = "",
) -> Registered | Refused:
    """Other facts for a subject that is still as the caller read it (`version`), else `stale_version`.

    LookupError for an unknown subject. `do` is `move` where the territory changes.
    """
    return _change(where, subject_id, by, do, reason, lambda before: changed(before, version, facts))


def cease_subject(
    where: Engine | Connection, subject_id: str, version: int, on: date, by: Actor, reason: str
) -> Registered | Refused:
    """The subject no longer operates; its cases go on."""
    return _change(where, subject_id, by, "cease", reason, lambda before: ceased(before, version, on))


def resume_subject(engine: Engine, subject_id: str, version: int, by: Actor, reason: str) -> Registered | Refused:
    """It operates again."""
    return _change(engine, subject_id, by, "resume", reason, lambda before: resumed(before, version))


def merge_subjects(
    where: Engine | Connection, duplicate_id: str, into_id: str, by: Actor, reason: str
) -> Registered | Refused:
    """The duplicate, and whoever was merged into it before, now stand behind the other; their cases follow.

    Whoever speaks for one of them in the pages speaks for all of them from now on.

    Returns the subject that stands for both; LookupError if one is not there.
    """
    with _transaction(where) as connection:
        duplicate, into = hold(connection, duplicate_id, into_id)
        after = merged(duplicate, into)
        if isinstance(after, Refused):
            return after
        _write(connection, by, "merge", reason, duplicate, after)
        sql = text(f"SELECT {COLUMNS} FROM subjects WHERE merged_into = :id ORDER BY subject_id FOR UPDATE")
        for row in connection.execute(sql, {"id": duplicate_id}).mappings().all():
            before = Registered.model_validate(dict(row))
            _write(connection, by, "merge", reason, before, behind(before, into))
        of_merged(connection, into_id)
        _speak_for_both(connection, into_id, by)
        return into


def _speak_for_both(connection: Connection, into_id: str, by: Actor) -> None:
    """The people of the merged subjects are the people of the one that stands for them, and the other way round (A)."""
    sql = text("SELECT subject_id FROM subjects WHERE :id IN (subject_id, merged_into) ORDER BY subject_id")
    ids = list(connection.execute(sql, {"id": into_id}).scalars())
    for post in speak_for_each(connection, ids, datetime.now(UTC)):
        place = {"role": post.role, "territory": post.territory, "subject": post.subject_id or ""}
        facts: dict[str, Fact] = {"what": "post", "post": post.post_id, **place}
        by_whom = audit_actor(by)
        note(connection, AuditLine(kind="permission_given", by=by_whom, about_person=post.person_id, facts=facts))


def keep_licence(engine: Engine, subject_id: str, licence: Licence, by: Actor) -> None:
    """Write a licence, or its new date; LookupError for an unknown subject."""
    _keep(engine, subject_id, "licence", licence, by, "licences", ("kind", "number"))


def keep_person(engine: Engine, subject_id: str, person: ResponsiblePerson, by: Actor, sealing: Sealing) -> None:
    """Write a responsible person, the phone number sealed; LookupError for an unknown subject."""
    person = person.model_copy(update={"phone": sealed_phone(sealing, subject_id, person.phone)})
    _keep(engine, subject_id, "person", person, by, "responsible_persons", ("name",))


def _keep(
    engine: Engine,
    subject_id: str,
    do: str,
    kept: Licence | ResponsiblePerson,
    by: Actor,
    table: str,
    key: tuple[str, ...],
) -> None:
    columns = list(type(kept).model_fields)
    rest = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in key)
    with engine.begin() as connection:
        [subject] = hold(connection, subject_id)
        given = ", ".join(f":{c}" for c in columns)
        sql = f"INSERT INTO {table} (subject_id, {', '.join(columns)}) VALUES (:subject_id, {given}) "
        sql += f"ON CONFLICT (subject_id, {', '.join(key)}) DO UPDATE SET {rest}"
        connection.execute(text(sql), {"subject_id": subject_id, **kept.model_dump()})
        after = described(subject)
        connection.execute(
            text("UPDATE subjects SET version = :version WHERE subject_id = :subject_id"),
            {"version": after.version, "subject_id": subject_id},
        )
        _note(connection, do, by, kept.model_dump_json(), subject, after)
        _audit(connection, by, {"deed": do, **_trace(after)})


def _change(
    where: Engine | Connection,
    subject_id: str,
    by: Actor,
    do: str,
    reason: str,
    decide: Callable[[Registered], Registered | Refused],
) -> Registered | Refused:
    with _transaction(where) as connection:
        [before] = hold(connection, subject_id)
        after = decide(before)
        if isinstance(after, Registered):
            _write(connection, by, do, reason, before, after)
        return after


def _write(connection: Connection, by: Actor, do: str, reason: str, before: Registered, after: Registered) -> None:
    facts = {**after.model_dump(), **_search(after)}
    names = [name for name in facts if name != "subject_id"]
    connection.execute(
        text(
            f"UPDATE subjects SET {', '.join(f'{n} = :{n}' for n in names)}, changed_at = clock_timestamp() "
            "WHERE subject_id = :subject_id"
        ),
        facts,
    )
    _note(connection, do, by, reason, before, after)
    into: dict[str, Fact] = {"into": after.merged_into} if after.merged_into else {}
    _audit(connection, by, {"deed": do, **_trace(after), **into, **_because(reason)})


def _add(connection: Connection, added: Registered) -> bool:
    facts = {**added.facts.model_dump(), "subject_id": added.subject_id, **_search(added)}
    return connection.execute(_ADD, facts).first() is not None


def _search(subject: Registered) -> dict[str, Any]:
    by = (subject.name, subject.code)
    return {"name_key": normalised_name(subject.name), "found_by": found_by(*by), "grams": grams(*by)}


def _note(
    connection: Connection, do: str, by: Actor, reason: str, before: Registered | None, after: Registered
) -> None:
    line = {"subject_id": after.subject_id, "version": after.version, "do": do, "by": str(by), "reason": reason}
    was = before.model_dump_json() if before else None
    connection.execute(_CHANGED, {**line, "before": was, "after": after.model_dump_json()})


def _audit(connection: Connection, by: Actor, facts: dict[str, Fact]) -> None:
    """The change in the audit log; of a subject that comes with its case the case's own log tells it."""
    note(connection, AuditLine(kind="register_changed", by=audit_actor(by), facts=facts))


def _because(reason: str) -> dict[str, Fact]:
    """Why, in the words of whoever changed it."""
    return {"reason": as_fact(reason)} if reason else {}


def _trace(after: Registered) -> dict[str, Fact]:
    """The subject as it stands then, by version and hash."""
    digest = hashed(after.model_dump_json().encode())
    return {"subject_id": after.subject_id, "version": after.version, "digest": digest}
