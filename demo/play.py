"""Playing stories on the real stack: commands through the desk, dates by moving each workflow's own clock."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from temporalio.client import Client, RPCError
from temporalio.exceptions import TemporalError
from temporalio.testing import TimeSkipper

from demo.stories import Story
from desk.campaign import campaign_view, run_campaign
from engine.hand_in import Answer, current, open_case, submit
from engine.unreachable import Unreachable
from models.campaign import workflow_id
from models.refusals import Refused
from store.campaigns import Campaign, move_clock
from store.case_list import CaseFilter, cases_by_id
from store.certificate import certificate_of
from store.reminders import remind

_AT_ONCE = 16
_TRIES = 20
Told = Callable[[int], None]


class StoryRefused(Exception):
    """A story's command was refused: the story, not the rules, is wrong."""


class Stage:
    """Where stories are played: a campaign whose cases have clocks that can be moved."""

    def __init__(self, client: Client, engine: Engine, campaign: Campaign) -> None:
        self.client, self.engine, self.campaign = client, engine, campaign
        self.clocks = TimeSkipper(client)
        self.held_back: dict[str, str] = {}
        """Cases whose clock could not be moved, with the reason; they hold nobody else back."""
        self.gate = asyncio.Semaphore(_AT_ONCE)

    async def play(self, stories: Iterable[Story], until: datetime, told: Told) -> None:
        """Every story to its end, then all open cases to `until`; played again, nothing happens twice."""
        done = 0

        async def one(story: Story) -> None:
            nonlocal done
            async with self.gate:
                await self._play(story, until)
            done += 1
            told(done)

        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(one(story))
        await self._remind(until)

    async def advance(self, by: timedelta, told: Told) -> Campaign:
        """Move the campaign's clock on, then every open case to it; called again with 0 it finishes what was cut.

        A case that is stuck stays where it is, and is named in `held_back`.
        """
        self.campaign = await asyncio.to_thread(move_clock, self.engine, self.campaign.campaign_id, by)
        done, last = 0, ""

        async def one(case_id: str) -> None:
            nonlocal done
            async with self.gate:
                try:
                    await self._move_to(case_id, self.campaign.now())
                except (LookupError, Unreachable, TemporalError, RPCError) as error:
                    self.held_back[case_id] = str(error)
            done += 1
            told(done)

        which = CaseFilter(campaign_id=self.campaign.campaign_id, outcome="open")
        while page := await asyncio.to_thread(cases_by_id, self.engine, which, 500, last):
            last = page[-1].case_id
            async with asyncio.TaskGroup() as group:
                for row in page:
                    group.create_task(one(row.case_id))
        await self.hold()
        await self._remind(self.campaign.now())
        return self.campaign

    async def _remind(self, now: datetime) -> None:
        """What the schedule would have done in the nights that were passed over: what was missed is told."""
        await asyncio.to_thread(remind, self.engine, self.campaign.plan, self.campaign.campaign_id, now)

    async def hold(self) -> None:
        """Have the campaign's own workflow run, and stand at the campaign's now, after the cases: they settle first."""
        if await asyncio.to_thread(certificate_of, self.engine, self.campaign.campaign_id):
            return
        await run_campaign(self.client, self.campaign, settle_within=1)
        view = await campaign_view(self.client, self.campaign.campaign_id)
        if view is None or view.ended:
            return
        handle = self.client.get_workflow_handle(workflow_id(self.campaign.campaign_id))
        now = await self.clocks.get_current_time(handle) + timedelta(seconds=view.state.clock_offset)
        if (at := self.campaign.now()) > now + timedelta(seconds=1):
            await self.clocks.fast_forward(handle, at - now)

    async def _play(self, story: Story, until: datetime) -> None:
        offset = int((story.opened_at - datetime.now(UTC)).total_seconds())
        then = self.campaign.model_copy(update={"clock_offset": offset})
        opened = await _answered(lambda: open_case(self.client, self.engine, then, story.subject_id, story.opening))
        if isinstance(opened, Refused):
            raise StoryRefused(f"{story.kind}: open: {opened.en}")
        for at, command in story.steps:
            await self._move_to(opened.case_id, at)
            answer = await _answered(lambda c=command: submit(self.client, self.engine, opened.case_id, c))
            if isinstance(answer, Refused):
                raise StoryRefused(f"{story.kind}: {command.do}: {answer.en}")
        await self._move_to(opened.case_id, until)

    async def _move_to(self, case_id: str, at: datetime) -> None:
        """Let the case's clock fall forward to the instant; one that stands later, or has ended, stays."""
        view = await current(self.client, case_id)
        if view.case is None or view.case.closed:
            return
        handle = self.client.get_workflow_handle(case_id)
        now = await self.clocks.get_current_time(handle) + timedelta(seconds=view.clock_offset)
        if at > now:
            await self.clocks.fast_forward(handle, at - now)


async def _answered(hand_in: Callable[[], Awaitable[Answer]]) -> Answer:
    """Hand in until somebody answers: the command_id makes it one command."""
    for _ in range(_TRIES):
        try:
            return await hand_in()
        except Unreachable:
            await asyncio.sleep(1)
    return await hand_in()
