"""Which payload keys the installation has ever used, by fingerprint; and which a process needed and did not have."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from models.base import Frozen

_LATELY = timedelta(minutes=15)  # a task that fails is tried again within ten


class KnownKey(Frozen):
    """A key that was in some process's keys.json. `superseded_at`: since when another is current."""

    key_id: str
    fingerprint: str
    first_seen_at: datetime
    superseded_at: datetime | None
    retired_at: datetime | None


class NeededKey(Frozen):
    """A key that a process did not have when it opened a payload."""

    key_id: str
    process: str
    seen_at: datetime


def has_history(engine: Engine) -> bool:
    """Whether the database knows a key or a case: then payloads were sealed, and their keys are not to be made."""
    with engine.connect() as connection:
        if not _is_there(connection):
            return False
        asked = "SELECT EXISTS (SELECT FROM payload_keys) OR EXISTS (SELECT FROM case_log)"
        return bool(connection.execute(text(asked)).scalar())


def known_keys(engine: Engine) -> list[KnownKey]:
    """Every key that was ever used, oldest first."""
    with engine.connect() as connection:
        if not _is_there(connection):
            return []
        rows = connection.execute(
            text("""SELECT key_id, fingerprint, first_seen_at, superseded_at, retired_at FROM payload_keys
            ORDER BY first_seen_at, key_id""")
        ).mappings()
        return [KnownKey.model_validate(dict(row)) for row in rows]


def keep_keys(engine: Engine, current: str, fingerprints: Mapping[str, str]) -> None:
    """Remember these keys, and since when which is current. What is known under an id stays what it was."""
    with engine.begin() as connection:
        for key_id, fingerprint in sorted(fingerprints.items()):
            connection.execute(
                text("""INSERT INTO payload_keys (key_id, fingerprint, first_seen_at)
                VALUES (:key_id, :fingerprint, clock_timestamp()) ON CONFLICT (key_id) DO NOTHING"""),
                {"key_id": key_id, "fingerprint": fingerprint},
            )
        connection.execute(
            text("""UPDATE payload_keys SET superseded_at = CASE WHEN key_id = :current THEN NULL
                ELSE clock_timestamp() END
            WHERE (key_id = :current) = (superseded_at IS NOT NULL)"""),
            {"current": current},
        )


def retire_key(engine: Engine, key_id: str) -> None:
    """Nothing needs the key any more: nobody misses it from now on."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE payload_keys SET retired_at = clock_timestamp() WHERE key_id = :key_id"), {"key_id": key_id}
        )


def tell_needed(engine: Engine, key_id: str, process: str) -> None:
    """The process needed the key now, and did not have it."""
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO payload_keys_needed (key_id, process, seen_at)
            VALUES (:key_id, :process, clock_timestamp())
            ON CONFLICT (key_id, process) DO UPDATE SET seen_at = excluded.seen_at"""),
            {"key_id": key_id, "process": process},
        )


def tell_had(engine: Engine, process: str, key_id: str | None = None) -> None:
    """The process has the key now; without one, it has begun anew and misses none yet."""
    with engine.begin() as connection:
        connection.execute(
            text("""DELETE FROM payload_keys_needed
            WHERE process = :process AND (key_id = :key_id OR CAST(:key_id AS text) IS NULL)"""),
            {"key_id": key_id, "process": process},
        )


def needed_keys(engine: Engine, within: timedelta = _LATELY) -> list[NeededKey]:
    """Keys that some process missed of late."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT key_id, process, seen_at FROM payload_keys_needed
            WHERE seen_at > clock_timestamp() - CAST(:within AS interval) ORDER BY key_id, process"""),
            {"within": within},
        ).mappings()
        return [NeededKey.model_validate(dict(row)) for row in rows]


def _is_there(connection: Connection) -> bool:
    """Whether the database has the tables of this version."""
    return connection.execute(text("SELECT to_regclass('payload_keys')")).scalar() is not None
