"""The inbox, page by page: each notice with its sentence, made on reading in both languages."""

from collections.abc import Sequence

from sqlalchemy import Engine

from models.base import Frozen
from rules.case.announce_table import REMINDED
from rules.case.stage import NAMES
from rules.words.announced import announced_said
from rules.words.naming import Both
from store.inbox import DeadLetter, InboxRow
from store.reminders import HandReminder, hand_reminders

_WORDS = 5_000


class Notice(InboxRow):
    """One notice; `zh` and `en`: what is told. The person is null where the whole role is told.

    Of a reminder by hand `sent_by` is `role:name@territory` of whoever gave it, `words` what was said with it.
    """

    zh: str
    en: str
    sent_by: str | None = None
    words: str | None = None


class InboxList(Frozen):
    """A page of notices, newest first; `next` is null on the last one."""

    campaign: str
    inbox: tuple[Notice, ...]
    next: str | None


class DeadLetters(Frozen):
    """Lines that could not be delivered; `retried`: how many of them are tried anew from now on."""

    dead: tuple[DeadLetter, ...]
    retried: int


def inbox_list(records: Engine, campaign_id: str, rows: Sequence[InboxRow], following: str | None) -> InboxList:
    """The rows with what they say. `records`: holds the words of reminders, read for the rows that the reader has."""
    reminded = [row.case_id for row in rows if row.what == REMINDED]
    told = {(one.case_id, one.order_id): one for one in hand_reminders(records, reminded, _WORDS)}
    inbox = tuple(_notice(row, told.get((row.case_id, "".join(row.about)))) for row in rows)
    return InboxList(campaign=campaign_id, inbox=inbox, next=following)


def _notice(row: InboxRow, reminder: HandReminder | None) -> Notice:
    stage = next((names for of, names in NAMES.items() if of == row.stage), (row.stage, row.stage))
    said = announced_said(row.what, row.about, Both(*stage))
    by, words = (reminder.by, reminder.words) if reminder else (None, None)
    return Notice(**dict(row), zh=said.zh, en=said.en, sent_by=by, words=words)
