"""People: added, given posts and accounts, delegated to, and gone. Nothing of them is changed, only ended."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from models.actors import Actor
from models.people import Account, Delegation, Person, Post, Standing
from models.typed import same_text
from store.retention import delete_secrets_of_closed_accounts

_POST = "post_id, person_id, role, territory, sector, subject_id, since_at, until_at"
_ACCOUNT = (
    "account_id, person_id, login, password_hash IS NOT NULL AS has_password, totp_secret IS NOT NULL AS has_totp,"
    " made_at, closed_at"
)


class UnknownPerson(LookupError):
    """There is no person, post or account of that id."""


class LoginTaken(ValueError):
    """Somebody signs in by that name already."""


def new_id(mark: str) -> str:
    """An id that says nothing but what it is of: `p-4f1d…` a person, `o-` a post, `a-` an account."""
    return f"{mark}-{secrets.token_hex(6)}"


def add_person(connection: Connection, name: str, *, is_demo: bool = False) -> str:
    """Somebody new, without a post; the id."""
    person_id = new_id("p")
    sql = "INSERT INTO persons (person_id, name, is_demo) VALUES (:person_id, :name, :is_demo)"
    connection.execute(text(sql), {"person_id": person_id, "name": name, "is_demo": is_demo})
    return person_id


def add_post(connection: Connection, post: Post) -> None:
    """A person holds a post; UnknownPerson where nobody has that id, or who had it has left."""
    sql = f"""INSERT INTO posts ({_POST})
        SELECT :post_id, person_id, :role, :territory, :sector, :subject_id, :since_at, :until_at
        FROM persons WHERE person_id = :person_id AND left_at IS NULL RETURNING 1"""
    if connection.execute(text(sql), post.model_dump()).first() is None:
        raise UnknownPerson(post.person_id)


def speak_for_each(connection: Connection, subject_ids: Sequence[str], at: datetime) -> tuple[Post, ...]:
    """Whoever speaks for one of the subjects speaks for each of them, as long as for the one; the posts that are new.

    Nobody loses a post: cases are still under the id of whichever of them they were opened for.
    """
    sql = """SELECT DISTINCT ON (o.person_id, s.subject_id) o.person_id, o.role, s.district AS territory, o.sector,
            s.subject_id, greatest(o.since_at, :at) AS since_at, o.until_at
        FROM posts o JOIN persons p USING (person_id) CROSS JOIN subjects s
        WHERE o.subject_id = ANY(:ids) AND s.subject_id = ANY(:ids) AND p.left_at IS NULL
            AND (o.until_at IS NULL OR o.until_at > :at)
            AND NOT EXISTS (SELECT FROM posts h WHERE h.person_id = o.person_id AND h.subject_id = s.subject_id
                AND (h.until_at IS NULL OR h.until_at > :at))
        ORDER BY o.person_id, s.subject_id, o.until_at DESC NULLS FIRST, o.post_id"""
    rows = _rows(connection, sql, ids=list(subject_ids), at=at)
    posts = tuple(Post(post_id=new_id("o"), **row) for row in rows)
    for post in posts:
        add_post(connection, post)
    return posts


def end_post(connection: Connection, post_id: str, at: datetime) -> str:
    """The post is held until then; by whom. UnknownPerson where it is held no more."""
    sql = """UPDATE posts SET until_at = :at WHERE post_id = :post_id AND (until_at IS NULL OR until_at > :at)
        RETURNING person_id"""
    holder = connection.execute(text(sql), {"post_id": post_id, "at": at}).scalar()
    if holder is None:
        raise UnknownPerson(post_id)
    return holder


def add_delegation(connection: Connection, delegation: Delegation) -> None:
    """Somebody acts in another's post for a time; UnknownPerson where there is no such post or person."""
    sql = """INSERT INTO delegations (delegation_id, post_id, delegate_id, since_at, until_at)
        SELECT :delegation_id, o.post_id, p.person_id, :since_at, :until_at FROM posts o, persons p
        WHERE o.post_id = :post_id AND p.person_id = :delegate_id AND p.left_at IS NULL RETURNING 1"""
    if connection.execute(text(sql), delegation.model_dump()).first() is None:
        raise UnknownPerson(delegation.post_id)


def end_delegation(connection: Connection, delegation_id: str, at: datetime) -> str:
    """It lasts until then; whose it was. UnknownPerson where it has ended."""
    sql = "UPDATE delegations SET until_at = :at WHERE delegation_id = :id AND until_at > :at RETURNING delegate_id"
    delegate_id = connection.execute(text(sql), {"id": delegation_id, "at": at}).scalar()
    if delegate_id is None:
        raise UnknownPerson(delegation_id)
    return delegate_id


def add_account(connection: Connection, person_id: str, login: str, password_hash: str | None = None) -> str:
    """A way to sign in; the id. LoginTaken, UnknownPerson."""
    account_id = new_id("a")
    sql = """INSERT INTO accounts (account_id, person_id, login, password_hash)
        SELECT :account_id, person_id, :login, :password_hash FROM persons
        WHERE person_id = :person_id AND left_at IS NULL RETURNING 1"""
    facts = {"account_id": account_id, "person_id": person_id, "login": same_text(login)}
    try:
        row = connection.execute(text(sql), facts | {"password_hash": password_hash}).first()
    except IntegrityError:
        raise LoginTaken(login) from None
    if row is None:
        raise UnknownPerson(person_id)
    return account_id


def leave(connection: Connection, person_id: str, at: datetime) -> None:
    """Somebody leaves: posts, delegations, accounts and sessions end at once, saved views and secrets go.

    UnknownPerson where gone already.
    """
    facts = {"id": person_id, "at": at}
    sql = "UPDATE persons SET left_at = :at WHERE person_id = :id AND left_at IS NULL RETURNING 1"
    if connection.execute(text(sql), facts).first() is None:
        raise UnknownPerson(person_id)
    for ending in (
        """UPDATE sessions SET ended_at = :at WHERE ended_at IS NULL
            AND account_id IN (SELECT account_id FROM accounts WHERE person_id = :id)""",
        "UPDATE accounts SET closed_at = :at WHERE person_id = :id AND closed_at IS NULL",
        """UPDATE delegations SET until_at = :at WHERE until_at > :at
            AND (delegate_id = :id OR post_id IN (SELECT post_id FROM posts WHERE person_id = :id))""",
        "UPDATE posts SET until_at = :at WHERE person_id = :id AND (until_at IS NULL OR until_at > :at)",
        "DELETE FROM saved_views WHERE owner = :id",
    ):
        connection.execute(text(ending), facts)
    delete_secrets_of_closed_accounts(connection)


def person_of(engine: Engine, person_id: str) -> Person:
    """Somebody with all posts, delegations and accounts; UnknownPerson."""
    found = people(engine, person_id=person_id)
    if not found:
        raise UnknownPerson(person_id)
    return found[0]


def people(
    engine: Engine,
    *,
    person_id: str | None = None,
    words: str = "",
    after: str = "",
    limit: int = 1000,
    is_here: bool = False,
    role: str | None = None,
    territory: str | None = None,
    at: datetime | None = None,
) -> tuple[Person, ...]:
    """People by name, then by id; `after`: the id of the last one before; `words`: part of a name or a login;
    `is_here`: those who have not left; `role` and `territory`: of one post, held `at` the instant, or ever.
    """
    following = "(name, person_id) > (SELECT name, person_id FROM persons WHERE person_id = :after)"
    conditions = [*([following] if after else []), *(["person_id = :person_id"] if person_id is not None else [])]
    conditions += ["left_at IS NULL"] if is_here else []
    if role or territory:
        conditions.append(f"person_id IN (SELECT person_id FROM posts WHERE {_post_asked(role, territory, at)})")
    if words:
        named = "SELECT person_id FROM accounts WHERE position(:login IN login) > 0"
        conditions.append(f"(position(:words IN name) > 0 OR person_id IN ({named}))")
    sql = f"""SELECT person_id, name, is_demo, made_at, left_at FROM persons
        WHERE {" AND ".join(conditions) or "true"} ORDER BY name, person_id LIMIT :limit"""
    with engine.connect() as connection:
        rows = _rows(
            connection,
            sql,
            **{"after": after, "person_id": person_id, "words": words, "login": same_text(words), "limit": limit},
            **{"role": role, "territory": territory, "at": at},
        )
        ids = [row["person_id"] for row in rows]
        posts = _by_person(connection, f"SELECT {_POST} FROM posts WHERE person_id = ANY(:ids)", "since_at", ids)
        accounts = _by_person(
            connection, f"SELECT {_ACCOUNT} FROM accounts WHERE person_id = ANY(:ids)", "made_at", ids
        )
        # the right ends with the post, and so does what is told of it
        sql = """SELECT d.delegation_id, d.post_id, d.delegate_id, d.since_at,
                least(d.until_at, o.until_at) AS until_at, d.delegate_id AS person_id
            FROM delegations d JOIN posts o USING (post_id) WHERE d.delegate_id = ANY(:ids)"""
        delegations = _by_person(connection, sql, "since_at", ids)
    return tuple(
        Person(
            **row,
            posts=tuple(Post(**one) for one in posts.get(row["person_id"], ())),
            accounts=tuple(Account(**one) for one in accounts.get(row["person_id"], ())),
            delegations=tuple(
                Delegation(**{n: v for n, v in one.items() if n != "person_id"})
                for one in delegations.get(row["person_id"], ())
            ),
        )
        for row in rows
    )


def _post_asked(role: str | None, territory: str | None, at: datetime | None) -> str:
    asked = ["role = :role"] * bool(role) + ["territory = :territory"] * bool(territory)
    held = ["since_at <= :at AND (until_at IS NULL OR until_at > :at)"] * (at is not None)
    return " AND ".join((*asked, *held))


def standings(engine: Engine, person_id: str, now: datetime) -> tuple[Standing, ...]:
    """The posts that somebody may act in at the instant: the own ones first, then those of principals."""
    sql = f"""SELECT {held_columns("o")}, p.name, d.delegation_id,
            CASE WHEN d.delegation_id IS NOT NULL THEN h.name END AS principal_name
        FROM persons p
        JOIN posts o ON o.person_id = p.person_id
            OR o.post_id IN (SELECT post_id FROM delegations WHERE delegate_id = p.person_id)
        JOIN persons h ON h.person_id = o.person_id
        LEFT JOIN delegations d ON d.post_id = o.post_id AND d.delegate_id = p.person_id AND o.person_id <> p.person_id
            AND d.since_at <= :now AND d.until_at > :now
        WHERE p.person_id = :person_id AND p.left_at IS NULL AND h.left_at IS NULL
            AND o.since_at <= :now AND (o.until_at IS NULL OR o.until_at > :now)
            AND (o.person_id = p.person_id OR d.delegation_id IS NOT NULL)
        ORDER BY d.delegation_id IS NOT NULL, o.since_at, o.post_id, d.delegation_id"""
    with engine.connect() as connection:
        rows = _rows(connection, sql, person_id=person_id, now=now)
    return tuple(standing_of(row, person_id) for row in rows)


def in_post(engine: Engine, role: str, territory: str) -> tuple[Standing, ...]:
    """Who holds a post of that role in that territory at present, by name.

    Posts are held in real time, whatever the clock of a demonstration says.
    """
    sql = f"""SELECT {held_columns("o")}, p.name, NULL AS delegation_id, NULL AS principal_name
        FROM posts o JOIN persons p USING (person_id)
        WHERE o.role = :role AND o.territory = :territory AND p.left_at IS NULL
            AND o.since_at <= :now AND (o.until_at IS NULL OR o.until_at > :now)
        ORDER BY p.name, o.post_id"""
    with engine.connect() as connection:
        rows = _rows(connection, sql, role=role, territory=territory, now=datetime.now(UTC))
    return tuple(standing_of(row, row["person_id"]) for row in rows)


def other_inspectors(engine: Engine, who: Actor, district: str) -> tuple[Standing, ...]:
    """Inspectors of the district at present, but for this one: who may be the other of two."""
    return tuple(one for one in in_post(engine, "inspector", district) if not one.actor.same_person(who))


def standing_of(row: dict[str, Any], person_id: str) -> Standing:
    """The row of a post with `name`, `delegation_id` and `principal_name` beside it."""
    post = Post(**{name: row[name] for name in Post.model_fields})
    return Standing(
        post=post,
        person_id=person_id,
        name=row["name"],
        delegation_id=row["delegation_id"],
        principal_name=row["principal_name"],
    )


_TOLD_APART = """CASE WHEN EXISTS (SELECT FROM persons q WHERE q.name = p.name AND q.person_id <> p.person_id)
    THEN p.name || coalesce((SELECT '（' || min(l.login) || '）' FROM accounts l WHERE l.person_id = p.person_id), '')
    ELSE p.name END AS name"""
"""Whoever has a namesake is told with a login."""


def names_of(engine: Engine, person_ids: Sequence[str]) -> dict[str, str]:
    """The name of each of these people, by id."""
    sql = f"SELECT p.person_id AS id, {_TOLD_APART} FROM persons p WHERE p.person_id = ANY(:ids)"
    return _named(engine, sql, person_ids)


def holders_of_accounts(engine: Engine, account_ids: Sequence[str]) -> dict[str, str]:
    """The name of whose each of these accounts is, by the account's id."""
    sql = f"""SELECT a.account_id AS id, {_TOLD_APART} FROM accounts a JOIN persons p USING (person_id)
        WHERE a.account_id = ANY(:ids)"""
    return _named(engine, sql, account_ids)


def logins_of(engine: Engine, account_ids: Sequence[str]) -> dict[str, str]:
    """By which login each of these accounts signs in, by the account's id."""
    return _named(
        engine, "SELECT account_id AS id, login AS name FROM accounts WHERE account_id = ANY(:ids)", account_ids
    )


def _named(engine: Engine, sql: str, ids: Sequence[str]) -> dict[str, str]:
    with engine.connect() as connection:
        return {row["id"]: row["name"] for row in _rows(connection, sql, ids=list(ids))}


def held_columns(table: str) -> str:
    """A post's columns, of the table by that name in a statement."""
    return ", ".join(f"{table}.{column.strip()}" for column in _POST.split(","))


def held_posts(engine: Engine, now: datetime) -> tuple[Post, ...]:
    """Every post that somebody who has not left holds at the instant."""
    sql = f"""SELECT {_POST} FROM posts WHERE since_at <= :now AND (until_at IS NULL OR until_at > :now)
        ORDER BY role, territory, since_at"""
    with engine.connect() as connection:
        return tuple(Post(**row) for row in _rows(connection, sql, now=now))


def _by_person(connection: Connection, sql: str, order: str, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(connection, f"{sql} ORDER BY {order} DESC", ids=list(ids)):
        found.setdefault(row["person_id"], []).append(row)
    return found


def _rows(connection: Connection, sql: str, **facts: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(sql), facts).mappings()]
