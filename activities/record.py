"""The record step: one transition, one transaction in PostgreSQL, and for whoever asks only by a claim that holds."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.on_a_thread import on_a_thread
from engine.claim_keys import ClaimBook
from engine.metrics import clock_fell, recording
from models.case import Case
from models.events import CaseOpened, Transition
from models.refusals import Refused
from models.wire import RECORD_ACTIVITY, Recorded, RecordRequest
from rules.access.claims import Asked, asked_id, refuse_claim
from rules.plans import plan_by_digest
from store.campaigns import clock_offset
from store.log import OutOfStep, held_after, record

_log = structlog.stdlib.get_logger("record")


def record_step(engine: Engine, book: ClaimBook | None = None) -> Callable[[RecordRequest], Recorded]:
    """The activity `record` on an engine; tried again, it has one effect and the same answer."""
    book = book or ClaimBook(engine)

    @on_a_thread(RECORD_ACTIVITY)
    def record_transition(request: RecordRequest) -> Recorded:
        with recording(activity.info().attempt):
            recorded = step(request, activity.info().workflow_id or "")
        if any(line is request.transition for line in recorded.transitions):
            _tell_late(engine, request)
        return recorded

    def step(request: RecordRequest, case_id: str) -> Recorded:
        plan, transition = plan_by_digest(request.digest), request.transition
        if transition is None:
            return Recorded(transitions=held_after(engine, case_id, request.before))
        if refused := _unproved(book, request, transition, case_id):
            # an earlier try may have committed while the claim still held: what the log has stays so
            held = held_after(engine, case_id, request.before)
            return Recorded(transitions=held) if held else Recorded(unclaimed=refused)
        try:
            recorded = record(engine, plan, request.before, transition)
        except OutOfStep as error:
            raise ApplicationError("the log does not continue here", type="OutOfStep", non_retryable=True) from error
        if recorded.unclaimed is not None:
            book.renew()
        first = (request.before.seq if request.before else 0) + 1
        for seq, line in enumerate(recorded.transitions, start=first):
            _log.info(
                "recorded" if line is transition else "found recorded",
                case_id=case_id,
                seq=seq,
                do=line.do,
                command_id=line.command_id,
            )
        return recorded

    return record_transition


def _tell_late(engine: Engine, request: RecordRequest) -> None:
    """How long ago a deadline passed that was recorded just now. A phase may be told with what happens next."""
    step = request.transition
    if request.before is None or step is None or step.do != "deadline_passed":
        return
    with suppress(SQLAlchemyError):  # the step stands
        clock_fell(datetime.now(UTC) + clock_offset(engine, request.before.campaign_id) - step.at)


def _unproved(book: ClaimBook, request: RecordRequest, step: Transition, workflow_id: str) -> Refused | None:
    """Why nobody proved to have asked for the transition, if so. The clock asks for its own; a refusal needs nobody."""
    if step.by is None:
        return None
    asked = Asked(step.by, step.do, _case_id(request.before, step), asked_id(step), request.asked or "")
    if refused := book.refused(step.claim, asked):
        return refused
    return None if asked.case_id == workflow_id else refuse_claim("case_id")


def _case_id(before: Case | None, step: Transition) -> str:
    if before is not None:
        return before.case_id
    return next(event.case_id for event in step.events if isinstance(event, CaseOpened))
