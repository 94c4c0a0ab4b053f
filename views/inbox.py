"""The inbox, page by page: each notice with its sentence, made on reading in both languages."""

from collections.abc import Iterable

from models.base import Frozen
from rules.case.stage import NAMES
from rules.words.announced import announced_said
from rules.words.naming import Both
from store.inbox import DeadLetter, InboxRow


class Notice(InboxRow):
    """One notice; `zh` and `en`: what is told. The person is null where the whole role is told."""

    zh: str
    en: str


class InboxList(Frozen):
    """A page of notices, newest first; `next` is null on the last one."""

    campaign: str
    inbox: tuple[Notice, ...]
    next: str | None


class DeadLetters(Frozen):
    """Lines that could not be delivered; `retried`: how many of them are tried anew from now on."""

    dead: tuple[DeadLetter, ...]
    retried: int


def inbox_list(campaign_id: str, rows: Iterable[InboxRow], following: str | None) -> InboxList:
    """The rows with what they say."""
    return InboxList(campaign=campaign_id, inbox=tuple(_notice(row) for row in rows), next=following)


def _notice(row: InboxRow) -> Notice:
    stage = next((names for of, names in NAMES.items() if of == row.stage), (row.stage, row.stage))
    said = announced_said(row.what, row.about, Both(*stage))
    return Notice(**dict(row), zh=said.zh, en=said.en)
