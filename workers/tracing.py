"""Sending the spans of a process to a collector (OTLP over HTTP), where the settings name one."""

from collections.abc import Generator
from contextlib import contextmanager

from engine.connection import Services
from engine.tracing import Tracing, trace_by, trace_statements
from workers.version import code_version

_SENT_WITHIN = 3.0


@contextmanager
def traced(services: Services, process: str, endpoint: str | None) -> Generator[None]:
    """While inside, this process is traced; nothing where no collector is named. To be entered before Temporal is
    connected. What could not be sent is dropped: nobody waits for it.
    """
    if endpoint is None:
        yield
        return
    # here: it takes a while, and most have no collector
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {"service.name": f"rectify-{process}", "service.version": code_version()}
    provider = TracerProvider(resource=Resource.create(about))
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=_SENT_WITHIN)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace_by(provider.get_tracer("rectify"))
    trace_statements(services.engine)
    services.tracing = Tracing()
    try:
        yield
    finally:
        provider.shutdown()
