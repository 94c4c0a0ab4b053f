"""Signals of devices that lie in the history of a case's ended run, handed to the case's next one as they are."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import WorkflowExecutionSignaledEventAttributes
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client

from engine.keys import KeyTrouble
from engine.unreachable import asking_temporal

_SIGNAL = "inspection_result"


class SignalLeft(NamedTuple):
    """What was sent, still sealed; the id of its command, None where none can be read."""

    command_id: str | None
    input: Payloads
    header: Header


async def signals_of(client: Client, case_id: str, run_id: str, *, if_ended_by: str) -> list[SignalLeft]:
    """Those of a run, in their order; none of a run that was not terminated for that reason."""
    found: list[WorkflowExecutionSignaledEventAttributes] = []
    ended_by = ""
    with asking_temporal(case_id):
        async for event in client.get_workflow_handle(case_id, run_id=run_id).fetch_history_events():
            ended_by = event.workflow_execution_terminated_event_attributes.reason
            signalled = event.workflow_execution_signaled_event_attributes
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                found += [signalled] if signalled.signal_name == _SIGNAL else []
    if ended_by != if_ended_by:
        return []
    return [SignalLeft(await _command_id(client, one.input.payloads), one.input, one.header) for one in found]


async def hand_on(client: Client, case_id: str, left: SignalLeft) -> None:
    """To the case's run of now, with the claim of whoever sent it first."""
    asked = SignalWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=case_id),
        signal_name=_SIGNAL,
        input=left.input,
        header=left.header,
        identity=client.identity,
        request_id=str(uuid4()),
    )
    with asking_temporal(case_id):
        await client.workflow_service.signal_workflow_execution(asked, retry=True)


async def _command_id(client: Client, sealed: Sequence[Payload]) -> str | None:
    codec = client.data_converter.payload_codec
    try:
        opened = await codec.decode(sealed) if codec else sealed
        said: Any = json.loads(opened[0].data)
        return str(said["command"]["command_id"])
    except (KeyTrouble, ValueError, LookupError, TypeError):  # without its key, newer, or nobody's: the worker judges
        return None
