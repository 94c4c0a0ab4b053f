"""A command is taken from whoever proves to have asked for it, and from nobody else, on whatever way it comes."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

import rules.access.claims
from desk.audit import ClaimsChecked, check_record
from desk.audit_export import export_case
from desk.heads import SignedHeads
from engine.claim_keys import ClaimBook
from engine.connection import Services
from models.actors import system
from models.audit import AuditActor
from models.commands import AddNote, AnyCommand, start_of
from models.events import CommandRefused
from models.refusals import Refused
from models.wire import CASE_WORKFLOW, CASES_QUEUE, Receipt, Submission
from rules.access.claims import asked_of
from store.case_log import timeline
from store.claim_keys import keep_claim_key, retire_key
from store.differences import BrokenLog
from store.log import record
from tests.cast import HERE, INSPECTOR
from tests.durable.forger import FORGERIES, Forger, signed
from tests.durable.office import CaseFile, Office, command
from workers.replay import replay_history


@pytest.fixture
async def forger(office: Office) -> Forger:
    """He reaches the office's Temporal."""
    return await Forger.of(office.services)


def note(words: str) -> AnyCommand:
    """What any official may give at any time."""
    return command("add_note", text=words)


async def by_update(forger: Forger, case_id: str, submission: Submission) -> Refused | Receipt:
    """The answer to an update that nobody's client has signed."""
    handle = forger.client.get_workflow_handle(case_id)
    try:
        return await handle.execute_update("submit", submission, result_type=Receipt)
    except WorkflowUpdateFailedError as error:
        assert isinstance(error.cause, ApplicationError)
        return Refused.model_validate(error.cause.details[0])


def told(answers: dict[str, Refused | Receipt]) -> dict[str, bool]:
    """Of each forgery, whether it was refused for what is wrong with it."""
    return {
        name: isinstance(found := answers[name], Refused)
        and found.code == ("unclaimed" if name == "no claim" else "claim_invalid")
        and why in found.en
        for name, (_, why) in FORGERIES.items()
    }


async def goes_on(file: CaseFile) -> None:
    """What is truly asked for is done."""
    await file.do("add_note", text="goes on")
    assert (await file.log())[-1].by is not None
    await file.intact()


@pytest.mark.parametrize("asked_first", [True, False], ids=["validator and step", "step alone"])
async def test_an_update_that_nobody_proves_to_have_asked_for_is_refused(
    office: Office, forger: Forger, monkeypatch: pytest.MonkeyPatch, asked_first: bool
) -> None:
    """Without the validator: as one that was accepted before commands were signed, and is worked on only now."""
    file = await office.open("05-10")
    if not asked_first:
        monkeypatch.setattr(rules.access.claims, "_checks", [lambda *_: None])  # pyright: ignore[reportUnknownLambdaType]
    answers: dict[str, Refused | Receipt] = {}
    for name, (forge, _) in FORGERIES.items():
        sent = note(name)
        claim = forge(forger, sent, file.case_id)
        answers[name] = await by_update(forger, file.case_id, Submission(command=sent, claim=claim))
    assert told(answers) == dict.fromkeys(FORGERIES, True)
    assert await file.steps() == ["open"]
    accepted = (await file.events()).count("WORKFLOW_EXECUTION_UPDATE_ACCEPTED") - 1
    assert accepted == (0 if asked_first else len(FORGERIES)), "what the validator refuses leaves no trace"
    monkeypatch.undo()
    await goes_on(file)


async def test_a_signal_that_nobody_proves_to_have_sent_is_kept_as_refused_in_nobody_s_name(
    office: Office, forger: Forger
) -> None:
    file = await office.open("05-10")
    handle = forger.client.get_workflow_handle(file.case_id)
    sent = {name: note(name) for name in FORGERIES}
    for name, (forge, _) in FORGERIES.items():
        claim = forge(forger, sent[name], file.case_id)
        await handle.signal("inspection_result", Submission(command=sent[name], claim=claim))
    await goes_on(file)
    answers: dict[str, Refused | Receipt] = {}
    for line in (await file.log())[1:-1]:
        [event] = line.events
        assert isinstance(event, CommandRefused) and (line.by, line.claim) == (None, None), line
        answers |= {name: event.refusal for name, c in sent.items() if f":{c.command_id}:" in line.command_id}
    assert told(answers) == dict.fromkeys(FORGERIES, True)
    assert set((await file.case()).handled) == {line.command_id for line in await file.log() if line.by}


async def test_an_opening_that_nobody_proves_to_have_asked_for_opens_nothing(office: Office, forger: Forger) -> None:
    campaign, engine = office.campaign_at("05-10"), office.services.engine

    async def opened(name: str) -> tuple[object, int]:
        subject = "s-" + name.replace(" ", "-").replace("'", "")
        opening, case_id = office.opening(subject), f"case/{campaign.campaign_id}/{subject}"
        start = campaign.case_start(case_id).model_copy(update={"opening": opening})
        start = start.model_copy(update={"claim": FORGERIES[name][0](forger, opening, case_id)})
        started = await forger.client.start_workflow(CASE_WORKFLOW, start, id=case_id, task_queue=CASES_QUEUE)
        office.file(case_id)
        ended = await asyncio.wait_for(started.result(), 30)
        return ended, len(await asyncio.to_thread(timeline, engine, case_id))

    answers = await asyncio.gather(*map(opened, FORGERIES))
    assert dict(zip(FORGERIES, answers, strict=True)) == dict.fromkeys(FORGERIES, (None, 0))
    await goes_on(await office.open("05-10", subject="s-no-claim"))


async def test_a_start_for_another_case_s_id_opens_nothing(office: Office, forger: Forger) -> None:
    """The claim is true of the case that the start names, and the workflow is another one."""
    campaign, opening = office.campaign_at("05-10"), office.opening("s-true")
    case_id = f"case/{campaign.campaign_id}/s-true"
    claim = forger.claim(opening, case_id)
    start = campaign.case_start(case_id).model_copy(update={"opening": opening, "claim": claim})
    office.file(other := f"{case_id}-beside")
    started = await forger.client.start_workflow(CASE_WORKFLOW, start, id=other, task_queue=CASES_QUEUE)
    assert await asyncio.wait_for(started.result(), 30) is None
    assert timeline(office.services.engine, case_id) == ()


def rewritten(services: Services, case_id: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Who owns the database changes what the last line says, and hashes it as a line is hashed."""
    with services.owner.begin() as connection:
        connection.execute(text("ALTER TABLE case_log DISABLE TRIGGER USER"))
        last = "SELECT seq, body FROM case_log WHERE case_id = :id ORDER BY seq DESC LIMIT 1"
        seq, body = connection.execute(text(last), {"id": case_id}).one()
        says = json.loads(body)
        change(says)
        again = """UPDATE case_log SET body = :body, hash = encode(sha256(convert_to(
            (SELECT b.hash FROM case_log b WHERE b.case_id = :id AND b.seq = :seq - 1) || :body, 'UTF8')), 'hex')
            WHERE case_id = :id AND seq = :seq"""
        told = {"id": case_id, "seq": seq, "body": json.dumps(says, ensure_ascii=False, separators=(",", ":"))}
        connection.execute(text(again), told)
        connection.execute(text("ALTER TABLE case_log ENABLE TRIGGER USER"))


def checked_by_script(folder: Path) -> str:
    """What the script of an export says of it."""
    run = [sys.executable, "-I", folder / "verify_case.py"]
    return subprocess.run(run, capture_output=True, check=True, timeout=60).stdout.decode()


async def test_a_line_that_is_not_as_it_was_claimed_is_found_and_goes_to_no_court(
    office: Office, tmp_path: Path
) -> None:
    """Between two signed heads the chain alone could be written anew; the claim could not."""
    file, heads = await office.open("05-10"), SignedHeads(tmp_path / "heads", tmp_path / "heads.key")
    await file.do("add_note", text="one")
    await file.signal(command("register", assignments=[{"ref": "F9", "responsible": "Sun"}]))
    await file.logged("register")
    await file.do("add_note", text="two")
    services, by = office.services, AuditActor(account="os:test")
    whole = check_record(services.engine, heads)
    assert whole.differences == () and whole.claims == ClaimsChecked(claimed=4, held=4)
    folder = tmp_path / "whole"
    export_case(services.engine, heads, file.case_id, folder, by)
    assert "4 signed claims, all of them hold" in checked_by_script(folder)
    heads = SignedHeads(tmp_path / "later", tmp_path / "later.key")  # what was signed before tells by itself

    def other_name(says: dict[str, Any]) -> None:
        says["by"]["name"] = "Zhou"

    def other_content(says: dict[str, Any]) -> None:
        says["by"]["name"], says["content"] = says["claim"]["by"]["name"], "0" * 24

    def no_claim(says: dict[str, Any]) -> None:
        says.pop("claim")

    for n, (change, code) in enumerate(
        ((other_name, "claim_wrong"), (other_content, "claim_wrong"), (no_claim, "claim_gone"))
    ):
        rewritten(services, file.case_id, change)
        found = check_record(services.engine, heads).differences
        assert [d.code for d in found] == [code], change.__name__
        with pytest.raises(BrokenLog) as refused:
            export_case(services.engine, heads, file.case_id, tmp_path / str(n), by)
        assert refused.value.found.code == code and not (tmp_path / str(n)).exists()


async def test_the_log_proves_who_asked_and_the_history_replays_without_keys(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await office.open("05-10")
    await file.do("add_note", text="one")
    await file.signal(command("register", assignments=[{"ref": "F9", "responsible": "Sun"}]))
    refused = await file.logged("register")
    assert str(refused.by) == INSPECTOR, "refused by the rules, and yet he proved to have asked"
    for line in await file.log():
        assert line.claim is not None and line.claim.door.startswith("console:")
        assert (line.claim.by, line.claim.do, line.claim.case_id) == (line.by, line.do, file.case_id)
        assert line.content in ("", start_of(line.claim.content))
    monkeypatch.setattr(rules.access.claims, "_checks", [])
    assert await replay_history(office.services, await file.history()) == []


async def test_a_key_is_refused_from_the_moment_that_it_is_retired(office: Office, forger: Forger) -> None:
    """Also by a worker that has known it as good, and asks nobody again."""
    file = await office.open("05-10")
    key_id, private = forger.another_key()

    async def sent(words: str) -> Refused | Receipt:
        asked = note(words)
        claim = signed(forger.claim(asked, file.case_id, key_id=key_id), private)
        return await by_update(forger, file.case_id, Submission(command=asked, claim=claim))

    assert isinstance(await sent("good"), Receipt)
    retire_key(office.services.owner, key_id)
    late = await sent("leaked")
    assert isinstance(late, Refused) and "was retired" in late.en
    assert await file.steps() == ["open", "add_note"]
    await goes_on(file)


async def test_a_step_that_committed_in_time_stays_done_when_it_is_asked_for_too_late(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost; when the step is tried again, its claim holds no longer."""
    import activities.record

    file, tries = await office.open("05-10"), 0
    holds = ClaimBook.refused

    def record_and_fail(*asked: object) -> object:
        nonlocal tries
        tries += 1
        record(*asked)  # pyright: ignore[reportArgumentType]
        monkeypatch.setattr(ClaimBook, "refused", lambda *_: rules.access.claims.refuse_claim("old"))  # pyright: ignore[reportUnknownLambdaType]
        raise ConnectionError("lost after the commit")

    monkeypatch.setattr(activities.record, "record", record_and_fail)
    answer = await file.send(note("once"))
    monkeypatch.setattr(ClaimBook, "refused", holds)
    assert isinstance(answer, Receipt) and tries == 1
    assert await file.steps() == ["open", "add_note"]
    monkeypatch.undo()
    await goes_on(file)


async def test_a_worker_may_do_what_was_ordered_and_what_the_system_has_a_mandate_for(
    office: Office, forger: Forger
) -> None:
    file = await office.open("05-10")
    ordered = note("ordered")
    order = forger.order(ordered)
    claim = forger.claim(ordered, file.case_id, "work", order=order)
    assert isinstance(await by_update(forger, file.case_id, Submission(command=ordered, claim=claim)), Receipt)
    book = ClaimBook(office.services.engine)
    mandated = AddNote(by=system("ledger_import", HERE, "operator"), command_id="1", text="x")
    assert book.refused(forger.claim(mandated, file.case_id, "work"), asked_of(file.case_id, mandated)) is None


async def test_the_application_can_read_the_keys_and_change_none(services: Services) -> None:
    assert ClaimBook(services.engine).refused(None, asked_of("case/a/b", note("x"))) is not None
    with pytest.raises(ProgrammingError, match="permission denied"):
        keep_claim_key(services.engine, "k1", "door", "x")
    with pytest.raises(ProgrammingError, match="permission denied"):
        retire_key(services.engine, "k1")
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM claim_keys")).scalar_one() == 2
