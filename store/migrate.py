"""Bringing a database to the newest schema (Alembic), and granting the application role what it needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 7_620_130_505  # one migration at a time, whoever starts it


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to the revision; safe to call at every start and from several processes."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
