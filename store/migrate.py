"""Bringing a database to the newest schema (Alembic), and granting the application role what it needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 7_620_130_505  # one migration at a time, whoever starts it


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to the revision; safe to call at every start and from several processes."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))  # filling a column of millions takes its time
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def schema_is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest revision that this version knows."""
    return revision_of(engine) == newest_revision()


def revision_of(engine: Engine) -> str | None:
    """The revision at which the database stands; None for one without tables."""
    with engine.connect() as connection:
        exists = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if exists else None


def newest_revision() -> str | None:
    """The newest revision in `migrations/`."""
    return _scripts().get_current_head()


def knows_revision(revision: str) -> bool:
    """Whether this version can bring a database from that revision to the newest."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config)
