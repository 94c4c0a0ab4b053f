"""What the workflows have in common: the campaign's now, a refusal as Temporal carries it, what a signal says."""

from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.base import Frozen, is_newer
    from models.instants import BEIJING
    from models.refusals import Refused
    from models.wire import REFUSED

M = TypeVar("M", bound=Frozen)
NOTHING = RawValue(Payload())
"""A signal without an argument, which anybody can send."""
_READABLE = b"json/plain"  # as the codec hands on what this installation sealed
HEARTBEAT = timedelta(seconds=20)
"""Within which a dead worker is noticed; activities beat by themselves (`engine/heartbeat.py`)."""


def campaign_now(clock_offset: int) -> datetime:
    """The campaign's now, Beijing time; `clock_offset`: seconds between its clock and the workflow's."""
    return (workflow.now() + timedelta(seconds=clock_offset)).astimezone(BEIJING)


def refusal(refused: Refused, known: int = 0) -> ApplicationError:
    """The code in the message, the sentences in the details; the codec seals both.

    `known`: how many lines of its log a case knew when it judged so.
    """
    return ApplicationError(refused.code, refused, known, type=REFUSED, non_retryable=True)


def said_by(signal: RawValue, kind: type[M]) -> M | None:
    """What a signal says; None for one that nobody of this installation can have sent.

    One that has every field that it must have and yet is not understood is of a newer version. The library would drop
    it, and with it what somebody asked for: so it fails the task, which waits for a worker of that version.
    """
    payload = signal.payload
    if payload.metadata.get("encoding") != _READABLE:
        return None
    try:
        return kind.model_validate_json(payload.data)
    except ValueError as error:
        if is_newer(kind, payload.data):
            raise RuntimeError(f"a {kind.__name__} of a newer version") from error
        return None
