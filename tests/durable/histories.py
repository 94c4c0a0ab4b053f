"""What Temporal's histories say of a case: the steps that it applied, the commands that it took or refused."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, RPCError, RPCStatusCode

from models.events import Transition
from models.wire import RECORD_ACTIVITY, CaseStart, Recorded, Submission

T = TypeVar("T")
_LOCAL_ACTIVITY = "core_local_activity"


@dataclass
class Told:
    """The whole chain of a case's runs.

    `known`: lines of the log that the case began with (it was restarted from its record). `taken`, `refused`: ids of
    commands whose update ended so; `signalled`: those that came by signal; `left_open`: those that were accepted and
    have no outcome.
    """

    known: int = 0
    clock_offset: int = 0
    steps: list[Transition] = field(default_factory=list[Transition])
    taken: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    signalled: set[str] = field(default_factory=set[str])
    left_open: set[str] = field(default_factory=set[str])


async def told(client: Client, case_id: str) -> Told | None:
    """None where Temporal knows no such case."""
    runs: list[list[HistoryEvent]] = []
    run_id: str | None = None
    while run_id is None or run_id:
        try:
            events = list((await client.get_workflow_handle(case_id, run_id=run_id).fetch_history()).events)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND and not runs:
                return None
            raise
        runs.insert(0, events)
        run_id = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    found = Told()
    start = await _read(client, runs[0][0].workflow_execution_started_event_attributes.input.payloads, CaseStart)
    found.known, found.clock_offset = (start.case.seq if start.case else 0), start.clock_offset
    for events in runs:
        await _read_run(client, events, found)
    return found


async def _read_run(client: Client, events: list[HistoryEvent], found: Told) -> None:
    accepted: dict[int, str] = {}
    for event in events:
        match event.WhichOneof("attributes"):
            case "marker_recorded_event_attributes":
                found.steps += await _recorded(client, event)
            case "workflow_execution_update_accepted_event_attributes":
                request = event.workflow_execution_update_accepted_event_attributes.accepted_request
                submission = await _read(client, request.input.args.payloads, Submission)
                if submission.held is None:  # else the case learns, and is handed the command once more
                    accepted[event.event_id] = submission.command.command_id
            case "workflow_execution_update_completed_event_attributes":
                ended = event.workflow_execution_update_completed_event_attributes
                command_id = accepted.pop(ended.accepted_event_id, None)
                if command_id is not None:
                    (found.taken if ended.outcome.HasField("success") else found.refused).add(command_id)
            case "workflow_execution_signaled_event_attributes":
                signal = event.workflow_execution_signaled_event_attributes
                if signal.signal_name == "inspection_result":
                    found.signalled.add((await _read(client, signal.input.payloads, Submission)).command.command_id)
            case _:
                pass
    found.left_open |= set(accepted.values())


async def _recorded(client: Client, event: HistoryEvent) -> Iterable[Transition]:
    """The transitions that this step of the case applied; none where it was told something else, or failed."""
    marker = event.marker_recorded_event_attributes
    if marker.marker_name != _LOCAL_ACTIVITY or not marker.details["result"].payloads:
        return ()
    assert json.loads(marker.details["data"].payloads[0].data)["activity_type"] == RECORD_ACTIVITY
    return (await _read(client, marker.details["result"].payloads, Recorded)).transitions


async def _read(client: Client, payloads: Iterable[Payload], kind: type[T]) -> T:
    read: list[Any] = await client.data_converter.decode(list(payloads), [kind])
    return read[0]
