"""Traces: one from a request to the statements of the record step, through Temporal. Off unless somebody asks for them.

What is passed on is the W3C's `traceparent`, two random numbers, as a header of commands and steps. A workflow hands it
on as it came: it makes no number of its own and asks no clock, so that a history replays with traces or without. Spans
have the kinds of things as names and attributes; nothing of a case or a person is in them, nor the text of an error.
"""

from collections.abc import Awaitable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, TypeVar

import temporalio.client
import temporalio.worker
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine, event
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter

T = TypeVar("T")
HEADER = "rectify-trace"
_tracer: Tracer = trace.NoOpTracer()  # until a process is traced
_propagator = TraceContextTextMapPropagator()
_BEGINNING = timedelta(minutes=1)
_carried: ContextVar[Payload | None] = ContextVar("carried", default=None)
"""Within the handler of a command: what it brought."""


def trace_by(tracer: Tracer) -> None:
    """From now on this process is traced. Not by OpenTelemetry's global provider: by that the web framework would make
    spans of its own, with paths and queries, in which cases, names and invitations stand.
    """
    global _tracer
    _tracer = tracer


@contextmanager
def spanned(name: str, kind: SpanKind = SpanKind.INTERNAL, context: Context | None = None) -> Generator[Span]:
    """A span; an error is told by its kind alone."""
    with _tracer.start_as_current_span(
        name, context, kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def trace_id() -> str | None:
    """The present trace, as logs name it; None without one."""
    now = trace.get_current_span().get_span_context()
    return f"{now.trace_id:032x}" if now.is_valid else None


def trace_statements(engine: Engine) -> None:
    """A span for each statement within a trace: its verb, never its text or values."""

    def begin(*told: Any) -> None:
        connection, statement = told[0], str(told[2])
        if trace.get_current_span().is_recording():
            verb = statement.split(None, 1)[0].upper() if statement.strip() else "SQL"
            attributes = {"db.system.name": "postgresql", "db.operation.name": verb}
            connection.info["span"] = _tracer.start_span(f"SQL {verb}", kind=SpanKind.CLIENT, attributes=attributes)

    def end(*told: Any) -> None:
        span = told[0].info.pop("span", None)
        if span is not None:
            span.end()

    def fail(context: Any) -> None:
        span = context.connection.info.pop("span", None) if context.connection is not None else None
        if span is not None:
            span.set_status(Status(StatusCode.ERROR, type(context.original_exception).__name__))
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


class Tracing(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Of a client, and of the workers that are made with it."""

    def intercept_client(self, next: temporalio.client.OutboundInterceptor) -> temporalio.client.OutboundInterceptor:
        """Commands take the trace along."""
        return _Sending(next)

    def intercept_activity(
        self, next: temporalio.worker.ActivityInboundInterceptor
    ) -> temporalio.worker.ActivityInboundInterceptor:
        """Steps go on with it."""
        return _Acting(next)

    def workflow_interceptor_class(
        self, input: temporalio.worker.WorkflowInterceptorClassInput
    ) -> type[temporalio.worker.WorkflowInboundInterceptor]:
        """Workflows hand it on."""
        return _Deciding


class _Sending(temporalio.client.OutboundInterceptor):
    async def start_workflow(self, input: temporalio.client.StartWorkflowInput) -> Any:
        with spanned(f"start {input.workflow}", SpanKind.CLIENT):
            input.headers = _with_trace(input.headers)
            return await super().start_workflow(input)

    async def signal_workflow(self, input: temporalio.client.SignalWorkflowInput) -> None:
        with spanned(f"signal {input.signal}", SpanKind.CLIENT):
            input.headers = _with_trace(input.headers)
            await super().signal_workflow(input)

    async def start_workflow_update(self, input: temporalio.client.StartWorkflowUpdateInput) -> Any:
        with spanned(f"update {input.update}", SpanKind.CLIENT):
            input.headers = _with_trace(input.headers)
            return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(self, input: temporalio.client.StartWorkflowUpdateWithStartInput) -> Any:
        update, start = input.update_workflow_input, input.start_workflow_input
        with spanned(f"start {start.workflow} with {update.update}", SpanKind.CLIENT):
            update.headers, start.headers = _with_trace(update.headers), _with_trace(start.headers)
            return await super().start_update_with_start_workflow(input)


class _Acting(temporalio.worker.ActivityInboundInterceptor):
    async def execute_activity(self, input: temporalio.worker.ExecuteActivityInput) -> Any:
        context = _context_of(input.headers.get(HEADER))
        if context is None:  # of the clock, or of whoever is not traced
            return await super().execute_activity(input)
        info = activity.info()
        with spanned(f"step {info.activity_type}", SpanKind.SERVER, context) as span:
            span.set_attribute("rectify.attempt", info.attempt)
            return await super().execute_activity(input)


class _Deciding(temporalio.worker.WorkflowInboundInterceptor):
    def init(self, outbound: temporalio.worker.WorkflowOutboundInterceptor) -> None:
        super().init(_HandingOn(outbound))

    async def handle_signal(self, input: temporalio.worker.HandleSignalInput) -> None:
        await _traced(f"handle {input.signal}", input.headers, super().handle_signal(input))

    async def handle_update_handler(self, input: temporalio.worker.HandleUpdateInput) -> Any:
        return await _traced(f"handle {input.update}", input.headers, super().handle_update_handler(input))


class _HandingOn(temporalio.worker.WorkflowOutboundInterceptor):
    def start_activity(self, input: temporalio.worker.StartActivityInput) -> Any:
        input.headers = _handed_on(input.headers)
        return super().start_activity(input)

    def start_local_activity(self, input: temporalio.worker.StartLocalActivityInput) -> Any:
        input.headers = _handed_on(input.headers)
        return super().start_local_activity(input)


async def _traced(name: str, headers: Mapping[str, Payload], handling: Awaitable[T]) -> T:
    """In a task of its own: what it sets there is forgotten with it. A replay leaves no span."""
    _carried.set(brought := headers.get(HEADER))
    context = _context_of(brought)
    if context is None or workflow.unsafe.is_replaying():
        return await handling
    span = _tracer.start_span(name, context, SpanKind.SERVER)
    try:
        _carried.set(_payload(trace.set_span_in_context(span)))
        return await handling
    finally:
        span.end()


def _with_trace(headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
    told = _payload(None)
    return {**headers, HEADER: told} if told is not None else headers


def _handed_on(headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
    """What the command brought; of the workflow's own beginning what its start did. A clock has no trace."""
    info = workflow.info()
    carried = _carried.get()
    if carried is None and workflow.now() - info.start_time <= _BEGINNING:
        carried = info.headers.get(HEADER)
    return {**headers, HEADER: carried} if carried is not None else headers


def _payload(context: Context | None) -> Payload | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, context)
    return PayloadConverter.default.to_payloads([carrier["traceparent"]])[0] if "traceparent" in carrier else None


def _context_of(told: Payload | None) -> Context | None:
    """None for what is no trace: whoever sends it may send anything."""
    if told is None or len(told.data) > 200:
        return None
    try:
        carrier = {"traceparent": PayloadConverter.default.from_payloads([told], [str])[0]}
    except Exception:  # a foreign encoding: not ours, and no reason to stop
        return None
    context = _propagator.extract(carrier, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None
