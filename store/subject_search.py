"""Reading the register: search by any part, history over campaigns, lookups in batches, the territory tree."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from models.base import Frozen
from models.register import Licence, Registered, ResponsiblePerson
from rules.subjects.search_words import plain, search_terms
from store.counted import Rows, counted
from store.sealed_fields import Sealing, opened_change, opened_phone
from store.subjects import COLUMNS, subject_of

_MOST_LOOKED_AT = 500
MOST_MATCHES = 20
"""Matches that are offered to choose from."""


class SubjectHistory(Frozen):
    """A subject with what the register keeps of it and its cases over all campaigns, duplicates' included."""

    subject: Registered
    duplicates: tuple[str, ...]
    licences: tuple[Licence, ...]
    persons: tuple[ResponsiblePerson, ...]
    cases: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, Any], ...]


class Matches(NamedTuple):
    """Subjects that fit the words, at most `MOST_MATCHES`, and whether more of them do."""

    subjects: tuple[Registered, ...]
    are_more: bool = False


class Suspicion(Frozen):
    """A licence that ends within a campaign: offered as a suspicion, never filed by itself."""

    subject_id: str
    name: str
    district: str
    licence: str
    number: str
    expires_on: date
    case_id: str | None


class Alike(Frozen):
    """A subject of the register whose name is like another's; `case_id` is its newest open case, of any campaign."""

    subject_id: str
    name: str
    district: str
    case_id: str | None


def alike(engine: Engine, new_id: str, name_key: str, district: str) -> Alike | None:
    """Whom the register has under such a name (`rules/subjects/names.py`), first in that district, then anywhere.

    None where it knows `new_id` already: nobody is newly named then.
    """
    found = _rows(
        engine,
        """SELECT subject_id, name, district, (
            SELECT case_id FROM cases c WHERE c.outcome IS NULL AND c.subject_id IN (
                SELECT d.subject_id FROM subjects d WHERE s.subject_id IN (d.subject_id, d.merged_into)
            ) ORDER BY opened_at DESC, case_id LIMIT 1
        ) AS case_id
        FROM subjects s WHERE name_key = :key AND state <> 'merged'
            AND NOT EXISTS (SELECT 1 FROM subjects WHERE subject_id = :new)
        ORDER BY district = :district DESC, subject_id LIMIT 1""",
        new=new_id,
        key=name_key,
        district=district,
    )
    return Alike.model_validate(found[0]) if found else None


def find_subject(engine: Engine, subject_id: str) -> Registered | None:
    """The subject of that id, a merged one as it stands."""
    with engine.connect() as connection:
        return subject_of(connection, subject_id)


def names_of_subjects(engine: Engine, subject_ids: Iterable[str]) -> dict[str, str]:
    """The names of those that the register has, by id."""
    rows = _rows(engine, "SELECT subject_id, name FROM subjects WHERE subject_id = ANY(:ids)", ids=list(subject_ids))
    return {row["subject_id"]: row["name"] for row in rows}


def standing_for(engine: Engine, subject_id: str) -> str:
    """Who stands for the subject: itself, or the one that it was merged into; unknown ids stand for themselves."""
    sql = "SELECT coalesce(merged_into, subject_id) AS id FROM subjects WHERE subject_id = :id"
    found = _rows(engine, sql, id=subject_id)
    return str(found[0]["id"]) if found else subject_id


def lineage(engine: Engine, subject_id: str) -> list[str]:
    """The ids under which the subject has or had cases: its own, and those of its duplicates."""
    rows = _rows(engine, "SELECT subject_id FROM subjects WHERE merged_into = :id ORDER BY 1", id=subject_id)
    return [subject_id, *(row["subject_id"] for row in rows)]


def search_subjects(
    engine: Engine,
    words: str = "",
    *,
    limit: int = 20,
    after: str = "",
    district: str | None = None,
    street: str | None = None,
    sector: str | None = None,
    state: str | None = None,
) -> tuple[Registered, ...]:
    """Subjects by part of the name, initials of its pinyin, or part of the code; without words all, by id.

    A search by words shows the nearest matches first: those that begin so, then the shorter names; merged duplicates
    only where `state` asks for them. `after` pages through lists without words.
    """
    where, given = _filters(district=district, street=street, sector=sector, state=state)
    if not plain(words):
        sql = f"SELECT {COLUMNS} FROM subjects WHERE {where} AND subject_id > :after "
        return _subjects(_rows(engine, sql + "ORDER BY subject_id LIMIT :limit", limit=limit, after=after, **given))
    by_words, pieces = _by_words(words)
    if not pieces:
        return ()
    # any matches first, then the nearest of them: sorting all of a frequent word's would read half the register
    sql = f"""SELECT {COLUMNS} FROM (
        SELECT * FROM subjects WHERE {where} AND {by_words} LIMIT {_MOST_LOOKED_AT}
    ) AS near ORDER BY NOT starts_with(found_by, :part), length(name), name, subject_id LIMIT :limit"""
    return _subjects(_rows(engine, sql, limit=limit, **given, **pieces))


def count_subjects(
    engine: Engine,
    words: str = "",
    *,
    district: str | None = None,
    sector: str | None = None,
    state: str | None = None,
) -> int:
    """How many a search by the same finds, up to one more than `COUNTED_TO`."""
    where, given = _filters(district=district, street=None, sector=sector, state=state)
    by_words, pieces = _by_words(words) if plain(words) else ("true", {})
    if plain(words) and not pieces:
        return 0
    return counted(engine, Rows(f"SELECT FROM subjects WHERE {where} AND {by_words}", {**given, **pieces}))


def _filters(**asked: str | None) -> tuple[str, dict[str, Any]]:
    """Which subjects, and the values; merged duplicates only where `state` asks for them."""
    given = {name: value for name, value in asked.items() if value is not None}
    where = [f"{name} = :{name}" for name in given] + ["state <> 'merged'"] * ("state" not in given)
    return " AND ".join(where), given


def _by_words(words: str) -> tuple[str, dict[str, Any]]:
    """The words as a part of name, initials or code; no values where they hold nothing to look for."""
    as_text, as_initials = search_terms(words)
    pieces = {name: value for name, value in (("as_text", as_text), ("as_initials", as_initials)) if value}
    ways = " OR ".join(f"grams @> :{name}" for name in pieces)
    return f"({ways}) AND position(:part IN found_by) > 0", {**pieces, "part": plain(words)} if pieces else {}


def matches(engine: Engine, words: str, district: str | None, *, there_alone: bool = False) -> Matches:
    """The nearest matches, those of the district first, or `there_alone`."""
    near = search_subjects(engine, words, limit=MOST_MATCHES + 1, district=district)
    far = () if there_alone or district is None else search_subjects(engine, words, limit=MOST_MATCHES + 1)
    found = tuple({one.subject_id: one for one in (*near, *far)}.values())
    return Matches(found[:MOST_MATCHES], len(found) > MOST_MATCHES)


def subject_history(
    engine: Engine, subject_id: str, sealing: Sealing | None = None, *, reader: Engine | None = None
) -> SubjectHistory | None:
    """Everything that is kept of a subject; None for an unknown one. Without `sealing` phone numbers are `***`.

    `reader`: reads its cases, where somebody may not read them all.
    """
    subject = find_subject(engine, subject_id)
    if subject is None:
        return None
    ids = lineage(engine, subject_id)
    licences = _rows(engine, "SELECT kind, number, expires_on FROM licences WHERE subject_id = ANY(:ids)", ids=ids)
    persons = _rows(
        engine, "SELECT subject_id, name, post, phone FROM responsible_persons WHERE subject_id = ANY(:ids)", ids=ids
    )
    for row in persons:
        row["phone"] = opened_phone(sealing, row.pop("subject_id"), row["phone"])
    cases = _cases_of(reader or engine, ids)
    changes = _rows(
        engine,
        """SELECT subject_id, version, "do", "by", reason, before, after, at FROM subject_changes
        WHERE subject_id = ANY(:ids) ORDER BY change_id""",
        ids=ids,
    )
    for row in changes:
        if row["do"] == "person":
            row["reason"] = opened_change(sealing, row["subject_id"], row["reason"])
    return SubjectHistory(
        subject=subject,
        duplicates=tuple(ids[1:]),
        licences=tuple(Licence.model_validate(row) for row in licences),
        persons=tuple(ResponsiblePerson.model_validate(row) for row in persons),
        cases=tuple(cases),
        changes=tuple(changes),
    )


def changes_of(engine: Engine, subject_id: str) -> tuple[dict[str, Any], ...]:
    """What was written about the subject, oldest first, each with the version that it made; sealed as it is kept."""
    sql = """SELECT version, "do", "by", reason, before, after, at FROM subject_changes
        WHERE subject_id = :id ORDER BY version"""
    return tuple(_rows(engine, sql, id=subject_id))


def _cases_of(engine: Engine, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Every case of the subjects, over all campaigns, newest first."""
    return _rows(
        engine,
        """SELECT case_id, campaign_id, subject_id, sector, stage, outcome, due_at, opened_at, closed_at FROM cases
        WHERE subject_id = ANY(:ids) ORDER BY opened_at DESC, case_id""",
        ids=list(ids),
    )


def open_cases_of(engine: Engine, subject_id: str, outside: str | None = None) -> list[str]:
    """The subject's open cases, of any campaign, under all ids that it has had; only those `outside` the district."""
    sql = """SELECT case_id FROM cases WHERE subject_id = ANY(:ids) AND outcome IS NULL
        AND district IS DISTINCT FROM :outside ORDER BY case_id"""
    return [row["case_id"] for row in _rows(engine, sql, ids=lineage(engine, subject_id), outside=outside)]


def by_codes(engine: Engine, codes: Iterable[str]) -> dict[str, Registered]:
    """Subjects by credit code, in one query; of several with one code the first by id."""
    sql = f"""SELECT {COLUMNS} FROM subjects WHERE code = ANY(:codes) AND state <> 'merged'
    ORDER BY subject_id DESC"""
    return {str(s.code): s for s in _subjects(_rows(engine, sql, codes=list(codes)))}


def subject_names(engine: Engine, subject_ids: Iterable[str]) -> dict[str, str]:
    """Names by id, in one query."""
    sql = "SELECT subject_id, name FROM subjects WHERE subject_id = ANY(:ids)"
    return {row["subject_id"]: row["name"] for row in _rows(engine, sql, ids=list(subject_ids))}


def by_name_keys(engine: Engine, keys: Iterable[str]) -> dict[str, tuple[Registered, ...]]:
    """Subjects by name as `rules/subjects/names.py` compares names, in one query: all that have it."""
    sql = f"""SELECT {COLUMNS}, name_key FROM subjects WHERE name_key = ANY(:keys) AND state <> 'merged'
    ORDER BY subject_id"""
    found: dict[str, tuple[Registered, ...]] = {}
    for row in _rows(engine, sql, keys=list(keys)):
        key = row.pop("name_key")
        found[key] = (*found.get(key, ()), Registered.model_validate(row))
    return found


def named_as_any(engine: Engine, keys: Iterable[str], district: str, limit: int) -> tuple[Registered, ...]:
    """Subjects whose whole name is one of these (as `by_name_keys`): longest first, then those of the district."""
    sql = f"""SELECT {COLUMNS} FROM subjects WHERE name_key = ANY(:keys) AND state <> 'merged'
    ORDER BY length(name_key) DESC, district <> :district, subject_id LIMIT :limit"""
    return _subjects(_rows(engine, sql, keys=list(keys), district=district, limit=limit))


def territory_tree(engine: Engine) -> list[dict[str, Any]]:
    """How many subjects there are by district, street or town, community or village; merged ones not counted."""
    return _rows(
        engine,
        """SELECT district, street, community, count(*) AS subjects,
            count(*) FILTER (WHERE state = 'ceased') AS ceased
        FROM subjects WHERE state <> 'merged' GROUP BY district, street, community
        ORDER BY district, street NULLS FIRST, community NULLS FIRST""",
    )


def streets_of(engine: Engine, district: str | None) -> tuple[str, ...]:
    """The streets and towns that the register has, of the district or of all."""
    here = " AND district = :district" if district else ""
    sql = f"SELECT DISTINCT street FROM subjects WHERE street IS NOT NULL{here} ORDER BY street LIMIT 500"
    return tuple(row["street"] for row in _rows(engine, sql, **({"district": district} if district else {})))


def suspicions(
    engine: Engine, campaign_id: str, until: datetime, *, district: str | None = None, limit: int = 100
) -> tuple[Suspicion, ...]:
    """Licences that end before the instant, soonest first, with the subject's case in the campaign if it has one."""
    here = " AND s.district = :district" if district else ""
    sql = f"""SELECT s.subject_id, s.name, s.district, l.kind AS licence, l.number, l.expires_on,
        (SELECT case_id FROM cases c WHERE c.campaign_id = :campaign_id AND c.subject_id = s.subject_id
            ORDER BY opened_at DESC LIMIT 1) AS case_id
    FROM licences l JOIN subjects d USING (subject_id)
    JOIN subjects s ON s.subject_id = coalesce(d.merged_into, d.subject_id)
    WHERE l.expires_on < :until AND s.state = 'active'{here} ORDER BY l.expires_on, s.subject_id LIMIT :limit"""
    given = {"campaign_id": campaign_id, "until": until.date(), "limit": limit}
    rows = _rows(engine, sql, **given, **({"district": district} if district else {}))
    return tuple(Suspicion.model_validate(row) for row in rows)


def _subjects(rows: list[dict[str, Any]]) -> tuple[Registered, ...]:
    return tuple(Registered.model_validate(row) for row in rows)


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]
