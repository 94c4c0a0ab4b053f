"""A history that grows long continues as a new one: the case goes over whole, and no command is lost on the way."""

import asyncio
from functools import partial

import pytest

import store.campaigns
from models.refusals import Refused
from models.wire import CaseStart, Receipt
from tests.durable.office import Office, command, finding, instant


@pytest.fixture(autouse=True)
def short_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case continues as new after some forty events."""
    monkeypatch.setattr(store.campaigns, "CaseStart", partial(CaseStart, continue_after=40))


async def test_continuing_as_new_under_load_loses_and_doubles_nothing(office: Office) -> None:
    file = await office.open("05-10")
    first_run = (await file.handle.describe()).run_id
    notes = [command("add_note", text=f"note {n}") for n in range(40)]
    gate = asyncio.Semaphore(8)  # a run takes ten updates at a time

    async def hand_in(n: int) -> Receipt | Refused:
        async with gate:
            return await file.send(notes[n])

    answers = await asyncio.gather(*(hand_in(n) for n in range(40)))
    assert all(isinstance(answer, Receipt) for answer in answers), answers
    logged = [step.command_id for step in await file.log()]
    assert sorted(logged[1:]) == sorted(note.command_id for note in notes)
    assert (await file.handle.describe()).run_id != first_run, "it did continue as new"
    await file.intact()


async def test_in_the_new_run_everything_is_as_it_was(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    shown = await file.attributes()
    note = command("add_note", text="in the first run")
    await file.send(note)
    first_run = (await file.handle.describe()).run_id
    while (await file.handle.describe()).run_id == first_run:
        await file.do("add_note", text="more")
    lines = len(await file.log())

    assert await file.attributes() == shown, "search attributes go over"
    assert isinstance(await file.send(note), Receipt)
    other = await file.send(command("add_note", text="other", command_id=note.command_id))
    assert isinstance(other, Refused) and other.code == "command_id_reused"
    assert len(await file.log()) == lines
    await file.intact()
    await file.to("05-26 09:00")
    assert (await file.logged("deadline_passed")).at == instant("05-25 24:00"), "and so do its deadlines"
    await file.intact()
