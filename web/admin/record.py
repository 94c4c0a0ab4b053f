"""What keeps the record safe, as health and audit both tell it: signed heads, the nightly verification, backups."""

from datetime import datetime
from typing import NamedTuple

from desk.heads import heads_of
from rules.words.naming import Both
from serving.backing import Backing
from store.reports import Report, reports
from workers.backup import LastBackup, last_backup


class Record(NamedTuple):
    """The newest signed head, what is wrong with the files of heads, the last verification, the last backup here."""

    signed_at: datetime | None
    heads_wrong: Both | None
    verified: Report | None
    backup: LastBackup | None


def record_of(behind: Backing) -> Record:
    """As the files of the home and the reports of the schedules say."""
    newest_head, wrong = heads_of(behind.services).newest_or_wrong()
    return Record(
        signed_at=newest_head.at if newest_head else None,
        heads_wrong=Both(wrong.zh, wrong.what) if wrong else None,
        verified=next(iter(reports(behind.records, kind="verify", limit=1)), None),
        backup=last_backup(behind.services.home),
    )
