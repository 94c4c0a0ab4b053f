"""Deleting what is past its time; the database itself keeps the last seven days, whoever asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from models.audit import AuditActor, AuditLine
from store.audit import note

_DELETE = text("SELECT delete_expired(:what, :before)")
_CLOSED = "secrets_of_closed_accounts"


def delete_expired(
    engine: Engine, days: Mapping[str, int], now: datetime, by: AuditActor, *, dry_run: bool = False
) -> dict[str, int]:
    """How many rows of each kind are past so many days and went; one transaction, with its line in the audit log.

    `dry_run`: the same is counted, and nothing goes. Where nothing is past its time there is no line.
    """
    with engine.connect() as connection:
        gone = {what: _deleted(connection, what, now - timedelta(days=kept)) for what, kept in days.items()}
        if dry_run or not any(gone.values()):
            connection.rollback()
        else:
            note(connection, AuditLine(kind="expired", by=by, facts=dict(gone)))
            connection.commit()
    return gone


def delete_secrets_of_closed_accounts(connection: Connection) -> None:
    """Passwords, one-time secrets and passkeys by which nobody signs in again, within the caller's transaction."""
    connection.execute(text("SELECT delete_expired(:what, clock_timestamp())"), {"what": _CLOSED})


def _deleted(connection: Connection, what: str, before: datetime) -> int:
    return int(connection.execute(_DELETE, {"what": what, "before": before}).scalar_one())
