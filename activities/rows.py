"""Doing one item of a job: a row of a ledger, commands to a case, the undoing of a row. Each once, however often tried.

Every command's id belongs to what it is for: a row of a ledger has the same in every import, until it was taken back,
so that a file sent twice at once has one effect. Before anything is handed in, all of it is decided on paper: a row
that would be refused in the middle takes no effect at all.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError
from sqlalchemy import Engine
from temporalio.client import Client

from activities.undo import folded, taking_back
from engine.hand_in import open_case, submit
from models.actors import system
from models.case import Case, Finding
from models.commands import (
    AnyCommand,
    Assignment,
    FindingFacts,
    Open,
    RecordFindings,
    Register,
)
from models.events import Transition
from models.instants import end_of_day
from models.jobs import AnyItem, CaseCommands, CaseReminder, ChangedRow, ItemResult, Job, LedgerRow, UndoChange, UndoRow
from models.plan import Plan
from models.refusals import Refused
from models.register import Registered
from rules.case.clock_actor import caught_up
from rules.case.decide import already_handled, decide, decide_opening
from rules.case.door import at_the_door
from rules.case.evolve import apply as evolved
from rules.case.finding_version import finding_version
from rules.files.shapes import shape_sentence
from rules.plans import plan_by_digest
from rules.words.clauses import cited
from rules.words.of_a_row import note_of_row
from rules.words.refusals import refuse
from store.campaigns import Campaign, campaign_of
from store.case_ids import case_to_open
from store.case_log import timeline
from store.jobs import imported_digests, rows_of_subjects, times_undone
from store.reminders import remind_case
from store.subject_search import find_subject, lineage, standing_for
from store.subjects import add_subject
from store.verify import fold_case


class Hand:
    """Does items through the same way in as everybody else."""

    def __init__(self, client: Client, engine: Engine) -> None:
        self.client, self.engine = client, engine

    async def apply(self, job: Job, number: int, item: AnyItem) -> ItemResult:
        """The item's result; Unreachable is the caller's to try again."""
        try:
            return await self._apply(job, number, item)
        except ValidationError as error:  # no command can be made of it: tried again it would be the same
            zh, en = shape_sentence(error.errors(include_url=False)[0])
            return ItemResult(state="failed", code="invalid_command", zh=zh, en=en)

    async def _apply(self, job: Job, number: int, item: AnyItem) -> ItemResult:
        campaign = await asyncio.to_thread(campaign_of, self.engine, job.campaign_id)
        match item:
            case CaseCommands():
                if item.while_in_charge is not None and await asyncio.to_thread(self._others_in_charge, item):
                    return ItemResult(state="skipped", case_id=item.case_id)
                return await self._commands(item)
            case CaseReminder():
                told = await asyncio.to_thread(self._remind, item, job, campaign.now())
                return ItemResult(state="done" if told else "skipped", case_id=item.case_id)
            case LedgerRow():
                return await self._row(campaign, job, item)
            case ChangedRow():
                return await self._changed(campaign, item)
            case UndoRow() | UndoChange():
                return await self._undo(campaign, job, number, item)

    def _others_in_charge(self, item: CaseCommands) -> bool:
        """Whether somebody else was put in charge since the order was given; our own change is none."""
        case = fold_case(self.engine, item.case_id).case
        done = any(already_handled(case, command) is True for command in item.commands)
        return not done and case.officers != item.while_in_charge

    def _remind(self, item: CaseReminder, job: Job, now: datetime) -> bool:
        by = str(item.by) if item.by else None
        return remind_case(self.engine, item.case_id, job.job_id, now, by=by, words=item.words or None)

    async def _commands(self, item: CaseCommands) -> ItemResult:
        for command in item.commands:
            try:
                answer = await submit(self.client, self.engine, item.case_id, command)
            except LookupError:
                return failed(refuse("case_not_open"), item.case_id)
            if isinstance(answer, Refused):
                return failed(answer, item.case_id)
        return ItemResult(state="done", case_id=item.case_id)

    async def _row(self, campaign: Campaign, job: Job, row: LedgerRow) -> ItemResult:
        of, said = campaign.campaign_id, row.digest
        if await asyncio.to_thread(imported_digests, self.engine, of, [said], but=job.job_id):
            return ItemResult(state="skipped")  # another import was quicker
        name = f"ledger/{of}/{said}/{await asyncio.to_thread(times_undone, self.engine, of, said)}"
        subject = await asyncio.to_thread(self._subject, row)
        case_id, before = await asyncio.to_thread(self._case, campaign, subject.subject_id)
        opening = None if before else _opening(name, row, subject)
        refs = refs_of_row(name, row, before)
        commands = _of_row(name, row, refs)
        if refused := _on_paper(campaign, case_id, before, opening, commands):
            return failed(refused, case_id)
        if row.facts is not None:
            await asyncio.to_thread(add_subject, self.engine, row.subject_id, row.facts, row.by)
        if opening is not None:
            opened = await open_case(self.client, self.engine, campaign, subject.subject_id, opening)
            if isinstance(opened, Refused):
                return failed(opened, case_id)
            case_id = opened.case_id
        for command in commands:
            answer = await submit(self.client, self.engine, case_id, command)
            if isinstance(answer, Refused):
                return failed(answer, case_id)
        did = {"refs": refs, "command_ids": [_uuid(name, place) for place in range(3)]}
        return ItemResult(state="done", case_id=case_id, did=did)

    async def _changed(self, campaign: Campaign, row: ChangedRow) -> ItemResult:
        """Only where the finding is still as it was exported; a second try finds its own change and is done."""
        case = (await asyncio.to_thread(fold_case, self.engine, row.case_id)).case
        waiting = [c for c in row.commands if already_handled(case, c) is not True]
        finding = case.finding(row.ref)
        if len(waiting) == len(row.commands) and (finding is None or _version(finding) != row.version):
            return failed(cited(campaign.plan, refuse("stale_row", ref=row.ref)), row.case_id)
        if refused := _on_paper(campaign, row.case_id, case, None, waiting):
            return failed(refused, row.case_id)
        return await self._commands(CaseCommands(case_id=row.case_id, commands=tuple(waiting)))

    def _subject(self, row: LedgerRow) -> Registered:
        """The one of the register, whoever a duplicate was merged into; or the new one, not written yet."""
        found = find_subject(self.engine, standing_for(self.engine, row.subject_id))
        if found is None and row.facts is not None:
            return Registered(subject_id=row.subject_id, **row.facts.model_dump())
        if found is None:
            raise LookupError(row.subject_id)
        return found

    def _case(self, campaign: Campaign, subject_id: str) -> tuple[str, Case | None]:
        """The subject's open case in the campaign as it stands, or the id of the one to be opened."""
        ids = lineage(self.engine, subject_id)
        newest, next_id = case_to_open(self.engine, campaign.campaign_id, subject_id, ids)
        if newest is None or newest.closed:
            return next_id, None
        return newest.case_id, fold_case(self.engine, newest.case_id).case

    async def _undo(self, campaign: Campaign, job: Job, number: int, item: UndoRow | UndoChange) -> ItemResult:
        log = await asyncio.to_thread(timeline, self.engine, item.case_id)
        imported = str(job.params.get("job", job.job_id))  # a second undo knows what the first one did
        before = folded(log)
        others = await asyncio.to_thread(self._of_other_rows, imported, item, str(before.subject.id))
        commands = taking_back(log, item, lambda place: _undoing(imported, item.item, place), others)
        if isinstance(commands, Refused):
            return failed(commands, item.case_id)
        if refused := _on_paper(campaign, item.case_id, before, None, commands):
            return failed(refused, item.case_id)
        done = await self._commands(CaseCommands(case_id=item.case_id, commands=tuple(commands)))
        if done.state != "done":
            return done
        did: dict[str, Any] = {"do": [c.do for c in commands]}
        after = (await asyncio.to_thread(fold_case, self.engine, item.case_id)).case
        if isinstance(item, UndoRow) and after.outcome == "compliant":  # nobody found it so: it is to be inspected
            opening, ordered_by = _undoing(imported, item.item, len(item.refs) + 1), item.by.ordered_by or str(item.by)
            did["opened"] = await self._open_again(campaign, opening, after, ordered_by)
        return done.model_copy(update={"did": did})

    def _of_other_rows(self, imported: str, item: UndoRow | UndoChange, subject_id: str) -> set[str]:
        rows = rows_of_subjects(self.engine, imported, lineage(self.engine, standing_for(self.engine, subject_id)))
        found: set[str] = set()
        for row in rows:
            if row.number != item.item and row.result is not None and row.result.case_id == item.case_id:
                found.update(row.result.did["command_ids"])
                found.update(_undoing(imported, row.number, n) for n in range(len(row.result.did["refs"]) + 2))
        return found

    async def _open_again(self, campaign: Campaign, command_id: str, ended: Case, ordered_by: str) -> str | None:
        standing = await asyncio.to_thread(standing_for, self.engine, str(ended.subject.id))
        subject = await asyncio.to_thread(find_subject, self.engine, standing)
        if subject is None or subject.state != "active":
            return None
        by = system("ledger_undo", subject.district, ordered_by)
        note = "台账撤销后重新纳入排查 opened again: its findings were those of a ledger that was taken back"
        opening = Open(by=by, command_id=command_id, subject=subject.subject, note=note)
        opened = await open_case(self.client, self.engine, campaign, subject.subject_id, opening)
        return None if isinstance(opened, Refused) else opened.case_id


def _opening(name: str, row: LedgerRow, subject: Registered) -> Open:
    return Open(
        by=row.by,
        command_id=_uuid(name, 0),
        source=row.source,
        subject=subject.subject,
        note=note_of_row(row.sheet, row.row, row.inspected_on),
    )


def _of_row(name: str, row: LedgerRow, refs: list[str]) -> list[AnyCommand]:
    """Its findings, then the registration of those that name who rectifies them."""
    if not row.findings:
        return []
    found = tuple(
        FindingFacts(
            ref=ref,
            category=f.category,
            grade=f.grade,
            description=f.description,
            inspected_on=row.inspected_on,
        )
        for ref, f in zip(refs, row.findings, strict=True)
    )
    commands: list[AnyCommand] = [
        RecordFindings(
            by=row.by, command_id=_uuid(name, 1), findings=found, note=note_of_row(row.sheet, row.row, row.inspected_on)
        )
    ]
    assigned = tuple(
        Assignment(ref=ref, responsible=f.responsible, due=end_of_day(f.due) if f.due else None)
        for ref, f in zip(refs, row.findings, strict=True)
        if f.responsible
    )
    if assigned:
        commands.append(Register(by=row.by, command_id=_uuid(name, 2), assignments=assigned))
    return commands


def refs_of_row(name: str, row: LedgerRow, case: Case | None) -> list[str]:
    """What the findings of a row are called, `L482913`: by what it says, so that it is one however often it is sent.

    As longer letters where the case knows them so, from an earlier version, or has that number from another row.
    """
    digest = uuid5(NAMESPACE_URL, name)
    number, letters = f"L{digest.int % 1_000_000:06}", digest.hex[:8]
    recorded = case is not None and _uuid(name, 1) in case.handled
    numbered, lettered = _each(number, row), _each(letters, row)

    def known(refs: list[str]) -> bool:
        return case is not None and any(case.finding(ref) is not None for ref in refs)

    return lettered if known(lettered) or (known(numbered) and not recorded) else numbered


def _each(ref: str, row: LedgerRow) -> list[str]:
    return [ref + (f"-{n}" if len(row.findings) > 1 else "") for n in range(1, len(row.findings) + 1)]


def _version(finding: Finding) -> str:
    f = finding
    return finding_version(f.category, f.grade, f.description, f.responsible, f.due_at, f.state)


def _on_paper(
    campaign: Campaign, case_id: str, case: Case | None, opening: Open | None, commands: Sequence[AnyCommand]
) -> Refused | None:
    """Whether all of it would be accepted now; what was accepted before is passed over."""
    plan = plan_by_digest(case.plan_hash) if case else campaign.plan
    now: datetime = campaign.now()
    if opening is not None:
        opened = decide_opening(campaign.plan, campaign.case_start(case_id), opening, now)
        if isinstance(opened, Refused):
            return opened
        case = evolved(None, opened)
    case = caught_up(plan, case, now) if case else None
    for command in commands:
        handled = already_handled(case, command)
        if handled is True:
            continue
        judged = handled or _judged(plan, case, command, now)
        if isinstance(judged, Refused):
            return judged
        assert isinstance(judged, Transition)
        case = evolved(case, judged)
    return None


def _judged(plan: Plan, case: Case | None, command: AnyCommand, now: datetime) -> Transition | Refused | None:
    return at_the_door(plan, case, command, lambda: decide(plan, case, command, now))


def _undoing(imported: str, item: int, place: int) -> str:
    return _uuid(f"undo/{imported}/{item}", place)


def _uuid(name: str, place: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"rectify/{name}/{place}"))


def failed(refused: Refused, case_id: str | None = None) -> ItemResult:
    """The result of an item that was refused."""
    return ItemResult(state="failed", case_id=case_id, code=refused.code, zh=refused.zh, en=refused.en)
