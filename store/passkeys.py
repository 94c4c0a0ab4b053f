"""Passkeys: an account's public keys, each with the count of its uses."""

from datetime import datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from models.base import Frozen

_COLUMNS = "credential_id, account_id, host, public_key, sign_count, transports, name, made_at, last_used_at"


class Passkey(Frozen):
    """One of an account's, under a host name; ids and key in base64url, transports with commas between."""

    credential_id: str
    account_id: str
    host: str
    public_key: str
    sign_count: int
    transports: str = ""
    name: str
    made_at: datetime
    last_used_at: datetime | None = None


class KnownPasskey(Passkey):
    """With whose it is."""

    person_id: str
    login: str


class PasskeyTaken(ValueError):
    """It is somebody's already."""


def passkeys_of(engine: Engine, account_id: str) -> tuple[Passkey, ...]:
    """Those of an account, the oldest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM passkeys WHERE account_id = :id AND removed_at IS NULL ORDER BY made_at, credential_id"
    )
    with engine.connect() as connection:
        return tuple(Passkey(**row) for row in connection.execute(text(sql), {"id": account_id}).mappings())


def known_passkey(engine: Engine, credential_id: str) -> KnownPasskey | None:
    """The passkey of that id, of an open account of somebody who has not left."""
    columns = ", ".join(f"k.{column.strip()}" for column in _COLUMNS.split(","))
    sql = f"""SELECT {columns}, a.person_id, a.login FROM passkeys k JOIN accounts a USING (account_id)
        JOIN persons p USING (person_id)
        WHERE k.credential_id = :id AND k.removed_at IS NULL AND a.closed_at IS NULL AND p.left_at IS NULL"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"id": credential_id}).mappings().first()
    return KnownPasskey(**row) if row else None


def add_passkey(connection: Connection, passkey: Passkey) -> None:
    """An account has one more; PasskeyTaken."""
    sql = """INSERT INTO passkeys
        (credential_id, account_id, host, public_key, sign_count, transports, name, made_at)
        VALUES (:credential_id, :account_id, :host, :public_key, :sign_count, :transports, :name, :made_at)"""
    try:
        connection.execute(text(sql), passkey.model_dump())
    except IntegrityError:
        raise PasskeyTaken(passkey.credential_id) from None


def count_use(connection: Connection, credential_id: str, sign_count: int, now: datetime) -> bool:
    """Whether the authenticator's count went on; one that does not count says 0 each time."""
    sql = """UPDATE passkeys SET sign_count = :count, last_used_at = :now WHERE credential_id = :id
        AND removed_at IS NULL AND (sign_count < :count OR (sign_count = 0 AND :count = 0)) RETURNING 1"""
    facts = {"id": credential_id, "count": sign_count, "now": now}
    return connection.execute(text(sql), facts).first() is not None


def remove_passkey(connection: Connection, account_id: str, credential_id: str, now: datetime) -> bool:
    """Whether it was one of the account's, and is none any more."""
    sql = """UPDATE passkeys SET removed_at = :now WHERE credential_id = :id AND account_id = :account
        AND removed_at IS NULL RETURNING 1"""
    facts = {"id": credential_id, "account": account_id, "now": now}
    return connection.execute(text(sql), facts).first() is not None


def ways_in(connection: Connection, account_id: str) -> int:
    """How many ways to sign in an account has: a password, passkeys, links. Until the commit nobody else takes one."""
    sql = """SELECT (password_hash IS NOT NULL)::int FROM accounts WHERE account_id = :id FOR UPDATE"""
    password = connection.execute(text(sql), {"id": account_id}).scalar_one()
    sql = """SELECT (SELECT count(*) FROM passkeys WHERE account_id = :id AND removed_at IS NULL)
        + (SELECT count(*) FROM city_links WHERE account_id = :id AND removed_at IS NULL)"""
    return password + connection.execute(text(sql), {"id": account_id}).scalar_one()
