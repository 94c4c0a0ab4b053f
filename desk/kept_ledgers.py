"""A ledger that was sent and is not applied yet: kept in the home for whoever sent it, for a day at most.

It holds personal data and is no record: it lies beside the database, so in no backup, under a name that nobody guesses,
and goes once it is applied. What was decided about it lies beside it; that stays for the day, so that an order that is
sent twice is one (ADR 0044).
"""

import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pydantic import AwareDatetime, Field, ValidationError

from desk.ledger import Source
from embedded.account import own_folder, private, write_private
from ledgers.decisions import Closed, Decisions, PastDue
from ledgers.planned import digest_of
from models.actors import Actor
from models.base import Frozen

KEPT_FOR = timedelta(days=1)
FOLDER = "ledgers-sent"
"""In the home."""
_FACTS = "facts.json"
_MOST = 10  # of one person
_SUFFIXES = (".xlsx", ".xls", ".csv", ".txt")


class ValueMeant(Frozen):
    """What a text in the cells of one column means; no meaning: as if the cell were empty.

    `rows`: where it stood when that was decided, as they are shown.
    """

    field: str
    text: str
    meaning: str
    rows: str = ""


class Decided(Frozen):
    """What whoever sent it decided once for all lines; `columns`: fields by header, an empty one leaves it out."""

    source: Source = "self_inspection"
    columns: dict[str, str] = Field(default_factory=dict[str, str])
    values: tuple[ValueMeant, ...] = ()
    closed: Closed = "skip"
    past_due: PastDue = "refuse"
    skip_errors: bool = False

    @property
    def mark(self) -> str:
        """Another one where something is decided otherwise."""
        return digest_of(self.model_dump_json())

    @property
    def decisions(self) -> Decisions:
        """As the check takes them; one text in two columns is told apart by spaces, which count for nothing there."""
        values: dict[str, str] = {}
        for one in self.values:
            text = one.text
            while text in values:
                text += " "
            values[text] = one.meaning
        return Decisions(self.columns, values, self.closed, self.past_due)


class KeptLedger(Frozen):
    """A ledger that was sent: by whom, when, under which name; the job that it becomes has its id from the first."""

    file_id: str
    owner: str
    campaign_id: str
    name: str
    kept_at: AwareDatetime
    job_id: str
    decided: Decided = Decided()


def keep_ledger(
    home: Path, who: Actor, campaign_id: str, name: str, content: BinaryIO, source: Source, now: datetime
) -> KeptLedger:
    """The file as it was sent, under a new id. What is older than a day goes, and the oldest where one sends many."""
    delete_old_ledgers(home, now)
    own = sorted((one for one in _all(home) if one.owner == _owner(who)), key=lambda one: one.kept_at)
    for one in own[: max(0, len(own) + 1 - _MOST)]:
        drop_ledger(home, one)
    ledger = KeptLedger(
        file_id=secrets.token_hex(16),
        owner=_owner(who),
        campaign_id=campaign_id,
        name=_plain(name),
        kept_at=now,
        job_id=secrets.token_hex(6),
        decided=Decided(source=source),
    )
    own_folder(home / FOLDER)
    folder = own_folder(home / FOLDER / ledger.file_id)
    try:
        file = _content(home, ledger)
        with open(file, "xb", opener=private) as kept:
            shutil.copyfileobj(content, kept)
        _write(folder, ledger)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return ledger


def kept_ledger(home: Path, who: Actor, file_id: str, now: datetime) -> KeptLedger | None:
    """What this person sent in this post within a day; None for anything else, and for another's."""
    if len(file_id) != 32 or not file_id.isascii() or not file_id.isalnum():
        return None
    ledger = _read(home / FOLDER / file_id)
    if ledger is None or ledger.owner != _owner(who) or now - ledger.kept_at > KEPT_FOR:
        return None
    return ledger


def kept_content(home: Path, ledger: KeptLedger) -> Path | None:
    """The file itself; None once it was applied."""
    file = _content(home, ledger)
    return file if file.is_file() else None


def decide(home: Path, ledger: KeptLedger, decided: Decided) -> KeptLedger:
    """Keep what was decided about it."""
    changed = ledger.model_copy(update={"decided": decided})
    _write(home / FOLDER / ledger.file_id, changed)
    return changed


def drop_content(home: Path, ledger: KeptLedger) -> None:
    """The file goes: it was applied. What was decided about it stays for the day."""
    _content(home, ledger).unlink(missing_ok=True)


def drop_ledger(home: Path, ledger: KeptLedger) -> None:
    """File and decisions go."""
    shutil.rmtree(home / FOLDER / ledger.file_id, ignore_errors=True)


def delete_old_ledgers(home: Path, now: datetime) -> int:
    """What is older than a day goes, and what nobody can read; how many."""
    gone = 0
    for folder in _folders(home):
        ledger = _read(folder)
        kept_at = ledger.kept_at if ledger else datetime.fromtimestamp(folder.stat().st_mtime, now.tzinfo)
        if now - kept_at > KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _all(home: Path) -> Iterator[KeptLedger]:
    return (ledger for folder in _folders(home) if (ledger := _read(folder)) is not None)


def _folders(home: Path) -> Iterator[Path]:
    of_all = home / FOLDER
    return (folder for folder in of_all.iterdir() if folder.is_dir()) if of_all.is_dir() else iter(())


def _plain(name: str) -> str:
    """The name without folders and signs that nobody sees; its end, which says what it is, stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip()[-200:] or "ledger.xlsx"


def _owner(who: Actor) -> str:
    """This person in this post, as delegate or not: what another post may import is another question."""
    return "|".join((who.person or "", who.principal or "", str(who)))


def _content(home: Path, ledger: KeptLedger) -> Path:
    suffix = Path(ledger.name).suffix.lower()
    return home / FOLDER / ledger.file_id / f"ledger{suffix if suffix in _SUFFIXES else '.xlsx'}"


def _read(folder: Path) -> KeptLedger | None:
    try:
        return KeptLedger.model_validate_json((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _write(folder: Path, ledger: KeptLedger) -> None:
    write_private(folder / _FACTS, ledger.model_dump_json().encode())
