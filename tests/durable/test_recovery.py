"""Whatever fails between deciding and answering: the log has the step once, and the receipt is right."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.api.enums.v1 import EventType
from temporalio.common import RetryPolicy

import activities.record
import workflows.case
from embedded.children import Children
from embedded.settings import StackSettings
from embedded.stack import up
from engine.start_case import Beginning
from models.events import CommandRefused, Transition
from models.refusals import Refused
from models.wire import CASE_WORKFLOW, Receipt
from store.log import record
from tests.cast import INSPECTOR, actor
from tests.durable.faults import failing
from tests.durable.office import CaseFile, Office, command, eventually, finding, kill
from workers.cases import cases_worker
from workers.replay import replay_history

ROOT = Path(__file__).parents[2]


async def opened(office: Office, number: int = 1) -> list[CaseFile]:
    """Some cases, each with one hazard recorded."""
    files = await asyncio.gather(*(office.open("05-10") for _ in range(number)))
    await asyncio.gather(*(file.record(finding("F1", "H01")) for file in files))
    return list(files)


def registration(responsible: str = "Sun") -> Any:
    """F1 is registered."""
    return command("register", assignments=[{"ref": "F1", "responsible": responsible}])


async def test_a_step_that_commits_and_fails_to_answer_is_recorded_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = await opened(office)
    tries: list[str] = []

    def record_and_fail(*asked: Any) -> tuple[Transition, ...]:
        recorded = record(*asked)
        tries.append(recorded.transitions[0].do)
        if len(tries) < 4:
            raise OperationalError("COMMIT", {}, ConnectionError("lost after the commit"))
        return recorded

    monkeypatch.setattr(activities.record, "record", record_and_fail)
    receipt = await file.send(registration())
    assert tries == ["register"] * 4
    assert isinstance(receipt, Receipt) and (receipt.seq, receipt.stage) == (3, "rectification")
    assert await file.steps() == ["open", "record_findings", "register"]
    await file.intact()


@pytest.fixture
def dying_worker(idle_office: Office, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process that kills itself right after the commit of the first registration."""
    env = {**os.environ, "ENDPOINTS": idle_office.services.endpoints.model_dump_json(), "DIES_AFTER": "register"}
    argv = [sys.executable, "-P", str(ROOT / "tests" / "durable" / "dying_worker.py")]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(argv, env={**env, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
    yield worker
    worker.kill()
    worker.wait()


async def test_another_worker_takes_over_from_one_that_died_between_commit_and_answer(
    idle_office: Office, dying_worker: subprocess.Popen[bytes]
) -> None:
    office = idle_office
    async with cases_worker(office.client, office.services.engine):
        [file] = await opened(office)
    sent = registration()
    waiting = asyncio.create_task(file.send(sent))
    assert await asyncio.to_thread(dying_worker.wait, 60) == -9
    assert await file.steps() == ["open", "record_findings", "register"], "committed before it died"
    assert not waiting.done()
    async with cases_worker(office.client, office.services.engine):
        receipt = await waiting
        assert isinstance(receipt, Receipt) and (receipt.seq, receipt.stage) == (3, "rectification")
        assert await file.send(sent) == receipt
        assert await file.steps() == ["open", "record_findings", "register"]
        await file.intact()


async def test_a_step_that_the_workflow_lost_is_adopted_before_the_next_command_is_decided(office: Office) -> None:
    [file] = await opened(office)
    lost, after = registration("Sun"), command("declare_rectified", refs=["F1"], evidence=["photo 1"])
    await file.lose(lost)
    assert await file.known_to_refuse(after) == "not_registered", "it lost it"
    assert isinstance(await file.send(after), Receipt), "F1 is registered, as the log says"
    steps = [step.command_id for step in await file.log()]
    assert steps[2:] == [lost.command_id, after.command_id]
    assert isinstance(await file.send(lost), Receipt), "and the lost one has its one effect"
    assert len(await file.log()) == 4
    await file.intact()


async def test_what_only_the_door_refuses_is_refused_by_a_case_that_lost_a_step_too(office: Office) -> None:
    [file] = await opened(office)
    await file.lose(registration("Sun"))
    herself = actor(INSPECTOR.replace("Li", "LI"))
    answer = await file.send(command("record_findings", findings=[finding("F2", "H02")], **{"with": herself}))
    assert isinstance(answer, Refused) and answer.code == "second_inspector"
    assert await file.steps() == ["open", "record_findings", "register"]
    assert await file.caught_up(), "and it has learnt what it had lost"


async def test_a_signal_to_a_case_that_lost_a_step_is_judged_by_what_the_log_holds(office: Office) -> None:
    [fits, fits_not] = await opened(office, 2)
    for file in (fits, fits_not):
        await file.lose(registration("Sun"))
    await fits.signal(command("declare_rectified", refs=["F1"], evidence=["photo 1"]))
    await fits.logged("declare_rectified")
    await fits_not.signal(command("declare_rectified", refs=["F9"], evidence=["photo 1"]))
    [event] = (await fits_not.logged("declare_rectified")).events
    assert isinstance(event, CommandRefused) and event.refusal.code == "unknown_ref"
    for file in (fits, fits_not):
        assert await file.steps() == ["open", "record_findings", "register", "declare_rectified"]
        await eventually(file.caught_up)
        await file.intact()


async def test_a_case_whose_opening_only_the_log_knows_takes_what_comes_with_it(idle_office: Office) -> None:
    """As when the server loses the end of the first task: all of it comes to the case at once."""
    office = idle_office
    opening, campaign = office.opening("s-unheard"), office.campaign_at("05-10")
    beginning = Beginning(campaign, f"case/{campaign.campaign_id}/s-unheard", opening, ())
    assert isinstance(beginning.expected, Transition)
    file = office.file(beginning.start.case_id)
    await office.client.start_workflow(CASE_WORKFLOW, beginning.start, **beginning.options())
    await asyncio.to_thread(record, file.engine, campaign.plan, None, beginning.expected)
    told, asked = command("add_note", text="by a device"), command("record_findings", findings=[finding("F1", "H01")])
    await file.signal(told)
    waiting = asyncio.create_task(file.send(asked))
    async with cases_worker(office.client, office.services.engine):
        assert isinstance(await waiting, Receipt)
        await file.logged("add_note")
        assert sorted(await file.steps()) == ["add_note", "open", "record_findings"]
        await eventually(file.caught_up)
        await file.intact()


async def test_a_command_that_no_longer_fits_after_adoption_is_refused(office: Office) -> None:
    [file] = await opened(office)
    await file.lose(registration("Sun"))
    answer = await file.send(registration("Zhou"))
    assert isinstance(answer, Refused) and answer.code == "already_registered"
    assert (await file.case()).findings[0].responsible == "Sun"
    await file.intact()


async def test_a_lost_ending_is_adopted_too(office: Office) -> None:
    file = await office.open("05-10")
    answers = {"licensed": True, "major_hazard": False, "lawful": True}
    await file.lose(command("record_findings", findings=[], answers=answers))
    answer = await file.send(command("add_note", text="late"))
    assert isinstance(answer, Refused) and answer.code == "case_closed"
    await file.ended()
    await file.intact()


async def test_commands_given_while_the_database_is_away_are_accepted_once_afterwards(idle_office: Office) -> None:
    office = idle_office
    with failing(office.services.endpoints.app_database_url) as faults:
        async with cases_worker(office.client, faults.engine):
            files = await opened(office, 6)
            faults.away = True
            sent = [registration() for _ in files]
            waiting = [asyncio.create_task(f.send(c)) for f, c in zip(files, sent, strict=True)]

            async def several() -> bool:
                return faults.refused > 20  # several tries of each

            await eventually(several)
            assert not any(task.done() for task in waiting)
            faults.away = False
            receipts = await asyncio.gather(*waiting)
            assert [(r.seq, r.stage) for r in receipts if isinstance(r, Receipt)] == [(3, "rectification")] * 6
            for file, command_sent in zip(files, sent, strict=True):
                assert [step.command_id for step in await file.log()][2:] == [command_sent.command_id]
                await file.intact()


async def test_a_case_whose_record_is_away_for_long_waits_by_timers(
    idle_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each few seconds of a weekend are events, until the server ends the case for having too many."""
    office, quick = idle_office, RetryPolicy(initial_interval=timedelta(milliseconds=20))
    monkeypatch.setattr(workflows.case, "_RETRY", quick)
    monkeypatch.setattr(workflows.case, "_WAITS_IN_A_TASK", timedelta(milliseconds=50))
    with failing(office.services.endpoints.app_database_url) as faults:
        async with cases_worker(office.client, faults.engine):
            [file] = await opened(office)
            faults.away = True
            waiting = asyncio.create_task(file.send(registration()))

            async def timers() -> bool:
                history = await file.handle.fetch_history()
                return sum(one.event_type == EventType.EVENT_TYPE_TIMER_FIRED for one in history.events) >= 3

            assert await eventually(timers)
            faults.away = False
            assert isinstance(await waiting, Receipt)
            await file.intact()
            assert await replay_history(office.services, await file.handle.fetch_history()) == []


async def test_a_temporal_server_killed_and_restarted_loses_no_command(
    office: Office, stack_settings: StackSettings
) -> None:
    files = await opened(office, 6)
    sent = [registration() for _ in files]
    waiting = [asyncio.create_task(f.send(c)) for f, c in zip(files, sent, strict=True)]
    await asyncio.sleep(0)  # handed to the client, in flight when the server dies
    await kill(Children(stack_settings.home), "temporal")
    await up(stack_settings)
    await asyncio.gather(*waiting, return_exceptions=True)  # some may have been told that nobody answers
    for file, command_sent in zip(files, sent, strict=True):
        receipt = await file.send(command_sent)
        assert isinstance(receipt, Receipt) and receipt.stage == "rectification"
        assert [step.command_id for step in await file.log()][2:] == [command_sent.command_id]
        await file.intact()
