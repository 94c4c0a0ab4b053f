"""What somebody sees of a case who has Temporal's own API and none of our keys: details, summaries, columns."""

import json
from urllib.parse import quote

from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import QueryWorkflowRequest
from temporalio.client import Client

from engine.hand_in import current
from tests.durable.office import CaseFile, Office, finding

PERSONAL = ("A factory", "Li", "Sun", "seen at", "Zhang", "Kunlun")


async def bare_metadata(client: Client, case_id: str) -> WorkflowMetadata:
    """The answer to the UI's question, decoded by nobody."""
    request = QueryWorkflowRequest(namespace=client.namespace)
    request.execution.workflow_id = case_id
    request.query.query_type = "__temporal_workflow_metadata"
    answer = await client.workflow_service.query_workflow(request)
    [payload] = answer.query_result.payloads
    assert payload.metadata["encoding"] == b"json/protobuf", "sealed: the UI cannot show it"
    assert payload.metadata["messageType"] == b"temporal.api.sdk.v1.WorkflowMetadata"
    told = json.loads(payload.data)
    return WorkflowMetadata(current_details=told["currentDetails"])


async def summaries(file: CaseFile, kind: EventType.ValueType) -> list[str]:
    """What stands beside the events of a kind."""
    events = (await file.history()).events
    told = [e.user_metadata.summary.data.decode() for e in events if e.event_type == kind]
    return [json.loads(text) for text in told if text]


async def test_details_can_be_read_without_a_key_and_say_nothing_personal(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("Zhang San", "H01"))
    details = (await bare_metadata(office.client, file.case_id)).current_details
    assert "registration" in details and "finding 1" in details and "2027-05-17 24:00" in details
    assert f"](/rectify/{quote(file.case_id, safe='')})" in details
    assert not any(name in details for name in PERSONAL), details


async def test_the_answers_of_our_own_queries_stay_sealed(office: Office) -> None:
    file = await office.open("05-10")
    request = QueryWorkflowRequest(namespace=office.client.namespace)
    request.execution.workflow_id = file.case_id
    request.query.query_type = "current"
    answer = await office.client.workflow_service.query_workflow(request)
    [payload] = answer.query_result.payloads
    assert payload.metadata["encoding"] == b"binary/encrypted"
    assert (await current(office.client, file.case_id)).case is not None


async def test_timers_name_the_clock_that_runs_and_whose_it_is(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("Zhang San", "H01"), finding("F2", "H02"))
    timers = await summaries(file, EventType.EVENT_TYPE_TIMER_STARTED)
    assert timers[0].startswith("investigation · inspector · until 2027-"), timers
    assert timers[-1].startswith("registration of finding 2 (+1) · inspector · until 2027-05-17 24:00"), timers
    await file.register("Zhang San", "F2")
    timers = await summaries(file, EventType.EVENT_TYPE_TIMER_STARTED)
    assert not any(name in text for text in timers for name in PERSONAL), timers


async def test_steps_name_their_command_and_the_clock_that_fell(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("Zhang San", "H01"))
    await file.to("05-19")
    await file.logged("deadline_passed")
    steps = await summaries(file, EventType.EVENT_TYPE_MARKER_RECORDED)
    assert "open" in steps and "record_findings" in steps
    assert "deadline_passed · registration of finding 1" in steps, steps
    assert not any(name in text for text in steps for name in PERSONAL), steps
