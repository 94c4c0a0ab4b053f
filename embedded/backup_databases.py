"""Databases of a PostgreSQL elsewhere: restored beside those that are there, and given their names at the end."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from embedded.backup_errors import database_in_use, database_not_empty
from embedded.backup_sources import put_dump
from embedded.databases import (
    APP_ROLE,
    TEMPORAL,
    VISIBILITY,
    Login,
    ensure_app_role,
    ensure_database,
    ensure_readers,
    let_connect,
)
from embedded.errors import database_refused
from embedded.passwords import passwords_of
from embedded.postgres_binary import PostgresBinaries
from embedded.settings import StackSettings

_CLIENTS = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND usesysid IS NOT NULL"  # not the server's own


def restoring() -> tuple[str, ...]:
    """Parts that are dumps of Temporal's databases, by their names."""
    return (TEMPORAL, VISIBILITY)


@contextmanager
def staged_databases(
    settings: StackSettings,
    home: Path,
    binaries: PostgresBinaries,
    contents: dict[str, Iterator[bytes]],
    *,
    replace: bool,
) -> Generator[tuple[Login, Login]]:
    """Each dump in a database of its own beside the one that it is for: the logins of owner and application to ours.

    One that is there is refused while it is used, or holds tables and is not to be replaced. What could not be restored
    is dropped.
    """
    login = Login.of_url(settings.database_url or "")
    passwords = passwords_of(home)
    with login.to("postgres").connect() as admin:
        for part in contents:
            name = _database(login, part)
            if not replace and _has_tables(admin, login.to(name)):
                raise database_not_empty(name)
            if _is_used(admin, name):
                raise database_in_use(name)
        if settings.app_database_url is None:
            ensure_app_role(admin, login.database, passwords.app)
        app = Login.of_url(settings.app_database_url).user if settings.app_database_url else APP_ROLE
        ensure_readers(admin, login.user, app)
        try:
            for part, content in contents.items():
                beside = _beside(_database(login, part))
                _drop(admin, beside)
                ensure_database(admin, beside, None)
                if part == "record":
                    let_connect(admin, beside, APP_ROLE)
                put_dump(binaries, login.to(beside), content)
            owner = login.to(_beside(login.database))
            elsewhere = Login.of_url(settings.app_database_url) if settings.app_database_url else None
            yield owner, elsewhere.to(owner.database) if elsewhere else owner.as_role(APP_ROLE, passwords.app)
        except BaseException:
            for part in contents:
                _drop(admin, _beside(_database(login, part)))
            raise


def place_databases(settings: StackSettings, parts: list[str], aside: str) -> None:
    """Give each its name; the one that had it is renamed. Called again after an interruption it goes on."""
    if settings.database_url is None:
        return
    login = Login.of_url(settings.database_url)
    with login.to("postgres").connect() as admin:
        for part in parts:
            name = _database(login, part)
            if not _is_there(admin, _beside(name)):
                continue
            if _is_there(admin, name):
                _rename(admin, name, f"{name}_{aside.replace('-', '_').lower()}")
            _rename(admin, _beside(name), name)


def _database(login: Login, part: str) -> str:
    return login.database if part == "record" else part


def _beside(name: str) -> str:
    return f"{name}_restoring"


def _is_there(admin: psycopg.Connection, name: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _is_used(admin: psycopg.Connection, name: str) -> bool:
    used = admin.execute(_CLIENTS, (name,)).fetchone()
    return used is not None


def _has_tables(admin: psycopg.Connection, login: Login) -> bool:
    if not _is_there(admin, login.database):
        return False
    with login.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    return found is not None


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _rename(admin: psycopg.Connection, name: str, new: str) -> None:
    text = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))
    try:
        admin.execute(text)
    except psycopg.Error as trouble:
        by_hand = f"ALTER DATABASE {name} RENAME TO {new}, while nobody is connected"
        raise database_refused(f"rename {name}", str(trouble).strip(), by_hand) from None
