"""The schedules of the office: registered at every start, so that a change of their times takes hold."""

from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from models.housekeeping import CHORES, HOUSEKEEPING_WORKFLOW, Chore
from models.wire import NOTICES_QUEUE

# China keeps UTC+8 all year: 07:30 in Beijing is 23:30 UTC of the day before
_TIMES: dict[Chore, ScheduleCalendarSpec] = {
    "remind": ScheduleCalendarSpec(hour=[ScheduleRange(23)], minute=[ScheduleRange(30)], comment="07:30 每日"),
    "digest": ScheduleCalendarSpec(
        hour=[ScheduleRange(0)], minute=[ScheduleRange(0)], day_of_week=[ScheduleRange(1)], comment="周一 08:00"
    ),
    "verify": ScheduleCalendarSpec(hour=[ScheduleRange(18)], minute=[ScheduleRange(30)], comment="02:30 每夜"),
    "seal": ScheduleCalendarSpec(hour=[ScheduleRange(0, 23)], minute=[ScheduleRange(5)], comment="每小时"),
}
# what was missed while the stack was down is made good within this time, once
_CATCH_UP: dict[Chore, timedelta] = {
    "remind": timedelta(days=1),
    "digest": timedelta(days=6),
    "verify": timedelta(hours=20),
    "seal": timedelta(hours=1),
}


class Planned(NamedTuple):
    """A schedule as the server has it: its next run, and how the last one stands."""

    chore: Chore
    next_at: datetime | None
    last_at: datetime | None


async def ensure_schedules(client: Client) -> None:
    """Every schedule is there, with the times that this version gives it."""
    for chore in CHORES:
        try:
            await client.create_schedule(_id(chore), _schedule(chore))
        except ScheduleAlreadyRunningError:
            schedule = _schedule(chore)

            def renewed(_: ScheduleUpdateInput, schedule: Schedule = schedule) -> ScheduleUpdate:
                return ScheduleUpdate(schedule)

            await client.get_schedule_handle(_id(chore)).update(renewed)


async def run_now(client: Client, chore: Chore) -> None:
    """Run it out of its turn."""
    await client.get_schedule_handle(_id(chore)).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)


async def planned(client: Client) -> list[Planned]:
    """Every schedule with its next and its last run."""
    found: list[Planned] = []
    for chore in CHORES:
        info = (await client.get_schedule_handle(_id(chore)).describe()).info
        last = info.recent_actions[-1].started_at if info.recent_actions else None
        found.append(Planned(chore, next(iter(info.next_action_times), None), last))
    return found


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
