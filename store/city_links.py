"""Links: which account signs in as whom of the city's own sign-in. None is changed, only removed."""

from datetime import datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from models.base import Frozen
from store.people import new_id


class CityLink(Frozen):
    """Of an account with a subject of an issuer."""

    link_id: str
    account_id: str
    issuer: str
    made_at: datetime
    last_used_at: datetime | None = None


class Linked(Frozen):
    """An open account of somebody who has not left, and its link."""

    link_id: str
    account_id: str
    person_id: str
    login: str


class CityAccountTaken(ValueError):
    """It is linked with an account already."""


def linked(engine: Engine, issuer: str, subject: str) -> Linked | None:
    """The account that signs in as that subject."""
    sql = """SELECT link_id, a.account_id, a.person_id, a.login FROM city_links JOIN accounts a USING (account_id)
        JOIN persons p ON p.person_id = a.person_id
        WHERE issuer = :issuer AND subject = :subject AND removed_at IS NULL
        AND a.closed_at IS NULL AND p.left_at IS NULL"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"issuer": issuer, "subject": subject}).mappings().first()
    return Linked(**row) if row else None


def links_of(engine: Engine, account_id: str) -> tuple[CityLink, ...]:
    """Those of an account."""
    sql = """SELECT link_id, account_id, issuer, made_at, last_used_at FROM city_links
        WHERE account_id = :id AND removed_at IS NULL ORDER BY made_at"""
    with engine.connect() as connection:
        return tuple(CityLink(**row) for row in connection.execute(text(sql), {"id": account_id}).mappings())


def add_link(connection: Connection, account_id: str, issuer: str, subject: str) -> str:
    """The account signs in as that subject from here on; the link's id. CityAccountTaken."""
    link_id = new_id("l")
    sql = "INSERT INTO city_links (link_id, account_id, issuer, subject) VALUES (:link, :account, :issuer, :subject)"
    facts = {"link": link_id, "account": account_id, "issuer": issuer, "subject": subject}
    try:
        connection.execute(text(sql), facts)
    except IntegrityError:
        raise CityAccountTaken from None
    return link_id


def link_used(connection: Connection, link_id: str, now: datetime) -> None:
    """Somebody came in by it."""
    connection.execute(
        text("UPDATE city_links SET last_used_at = :now WHERE link_id = :id"), {"id": link_id, "now": now}
    )


def remove_link(connection: Connection, account_id: str, link_id: str, now: datetime) -> bool:
    """Whether it was one of the account's, and is none any more."""
    sql = """UPDATE city_links SET removed_at = :now WHERE link_id = :id AND account_id = :account
        AND removed_at IS NULL RETURNING 1"""
    return connection.execute(text(sql), {"id": link_id, "account": account_id, "now": now}).first() is not None
