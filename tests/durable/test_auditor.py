"""The auditor is worth something: whatever somebody damages, in log, history, read model or answers, it finds."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from temporalio.client import Client

from models.commands import AnyCommand
from models.wire import Receipt
from rules.words.refusals import refuse
from store.verify import rebuild_case
from tests.cast import INSPECTOR
from tests.durable.auditor import audit
from tests.durable.calls import Calls
from tests.durable.office import CaseFile, Office, command, finding
from tests.durable.test_cut_logs import Owner

Damage = Callable[["Damaged"], Awaitable[None]]
DUE = "2027-05-25T23:00:00+08:00"


class Damaged:
    """A case in order, of which every answer was written down, and whoever damages it."""

    def __init__(self, office: Office, calls: Calls, owner: Owner, subject: str) -> None:
        self.office, self.calls, self.owner, self.subject = office, calls, owner, subject
        self.case_id = f"case/{office.campaign.campaign_id}/{subject}"
        self.engine = office.services.engine
        self.last = command("add_note", text="the last")

    async def live(self) -> CaseFile:
        """Opened, a hazard, its deadline fallen, a refusal, a note."""
        opening = self.office.opening(self.subject)
        await self.calls.sent(self.case_id, opening, self.office.hand_in("05-10", self.subject, opening))
        file = self.office.file(self.case_id)
        await self.send(file, command("record_findings", findings=[finding("F1", "H01")]))
        await self.send(file, command("register", assignments=[{"ref": "F1", "responsible": "Sun", "due": DUE}]))
        await file.to("05-26 09:00")
        await file.logged("deadline_passed")
        await self.send(file, command("register", assignments=[{"ref": "F9", "responsible": "Sun"}]))
        await self.send(file, self.last)
        return file

    async def send(self, file: CaseFile, sent: AnyCommand) -> None:
        await self.calls.sent(self.case_id, sent, file.send(sent))

    def sql(self, statement: str) -> None:
        done = self.owner.connection.execute(statement, {"id": self.case_id})  # pyright: ignore[reportArgumentType]
        assert done.rowcount >= 1

    async def rebuilt(self) -> None:
        await asyncio.to_thread(rebuild_case, self.engine, self.case_id)


async def lose_a_line(case: Damaged) -> None:
    """And nothing of what stands in the database shows it."""
    case.owner.cut_last_line(case.case_id)
    await case.rebuilt()


async def lose_a_case(case: Damaged) -> None:
    """All of it, but for what was announced."""
    case.owner.delete_case(case.case_id)


async def double_a_line(case: Damaged) -> None:
    case.sql(
        """INSERT INTO case_log (case_id, seq, command_id, "do", at, body, hash, person)
        SELECT case_id, seq + 1, command_id, "do", at, body,
            encode(sha256(convert_to(hash || body, 'UTF8')), 'hex'), person
        FROM case_log WHERE case_id = %(id)s ORDER BY seq DESC LIMIT 1"""
    )
    await case.rebuilt()


async def alter_a_line(case: Damaged) -> None:
    case.owner.rewrite(case.case_id, "the last", "the worst")
    await case.rebuilt()


async def add_a_line(case: Damaged) -> None:
    await case.office.file(case.case_id).lose(command("add_note", text="whoever wrote this asked no case"))


async def move_a_row(case: Damaged) -> None:
    case.sql("UPDATE cases SET stage = 'registration' WHERE case_id = %(id)s")


async def silence_a_deadline(case: Damaged) -> None:
    case.sql("UPDATE deadlines SET due_at = set_at + interval '1 minute' WHERE case_id = %(id)s")


async def answer_without_doing(case: Damaged) -> None:
    receipt = next(c.answer for c in case.calls.made if c.case_id == case.case_id and isinstance(c.answer, Receipt))
    case.calls.note(case.case_id, command("add_note", text="acknowledged, and never done"), receipt)


async def refuse_and_do(case: Damaged) -> None:
    case.calls.note(case.case_id, case.last, refuse("case_not_open"))


async def keep_an_answer_quiet(case: Damaged) -> None:
    case.calls.made = [call for call in case.calls.made if call.key != (case.case_id, case.last.command_id)]


async def announce_twice(case: Damaged) -> None:
    case.sql(
        """INSERT INTO outbox (case_id, seq, number, topic, payload)
        SELECT case_id, seq, number + 100, topic, payload FROM outbox WHERE case_id = %(id)s LIMIT 1"""
    )


async def announce_nothing(case: Damaged) -> None:
    case.sql("DELETE FROM outbox WHERE case_id = %(id)s")


async def end_the_workflow(case: Damaged) -> None:
    await case.office.file(case.case_id).handle.terminate("by somebody")


async def damage_nothing(_: Damaged) -> None:
    pass


DAMAGES: dict[Damage, set[str]] = {
    damage_nothing: set(),
    lose_a_line: {"acknowledged_without_line", "step_without_line", "update_without_line", "workflow_ahead"},
    lose_a_case: {"acknowledged_without_line", "step_without_line", "update_without_line", "announcement_unasked"},
    double_a_line: {"command_twice", "line_without_step", "workflow_behind"},
    alter_a_line: {"step_differs"},
    add_a_line: {"line_nobody_asked", "line_without_step", "workflow_behind"},
    move_a_row: {"rows_differ"},
    silence_a_deadline: {"rows_differ", "deadline_not_fired", "deadline_without_ground"},
    answer_without_doing: {"acknowledged_without_line", "acknowledged_without_update"},
    refuse_and_do: {"refused_with_effect", "refused_after_receipt"},
    keep_an_answer_quiet: {"line_nobody_asked"},
    announce_twice: {"announcement_unasked"},
    announce_nothing: {"announcement_missing"},
    end_the_workflow: {"workflow_ended"},
}


async def test_each_kind_of_damage_is_found_in_its_case_and_in_no_other(
    office: Office, client: Client, superuser: psycopg.Connection
) -> None:
    calls, owner = Calls(), Owner(superuser)
    cases = {damage: Damaged(office, calls, owner, f"s-{n}") for n, damage in enumerate(DAMAGES)}
    await asyncio.gather(*(case.live() for case in cases.values()))
    assert await audit(client, office.services.engine, calls, within=5) == []

    superuser.execute("ALTER TABLE case_log DROP CONSTRAINT uq_case_log_case_id_command_id")
    for damage, case in cases.items():
        await damage(case)
    found = await audit(client, office.services.engine, calls, within=1)
    seen = {damage.__name__: {f.code for f in found if f.case_id == case.case_id} for damage, case in cases.items()}
    assert seen == {damage.__name__: codes for damage, codes in DAMAGES.items()}


async def test_a_device_is_told_nothing_and_its_refused_result_is_not_foreign(office: Office, client: Client) -> None:
    calls, case = Calls(), office.campaign.campaign_id
    opening = office.opening("s-0")
    await calls.sent(f"case/{case}/s-0", opening, office.hand_in("05-10", "s-0", opening))
    file = office.file(f"case/{case}/s-0")
    sent = command("reinspect", INSPECTOR, verdicts=[{"ref": "F1", "passed": True}])
    await file.signal(sent)
    calls.note(file.case_id, sent, None)
    await file.logged("reinspect")
    assert await audit(client, office.services.engine, calls) == []


pytestmark = pytest.mark.timeout(180)
