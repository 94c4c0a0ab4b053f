"""A campaign as a Temporal workflow: opens the cases, holds the phase boundaries, follows the committee, settles.

Everything it knows is one value, `self.state`; continue-as-new carries it whole. Cases are never its children: it goes
through the record in batches, so a city of any size is a loop over a cursor.
"""

import asyncio
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Literal

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.actors import Actor
    from models.campaign import (
        CAMPAIGN_WORKFLOW,
        CERTIFY_ACTIVITY,
        LOG_ACTIVITY,
        MOVE_ACTIVITY,
        OPEN_ACTIVITY,
        PUBLISHED,
        SETTLE_ACTIVITY,
        TELL_ACTIVITY,
        WORKING_DAYS,
        AnyCampaignCommand,
        Batch,
        BatchDone,
        CampaignLine,
        CampaignStart,
        CampaignSubmission,
        CampaignView,
        CompleteNow,
        Edge,
        MoveBoundary,
        MoveRequest,
        OpenCases,
        PublishWorkingDays,
        RecordedMove,
    )
    from models.claims import OrderClaim
    from models.instants import show_instant, start_of_day
    from models.plan import CalendarMove, PhaseDates
    from models.refusals import Refused
    from models.working_days import WorkingYear
    from rules.access.claims import asked_of, at_the_worker
    from rules.campaign.decide import boundary, judge
    from rules.words.refusals import refuse
    from workflows.shell import HEARTBEAT, campaign_now, refusal

_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=20))
_BATCH_WITHIN = timedelta(minutes=10)
_LOOK_AGAIN = timedelta(seconds=5)


@workflow.defn(name=CAMPAIGN_WORKFLOW)
class CampaignWorkflow:
    """One plan, one year."""

    @workflow.init
    def __init__(self, start: CampaignStart) -> None:
        self.state = start
        self.turn = asyncio.Lock()
        self.ended = False
        self.left = self.left_before = 0

    @workflow.run
    async def run(self, start: CampaignStart) -> None:
        """Until the campaign is certified."""
        while not self.ended:
            await self._next_thing()
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self.state)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update(name="submit")
    async def submit(self, submission: CampaignSubmission) -> CampaignView:
        """A command of the office; ApplicationError `refused` with the Refused as its detail. Once a command_id."""
        command = submission.command
        async with self.turn:
            if refused := self._repeated(command):
                raise refusal(refused)
            if command.command_id not in self.state.handled:
                taken = False
                while not taken:
                    judged = judge(self.state.phases, command, self._now())
                    if isinstance(judged, Refused):
                        raise refusal(judged)
                    taken = await self._take(command, judged, submission.order)
                self._know(handled={**self.state.handled, command.command_id: command.content})
        return self.current()

    @submit.validator
    def refuse_early(self, submission: CampaignSubmission) -> None:
        """A command that nobody proves to have asked for, or that is refused as things stand, leaves no trace."""
        command = submission.command
        if refused := at_the_worker(submission.claim, asked_of(workflow.info().workflow_id, command)):
            raise refusal(refused)
        known = command.command_id in self.state.handled
        judged = self._repeated(command) if known else judge(self.state.phases, command, self._now())
        if isinstance(judged, Refused):
            raise refusal(judged)

    @workflow.query(name="current")
    def current(self) -> CampaignView:
        """How far it is."""
        return CampaignView(state=self.state, now=self._now(), ended=self.ended)

    async def _next_thing(self) -> None:
        """What is most urgent: tell of a move, a phase that began, the end, cases to open; else wait."""
        state, now = self.state, self._now()
        if state.told < state.calendar:
            await self._tell()
        elif state.begun < len(state.phases) and state.phases[state.begun].begins_at <= now:
            await self._phase_began(state.phases[state.begun])
        elif now >= state.phases[-1].ends_at:
            await self._settle()
        elif state.opening is not None and now >= state.phases[0].begins_at:
            await self._open(state.opening)
        else:
            await self._wait()

    async def _take(
        self, command: AnyCampaignCommand, phases: tuple[PhaseDates, ...], order: OrderClaim | None
    ) -> bool:
        """Whether it was taken; else the record had a move that was not known, and it is to be judged anew."""
        match command:
            case OpenCases():
                self._know(opening=command.by, order=order, opened_after="", asked=self.state.asked + 1)
                return True
            case MoveBoundary():
                return await self._move_boundary(command, command.phase, command.edge, phases)
            case CompleteNow():
                return await self._move_boundary(command, self.state.phases[-1].id, "ends", phases)
            case PublishWorkingDays():
                old_at, move = start_of_day(date(command.days.year, 1, 1)), self._next_move(phases, command.days)
                return await self._move(command, WORKING_DAYS, PUBLISHED, old_at, move)

    async def _move_boundary(
        self, command: MoveBoundary | CompleteNow, phase: str, edge: Edge, phases: tuple[PhaseDates, ...]
    ) -> bool:
        old = boundary(self.state.phases, phase, edge)
        assert old is not None
        return await self._move(command, phase, edge, old, self._next_move(phases))

    def _next_move(self, phases: tuple[PhaseDates, ...], days: WorkingYear | None = None) -> CalendarMove:
        return CalendarMove(number=self.state.calendar + 1, at=self._now(), phases=phases, working_days=days)

    async def _move(
        self,
        command: MoveBoundary | CompleteNow | PublishWorkingDays,
        phase: str,
        edge: Edge | Literal["published"],
        old_at: datetime,
        move: CalendarMove,
    ) -> bool:
        """From the record on the new calendar holds; the cases hear of it afterwards, or with their next step."""
        request = MoveRequest(
            campaign_id=self.state.campaign_id,
            command_id=command.command_id,
            by=str(command.by),
            reason=command.reason,
            phase=phase,
            edge=edge,
            old_at=old_at,
            move=move,
        )
        moved = await workflow.execute_activity(
            MOVE_ACTIVITY,
            request,
            result_type=RecordedMove,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=_RETRY,
            summary=f"{command.do} {phase} {edge}",
        )
        if moved.number < move.number:
            return True  # taken by a run that is gone: what holds is known
        known = {"phases": moved.phases, "calendar": moved.number, "moved_at": moved.at}
        self._know(**known, published=moved.working_days, telling_after="")
        return not moved.is_another

    async def _tell(self) -> None:
        """The next open cases hear of the newest calendar."""
        state = self.state
        at = state.moved_at or self._now()
        move = CalendarMove(number=state.calendar, at=at, phases=state.phases, working_days=state.published)
        batch = Batch(campaign_id=state.campaign_id, after=state.telling_after, move=move)
        done = await self._batch(TELL_ACTIVITY, batch)
        if self.state.calendar != move.number:
            return  # moved again meanwhile: told anew from the first case on
        if done.last is None:
            self._know(told=move.number, telling_after="")
        else:
            self._know(telling_after=done.last)

    async def _open(self, by: Actor) -> None:
        state = self.state
        batch = Batch(campaign_id=state.campaign_id, after=state.opened_after, by=by, order=state.order)
        done = await self._batch(OPEN_ACTIVITY, batch)
        opened = self.state.opened + done.done
        if self.state.asked != state.asked:
            self._know(opened=opened)  # asked for again meanwhile: from the first subject on
        elif done.last is None:
            self._know(opening=None, order=None, opened=opened)  # before it is logged: who asks meanwhile is heard
            await self._log("cases_opened", f"cases_opened:{opened}:{self._now().isoformat()}", count=opened)
        else:
            self._know(opened_after=done.last, opened=opened)

    async def _phase_began(self, phase: PhaseDates) -> None:
        await self._log("phase_began", f"phase_began:{phase.id}", at=phase.begins_at, phase=phase.id)
        self._know(begun=self.state.begun + 1)

    async def _settle(self) -> None:
        """Cases complete by themselves over some minutes; when no more do, the others are woken; then the account."""
        ends_at = self.state.phases[-1].ends_at
        late = self._now() >= ends_at + timedelta(seconds=self.state.settle_within) and self.left == self.left_before
        batch = Batch(campaign_id=self.state.campaign_id, limit=200 if late else 0)
        left = await self._batch(SETTLE_ACTIVITY, batch)
        self.left_before, self.left = self.left, left.done
        if left.done == 0:
            line = CampaignLine(campaign_id=self.state.campaign_id, key="", at=ends_at, do="certified")
            await self._step(CERTIFY_ACTIVITY, line)
            self.ended = True
        else:
            await workflow.sleep(_LOOK_AGAIN, summary=f"{left.done} cases to settle")

    async def _wait(self) -> None:
        """Until the next boundary, or until the committee wants something."""
        state = self.state
        ahead = [at for p in state.phases for at in (p.begins_at, p.ends_at) if at > self._now()]
        workflow.set_current_details(f"calendar {state.calendar} · opened {state.opened}")
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self.state is not state or workflow.info().is_continue_as_new_suggested(),
                timeout=min(ahead) - self._now(),
                timeout_summary=f"until {show_instant(min(ahead))}",
            )

    async def _batch(self, activity: str, batch: Batch) -> BatchDone:
        return await workflow.execute_activity(
            activity,
            batch,
            result_type=BatchDone,
            start_to_close_timeout=_BATCH_WITHIN,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=_RETRY,
        )

    async def _log(self, do: str, key: str, at: datetime | None = None, **body: str | int) -> None:
        line = CampaignLine(campaign_id=self.state.campaign_id, key=key, at=at or self._now(), do=do, body=body)
        await self._step(LOG_ACTIVITY, line)

    async def _step(self, activity: str, line: CampaignLine) -> None:
        await workflow.execute_activity(
            activity, line, start_to_close_timeout=timedelta(minutes=5), retry_policy=_RETRY, summary=line.do
        )

    def _repeated(self, command: AnyCampaignCommand) -> Refused | None:
        content = self.state.handled.get(command.command_id)
        return refuse("command_id_reused") if content is not None and content != command.content else None

    def _know(self, **change: object) -> None:
        self.state = self.state.model_copy(update=change)

    def _now(self) -> datetime:
        """The campaign's now, Beijing time."""
        return campaign_now(self.state.clock_offset)
