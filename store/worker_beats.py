"""Worker processes that live: each tells so again and again, by the database's clock; the silent are not there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from models.base import Frozen

SILENT_AFTER = timedelta(seconds=7)
"""A worker that was not seen for so long counts as dead: three beats were missed."""
_FORGOTTEN_AFTER = timedelta(hours=1)


class Beat(Frozen):
    """One worker process, by queue, host and pid."""

    queue: str
    host: str
    pid: int
    version: str
    """Of the code that it runs."""


class SeenBeat(Beat):
    """A worker as the database last heard of it."""

    started_at: datetime
    seen_at: datetime


def beat(engine: Engine, worker: Beat) -> None:
    """The worker lives now. Its first beat under this pid says when it started; long silent ones are forgotten then."""
    with engine.begin() as connection:
        lives = connection.execute(
            text("""UPDATE worker_beats SET seen_at = clock_timestamp()
            WHERE queue = :queue AND host = :host AND pid = :pid AND version = :version"""),
            worker.model_dump(),
        )
        if lives.rowcount:
            return
        connection.execute(
            text("DELETE FROM worker_beats WHERE seen_at < clock_timestamp() - CAST(:ago AS interval)"),
            {"ago": _FORGOTTEN_AFTER},
        )
        connection.execute(
            text("""INSERT INTO worker_beats (queue, host, pid, version, started_at, seen_at)
            VALUES (:queue, :host, :pid, :version, clock_timestamp(), clock_timestamp())
            ON CONFLICT (queue, host, pid) DO UPDATE SET version = excluded.version,
                started_at = excluded.started_at, seen_at = excluded.seen_at"""),
            worker.model_dump(),
        )


def forget(engine: Engine, worker: Beat) -> None:
    """The worker has stopped in order."""
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM worker_beats WHERE queue = :queue AND host = :host AND pid = :pid"), worker.model_dump()
        )


def living_workers(engine: Engine, queues: Sequence[str] | None = None) -> list[SeenBeat]:
    """Workers that were seen within `SILENT_AFTER`, by queue; of these queues, or all."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT queue, host, pid, version, started_at, seen_at FROM worker_beats
            WHERE seen_at > clock_timestamp() - CAST(:within AS interval)
                AND (CAST(:queues AS text[]) IS NULL OR queue = ANY(:queues))
            ORDER BY queue, started_at, host, pid"""),
            {"within": SILENT_AFTER, "queues": None if queues is None else list(queues)},
        ).mappings()
        return [SeenBeat.model_validate(dict(row)) for row in rows]
