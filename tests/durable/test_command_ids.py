"""A command_id has one effect, however often, however late and through whichever run it is sent (contracts §1)."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import RPCError, RPCStatusCode

import engine.hand_in
from engine.hand_in import open_case
from engine.unreachable import Unanswered
from models.events import Transition
from models.refusals import Refused
from models.wire import CASE_WORKFLOW, CASES_QUEUE, CaseStart, Receipt
from rules.case.decide import decide_opening
from store.log import record
from tests.cast import ENTERPRISE, INSPECTOR
from tests.durable.office import CaseFile, Office, command, eventually, finding, instant
from tests.store.paper import on_paper, write
from workers.cases import cases_worker

NOTHING_AGAINST = {"licensed": True, "major_hazard": False, "lawful": True}


async def code(answer: Any) -> str:
    """The code of a refusal."""
    assert isinstance(answer, Refused), answer
    return answer.code


async def end(file: CaseFile) -> None:
    """Nothing found: closed as compliant."""
    await file.do("record_findings", findings=[], answers=NOTHING_AGAINST)
    await file.ended()


async def test_the_same_command_twice_while_the_case_runs_has_one_effect(office: Office) -> None:
    file = await office.open("05-10")
    sent = command("record_findings", findings=[finding("F1", "H01")])
    first, again = await file.send(sent), await file.send(sent)
    assert first == again and isinstance(first, Receipt)
    await asyncio.gather(*(file.send(sent) for _ in range(4)))
    assert await file.steps() == ["open", "record_findings"]


async def test_the_same_id_with_other_content_is_refused(office: Office) -> None:
    file = await office.open("05-10")
    sent = command("add_note", text="one")
    await file.send(sent)
    other = command("add_note", text="another", command_id=sent.command_id)
    assert await code(await file.send(other)) == "command_id_reused"
    assert await file.steps() == ["open", "add_note"]


async def test_a_refused_command_sent_again_is_decided_afresh(idle_office: Office) -> None:
    """Two declarations wait for a worker; one is refused in the handler, so that the history keeps its refusal."""
    office = idle_office
    async with cases_worker(office.client, office.services.engine):
        file = await office.open("05-10")
        await file.record(finding("F1", "H01"))
        await file.register("F1")
    sent = [command("declare_rectified", by, refs=["F1"], evidence=["photo"]) for by in (ENTERPRISE, INSPECTOR)]
    waiting = [asyncio.create_task(file.send(c)) for c in sent]
    await asyncio.sleep(0.5)  # both at the server before anybody looks; if not, the test only shows less
    async with cases_worker(office.client, office.services.engine):
        answers = await asyncio.gather(*waiting)
        assert sorted(type(a).__name__ for a in answers) == ["Receipt", "Refused"]
        loser = sent[[isinstance(a, Refused) for a in answers].index(True)]
        await file.verdict(F1=False)
        assert isinstance(await file.send(loser), Receipt), "it fits now: the finding was failed since"


async def test_a_refusal_leaves_no_event_in_the_history(office: Office) -> None:
    file = await office.open("05-10")
    before = len((await file.history()).events)
    assert await file.refused("register", assignments=[{"ref": "F9", "responsible": "Sun"}]) == "unknown_ref"
    assert await file.refused("add_note", "inspector:Li@650202", text="x") == "wrong_territory"
    assert len((await file.history()).events) == before
    assert await file.steps() == ["open"]


async def test_after_the_end_the_answer_comes_from_the_log(office: Office) -> None:
    file = await office.open("05-10")
    note = command("add_note", text="one")
    await file.send(note)
    await end(file)
    assert isinstance(await file.send(note), Receipt)
    assert await code(await file.send(command("add_note", text="two", command_id=note.command_id))) == (
        "command_id_reused"
    )
    assert await code(await file.send(command("add_note", text="late"))) == "case_closed"


async def test_after_retention_the_answer_comes_from_the_log(office: Office) -> None:
    """A case that Temporal no longer knows. (That deletion has this effect is shown below.)"""
    case_id = f"case/{office.campaign.campaign_id}/s-{uuid4().hex[:8]}"
    note = command("add_note", text="one")
    ended = on_paper(
        office.campaign,
        case_id,
        [("05-10", note), ("05-11", command("record_findings", findings=[], answers=NOTHING_AGAINST))],
    )
    write(office.services.engine, office.campaign.plan, ended)
    file = office.file(case_id)
    answer = await file.send(note)
    assert isinstance(answer, Receipt) and answer.outcome == "compliant"
    other = command("add_note", text="two", command_id=note.command_id)
    assert await code(await file.send(other)) == "command_id_reused"
    assert await code(await file.send(command("add_note", text="late"))) == "case_closed"


async def test_opening_twice_is_one_case(office: Office) -> None:
    subject = f"s-{uuid4().hex[:8]}"
    opening = office.opening(subject)
    answers = await asyncio.gather(*(office.hand_in("05-10", subject, opening) for _ in range(3)))
    again = await office.hand_in("05-10", subject, opening)
    file = office.file(f"case/{office.campaign.campaign_id}/{subject}")
    assert [a.case_id for a in (*answers, again) if isinstance(a, Receipt)] == [file.case_id] * 4
    assert await file.steps() == ["open"]
    assert await code(await office.hand_in("05-10", subject, office.opening(subject))) == "already_open"


async def test_an_opening_after_an_ending_is_the_next_case_and_the_old_command_still_means_the_old_one(
    office: Office,
) -> None:
    subject = f"s-{uuid4().hex[:8]}"
    first, second = office.opening(subject), office.opening(subject)
    old = office.file(f"case/{office.campaign.campaign_id}/{subject}")
    assert isinstance(await office.hand_in("05-10", subject, first), Receipt)
    await end(old)
    answer = await office.hand_in("05-11", subject, first)
    assert isinstance(answer, Receipt) and answer.case_id == old.case_id

    answer = await office.hand_in("05-11", subject, second)
    assert isinstance(answer, Receipt) and answer.case_id == f"{old.case_id}-2"
    new = office.file(answer.case_id)
    answer = await office.hand_in("05-11", subject, first)
    assert isinstance(answer, Receipt), f"accepted once, answered accepted ever after: {answer}"
    assert answer.case_id == old.case_id
    await end(new)
    answer = await office.hand_in("05-12", subject, first)
    assert isinstance(answer, Receipt) and answer.case_id == old.case_id, "it opens nothing a second time"


async def test_an_opening_that_meets_the_ending_halfway_is_answered(office: Office, monkeypatch: Any) -> None:
    """Between the look at the record and the call the case may end; nobody should meet an error for it."""
    subject = f"s-{uuid4().hex[:8]}"
    opening = office.opening(subject)
    assert isinstance(await office.hand_in("05-10", subject, opening), Receipt)
    file = office.file(f"case/{office.campaign.campaign_id}/{subject}")
    await end(file)
    stale = (file.case_id, None)
    looked: list[int] = []

    def look(*seen: Any) -> Any:
        looked.append(1)
        return stale if len(looked) == 1 else real(*seen)

    import engine.hand_in

    real = engine.hand_in._case_id
    monkeypatch.setattr(engine.hand_in, "_case_id", look)
    campaign = office.campaign_at("05-11")
    answer = await open_case(office.client, file.engine, campaign, subject, office.opening(subject))
    assert isinstance(answer, Receipt | Refused)
    if isinstance(answer, Receipt):
        office.file(answer.case_id)
        assert answer.case_id == f"{file.case_id}-2"


async def test_a_case_whose_opener_died_right_after_the_start_opens_itself(office: Office) -> None:
    """The start reached the server, the update did not: the opening is the start's own."""
    subject = f"s-{uuid4().hex[:8]}"
    campaign, opening = office.campaign_at("05-10"), office.opening(subject)
    case_id = f"case/{campaign.campaign_id}/{subject}"
    start = CaseStart(
        case_id=case_id,
        digest=campaign.digest,
        phases=campaign.phases,
        opening=opening,
        clock_offset=campaign.clock_offset,
    )
    await office.client.start_workflow(CASE_WORKFLOW, start, id=case_id, task_queue=CASES_QUEUE)
    file = office.file(case_id)
    assert (await file.logged("open")).command_id == opening.command_id
    again = await open_case(office.client, file.engine, campaign, subject, opening)
    assert isinstance(again, Receipt) and again.seq == 1
    await file.intact()


@pytest.mark.parametrize("first", ["short", "long"])
async def test_a_subject_whose_id_looks_like_another_s_second_case_has_a_case_of_its_own(
    office: Office, first: str
) -> None:
    short = f"s-{uuid4().hex[:8]}"
    long = f"{short}-2"
    await end(await office.open("05-10", subject=short))
    if first == "short":
        second, other = await office.open("05-10", subject=short), await office.open("05-10", subject=long)
        expected = (f"{short}-2", f"{short}-2-2")
    else:
        other, second = await office.open("05-10", subject=long), await office.open("05-10", subject=short)
        expected = (f"{short}-3", f"{short}-2")
    assert tuple(f.case_id.rpartition("/")[2] for f in (second, other)) == expected
    assert [(await f.case()).subject_id for f in (second, other)] == [short, long]


async def test_an_opening_that_only_the_log_knows_is_taken_up_by_a_workflow(office: Office) -> None:
    """Committed by a worker that died, its workflow lost with the server: asked again, the case runs."""
    subject = f"s-{uuid4().hex[:8]}"
    campaign, opening, engine = office.campaign_at("05-10"), office.opening(subject), office.services.engine
    case_id = f"case/{campaign.campaign_id}/{subject}"
    decided = decide_opening(campaign.plan, campaign.case_start(case_id), opening, campaign.now())
    assert isinstance(decided, Transition)
    record(engine, campaign.plan, None, decided)
    answer = await open_case(office.client, engine, campaign, subject, opening)
    assert isinstance(answer, Receipt) and answer.seq == 1
    file = office.file(case_id)
    await file.record(finding("F1", "H01"))
    assert await file.steps() == ["open", "record_findings"]
    await file.intact()


async def test_no_official_can_take_an_id_that_the_clock_will_need(office: Office) -> None:
    """A note sent as `clock:phase_began:…` must not stop the case when the phase begins."""
    file = await office.open("05-10")
    taken = "clock:phase_began:rectification:2027-06-01T00:00:00+08:00"
    try:
        await file.send(command("add_note", text="x", command_id=taken))
    except ValueError:
        return  # such an id is no command_id at all: as good
    await file.to("06-01 12:00")
    assert (await file.logged("phase_began", within=5)).at.isoformat() == "2027-06-01T00:00:00+08:00"
    await file.do("add_note", text="alive")
    await file.intact()


async def test_after_its_history_was_deleted_a_case_is_still_answered_from_the_log(office: Office) -> None:
    file = await office.open("05-10")
    note = command("add_note", text="one")
    await file.send(note)
    await end(file)
    run = WorkflowExecution(workflow_id=file.case_id)
    request = DeleteWorkflowExecutionRequest(namespace=office.client.namespace, workflow_execution=run)
    await office.client.workflow_service.delete_workflow_execution(request)

    async def gone() -> bool:
        try:
            await file.handle.describe()
        except RPCError as error:
            return error.status == RPCStatusCode.NOT_FOUND
        return False

    await eventually(gone, within=200)
    receipt = await file.send(note)
    assert isinstance(receipt, Receipt) and receipt.outcome == "compliant"
    assert await file.refused("add_note", text="late") == "case_closed"


@pytest.mark.parametrize("says_what_it_knows", [True, False])
async def test_a_command_that_was_recorded_and_lost_is_not_refused_when_it_comes_again_too_late(
    office: Office, monkeypatch: pytest.MonkeyPatch, says_what_it_knows: bool
) -> None:
    """The server lost the end of the task in which it was recorded; meanwhile its due instant has passed.

    An older worker does not say how many lines of the log the case knew.
    """
    judged = engine.hand_in._judged

    async def by_an_older_worker(*asked: Any) -> Any:
        return (await judged(*asked))[0], None

    if not says_what_it_knows:
        monkeypatch.setattr(engine.hand_in, "_judged", by_an_older_worker)
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    due = instant("05-10 12:00").isoformat()
    registering = command("register", assignments=[{"ref": "F1", "responsible": "Sun", "due": due}])
    await file.lose(registering)
    await file.to("05-10 13:00")

    answer = await file.send(registering)
    assert isinstance(answer, Receipt), answer
    assert (await file.steps()).count("register") == 1
    monkeypatch.undo()
    await file.do("declare_rectified", ENTERPRISE, refs=["F1"], evidence=["photo 1"])  # the case knows of it at once
    assert (await file.steps())[2:] == ["register", "deadline_passed", "declare_rectified"]
    await file.intact()


@pytest.mark.parametrize("is_taken", [True, False])
async def test_an_answer_that_nobody_tells_is_asked_for_once_more_of_the_case_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch, is_taken: bool
) -> None:
    """A host of Temporal died with the command: recorded and not told, or lost. Nobody waits for him to the end."""
    awaited, silent = engine.hand_in._awaited, list[timedelta]()

    async def dying(answering: Coroutine[Any, Any, Any], of: Engine, within: timedelta) -> Any:
        if silent:
            return await awaited(answering, of, within)
        silent.append(within)
        if is_taken:
            await answering
        answering.close()
        raise Unanswered("who took it died")

    monkeypatch.setattr(engine.hand_in, "_awaited", dying)
    subject = f"s-{uuid4().hex[:8]}"
    opening = office.opening(subject)
    opened = await office.hand_in("05-10", subject, opening)
    assert isinstance(opened, Receipt) and silent.pop() == engine.hand_in._FIRST
    file = office.file(f"case/{office.campaign.campaign_id}/{subject}")
    sent = command("record_findings", findings=[finding("F1", "H01")])
    answer = await file.send(sent)
    assert isinstance(answer, Receipt) and answer.seq == 2 and silent == [engine.hand_in._FIRST]
    assert await file.send(sent) == answer
    assert await file.steps() == ["open", "record_findings"]
    await file.intact()
