"""What is not well is said as what it is: unreachable, cancelled, or a difference between record and workflows."""

import asyncio
import gc
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

import workflows.case
from engine import hand_in
from engine.connection import Services
from engine.hand_in import answered, open_case
from engine.unreachable import Unreachable
from models.case import Case
from models.plan import Plan
from models.wire import Receipt
from rules.clocks.deadlines import due
from tests.durable.faults import failing
from tests.durable.office import Office, command, finding
from tests.store.paper import long_case, write
from workers.check import compare_with_running


async def test_an_opening_while_the_record_is_away_is_unreachable_and_may_be_sent_again(office: Office) -> None:
    opening, campaign = office.opening("s-away"), office.campaign_at("05-10")
    with failing(office.services.endpoints.app_database_url) as faults:
        faults.away = True
        with pytest.raises(Unreachable):
            await open_case(office.client, faults.engine, campaign, "s-away", opening)
    await office.open("05-10", subject="s-away")


async def test_a_caller_that_goes_away_is_cancelled_not_told_that_nobody_answers(idle_office: Office) -> None:
    """Nobody serves the queue; whoever waits may give up (a closed browser, a stopping process)."""
    file = idle_office.file(f"case/{idle_office.campaign.campaign_id}/s-nobody")
    opening = idle_office.opening("s-nobody")
    waiting = asyncio.create_task(idle_office.hand_in("05-10", "s-nobody", opening))
    await asyncio.wait([waiting], timeout=0.5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert file.case_id


async def test_an_answer_that_comes_as_its_caller_goes_is_no_trouble_of_the_process(engine: Engine) -> None:
    """Else asyncio would log it as an exception that nobody retrieved, with a traceback."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: told.append(trouble))
    comes, never = asyncio.Event(), "nobody hears of it"

    async def answering() -> None:
        await comes.wait()
        raise Unreachable(never)

    asked = asyncio.create_task(answered(answering(), engine))
    for _ in range(3):
        await asyncio.sleep(0)
    comes.set()
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait({asked})
    assert asked.cancelled()
    del asked
    gc.collect()
    assert told == []


async def test_a_record_and_workflows_that_agree_are_no_difference(office: Office) -> None:
    for _ in range(3):
        await (await office.open("05-10")).record(finding("F1", "H01"))
    assert await compare_with_running(office.client, office.services.engine) == []


async def test_a_case_that_fails_to_answer_at_first_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.open("05-10")
    asked: list[datetime | None] = []

    def at_the_third_try(plan: Plan, case: Case) -> datetime | None:
        asked.append(due(plan, case))
        if len(asked) < 3:
            raise RuntimeError("short of time")
        return asked[-1]

    monkeypatch.setattr(workflows.case, "due", at_the_third_try)
    assert await compare_with_running(office.client, office.services.engine) == []
    assert len(asked) == 3


async def test_an_open_case_whose_workflow_was_ended_by_hand_is_a_difference(office: Office) -> None:
    file = await office.open("05-10")
    await file.handle.terminate("by hand")
    assert [d.case_id for d in await compare_with_running(office.client, office.services.engine)] == [file.case_id]


async def test_an_open_case_without_any_workflow_is_a_difference(office: Office) -> None:
    case = write(office.services.engine, office.campaign.plan, long_case(office.campaign, 1, 5))
    found = await compare_with_running(office.client, office.services.engine)
    assert [(d.case_id, d.code) for d in found] == [(case.case_id, "workflow_gone")]
    assert "rectify workflow restart" in found[0].remedy_en


async def test_a_workflow_that_missed_a_line_of_the_log_is_a_difference(office: Office) -> None:
    file = await office.open("05-10")
    await file.lose(command("add_note", text="lost"))
    assert [d.case_id for d in await compare_with_running(office.client, office.services.engine)] == [file.case_id]
    await file.do("add_note", text="and found again with the next command")
    assert await compare_with_running(office.client, office.services.engine) == []


async def test_an_answer_that_fails_as_the_time_runs_out_is_not_left_behind(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else asyncio logs a traceback for each command that nobody answered in time."""
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    monkeypatch.setattr(hand_in, "_WITHIN", timedelta(milliseconds=20))

    async def late() -> Receipt:
        await asyncio.sleep(0)
        time.sleep(0.05)  # noqa: ASYNC251 - so that both are due in the same round of the loop
        raise Unreachable("nobody")

    with pytest.raises(Unreachable):
        await hand_in.answered(late(), services.engine)
    await asyncio.sleep(0.01)  # until the loop holds nothing of it
    gc.collect()
    assert told == []
