"""A database as a newer version leaves it: everything of this one's is there, and something beside it everywhere."""

from sqlalchemy import Engine, text

from store.schema import metadata

REVISION = "9999"
COLUMN = "of_a_newer_version"


def expand(owner: Engine) -> None:
    """A column that wants a value, with a default, in each table; a table more; an index; a revision nobody knows."""
    with owner.begin() as connection:
        for table in metadata.tables:
            connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN {COLUMN} text NOT NULL DEFAULT $$newer$$'))
        connection.execute(text("CREATE TABLE made_by_a_newer_version (what text PRIMARY KEY)"))
        connection.execute(text(f"CREATE INDEX ix_of_a_newer_version ON cases ({COLUMN})"))
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{REVISION}'"))


def contract(owner: Engine) -> None:
    """And the version after it took away what this one needs: it says from which one on the schema serves."""
    with owner.begin() as connection:
        connection.execute(text("UPDATE schema_serves SET from_revision = '9998'"))
