"""The case as a Temporal workflow: one way in, one step a transition, one timer.

It waits for the nearest due instant or a command, lets the rules decide, records, and evolves from what the record
returned. Everything it knows is one value, `self.case`; continue-as-new carries it whole.
"""

import asyncio
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.case import Case
    from models.claims import Claim
    from models.commands import AnyCommand, Open
    from models.events import CommandRefused, Transition
    from models.plan import CalendarMove, Plan
    from models.refusals import Refused
    from models.wire import (
        CALENDAR_SIGNAL,
        CASE_WORKFLOW,
        RECORD_ACTIVITY,
        CaseStart,
        CaseView,
        Receipt,
        Recorded,
        RecordRequest,
        Submission,
    )
    from rules.access.claims import asked_of, at_the_worker
    from rules.case.clock_actor import calendar_moved, caught_up, next_instant, next_step
    from rules.case.decide import already_handled, decide, decide_opening, not_running
    from rules.case.door import at_the_door, patch_of
    from rules.case.evolve import apply
    from rules.case.stage import stage
    from rules.clocks.deadlines import due
    from rules.plans import plan_by_digest
    from workflows.lists import Lists, describe, step_summary, timer_summary
    from workflows.shell import NOTHING, campaign_now, refusal, said_by

_BEGUN = {"opening": None, "claim": None}  # of a case that continues as new
_WOKEN = "woken"  # of a case that is woken: at the length of its history, as it may be woken again as it is
_LEARNT = "learnt"  # the patch of a case that learns what its log holds
# Never gives up: the record is not optional. Short waits first, a dead database is asked again every half minute.
_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    maximum_interval=timedelta(seconds=30),
    non_retryable_error_types=["OutOfStep"],
)
# Longer waits are timers. Within a task that only goes on, each four seconds of waiting are three events: a weekend of
# them is more than a history may have, and the server would end the case.
_WAITS_IN_A_TASK = timedelta(seconds=20)


@workflow.defn(name=CASE_WORKFLOW)
class CaseWorkflow:
    """One subject's case in one campaign."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self.start = start
        self.case = start.case
        self.turn = asyncio.Lock()
        self.lists = Lists()
        self.wakes: tuple[Case | None, datetime | None] = (None, None)
        self.judged: tuple[Any, Transition | Refused] | None = None

    @workflow.run
    async def run(self, start: CaseStart) -> Receipt | None:
        """Until an outcome is set; None if the opening was refused."""
        if start.opening is not None:
            async with self.turn:  # by the case itself: whoever asked for it may be gone
                await self._take(start.opening, start.claim)
        while self.case is not None and not self.case.closed:
            await self._wait_for_the_clock()
            async with self.turn:
                await self._catch_up()
            if self._should_continue_as_new():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self.start.model_copy(update={"case": self.case, **_BEGUN}))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._receipt() if self.case else None

    @workflow.update(name="submit")
    async def submit(self, submission: Submission) -> Receipt:
        """An official's command: a receipt, or ApplicationError `refused` with the Refused as its detail.

        A case that is behind only learns: the command is handed in again, and meets the door as any other.
        """
        async with self.turn:
            if self._is_behind(submission.held):
                await self._learn()
            elif refused := await self._take(submission.command, submission.claim):
                raise refusal(refused, self._known())
        return self._receipt()

    @submit.validator
    def refuse_early(self, submission: Submission) -> None:
        """A command that nobody proves to have asked for, or that is refused as things stand, leaves no trace."""
        if refused := at_the_worker(submission.claim, asked_of(self.start.case_id, submission.command)):
            raise refusal(refused, self._known())
        if self._is_behind(submission.held):
            return  # the case learns what its log holds, and takes nothing
        case, command = self._caught_up(), submission.command
        judged = at_the_door(self._plan(), case, command, lambda: self._judge(case, command))
        if isinstance(judged, Refused):
            raise refusal(judged, self._known())

    @workflow.signal(name="inspection_result")
    async def inspection_result(self, signal: RawValue = NOTHING) -> None:
        """The same way for devices and batch senders; no one waits, so a refusal is recorded as an event."""
        if (submission := said_by(signal, Submission)) is None:
            return
        async with self.turn:
            if self.case is None and workflow.patched(_LEARNT):
                await self._learn()  # whoever sent it may know the case from its log
            if refused := await self._take_signal(submission):
                await self._keep(refused, submission)

    @workflow.signal(name=CALENDAR_SIGNAL)
    async def calendar_moved(self, signal: RawValue = NOTHING) -> None:
        """The campaign tells that the committee moved a boundary; whatever fell before falls first.

        A case that knows of it already is told so that it wakes: it looks whether its log holds more than it knows.
        """
        if (move := said_by(signal, CalendarMove)) is None:
            return
        async with self.turn:
            knows = self.case is None or move.number <= self.case.calendar
            if knows and workflow.patched(f"{_WOKEN}/{workflow.info().get_current_history_length()}"):
                await self._learn()
            await self._catch_up()
            while self.case and not self.case.closed and self.case.calendar < move.number:
                await self._follow(move)

    @workflow.query(name="current")
    def current(self) -> CaseView:
        """The case as it stands, with what the clock already owes it."""
        case, now = self.case, self._now()
        if case is None:
            return CaseView(case=None, stage=None, due_at=None, now=now, clock_offset=self.start.clock_offset)
        return CaseView(
            case=case,
            stage=stage(case, now),
            due_at=due(self._plan(), case),
            now=now,
            clock_offset=self.start.clock_offset,
        )

    async def _wait_for_the_clock(self) -> None:
        """Until the nearest instant falls or is another; then the clock catches up."""
        case, wake_at = self.case, self._wake_at()
        if case is None or wake_at is None or wake_at <= self._now():
            return
        describe(self._plan(), case, self._now(), wake_at)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._wake_at() != wake_at or self._should_continue_as_new(),
                timeout=wake_at - self._now(),
                timeout_summary=timer_summary(self._plan(), case, wake_at),
            )

    def _wake_at(self) -> datetime | None:
        """The nearest due instant, phase boundary or completion, which is spread by a hash of the workflow's id."""
        case = self.case
        if self.wakes[0] is not case:  # asked at every turn of the loop: worked out once for a case
            self.wakes = (case, self._instant_after(case))
        return self.wakes[1]

    def _instant_after(self, case: Case | None) -> datetime | None:
        at = next_instant(self._plan(), case) if case else None
        if case is None or at is None or at < case.ends_at or not self.start.spread_within:
            return at
        place = int(hashlib.sha256(case.case_id.encode()).hexdigest()[:8], 16)
        return at + timedelta(seconds=place % self.start.spread_within)

    async def _take_signal(self, submission: Submission) -> Refused | None:
        command = submission.command
        refused = at_the_door(self._plan(), self.case, command, lambda: None)
        # a signal is in the history before it is judged: what one did before the door was there stays done
        if isinstance(refused, Refused) and workflow.patched(patch_of(refused, self.case)):
            return refused
        return await self._take(command, submission.claim)

    async def _keep(self, refused: Refused, submission: Submission) -> None:
        """The refusal as an event, by whoever proved to have asked; else by nobody, and that is why.

        Where the log, or the calendar, had more than the case knew, the command is judged anew.
        """
        command, by, claim = submission.command, submission.command.by, submission.claim
        judged: Refused | None = refused
        while judged is not None and self.case is not None and not self.case.closed:
            event, place = CommandRefused(do=command.do, refusal=judged), self.case.seq
            identity = f"refused:{command.command_id}:{place}"
            line = Transition(
                at=self._now(), do=command.do, command_id=identity, content="", by=by, claim=claim, events=(event,)
            )
            recorded = await self._record(line, command if by else None)
            if recorded.unclaimed is not None:
                judged, by, claim = recorded.unclaimed, None, None
            elif identity in recorded.command_ids or not workflow.patched(f"{_LEARNT}/{place}"):
                return
            else:
                judged = await self._take_signal(submission)

    async def _take(self, command: AnyCommand, claim: Claim | None) -> Refused | None:
        """Decide and record under the lock; whatever the log already holds comes first."""
        while True:
            await self._catch_up()
            judged = self._judge(self.case, command)
            if judged is None or isinstance(judged, Refused):
                return judged
            recorded = await self._record(judged.model_copy(update={"claim": claim}), command)
            if judged.command_id in recorded.command_ids:
                return None
            if recorded.unclaimed is not None:  # nobody proved to have asked: nothing was recorded
                return recorded.unclaimed
            if recorded.certified:  # the opening waited for the record until the campaign was over
                return not_running(self.start.phases)

    def _judge(self, case: Case | None, command: AnyCommand) -> Transition | Refused | None:
        """A transition, a refusal, or None for a command that was accepted before."""
        handled = already_handled(case, command)
        if handled is not False:
            return handled if isinstance(handled, Refused) else None
        asked = (case, command, self._now())
        if self.judged is None or self.judged[0] != asked:  # the validator has just asked the same
            self.judged = (asked, self._decide(*asked))
        return self.judged[1]

    def _decide(self, case: Case | None, command: AnyCommand, now: datetime) -> Transition | Refused:
        if case is None and isinstance(command, Open):
            return decide_opening(self._plan(), self.start, command, now)
        return decide(self._plan(), case, command, now)

    async def _catch_up(self) -> None:
        """The clock is one more actor, and at one instant it acts first."""
        while self.case and (fallen := next_step(self._plan(), self.case, self._now())):
            await self._record(fallen)

    def _caught_up(self) -> Case | None:
        """The case as the clock would leave it now, without recording (for the validator, which may not wait)."""
        return caught_up(self._plan(), self.case, self._now()) if self.case else None

    def _is_behind(self, held: int | None) -> bool:
        """Whether the log has more lines than the case knows: the server lost the end of a task that recorded one."""
        return held is not None and held > self._known()

    def _known(self) -> int:
        return self.case.seq if self.case else 0

    async def _learn(self) -> None:
        """What the log holds and the case does not know."""
        await self._step(RecordRequest(digest=self.start.digest, before=self.case, transition=None))

    async def _record(self, transition: Transition, command: AnyCommand | None = None) -> Recorded:
        """Record and evolve from what the log returned; the step checks the claim for the command that asked for it."""
        asked = command.digest if command else None
        return await self._step(
            RecordRequest(digest=self.start.digest, before=self.case, transition=transition, asked=asked)
        )

    async def _step(self, request: RecordRequest) -> Recorded:
        try:
            recorded = await workflow.execute_local_activity(
                RECORD_ACTIVITY,
                request,
                result_type=Recorded,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=_RETRY,
                local_retry_threshold=_WAITS_IN_A_TASK,
                summary=step_summary(self.case, request.transition),
            )
        except (ActivityError, ApplicationError) as error:
            # fails this task, not the case: it waits until somebody mends the log
            does = f"does not take {request.transition.do}" if request.transition else "cannot be read"
            raise RuntimeError(f"the log of {self.start.case_id} {does}") from error
        for step in recorded.transitions:
            self.case = apply(self.case, step)
        if recorded.move is not None:
            await self._follow(recorded.move)
        self.lists.show(self._plan(), self.case)
        return recorded

    async def _follow(self, move: CalendarMove) -> None:
        """The record knows a later calendar: from here on it is the case's, and what was asked is decided anew."""
        if self.case is None:
            by = self.start.working_days
            by = by.knowing(move.working_days) if move.working_days else by
            known = {"phases": move.phases, "calendar": move.number, "working_days": by}
            self.start = self.start.model_copy(update=known)
        elif not self.case.closed and self.case.calendar < move.number:
            await self._record(calendar_moved(self._plan(), self.case, move))

    def _should_continue_as_new(self) -> bool:
        limit = self.start.continue_after
        info = workflow.info()
        return info.is_continue_as_new_suggested() or bool(limit and info.get_current_history_length() > limit)

    def _plan(self) -> Plan:
        return plan_by_digest(self.start.digest)

    def _now(self) -> datetime:
        """The campaign's now, Beijing time."""
        return campaign_now(self.start.clock_offset)

    def _receipt(self) -> Receipt:
        case = self.case
        assert case is not None
        return Receipt(
            case_id=case.case_id,
            seq=case.seq,
            stage=stage(case, case.clock_at),
            due_at=due(self._plan(), case),
            outcome=case.outcome,
        )
