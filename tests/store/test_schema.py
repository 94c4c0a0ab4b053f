"""The migrated database is what the tables say; the log only grows; the application role owns nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import errors
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from engine.connection import Services
from store.campaigns import Campaign
from store.migrate import migrate, newest_revision, schema_serves
from store.schema import metadata
from tests.store.paper import long_case, write

CHANGES = (
    "UPDATE case_log SET body = body",
    "UPDATE case_log SET \"do\" = 'void' WHERE false",
    "DELETE FROM case_log",
    "TRUNCATE case_log",
)


def test_the_migrated_schema_is_the_one_that_the_tables_describe(services: Services) -> None:
    with services.owner.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_and_from_several_processes_changes_nothing(services: Services) -> None:
    assert schema_serves(services.engine)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(migrate, [services.owner] * 2)) == [None, None]
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [
            newest_revision()
        ]


@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_the_log(
    superuser: psycopg.Connection, engine: Engine, campaign: Campaign, change: LiteralString
) -> None:
    log = long_case(campaign, 31)
    write(engine, campaign.plan, log)
    with pytest.raises(errors.RaiseException, match="append-only"):
        superuser.execute(change)
    kept = superuser.execute("SELECT count(*) FROM case_log").fetchone()
    assert kept == (len(log),)


@pytest.mark.parametrize(
    "deed",
    [
        *CHANGES,
        "INSERT INTO case_log SELECT * FROM case_log ON CONFLICT (case_id, seq) DO UPDATE SET body = 'x'",
        "ALTER TABLE case_log DISABLE TRIGGER case_log_append_only",
        "DROP TABLE case_log",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE mine (a int)",
        "DELETE FROM outbox",
        "DELETE FROM inbox",
        "DELETE FROM campaigns",
        "UPDATE campaigns SET plan = '{}'",
        "UPDATE campaigns SET digest = 'x'",
        "TRUNCATE cases",
        "UPDATE alembic_version SET version_num = '0'",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_role_cannot_do_what_it_never_needs(engine: Engine, deed: str) -> None:
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(deed))
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege)


def test_the_application_role_is_no_owner_and_no_superuser(engine: Engine) -> None:
    with engine.connect() as connection:
        rights = connection.execute(
            text("SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
        owned = connection.execute(
            text("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        ).all()
    assert tuple(rights) == (False, False, False, False)
    assert owned == []
