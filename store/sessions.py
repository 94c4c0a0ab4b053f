"""Sessions, passwords and failures to sign in: what the door asks of the database, each in one indexed statement."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from models.people import Visit
from models.typed import same_text
from store.engine import even_in_copies
from store.people import new_id, standing_of

_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=1)


class Credentials(NamedTuple):
    """What an account is proven by; the hash is Argon2id's, the secret of the one-time codes is sealed."""

    account_id: str
    person_id: str
    password_hash: str | None
    totp_secret: str | None
    totp_step: int


def credentials(engine: Engine, login: str) -> Credentials | None:
    """Of an open account of somebody who has not left."""
    sql = """SELECT account_id, person_id, password_hash, totp_secret, totp_step FROM accounts
        JOIN persons USING (person_id) WHERE login = :login AND closed_at IS NULL AND left_at IS NULL"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"login": same_text(login)}).first()
    return Credentials(*row) if row else None


class ClosedAccount(NamedTuple):
    """An account by which nobody signs in any more, and whose it was."""

    account_id: str
    person_id: str


def closed_account(engine: Engine, login: str) -> ClosedAccount | None:
    """The one that was closed last of those that had the login."""
    sql = """SELECT account_id, person_id FROM accounts WHERE login = :login AND closed_at IS NOT NULL
        ORDER BY closed_at DESC LIMIT 1"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"login": same_text(login)}).first()
    return ClosedAccount(*row) if row else None


def set_password(connection: Connection, account_id: str, password_hash: str) -> None:
    """The account's password from here on; its sessions end."""
    facts = {"id": account_id, "hash": password_hash}
    connection.execute(text("UPDATE accounts SET password_hash = :hash WHERE account_id = :id"), facts)
    sql = "UPDATE sessions SET ended_at = clock_timestamp() WHERE account_id = :id AND ended_at IS NULL"
    connection.execute(text(sql), facts)


def change_password(connection: Connection, account_id: str, password_hash: str, session_id: str) -> int:
    """The account's password from here on; its sessions end but this one: how many there were."""
    facts = {"id": account_id, "hash": password_hash, "session": session_id}
    connection.execute(text("UPDATE accounts SET password_hash = :hash WHERE account_id = :id"), facts)
    sql = """UPDATE sessions SET ended_at = clock_timestamp() WHERE account_id = :id AND ended_at IS NULL
        AND session_id <> :session RETURNING 1"""
    return len(connection.execute(text(sql), facts).all())


def begin_session(
    connection: Connection,
    account_id: str,
    token_hash: str,
    device: str,
    expires_at: datetime,
    post: tuple[str, str | None] | None,
) -> str:
    """A session in a post (and delegation), or in none yet; its id."""
    session_id = new_id("s")
    sql = """INSERT INTO sessions (session_id, account_id, token_hash, device, expires_at, post_id, delegation_id)
        VALUES (:session_id, :account_id, :token_hash, :device, :expires_at, :post_id, :delegation_id)"""
    post_id, delegation_id = post or (None, None)
    facts = {"session_id": session_id, "account_id": account_id, "token_hash": token_hash, "device": device}
    facts |= {"expires_at": expires_at, "post_id": post_id, "delegation_id": delegation_id}
    connection.execute(text(sql), facts)
    return session_id


_VISIT = """SELECT s.session_id, s.account_id, p.person_id, p.name, p.is_demo, a.login, s.device, s.began_at,
        s.proven_at, s.seen_at, s.expires_at, s.delegation_id, h.name AS holder,
        o.post_id, o.person_id AS held_by, o.role, o.territory, o.sector, o.subject_id, o.since_at, o.until_at
    FROM sessions s
    JOIN accounts a ON a.account_id = s.account_id AND a.closed_at IS NULL
    JOIN persons p ON p.person_id = a.person_id AND p.left_at IS NULL
    LEFT JOIN delegations d ON d.delegation_id = s.delegation_id AND d.delegate_id = p.person_id
        AND d.since_at <= :now AND d.until_at > :now
    LEFT JOIN posts o ON o.post_id = s.post_id AND o.since_at <= :now AND (o.until_at IS NULL OR o.until_at > :now)
        AND CASE WHEN s.delegation_id IS NULL THEN o.person_id = p.person_id ELSE d.post_id = o.post_id END
    LEFT JOIN persons h ON h.person_id = o.person_id AND h.left_at IS NULL
    WHERE s.ended_at IS NULL AND s.expires_at > :now AND s.seen_at > :idle_since"""


def visit_of(engine: Engine, token_hash: str, now: datetime, idle: timedelta) -> Visit | None:
    """The session that the cookie's hash names, as everything stands now; None for one that is over.

    Without a standing where the post that it acts in is held no more. That it was seen is noted once a minute.
    """
    visit = unseen_visit_of(engine, token_hash, now, idle)
    if visit is not None and now - visit.seen_at > _SEEN_EVERY:
        with even_in_copies(engine).begin() as connection:
            sql = "UPDATE sessions SET seen_at = :now WHERE session_id = :id AND seen_at < :now"
            connection.execute(text(sql), {"id": visit.session_id, "now": now})
    return visit


def unseen_visit_of(engine: Engine, token_hash: str, now: datetime, idle: timedelta) -> Visit | None:
    """The same where nobody did anything: a page that listens keeps no session open."""
    with engine.connect() as connection:
        facts = {"hash": token_hash, "now": now, "idle_since": now - idle}
        row = connection.execute(text(f"{_VISIT} AND s.token_hash = :hash"), facts).mappings().first()
    return None if row is None else _visit(dict(row))


def visits_of(engine: Engine, person_id: str, now: datetime, idle: timedelta) -> tuple[Visit, ...]:
    """Somebody's sessions, over all accounts, the newest first."""
    sql = f"{_VISIT} AND p.person_id = :person_id ORDER BY s.began_at DESC"
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"person_id": person_id, "now": now, "idle_since": now - idle}).mappings()
        return tuple(_visit(dict(row)) for row in rows)


def act_in(connection: Connection, session_id: str, post_id: str, delegation_id: str | None, token_hash: str) -> None:
    """The session acts in another post from here on, under a new token."""
    sql = """UPDATE sessions SET post_id = :post_id, delegation_id = :delegation_id, token_hash = :token_hash
        WHERE session_id = :id"""
    facts = {"id": session_id, "post_id": post_id, "delegation_id": delegation_id, "token_hash": token_hash}
    connection.execute(text(sql), facts)


def prove_again(connection: Connection, session_id: str, token_hash: str, now: datetime) -> None:
    """The person has just proven to be that person; the session goes on under a new token."""
    sql = "UPDATE sessions SET proven_at = :now, token_hash = :token_hash WHERE session_id = :id"
    connection.execute(text(sql), {"id": session_id, "token_hash": token_hash, "now": now})


def end_sessions(connection: Connection, person_id: str, session_id: str | None, now: datetime) -> int:
    """End one of somebody's sessions, or all; how many were open."""
    one = "AND session_id = :session_id" if session_id is not None else ""
    sql = f"""UPDATE sessions SET ended_at = :now WHERE ended_at IS NULL {one}
        AND account_id IN (SELECT account_id FROM accounts WHERE person_id = :person_id) RETURNING 1"""
    facts = {"person_id": person_id, "session_id": session_id, "now": now}
    return len(connection.execute(text(sql), facts).all())


def invite(connection: Connection, account_id: str, token_hash: str, expires_at: datetime) -> None:
    """A link sets the account's password once; an earlier one is used up."""
    facts = {"id": account_id, "hash": token_hash, "expires_at": expires_at}
    sql = "UPDATE invitations SET used_at = clock_timestamp() WHERE account_id = :id AND used_at IS NULL"
    connection.execute(text(sql), facts)
    sql = "INSERT INTO invitations (token_hash, account_id, expires_at) VALUES (:hash, :id, :expires_at)"
    connection.execute(text(sql), facts)


def invited(engine: Engine, token_hash: str, now: datetime) -> tuple[str, str] | None:
    """The account of a link that is still good, and its login."""
    sql = """SELECT account_id, login FROM invitations JOIN accounts USING (account_id) JOIN persons USING (person_id)
        WHERE token_hash = :hash AND used_at IS NULL AND expires_at > :now AND closed_at IS NULL AND left_at IS NULL"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"hash": token_hash, "now": now}).first()
    return (row[0], row[1]) if row else None


def use_invitation(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Whether the link was good until now: of two who use it at once only one does."""
    sql = """UPDATE invitations SET used_at = :now WHERE token_hash = :hash AND used_at IS NULL AND expires_at > :now
        RETURNING 1"""
    return connection.execute(text(sql), {"hash": token_hash, "now": now}).first() is not None


def attempt(engine: Engine, login: str, device: str, now: datetime, since: datetime) -> int:
    """Note that a login is tried from a device; how often it was since then without success, this time included.

    One after another for each login: who tries many at once is counted like who tries them in turn.
    """
    facts: dict[str, Any] = {"login": same_text(login), "device": device, "now": now, "since": since}
    with even_in_copies(engine).begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:login, 2))"), facts)
        sql = "DELETE FROM failed_sign_ins WHERE failed_at < :before"
        connection.execute(text(sql), {"before": now - _KEPT})
        sql = "INSERT INTO failed_sign_ins (login, device, failed_at) VALUES (:login, :device, :now)"
        connection.execute(text(sql), facts)
        sql = "SELECT count(*) FROM failed_sign_ins WHERE login = :login AND device = :device AND failed_at > :since"
        return connection.execute(text(sql), facts).scalar_one()


def nth_failures(engine: Engine, logins: Collection[str], since: datetime, nth: int) -> dict[str, datetime]:
    """By login when the `nth` newest failure from one device was, where it had so many since then."""
    sql = """SELECT login, max(nth) AS at FROM (
        SELECT login, (array_agg(failed_at ORDER BY failed_at DESC))[:nth] AS nth FROM failed_sign_ins
        WHERE login = ANY(:logins) AND failed_at > :since GROUP BY login, device
    ) AS of_each WHERE nth IS NOT NULL GROUP BY login"""
    known = {same_text(login): login for login in logins}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"logins": list(known), "since": since, "nth": nth}).all()
    return {known[row.login]: row.at for row in rows}


def forget_failures(connection: Connection, login: str, device: str) -> None:
    """It was that person after all."""
    sql = "DELETE FROM failed_sign_ins WHERE login = :login AND device = :device"
    connection.execute(text(sql), {"login": same_text(login), "device": device})


def forget_all_failures(connection: Connection, login: str) -> None:
    """They were guesses at a password that is none any more."""
    connection.execute(text("DELETE FROM failed_sign_ins WHERE login = :login"), {"login": same_text(login)})


def take_code(connection: Connection, account_id: str, step: int) -> bool:
    """Whether a one-time code of that step is taken: each once, and none older than the last."""
    sql = "UPDATE accounts SET totp_step = :step WHERE account_id = :id AND totp_step < :step RETURNING 1"
    return connection.execute(text(sql), {"id": account_id, "step": step}).first() is not None


def asks_for_codes(engine: Engine, account_id: str) -> bool:
    """Whether the account asks for a one-time code."""
    sql = "SELECT totp_secret IS NOT NULL FROM accounts WHERE account_id = :id"
    with engine.connect() as connection:
        return bool(connection.execute(text(sql), {"id": account_id}).scalar())


def set_totp(connection: Connection, account_id: str, sealed: str | None) -> None:
    """The sealed secret of the account's one-time codes, or none."""
    sql = "UPDATE accounts SET totp_secret = :sealed, totp_step = 0 WHERE account_id = :id"
    connection.execute(text(sql), {"id": account_id, "sealed": sealed})


def _visit(row: dict[str, Any]) -> Visit:
    standing = None
    if row["post_id"] is not None and row["holder"] is not None:
        post = {**row, "person_id": row["held_by"]}
        principal = row["holder"] if row["delegation_id"] else None
        standing = standing_of({**post, "principal_name": principal}, row["person_id"])
    return Visit(standing=standing, **{n: row[n] for n in Visit.model_fields if n != "standing"})
