"""What the workflows have in common: the campaign's now, and a refusal as Temporal carries it."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.instants import BEIJING
    from models.refusals import Refused
    from models.wire import REFUSED

HEARTBEAT = timedelta(seconds=20)
"""Within which a dead worker is noticed; activities beat by themselves (`engine/heartbeat.py`)."""


def campaign_now(clock_offset: int) -> datetime:
    """The campaign's now, Beijing time; `clock_offset`: seconds between its clock and the workflow's."""
    return (workflow.now() + timedelta(seconds=clock_offset)).astimezone(BEIJING)


def refusal(refused: Refused) -> ApplicationError:
    """The code in the message, the sentences in the details; the codec seals both."""
    return ApplicationError(refused.code, refused, type=REFUSED, non_retryable=True)
