"""The answer to a command that was accepted, and what became of one that was sent by signal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from models.base import Frozen
from models.case import Outcome, Stage
from models.commands import AnyCommand
from models.events import CommandRefused
from models.refusals import Refused
from models.wire import Receipt
from rules.words.naming import Both
from rules.words.refusals import refuse
from store.receipts import HandedIn

_SAID = {"waiting": ("已收到，等待办理", "it waits to be taken"), "accepted": ("已受理", "it was accepted")}


class WarningDocument(Frozen):
    """Something to look at; nothing was refused for it."""

    zh: str
    en: str


class ReceiptDocument(Frozen):
    """The answer to an accepted command: the present stage, not necessarily that right after the command."""

    accepted: Literal[True]
    case_id: str
    command_id: str
    seq: int
    stage: Stage
    outcome: Outcome | None
    due: datetime | None
    warnings: tuple[WarningDocument, ...]


def receipt_document(receipt: Receipt, command: AnyCommand, warnings: Sequence[Both] = ()) -> ReceiptDocument:
    """The receipt for this command."""
    return ReceiptDocument(
        accepted=True,
        case_id=receipt.case_id,
        command_id=command.command_id,
        seq=receipt.seq,
        stage=receipt.stage,
        outcome=receipt.outcome,
        due=receipt.due_at,
        warnings=tuple(WarningDocument(zh=zh, en=en) for zh, en in warnings),
    )


class SignalReceipt(Frozen):
    """What became of a command that was sent by signal; a refused one says why, as a refusal does."""

    receipt: str
    state: Literal["waiting", "accepted", "refused"]
    case_id: str
    handed_in_at: datetime
    seq: int | None
    code: str | None
    rule: str | None
    zh: str
    en: str


def signal_receipt(receipt_id: str, found: HandedIn) -> SignalReceipt:
    """As the record has it now."""
    refused = _refused(found)
    state = "refused" if refused else "accepted" if found.line else "waiting"
    zh, en = (refused.zh, refused.en) if refused else _SAID[state]
    return SignalReceipt(
        receipt=receipt_id,
        state=state,
        case_id=found.case_id,
        handed_in_at=found.handed_in_at,
        seq=found.seq,
        code=refused.code if refused else None,
        rule=refused.rule if refused else None,
        zh=zh,
        en=en,
    )


def _refused(found: HandedIn) -> Refused | None:
    """By the line that keeps the refusal; what a case that has ended never took is refused for that."""
    if found.line is None:
        return refuse("case_closed", outcome=found.outcome) if found.outcome else None
    return next((e.refusal for e in found.line.events if isinstance(e, CommandRefused)), None)
