"""What would change something in Temporal is refused while the installation is a copy; asking and listing go on.

Nothing becomes a copy while its processes run: a client of the live installation need not ask.
"""

# calls by name are partly untyped in temporalio
# pyright: reportUnknownMemberType=false

import asyncio
from typing import Any

from sqlalchemy import Engine
from temporalio.client import (
    BackfillScheduleInput,
    CancelWorkflowInput,
    CreateScheduleInput,
    DeleteScheduleInput,
    Interceptor,
    OutboundInterceptor,
    PauseScheduleInput,
    ScheduleHandle,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    TerminateWorkflowInput,
    TriggerScheduleInput,
    UnpauseScheduleInput,
    UpdateScheduleInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)

from store.installation import IsCopy, is_copy


class WhileCopy(Interceptor):
    """Of a client of a copy: raises IsCopy before anything is sent that changes something, until it is the live one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Asks before each change."""
        return _Asking(next, self)

    async def refuse(self) -> None:
        """IsCopy unless the installation is live."""
        if await asyncio.to_thread(is_copy, self._engine):
            raise IsCopy


class _Asking(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, of: WhileCopy) -> None:
        super().__init__(next)
        self._of = of

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        await self._of.refuse()
        return await super().start_workflow(input)

    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        try:
            await self._of.refuse()
        except IsCopy as refused:
            input._on_start_error(refused)  # pyright: ignore[reportPrivateUsage] -- whoever waits for the start hears it
            raise
        return await super().start_update_with_start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        await self._of.refuse()
        return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        await self._of.refuse()
        await super().signal_workflow(input)

    async def terminate_workflow(self, input: TerminateWorkflowInput) -> None:
        await self._of.refuse()
        await super().terminate_workflow(input)

    async def cancel_workflow(self, input: CancelWorkflowInput) -> None:
        await self._of.refuse()
        await super().cancel_workflow(input)

    async def create_schedule(self, input: CreateScheduleInput) -> ScheduleHandle:
        await self._of.refuse()
        return await super().create_schedule(input)

    async def trigger_schedule(self, input: TriggerScheduleInput) -> None:
        await self._of.refuse()
        await super().trigger_schedule(input)

    async def pause_schedule(self, input: PauseScheduleInput) -> None:
        await self._of.refuse()
        await super().pause_schedule(input)

    async def unpause_schedule(self, input: UnpauseScheduleInput) -> None:
        await self._of.refuse()
        await super().unpause_schedule(input)

    async def update_schedule(self, input: UpdateScheduleInput) -> None:
        await self._of.refuse()
        await super().update_schedule(input)

    async def backfill_schedule(self, input: BackfillScheduleInput) -> None:
        await self._of.refuse()
        await super().backfill_schedule(input)

    async def delete_schedule(self, input: DeleteScheduleInput) -> None:
        await self._of.refuse()
        await super().delete_schedule(input)
