"""Bringing a database to the newest schema (Alembic), and asking whether the schema that is there serves this version.

Old and new code run side by side during an upgrade, and a process of the old version may die then and start anew. So a
migration that only adds leaves the old code at work; one that takes away says so by `serves_from`: the newest migration
that code must know to go on with it. The database keeps that, for old code has no newer migrations to read.
"""

from functools import cache
from pathlib import Path
from typing import ClassVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 7_620_130_505  # one migration at a time, whoever starts it


class SchemaTrouble(Exception):
    """The database's schema does not serve this version."""

    problem: ClassVar[dict[str, str]]


class SchemaBehind(SchemaTrouble):
    """It was not migrated to what this version needs."""

    problem: ClassVar[dict[str, str]] = {
        "code": "schema_behind",
        "zh": "数据库结构不是本版本所需",
        "en": "the database does not stand at the schema of this version",
        "remedy_zh": "运行 rectify db migrate",
        "remedy_en": "run rectify db migrate",
    }


class SchemaAhead(SchemaTrouble):
    """A newer version took something away that this one needs."""

    problem: ClassVar[dict[str, str]] = {
        "code": "schema_ahead",
        "zh": "数据库结构已由较新的版本升级，不再支持本版本",
        "en": "a newer version migrated the database, and its schema serves this one no more",
        "remedy_zh": "请使用该较新的版本；要退回本版本，须将升级前的数据库与代码一并恢复",
        "remedy_en": "use the newer version; to go back, put database and code of before back together",
    }


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to the revision; safe to call at every start and from several processes.

    What a newer version has migrated stays as it is, where it serves this version; else SchemaAhead.
    """
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))  # filling a column of millions takes its time
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if not _is_newer(connection):
            command.upgrade(_config(connection), revision)
            _keep_whom_it_serves(connection)
        elif not _serves(connection):
            raise SchemaAhead


def require_schema(engine: Engine) -> None:
    """SchemaBehind or SchemaAhead, unless the database's schema serves this version."""
    with engine.connect() as connection:
        if _is_newer(connection):
            if not _serves(connection):
                raise SchemaAhead
        elif _revision(connection) != newest_revision():
            raise SchemaBehind


def schema_serves(engine: Engine) -> bool:
    """Whether the database's schema serves this version."""
    try:
        require_schema(engine)
    except SchemaTrouble:
        return False
    return True


def revision_of(engine: Engine) -> str | None:
    """The revision at which the database stands; None for one without tables."""
    with engine.connect() as connection:
        return _revision(connection)


def newest_revision() -> str | None:
    """The newest revision in `migrations/`."""
    return scripts().get_current_head()


def knows_revision(revision: str) -> bool:
    """Whether this version can bring a database from that revision to the newest."""
    return revision in {script.revision for script in scripts().walk_revisions()}


def _revision(connection: Connection) -> str | None:
    exists = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if exists else None


def _is_newer(connection: Connection) -> bool:
    revision = _revision(connection)
    return revision is not None and not knows_revision(revision)


def _serves(connection: Connection) -> bool:
    """Of a schema that this version does not know: whether it knows all that it needs to."""
    if connection.execute(text("SELECT to_regclass('schema_serves')")).scalar() is None:
        return False
    needed = connection.execute(text("SELECT from_revision FROM schema_serves")).scalar()
    return needed is not None and knows_revision(needed)


def _keep_whom_it_serves(connection: Connection) -> None:
    stands = _revision(connection)
    applied = scripts().walk_revisions("base", stands or "base")  # the newest first
    needed = next((s.module.serves_from for s in applied if hasattr(s.module, "serves_from")), None)
    if needed is not None:
        connection.execute(text("DELETE FROM schema_serves"))
        connection.execute(text("INSERT INTO schema_serves VALUES (:needed)"), {"needed": needed})


def _config(connection: Connection) -> Config:
    config = _settings()
    config.attributes["connection"] = connection
    return config


@cache  # asked at each look at the metrics, and they do not change under a process
def scripts() -> ScriptDirectory:
    """The migrations that this version knows."""
    return ScriptDirectory.from_config(_settings())


def _settings() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
