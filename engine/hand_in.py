"""Handing in commands: the one way in for command line, API and pages.

Nothing is decided here: the running case decides; this finds it, asks it, and reads the log once it has ended.
"""

# calls by name are partly untyped in temporalio
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import ParamSpec, TypeVar
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError

from engine.codec import ForgedPayload
from engine.metrics import counted
from engine.payload_keys import missed_lately
from engine.start_case import SPREAD_SECONDS, Beginning
from engine.unreachable import (
    CaseStuck,
    OlderWorker,
    Unanswered,
    Unreachable,
    WithoutWorkflow,
    asking_temporal,
    no_answer,
)
from models.commands import AnyCommand, Open
from models.refusals import Refused
from models.wire import (
    REFUSED,
    CaseView,
    Receipt,
    Submission,
)
from rules.access.deeds import Place, out_of_reach
from rules.access.giving import may_give
from rules.case.door import at_the_door
from rules.plans import remember
from rules.words.naming import district_named
from rules.words.refusals import refuse
from store.attachments import unknown_of
from store.campaigns import Campaign, campaign_of
from store.case_ids import campaign_of_case, case_to_open
from store.case_log import case_receipt, opened_by, recorded_content
from store.earlier_orders import earlier_orders, orders_against
from store.receipts import keep_receipt
from store.subject_search import find_subject, lineage, standing_for
from store.verify import fold_case

Answer = Receipt | Refused
P = ParamSpec("P")
T = TypeVar("T")
_TRIES = 3
_WITHIN = timedelta(seconds=30)
_FIRST = timedelta(seconds=10)
"""Of that. Who is silent so long may be dead: then it is asked once more."""
_FAILS = "Workflow Task in failed state"  # the server's words
_UNREAD = "Failed decoding arguments"  # the library's
_LOOK_EVERY = 4.0  # seconds that a command waits before it is asked why


async def open_case(
    client: Client,
    engine: Engine,
    campaign: Campaign,
    subject_id: str,
    command: Open,
    *,
    spread_within: int = SPREAD_SECONDS,
) -> Answer:
    """Open a case of the subject; a receipt, or a refusal. After an ending the next case is `-2`, `-3`…"""
    return await counted(command.do, _open(client, engine, campaign, subject_id, command, spread_within))


async def _open(
    client: Client, engine: Engine, campaign: Campaign, subject_id: str, command: Open, spread_within: int
) -> Answer:
    if isinstance(refused := at_the_door(campaign.plan, None, command, lambda: None), Refused):
        return refused
    answer: Answer = refuse("case_not_open")
    for _ in range(_TRIES):
        answer = await _open_once(client, engine, campaign, subject_id, command, spread_within)
        if not (isinstance(answer, Refused) and answer.code == "case_closed"):
            return answer  # else the case ended while we looked: the next one is to be opened
    return answer


async def _open_once(
    client: Client, engine: Engine, campaign: Campaign, subject_id: str, command: Open, spread_within: int
) -> Answer:
    subject_id, ids = await _asked(_standing, engine, subject_id)
    case_id, repeated = await _asked(_case_id, engine, campaign, subject_id, ids, command)
    if repeated is not None:
        return repeated
    orders = orders_against(await _asked(earlier_orders, engine, campaign.plan, ids), ids)
    beginning = Beginning(campaign, case_id, command, orders, spread_within)
    if isinstance(beginning.expected, Refused):
        return await _unless_taken(engine, case_id, command, beginning.expected)

    async def ask(update_id: str, within: timedelta) -> Receipt:
        operation = beginning.with_update()
        try:
            return await client.execute_update_with_start_workflow(
                "submit",
                Submission(command=command),
                id=update_id,
                start_workflow_operation=operation,
                result_type=Receipt,
                rpc_timeout=within,
            )
        finally:
            with suppress(BaseException):  # its failure is the update's; what never left has no handle, and never will
                async with asyncio.timeout(0):
                    await operation.workflow_handle()

    try:
        with asking_temporal():
            return await _receipt(ask, engine)
    except WorkflowUpdateFailedError as error:
        return await _unless_taken(engine, case_id, command, _refused(error))


async def submit(client: Client, engine: Engine, case_id: str, command: AnyCommand) -> Answer:
    """Hand a command to a case; sent again with the same command_id it has one effect and the same answer.

    The case itself knows the ids that it accepted: the server is given none, for it would repeat a refusal too.
    """
    return await counted(command.do, _submit(client, engine, case_id, command))


async def _submit(client: Client, engine: Engine, case_id: str, command: AnyCommand) -> Answer:
    if refused := await _asked(_unknown_file, engine, case_id, command):
        return refused
    try:
        with asking_temporal(case_id):
            answer, known = await _judged(client, engine, case_id, Submission(command=command))
            if known is not None and (held := await _asked(case_receipt, engine, case_id)) and held.seq > known:
                # a step was recorded that the case had not heard of: the server lost the end of that task
                await _judged(client, engine, case_id, Submission(command=command, held=held.seq))
                answer, _ = await _judged(client, engine, case_id, Submission(command=command))
            return answer if known is not None else await _unless_taken(engine, case_id, command, answer)
    except LookupError:
        return await _asked(_from_the_log, engine, case_id, command)
    except Unreachable as error:
        if _FAILS in str(error):
            raise CaseStuck(case_id) from None
        raise


async def _judged(client: Client, engine: Engine, case_id: str, submission: Submission) -> tuple[Answer, int | None]:
    """The answer; of a refusal also how many lines of its log the case knew then, where its worker says so."""
    handle: WorkflowHandle[object, object] = client.get_workflow_handle(case_id)

    def ask(update_id: str, within: timedelta) -> Awaitable[Receipt]:
        return handle.execute_update("submit", submission, id=update_id, result_type=Receipt, rpc_timeout=within)

    try:
        return await _receipt(ask, engine), None
    except WorkflowUpdateFailedError as error:
        refused, cause = _refused(error), error.cause
        details = cause.details if isinstance(cause, ApplicationError) else ()
        return refused, details[1] if len(details) > 1 else None


async def _receipt(ask: Callable[[str, timedelta], Awaitable[Receipt]], engine: Engine) -> Receipt:
    """The case's answer to one update, which is asked for again by its id where nobody tells it.

    A host that died may have taken the command, recorded it and not told, or lost it. The case itself is asked, not its
    log: a case that lost the step is to hear of it.
    """
    update_id = uuid4().hex
    with suppress(Unanswered):
        return await _awaited(ask(update_id, _FIRST), engine, _FIRST)
    return await _awaited(ask(update_id, _WITHIN - _FIRST), engine, _WITHIN - _FIRST)


async def _unless_taken(engine: Engine, case_id: str, command: AnyCommand, answer: Answer) -> Answer:
    """The answer; a receipt instead of a refusal if the log holds this very command.

    Its first try was recorded, and the case never heard of it. By its clock the command may come too late now.
    """
    if isinstance(answer, Receipt):
        return answer
    if await _asked(recorded_content, engine, case_id, command.command_id) != command.content:
        return answer
    return await _asked(case_receipt, engine, case_id) or answer


async def answered(answering: Awaitable[T], engine: Engine) -> T | Refused:
    """The answer or the refusal; Unreachable if nobody answers in time. A caller that is cancelled stays cancelled.

    KeyTrouble if nobody answers while a worker misses a key.
    """
    try:
        return await _awaited(answering, engine)
    except WorkflowUpdateFailedError as error:
        return _refused(error)


async def _awaited(answering: Awaitable[T], engine: Engine, within: timedelta = _WITHIN) -> T:
    waiting = asyncio.ensure_future(answering)
    try:
        # the client by itself would ask again and again while no worker lives
        async with asyncio.timeout(within.total_seconds()):
            while not (await asyncio.wait({waiting}, timeout=_LOOK_EVERY))[0]:
                if missed := await asyncio.to_thread(missed_lately, engine):
                    raise missed
            return waiting.result()
    except TimeoutError:
        raise Unanswered("no worker took the command in time") from None
    except ForgedPayload as error:
        raise _forged(error) from error
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error
        raise no_answer(error) from None
    finally:
        waiting.cancel()
        with suppress(BaseException):  # nobody waits for it any more, nor for how it failed just now
            await waiting


async def _asked(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """An answer of the record, off the event loop; Unreachable if the database does not give one."""
    try:
        return await asyncio.to_thread(question, *args, **kwargs)
    except OperationalError as error:
        raise Unreachable("the database does not answer") from error


async def signal_result(client: Client, engine: Engine, case_id: str, command: AnyCommand) -> Refused | None:
    """The signal path for devices and batch senders; a refusal is recorded, not answered, but that of a foreign file.

    What became of it `store/receipts.py:handed_in` says, by the command's id.
    """
    return await counted(command.do, _signal(client, engine, case_id, command))


async def _signal(client: Client, engine: Engine, case_id: str, command: AnyCommand) -> Refused | None:
    if refused := await _asked(_unknown_file, engine, case_id, command):
        return refused
    await _asked(keep_receipt, engine, command.command_id, case_id)
    handle: WorkflowHandle[object, Receipt | None] = client.get_workflow_handle(case_id)
    with asking_temporal(case_id):
        await handle.signal("inspection_result", Submission(command=command), rpc_timeout=_WITHIN)
    return None


async def current(client: Client, case_id: str) -> CaseView:
    """The running (or lately ended) case itself; LookupError if Temporal has none of that id."""
    try:
        with asking_temporal(case_id):
            handle = client.get_workflow_handle(case_id)
            return await handle.query("current", result_type=CaseView, rpc_timeout=_WITHIN)
    except ForgedPayload as error:
        raise _forged(error) from error


def _unknown_file(engine: Engine, case_id: str, command: AnyCommand) -> Refused | None:
    """A command names files that were taken in for this case, each as it was, or none: asked once, at the door.

    Whoever may not give it hears that, and nothing of the files.
    """
    unknown = unknown_of(engine, case_id, command.files)
    return (_forbidden(engine, case_id, command) or refuse("unknown_file", name=unknown.name)) if unknown else None


def _standing(engine: Engine, subject_id: str) -> tuple[str, list[str]]:
    """Who stands for the subject in the register, and all ids that it has had."""
    root = standing_for(engine, subject_id)
    return root, lineage(engine, root)


def _case_id(
    engine: Engine, campaign: Campaign, subject_id: str, ids: list[str], command: Open
) -> tuple[str, Answer | None]:
    """The id that this opening is for; and the answer if this very command opened a case that has ended."""
    if opened := opened_by(engine, campaign.campaign_id, ids, command.command_id):
        case_id, content = opened
        receipt = case_receipt(engine, case_id)
        if receipt is not None and receipt.outcome is not None:
            return case_id, _repeated(engine, case_id, content, command)
        return case_id, None  # recorded, but maybe by a workflow that never got to know it: ask, do not assume
    newest, case_id = case_to_open(engine, campaign.campaign_id, subject_id, ids)
    if newest is not None and not newest.closed:
        return newest.case_id, None
    registered, named = find_subject(engine, subject_id), command.subject.district
    if registered is None:
        return case_id, None
    if registered.district != named:
        there, here = district_named(campaign.plan, registered.district), district_named(campaign.plan, named)
        elsewhere = refuse("registered_elsewhere", registered=there, district=here)
        return case_id, may_give(campaign.plan, None, command) or elsewhere
    # whoever has a sector opens no case of another's subject by naming the own one
    return case_id, out_of_reach(campaign.plan, command.by, Place(named, registered.sector, subject_id))


def _from_the_log(engine: Engine, case_id: str, command: AnyCommand) -> Answer:
    """The case has ended, maybe long ago: the log still knows what it accepted."""
    receipt = case_receipt(engine, case_id)
    if receipt is None:
        raise LookupError(case_id)
    content = recorded_content(engine, case_id, command.command_id)
    if content == command.content:
        return receipt
    if refused := _forbidden(engine, case_id, command):
        return refused  # whoever may do nothing there hears nothing else of it
    if content is not None:
        return refuse("command_id_reused")
    if receipt.outcome is None:
        raise WithoutWorkflow(case_id)
    return refuse("case_closed", outcome=receipt.outcome)


def _forbidden(engine: Engine, case_id: str, command: AnyCommand) -> Refused | None:
    campaign = campaign_of(engine, campaign_of_case(engine, case_id))
    remember(campaign.digest, campaign.plan)
    return may_give(campaign.plan, fold_case(engine, case_id).case, command)


def _repeated(engine: Engine, case_id: str, content: str, command: AnyCommand) -> Answer:
    receipt = case_receipt(engine, case_id)
    if content != command.content or receipt is None:
        return refuse("command_id_reused")
    return receipt


def _refused(error: WorkflowUpdateFailedError) -> Refused:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == REFUSED:
        return Refused.model_validate(cause.details[0])
    if isinstance(cause, ApplicationError) and cause.message == _UNREAD:
        raise OlderWorker from error
    raise Unreachable(f"the case did not take the command: {cause}") from error


def _forged(error: ForgedPayload) -> Unreachable:
    return Unreachable(f"somebody who is not of this installation answered in the place of a worker: {error}")
