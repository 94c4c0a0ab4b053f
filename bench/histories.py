"""History events and bytes of whole cases over a real calendar, on the real server with time skipping.

    python -m bench.histories

The events of time skipping itself (which production does not have) are counted apart.
"""

import asyncio
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from bench import courses
from bench.failing import answered
from bench.stack import bench_services, keep, shipped_plan
from engine.connection import Services
from engine.hand_in import open_case, submit
from models.commands import COMMAND, AnyCommand, Open
from models.instants import BEIJING
from models.plan import Plan
from models.refusals import Refused
from store.campaigns import Campaign, add_campaign
from workers.cases import cases_worker
from workers.logs import log_as_json

_YEAR = 2027
_OF_SKIPPING = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}
Course = list[tuple[datetime, AnyCommand]]


def _at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(_YEAR, month, day, hour, tzinfo=BEIJING)


def happy() -> Course:
    """Found in May, rectified in time, looked back on in November."""
    days = [_at(5, 10, 11), _at(5, 11), _at(5, 17), _at(5, 19), _at(11, 10)]
    return list(zip(days, courses.happy(), strict=True))


def extended() -> Course:
    """The same, with an extension asked for and granted."""
    found, registered, declared, judged, looked = courses.happy()
    request = {"do": "request_extension", "by": courses.ENTERPRISE, "ref": "F1", "reason": "设备采购未到货"}
    decision = {"do": "decide_extension", "by": courses.SUPERVISOR, "ref": "F1", "granted": True, "reason": "情况属实"}
    return [
        (_at(5, 10, 11), found),
        (_at(5, 11), registered),
        (_at(5, 20), _command({**request, "due": f"{_YEAR}-06-05"})),
        (_at(5, 21), _command(decision)),
        (_at(6, 3), declared),
        (_at(6, 7), judged),
        (_at(11, 10), looked),
    ]


def escalated(plan: Plan) -> Course:
    """Unlawful conduct found in June, suspended, failed, closed and fined by July."""
    days = [_at(6, d) for d in (7, 8, 9, 10, 11, 21, 24, 25, 28, 29)] + [_at(6, 30, h) for h in (10, 11, 12)]
    commands = courses.escalated(plan, f"{_YEAR}-06-07")
    return [(at, _dated(command, at)) for at, command in zip(days, commands, strict=True)]


def _dated(command: AnyCommand, at: datetime) -> AnyCommand:
    if command.do != "record_execution":
        return command
    return command.model_copy(update={"date": at.date()})


def _command(facts: dict[str, Any]) -> AnyCommand:
    return COMMAND.validate_python({"command_id": str(uuid.uuid4()), **facts})


async def _run(client: Client, services: Services, campaign: Campaign, opened_at: datetime, course: Course) -> Any:
    subject = uuid.uuid4().hex
    offset = int((opened_at - datetime.now(UTC)).total_seconds())
    opening = courses.opening(subject)
    assert isinstance(opening, Open)
    then = campaign.model_copy(update={"clock_offset": offset})
    opened = await open_case(client, services.engine, then, subject, opening)
    assert not isinstance(opened, Refused), opened.en
    handle = client.get_workflow_handle(opened.case_id)
    clocks = TimeSkipper(client)
    for at, command in course:
        now = await clocks.get_current_time(handle) + timedelta(seconds=offset)
        await clocks.fast_forward(handle, at - now)
        asked = submit(client, services.engine, opened.case_id, command)
        answer = await answered(client, handle, asked)
        assert not isinstance(answer, Refused), f"{command.do}: {answer.en}"
    events = (await handle.fetch_history()).events
    own = [e for e in events if e.event_type not in _OF_SKIPPING]
    return {
        "updates": len(course) + 1,
        "events": len(own),
        "bytes": sum(e.ByteSize() for e in own),
        "events_of_time_skipping": len(events) - len(own),
    }


async def measure(services: Services) -> dict[str, Any]:
    """The three histories."""
    campaign = add_campaign(services.engine, shipped_plan(), _YEAR)
    client = await services.temporal()
    async with cases_worker(client, services.engine):
        return {
            "happy": await _run(client, services, campaign, _at(5, 10, 9), happy()),
            "extended": await _run(client, services, campaign, _at(5, 10, 9), extended()),
            "escalated": await _run(client, services, campaign, _at(6, 7, 9), escalated(campaign.plan)),
        }


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    log_as_json(logging.WARNING)
    with bench_services(time_skipping=True) as services:
        keep(asyncio.run(measure(services)), "histories")


if __name__ == "__main__":
    main()
