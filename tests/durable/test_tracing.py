"""A command is one trace, to the statements of its step; histories replay with traces and without."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from engine.connection import Services, sealed_converter
from engine.tracing import HEADER, Tracing, trace_statements
from store.campaigns import Campaign
from tests.durable.office import Office, finding
from tests.durable.test_deadlines import rectifying
from workers.cases import cases_worker
from workers.replay import replay_history
from workflows.case import CaseWorkflow


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What this process would send to a collector."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("engine.tracing._tracer", provider.get_tracer("test"))
    return exporter


@pytest.fixture
async def traced(spans: InMemorySpanExporter, services: Services, campaign: Campaign) -> AsyncIterator[Office]:
    """An office whose client and worker are traced."""
    services.tracing = Tracing()
    trace_statements(services.engine)
    client = await services.temporal()
    office = Office(client, services, campaign)
    async with cases_worker(client, services.engine):
        yield office
        await office.shut()


def lineage(span: ReadableSpan, spans: tuple[ReadableSpan, ...]) -> list[str]:
    """The names from the span up to where its trace began."""
    of = {one.context.span_id: one for one in spans}
    names = [span.name]
    while span.parent is not None:
        span = of[span.parent.span_id]
        names.append(span.name)
    return names


async def test_a_command_is_one_trace_down_to_the_statements_of_its_step(
    traced: Office, spans: InMemorySpanExporter
) -> None:
    file = await traced.open("05-10")
    spans.clear()
    await file.record(finding("F1", "H01"))
    made = spans.get_finished_spans()
    [command] = [one for one in made if one.name == "command record_findings"]
    of = tuple(one for one in made if one.context.trace_id == command.context.trace_id)
    statements = [one for one in of if one.name == "SQL INSERT"]
    expected = ["SQL INSERT", "step record", "handle submit", "update submit", "command record_findings"]
    assert [lineage(one, of) for one in statements] == [expected] * len(statements) and statements
    for one in made:
        assert set(one.attributes or {}) <= {"db.system.name", "db.operation.name", "rectify.attempt"}
        assert not one.events and file.case_id not in one.to_json() and "Factory" not in one.to_json()


async def test_an_opening_is_one_trace_and_a_clock_has_none(traced: Office, spans: InMemorySpanExporter) -> None:
    file = await rectifying(traced)
    made = spans.get_finished_spans()
    [opening] = [one for one in made if one.name == "command open"]
    of = tuple(one for one in made if one.context.trace_id == opening.context.trace_id)
    steps = [lineage(one, of) for one in of if one.name == "step record"]
    assert len(steps) == 1 and steps[0][-2:] == ["start Case with submit", "command open"]
    spans.clear()
    await file.to("05-27 09:00")
    await file.logged("deadline_passed")
    assert [one.name for one in spans.get_finished_spans() if one.name == "step record"] == []


async def test_an_error_is_told_by_its_kind_alone(traced: Office, spans: InMemorySpanExporter) -> None:
    file = await traced.open("05-10")
    spans.clear()
    await file.refused("reinspect", verdicts=[{"ref": "F9", "passed": True}])
    [update] = [one for one in spans.get_finished_spans() if one.name == "update submit"]
    assert not update.events and update.status.description in (None, "WorkflowUpdateFailedError")


async def replays(services: Services, history: WorkflowHistory) -> bool:
    """Whether it does, in a process that is traced and in one that is not."""
    replayer = Replayer(
        workflows=[CaseWorkflow],
        data_converter=sealed_converter(services.keys),
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Tracing()],
    )
    traced = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return traced.replay_failure is None and await replay_history(services, history) == []


async def test_a_history_replays_with_traces_and_without_and_leaves_no_span(
    traced: Office, spans: InMemorySpanExporter
) -> None:
    file = await rectifying(traced)
    history = await file.history()
    assert HEADER in history.to_json()
    spans.clear()
    assert await replays(traced.services, history)
    assert spans.get_finished_spans() == ()


async def test_a_process_that_is_not_traced_leaves_no_header(office: Office, client: Client) -> None:
    history = await (await rectifying(office)).history()
    assert HEADER not in history.to_json()
    assert await replays(office.services, history)
