"""Is this the live installation, or a copy? A copy is read, and changes and sends nothing until it is declared live.

PostgreSQL itself sees to it: in a copy whoever writes by the usual way has only read-only transactions. The owner, who
migrates and declares, says with each connection that he writes (`store/engine.py`).
"""

from datetime import datetime
from typing import ClassVar, Literal

from psycopg.errors import ReadOnlySqlTransaction, UndefinedTable
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from models.base import Frozen

State = Literal["live", "copy"]
_COLUMNS = "installation_id, state, at, by, backup_id, note"
_READ_ONLY = """DO $$ BEGIN
EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
END $$"""
_WRITABLE = """DO $$ BEGIN
EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
END $$"""
_LETS_IN = (
    "UPDATE access_tokens SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL",
    "UPDATE sessions SET ended_at = clock_timestamp() WHERE ended_at IS NULL",
    "UPDATE invitations SET used_at = clock_timestamp() WHERE used_at IS NULL",
    "DELETE FROM sign_in_steps",
)
"""Whatever was given to somebody to come in by ends with the restore. Passwords and one-time codes are known to him,
passkeys and the account with the city's sign-in are his."""


class IsCopy(Exception):
    """This installation is a copy: whatever would change or send something is refused."""

    problem: ClassVar[dict[str, str]] = {
        "code": "installation_is_copy",
        "zh": "本系统是由备份恢复的副本，只供查阅：不能办理案件，不发送通知",
        "en": "this is a copy, restored from a backup: no case can be acted on in it, and it sends no notice",
        "remedy_zh": "确认原系统不再运行后，由市安委会办公室运行 rectify db live --by 经办人",
        "remedy_en": "once the former installation runs no more, the city's office runs rectify db live --by ACTOR",
    }


class Installation(Frozen):
    """What the installation is since when, by whom; of a copy, the backup that it was restored from."""

    installation_id: str
    state: State
    at: datetime
    by: str
    backup_id: str | None = None
    note: str = ""


def installation(engine: Engine) -> Installation:
    """What it is now."""
    with engine.connect() as connection:
        return _newest(connection)


def is_copy(engine: Engine) -> bool:
    """Whether it was restored from a backup and nobody has declared it live since; not with a schema of before."""
    try:
        return installation(engine).state == "copy"
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            return False
        raise


def become_copy(owner: Engine, backup_id: str) -> None:
    """From now on a copy of that backup: nobody's token is valid here, and nothing is written by the usual way."""
    with owner.begin() as connection:
        connection.execute(text(_READ_ONLY))
        for lets_in in _LETS_IN:
            connection.execute(text(lets_in))
        _keep(connection, "copy", "system", backup_id, "restored")


def become_live(owner: Engine, by: str, note: str) -> bool:
    """From now on the live one, by whom and why; False where it is already."""
    with owner.begin() as connection:
        connection.execute(text("LOCK TABLE installation IN SHARE ROW EXCLUSIVE MODE"))
        known = _newest(connection)
        if known.state == "live":
            return False
        connection.execute(text(_WRITABLE))
        _keep(connection, "live", by, known.backup_id, note)
        return True


def is_refused_to_copies(error: DBAPIError) -> bool:
    """Whether the database refused the statement for being a copy."""
    return isinstance(error.orig, ReadOnlySqlTransaction)


def _newest(connection: Connection) -> Installation:
    row = connection.execute(text(f"SELECT {_COLUMNS} FROM installation ORDER BY number DESC LIMIT 1"))
    return Installation.model_validate(dict(row.mappings().one()))


def _keep(connection: Connection, state: State, by: str, backup_id: str | None, note: str) -> None:
    connection.execute(
        text("""INSERT INTO installation (installation_id, state, by, backup_id, note)
        SELECT installation_id, :state, :by, :backup_id, :note FROM installation ORDER BY number DESC LIMIT 1"""),
        {"state": state, "by": by, "backup_id": backup_id, "note": note},
    )
