"""The answer to a command that was accepted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from models.base import Frozen
from models.case import Outcome, Stage
from models.commands import AnyCommand
from models.wire import Receipt
from rules.words.naming import Both


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
