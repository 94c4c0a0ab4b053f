"""Deleting what is past its time; the database itself keeps the last seven days, whoever asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from models.audit import AuditActor, AuditLine
from store.audit import note
from store.files import Files
from store.jobs import ERRORS

_DELETE = text("SELECT delete_expired(:what, :before)")
_CLOSED = "secrets_of_closed_accounts"
_UNNAMED = "unnamed_files"
_FORGET_ERRORS = text(f"""UPDATE jobs SET params = params - '{ERRORS}'
    WHERE params ? '{ERRORS}' AND finished_at < least(:before, clock_timestamp() - interval '7 days')
    AND EXISTS (SELECT FROM certificates WHERE campaign_id = jobs.campaign_id)""")
"""What was wrong with rows of a ledger goes with the rows."""
_DELETE_FILES = text("SELECT of_case, hash FROM delete_unnamed_files(:before)")


def delete_expired(
    engine: Engine,
    days: Mapping[str, int],
    now: datetime,
    by: AuditActor,
    files: Files,
    *,
    dry_run: bool = False,
) -> dict[str, int]:
    """How many rows of each kind are past so many days and went; one transaction, with its line in the audit log.

    With the row of a file goes the file. `dry_run`: the same is counted, and nothing goes. Where nothing is past its
    time there is no line.
    """
    with engine.connect() as connection:
        before = {what: now - timedelta(days=kept) for what, kept in days.items()}
        gone = {what: _deleted(connection, what, at) for what, at in before.items() if what != _UNNAMED}
        unnamed = _unnamed(connection, before[_UNNAMED]) if _UNNAMED in before else []
        gone |= {_UNNAMED: len(unnamed)} if _UNNAMED in before else {}
        if dry_run or not any(gone.values()):
            connection.rollback()
        else:
            for case_id, sha256 in unnamed:
                files.delete(case_id, sha256)
            note(connection, AuditLine(kind="expired", by=by, facts=dict(gone)))
            connection.commit()
    return gone


def delete_secrets_of_closed_accounts(connection: Connection) -> None:
    """Passwords, one-time secrets and passkeys by which nobody signs in again, within the caller's transaction."""
    connection.execute(text("SELECT delete_expired(:what, clock_timestamp())"), {"what": _CLOSED})


def _unnamed(connection: Connection, before: datetime) -> list[tuple[str, str]]:
    """Case and hash of each file that no step has named since; their rows are gone, within the caller's transaction."""
    return [(of_case, sha256) for of_case, sha256 in connection.execute(_DELETE_FILES, {"before": before})]


def _deleted(connection: Connection, what: str, before: datetime) -> int:
    if what == "job_rows":
        connection.execute(_FORGET_ERRORS, {"before": before})
    return int(connection.execute(_DELETE, {"what": what, "before": before}).scalar_one())
