"""The record step: one transition, one transaction in PostgreSQL."""

from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.wire import RECORD_ACTIVITY, Recorded, RecordRequest
from rules.plans import plan_by_digest
from store.log import OutOfStep, record

_log = structlog.stdlib.get_logger("record")


def record_step(engine: Engine) -> Callable[[RecordRequest], Recorded]:
    """The activity `record` on an engine; tried again, it has one effect and the same answer."""

    @activity.defn(name=RECORD_ACTIVITY)
    def record_transition(request: RecordRequest) -> Recorded:
        plan, transition = plan_by_digest(request.digest), request.transition
        try:
            recorded = record(engine, plan, request.before, transition)
        except OutOfStep as error:
            raise ApplicationError("the log does not continue here", type="OutOfStep", non_retryable=True) from error
        first = (request.before.seq if request.before else 0) + 1
        for seq, step in enumerate(recorded.transitions, start=first):
            _log.info(
                "recorded" if step is transition else "found recorded",
                case_id=activity.info().workflow_id,
                seq=seq,
                do=step.do,
                command_id=step.command_id,
            )
        return recorded

    return record_transition
