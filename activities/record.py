"""The record step: one transition, one transaction in PostgreSQL."""

from collections.abc import Callable

from sqlalchemy import Engine
from temporalio import activity

from models.wire import RECORD_ACTIVITY, Recorded, RecordRequest
from rules.plans import plan_by_digest
from store.record import record


def record_step(engine: Engine) -> Callable[[RecordRequest], Recorded]:
    """The activity `record` on an engine; tried again, it has one effect and the same answer."""

    @activity.defn(name=RECORD_ACTIVITY)
    def record_transition(request: RecordRequest) -> Recorded:
        plan = plan_by_digest(request.digest)
        return Recorded(transitions=record(engine, plan, request.before, request.transition))

    return record_transition
