"""The schedules of the office: registered at every start, so that a change of their times takes hold.

What an operator set (a pause) is his: a start leaves it as it is. Why he did stands in the audit log alone: Temporal
keeps notes in the clear.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleDescription,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from models.housekeeping import CHORES, HOUSEKEEPING_WORKFLOW, Chore
from models.wire import NOTICES_QUEUE

# China keeps UTC+8 all year: 07:30 in Beijing is 23:30 UTC of the day before
_TIMES: dict[Chore, ScheduleCalendarSpec] = {
    "remind": ScheduleCalendarSpec(hour=(ScheduleRange(23),), minute=(ScheduleRange(30),), comment="07:30 每日"),
    "digest": ScheduleCalendarSpec(
        hour=(ScheduleRange(0),), minute=(ScheduleRange(0),), day_of_week=(ScheduleRange(1),), comment="周一 08:00"
    ),
    "verify": ScheduleCalendarSpec(hour=(ScheduleRange(18),), minute=(ScheduleRange(30),), comment="02:30 每夜"),
    "seal": ScheduleCalendarSpec(hour=(ScheduleRange(0, 23),), minute=(ScheduleRange(5),), comment="每小时"),
    "expire": ScheduleCalendarSpec(hour=(ScheduleRange(19),), minute=(ScheduleRange(30),), comment="03:30 每夜"),
}
# what was missed while the stack was down is made good within this time, once
_CATCH_UP: dict[Chore, timedelta] = {
    "remind": timedelta(days=1),
    "digest": timedelta(days=6),
    "verify": timedelta(hours=20),
    "seal": timedelta(hours=1),
    "expire": timedelta(hours=20),
}
# a run begins within seconds of its time; one that did not by then was missed
_BEGUN_WITHIN = timedelta(minutes=10)
_MAY_FAIL_FOR = timedelta(minutes=10)  # as while a service starts anew
_WITHIN = timedelta(seconds=5)
_NOTE = "the audit log says why"


class Planned(NamedTuple):
    """A schedule as the server has it: its next and its last run, and what is amiss.

    `missed_at`: when a run was due that has not been made since. `failing_since`: when the run began that is tried
    again and again. `too_late` and `skipped` count, since the schedule is there, the runs that could not be made good
    in time and those left out because the one before still ran.
    """

    chore: Chore
    next_at: datetime | None
    last_at: datetime | None
    paused: bool = False
    missed_at: datetime | None = None
    too_late: int = 0
    skipped: int = 0
    is_there: bool = True
    """False before the worker of `notices` has first registered it."""
    failing_since: datetime | None = None


async def ensure_schedules(client: Client) -> None:
    """Every schedule is there, with the times that this version gives it; only what differs is changed."""
    for chore in CHORES:
        wanted = _schedule(chore)
        try:
            await client.create_schedule(_id(chore), wanted)
        except ScheduleAlreadyRunningError:

            def renewed(found: ScheduleUpdateInput, wanted: Schedule = wanted) -> ScheduleUpdate | None:
                kept = found.description.schedule
                if _says(kept) == _says(wanted):
                    return None
                return ScheduleUpdate(replace(wanted, state=kept.state))

            await client.get_schedule_handle(_id(chore)).update(renewed)


def _says(schedule: Schedule) -> tuple[object, ...]:
    """What a version may change of it; the argument belongs to the schedule's id."""
    action = schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    calendars = tuple(schedule.spec.calendars)
    return action.workflow, action.id, action.task_queue, calendars, schedule.policy


async def run_now(client: Client, chore: Chore) -> None:
    """Run it out of its turn."""
    await client.get_schedule_handle(_id(chore)).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE, rpc_timeout=_WITHIN)


async def pause(client: Client, chore: Chore) -> None:
    """No run until `resume`, whatever is started or upgraded meanwhile."""
    await client.get_schedule_handle(_id(chore)).pause(note=_NOTE, rpc_timeout=_WITHIN)


async def resume(client: Client, chore: Chore) -> None:
    """It runs by the clock again."""
    await client.get_schedule_handle(_id(chore)).unpause(note=_NOTE, rpc_timeout=_WITHIN)


async def is_paused(client: Client, chore: Chore) -> bool:
    """Whether it waits to be resumed."""
    found = await client.get_schedule_handle(_id(chore)).describe(rpc_timeout=_WITHIN)
    return found.schedule.state.paused


async def planned(client: Client, now: datetime | None = None) -> list[Planned]:
    """Every schedule as it stands now."""
    now = now or datetime.now(UTC)
    return list(await asyncio.gather(*(_of_the_server(client, chore, now) for chore in CHORES)))


async def _of_the_server(client: Client, chore: Chore, now: datetime) -> Planned:
    try:
        found = await client.get_schedule_handle(_id(chore)).describe(rpc_timeout=_WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Planned(chore, None, None, is_there=False)
    failing = [await _failing_since(client, run.workflow_id, now) for run in _running(found)]
    return _planned(chore, found, now)._replace(failing_since=next((at for at in failing if at), None))


def _running(found: ScheduleDescription) -> list[ScheduleActionExecutionStartWorkflow]:
    return [run for run in found.info.running_actions if isinstance(run, ScheduleActionExecutionStartWorkflow)]


async def _failing_since(client: Client, run: str, now: datetime) -> datetime | None:
    """When a run began that has failed for longer than it may; None for one that goes on, or has just ended."""
    try:
        found = await client.get_workflow_handle(run).describe(rpc_timeout=_WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    failed = any(tried.HasField("last_failure") for tried in found.raw_description.pending_activities)
    return found.start_time if failed and now - found.start_time > _MAY_FAIL_FOR else None


def _planned(chore: Chore, found: ScheduleDescription, now: datetime) -> Planned:
    info, state = found.info, found.schedule.state
    last_at = info.recent_actions[-1].started_at if info.recent_actions else None
    due_at = due_before(chore, now - _BEGUN_WITHIN)
    made = info.created_at > due_at or (last_at is not None and last_at >= due_at)
    return Planned(
        chore,
        next_at=next(iter(info.next_action_times), None),
        last_at=last_at,
        paused=state.paused,
        missed_at=None if made else due_at,
        too_late=info.num_actions_missed_catchup_window,
        skipped=info.num_actions_skipped_overlap,
    )


def due_before(chore: Chore, now: datetime) -> datetime:
    """The last instant, not later than now, at which the chore's time says it runs."""
    time = _TIMES[chore]
    at = now.astimezone(UTC).replace(minute=time.minute[0].start, second=0, microsecond=0)
    days, hours = _each(time.day_of_week), _each(time.hour)  # day 0 is Sunday
    while at > now or at.hour not in hours or at.isoweekday() % 7 not in days:
        at -= timedelta(hours=1)
    return at


def _each(ranges: Sequence[ScheduleRange]) -> set[int]:
    return {value for one in ranges for value in range(one.start, one.end + 1)}


def _schedule(chore: Chore) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            HOUSEKEEPING_WORKFLOW, chore, id=f"housekeeping-{chore}", task_queue=NOTICES_QUEUE, static_summary=chore
        ),
        spec=ScheduleSpec(calendars=[_TIMES[chore]]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP[chore]),
    )


def _id(chore: Chore) -> str:
    return f"housekeeping-{chore}"
