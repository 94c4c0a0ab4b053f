"""The databases and roles of the stack, made once: ours, and Temporal's two."""

import contextlib
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from embedded.errors import database_refused, database_unreachable, role_elsewhere

OURS = "rectify"
TEMPORAL = "temporal"
VISIBILITY = "temporal_visibility"
APP_ROLE = "rectify_app"
READER_ROLES = ("rectify_reader", "rectify_reader_all")
"""Under these the pages read for officials: PostgreSQL itself shows them the rows of their reach."""


@dataclass(frozen=True)
class Login:
    """Who connects to which database where."""

    host: str
    port: int
    user: str
    password: str
    database: str
    sslmode: str = "prefer"

    @classmethod
    def of_url(cls, url: str) -> "Login":
        """Read postgresql://… or SQLAlchemy's postgresql+psycopg://…."""
        try:
            parts = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
        except psycopg.ProgrammingError as trouble:
            raise database_unreachable("RECTIFY_DATABASE_URL", str(trouble).strip()) from None
        return cls(
            host=str(parts.get("host") or "127.0.0.1"),
            port=int(parts.get("port") or 5432),
            user=str(parts.get("user") or OURS),
            password=str(parts.get("password") or ""),
            database=str(parts.get("dbname") or OURS),
            sslmode=str(parts.get("sslmode") or "prefer"),
        )

    @property
    def url(self) -> str:
        """The login as a SQLAlchemy URL."""
        who = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        tail = "" if self.sslmode == "prefer" else f"?sslmode={self.sslmode}"
        return f"postgresql+psycopg://{who}@{self.host}:{self.port}/{quote(self.database, safe='')}{tail}"

    def to(self, database: str) -> "Login":
        """Return the same login to another database."""
        return Login(self.host, self.port, self.user, self.password, database, self.sslmode)

    def as_role(self, user: str, password: str) -> "Login":
        """Return the same place with another role."""
        return Login(self.host, self.port, user, password, self.database, self.sslmode)

    def connect(self) -> psycopg.Connection:
        """Connect in autocommit, or say why not."""
        try:
            return psycopg.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname=self.database,
                sslmode=self.sslmode,
                connect_timeout=10,
                autocommit=True,
            )
        except psycopg.OperationalError as trouble:
            raise database_unreachable(f"{self.host}:{self.port}", " ".join(str(trouble).split())) from None


def ensure_role(admin: psycopg.Connection, role: str, password: str, rights: LiteralString = "") -> None:
    """Make a login role, or give an existing one this password."""
    known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    # Hashed here, so that no log of the server can show it.
    hashed = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    text = sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(hashed))
    try:
        admin.execute(text + sql.SQL(" " + rights))
    except psycopg.errors.InsufficientPrivilege as trouble:
        by_hand = f"CREATE ROLE {role} LOGIN PASSWORD '…' (and put its URL in RECTIFY_APP_DATABASE_URL)"
        raise database_refused(f"create role {role}", str(trouble).strip(), by_hand) from None


def ensure_app_role(admin: psycopg.Connection, database: str, password: str) -> None:
    """Make the application role for this database. StackError where another database of the server has it already.

    A role is of the whole server: a password for this database would shut another installation out of its own.
    """
    lets_connect = """SELECT datname FROM pg_database, aclexplode(datacl) AS right_, pg_roles
        WHERE right_.grantee = pg_roles.oid AND rolname = %s AND privilege_type = 'CONNECT' ORDER BY datname"""
    having = [name for (name,) in admin.execute(lets_connect, (APP_ROLE,))]
    if having and database not in having:
        raise role_elsewhere(APP_ROLE, having[0], database)
    ensure_role(admin, APP_ROLE, password)


def ensure_readers(admin: psycopg.Connection, *members: str) -> None:
    """Make the roles under which officials read, which own nothing and cannot log in; let these roles take them.

    Roles are of the whole cluster: whoever makes them at the same moment made them for both.
    """
    names = sql.SQL(", ").join(sql.Identifier(member) for member in members)
    privilege = "SET" if admin.info.server_version >= 160000 else "MEMBER"
    rights = "NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
    for role in READER_ROLES:
        identifier = sql.Identifier(role)
        try:
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    admin.execute(sql.SQL(f"CREATE ROLE {{}} {rights}").format(identifier))
            for member in members:
                has = admin.execute("SELECT pg_has_role(%s, %s, %s)", (member, role, privilege)).fetchone()
                if has != (True,):
                    admin.execute(sql.SQL("GRANT {} TO {}").format(identifier, sql.Identifier(member)))
        except psycopg.errors.InsufficientPrivilege as trouble:
            by_hand = f"CREATE ROLE {role} NOLOGIN ROLE {names.as_string(admin)}"
            raise database_refused(f"create role {role}", str(trouble).strip(), by_hand) from None


def ensure_database(admin: psycopg.Connection, name: str, owner: str | None) -> None:
    """Make a database that only its owner (and whom it lets in) may connect to."""
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return
    identifier = sql.Identifier(name)
    by_hand = f"CREATE DATABASE {name} OWNER {owner or admin.info.user} TEMPLATE template0 ENCODING 'UTF8'"
    try:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(identifier)
        if owner:
            made += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
        admin.execute(made)
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))
    except psycopg.errors.InsufficientPrivilege as trouble:
        raise database_refused(f"create database {name}", str(trouble).strip(), by_hand) from None


def ensure_extension(database: Login, name: str) -> None:
    """Install an extension that the server brings with it."""
    try:
        with database.connect() as connection:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
    except psycopg.Error as trouble:
        raise database_refused(
            f"install extension {name} in {database.database}",
            str(trouble).strip(),
            f"CREATE EXTENSION {name}",
        ) from None


def let_connect(admin: psycopg.Connection, database: str, role: str) -> None:
    """Let a role connect to a database; what it may do there is granted elsewhere."""
    text = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
    admin.execute(text.format(sql.Identifier(database), sql.Identifier(role)))
