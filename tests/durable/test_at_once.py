"""Commands at the same time are taken one after the other: exactly one of four that exclude each other succeeds."""

import asyncio
from collections.abc import Sequence

import pytest

from engine.hand_in import Answer
from models.commands import AnyCommand
from models.refusals import Refused
from models.wire import Receipt
from tests.cast import SUPERVISOR
from tests.durable.office import CaseFile, Office, command, finding
from workers.cases import cases_worker


async def at_once(office: Office, file: CaseFile, sent: Sequence[AnyCommand], *, worker_away: bool) -> list[Answer]:
    """The answers to commands sent together: one by one as the worker gets them, or all in its first look."""
    waiting = [asyncio.create_task(file.send(c)) for c in sent]
    if worker_away:
        await asyncio.sleep(0.5)  # let them gather at the server; were one late, the test would only show less
    async with cases_worker(office.client, office.services.engine):
        return await asyncio.gather(*waiting)


def the_one_accepted(sent: Sequence[AnyCommand], answers: Sequence[Answer]) -> AnyCommand:
    """The command that was accepted; there is exactly one."""
    accepted = [c for c, answer in zip(sent, answers, strict=True) if isinstance(answer, Receipt)]
    assert len(accepted) == 1, answers
    return accepted[0]


@pytest.mark.parametrize("worker_away", [False, True])
async def test_of_four_registrations_exactly_one_is_accepted(idle_office: Office, worker_away: bool) -> None:
    office = idle_office
    async with cases_worker(office.client, office.services.engine):
        file = await office.open("05-10")
        await file.record(finding("F1", "H01"))
    who = ("Sun", "Sun", "Zhou", "Wu")
    sent = [command("register", assignments=[{"ref": "F1", "responsible": name}]) for name in who]
    answers = await at_once(office, file, sent, worker_away=worker_away)
    winner = the_one_accepted(sent, answers)
    assert {a.code for a in answers if isinstance(a, Refused)} == {"already_registered"}
    assert [step.command_id for step in await file.log() if step.do == "register"] == [winner.command_id]
    async with cases_worker(office.client, office.services.engine):
        await file.intact()


@pytest.mark.parametrize("worker_away", [False, True])
async def test_of_four_approvals_exactly_one_is_accepted(idle_office: Office, worker_away: bool) -> None:
    office = idle_office
    async with cases_worker(office.client, office.services.engine):
        file = await office.open("06-02")
        await file.record(finding("F1", "V04"))
        await file.register("F1")
        await file.do("propose_measure", must="suspend")
    sent = [command("approve_measure", SUPERVISOR, must="suspend") for _ in range(4)]
    answers = await at_once(office, file, sent, worker_away=worker_away)
    winner = the_one_accepted(sent, answers)
    async with cases_worker(office.client, office.services.engine):
        case = await file.case()
        assert case.musts[0].state == "decided" and winner.command_id in case.handled
        assert [step.command_id for step in await file.log() if step.do == "approve_measure"] == [winner.command_id]
        await file.intact()
