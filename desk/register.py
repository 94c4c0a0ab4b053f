"""Changing the register: who may is asked first, then the cases follow, then the change is written.

The cases come first, under ids that belong to the change: cut short, it is done again and no case hears of it twice.
Meanwhile the subject is held: nobody else's change makes it one that the cases followed in vain.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

from sqlalchemy import Connection, Engine
from temporalio.client import Client

from desk.refusals import noted_refusal
from engine.hand_in import submit
from models.actors import Actor
from models.audit import AuditLine, audit_actor
from models.commands import AddNote, AnyCommand, Transfer
from models.plan import Plan
from models.refusals import Refused, refusal_in
from models.register import Licence, Registered, ResponsiblePerson, SubjectFacts
from rules.access.deeds import Place, may
from rules.case.door import wrong_id
from rules.subjects.register import (
    Change,
    ceased,
    ceased_ahead,
    changed,
    merged,
    no_phone_number,
    too_long,
    wrong_place,
)
from store import subjects
from store.audit import note
from store.sealed_fields import Sealing
from store.subject_search import SubjectHistory, find_subject, open_cases_of, subject_history

Kept = Registered | Refused


class Registrar:
    """The register under one plan, which says what districts and sectors there are.

    `temporal` connects to where the cases run, and is asked only for a change that cases must follow.
    """

    def __init__(self, engine: Engine, plan: Plan, temporal: Callable[[], Awaitable[Client]], sealing: Sealing) -> None:
        self.engine, self.plan, self.temporal, self.sealing = engine, plan, temporal, sealing

    def add(self, subject_id: str, facts: SubjectFacts, by: Actor) -> Kept:
        """A new subject."""
        refused = wrong_id(subject_id) or wrong_place(self.plan, facts) or _too_long(facts)
        refused = refused or self._may(by, "add", facts)
        return self._told(by, "add", subject_id, refused or subjects.add_subject(self.engine, subject_id, facts, by))

    def change(self, subject_id: str, version: int, facts: SubjectFacts, by: Actor, reason: str) -> Kept:
        """Other facts in the same district; LookupError for an unknown subject."""
        subject = self._known(subject_id)
        do: Change = "change" if facts.district == subject.district else "move"
        refused = wrong_place(self.plan, facts) or _too_long(facts, subject) or self._may(by, do, subject)
        answer = refused or subjects.change_subject(self.engine, subject_id, version, facts, by, reason=reason)
        return self._told(by, do, subject_id, answer)

    async def move(self, subject_id: str, version: int, facts: SubjectFacts, by: Actor, reason: str) -> Kept:
        """To another place: its open cases are transferred where the district is another one."""
        async with self._held(subject_id) as (held, (subject,)):
            refused = wrong_place(self.plan, facts) or _too_long(facts, subject) or self._may(by, "move", subject)
            if refused or (refused := refusal_in(changed(subject, version, facts))):
                return await asyncio.to_thread(self._told, by, "move", subject_id, refused)
            if refused := await self._transfer(subject, facts.district, by, reason):
                return await asyncio.to_thread(self._told, by, "move", subject_id, refused)
            moved = await asyncio.to_thread(
                subjects.change_subject, held, subject_id, version, facts, by, do="move", reason=reason
            )
        # whatever was opened meanwhile by the old place
        left = await self._transfer(subject, facts.district, by, reason)
        return await asyncio.to_thread(self._told, by, "move", subject_id, left) if left else moved

    async def cease(self, subject_id: str, version: int, on: date, by: Actor, reason: str, *, today: date) -> Kept:
        """It no longer operates: its open cases go on, with a note of it. `today`: by the campaign's clock."""
        async with self._held(subject_id) as (held, (subject,)):
            refused = self._may(by, "cease", subject) or ceased_ahead(on, today)
            if refused or (refused := refusal_in(ceased(subject, version, on))):
                return await asyncio.to_thread(self._told, by, "cease", subject_id, refused)
            await self._note(
                subject, "cease", by, f"对象自 {on} 起停止经营 / The subject ceased operating on {on}: {reason}"
            )
            return await asyncio.to_thread(subjects.cease_subject, held, subject_id, version, on, by, reason)

    def resume(self, subject_id: str, version: int, by: Actor, reason: str) -> Kept:
        """It operates again."""
        refused = self._may(by, "resume", self._known(subject_id))
        answer = refused or subjects.resume_subject(self.engine, subject_id, version, by, reason)
        return self._told(by, "resume", subject_id, answer)

    async def merge(self, duplicate_id: str, into_id: str, by: Actor, reason: str) -> Kept:
        """A duplicate: from now on its cases, and the orders in them, are the other's."""
        async with self._held(duplicate_id, into_id) as (held, (duplicate, into)):
            if refused := self._may(by, "merge", duplicate) or refusal_in(merged(duplicate, into)):
                return await asyncio.to_thread(self._told, by, "merge", duplicate_id, refused)
            named = f"对象并入 {into.name}（{into_id}） / The subject was merged into {into.name} ({into_id})"
            await self._note(duplicate, "merge", by, f"{named}: {reason}")
            return await asyncio.to_thread(subjects.merge_subjects, held, duplicate_id, into_id, by, reason)

    def licence(self, subject_id: str, licence: Licence, by: Actor) -> Refused | None:
        """Write a licence of the subject."""
        if refused := self._may(by, "licence", self._known(subject_id)):
            return noted_refusal(self.engine, by, refused, "licence", subject_id=subject_id)
        subjects.keep_licence(self.engine, subject_id, licence, by)
        return None

    def person(self, subject_id: str, person: ResponsiblePerson, by: Actor) -> Refused | None:
        """Write a responsible person of the subject."""
        if refused := self._may(by, "person", self._known(subject_id)) or no_phone_number(person.phone):
            return noted_refusal(self.engine, by, refused, "person", subject_id=subject_id)
        subjects.keep_person(self.engine, subject_id, person, by, self.sealing)
        return None

    def with_phones(self, subject_id: str, by: Actor, reader: Engine | None = None) -> SubjectHistory | Refused:
        """The subject with the phone numbers of its responsible persons; who read them is noted before they are told.

        `reader`: reads its cases, where somebody may not read them all. LookupError for an unknown subject.
        """
        if refused := may(self.plan, by, "read_sealed", _place(self._known(subject_id))):
            return noted_refusal(self.engine, by, refused, "read_sealed", subject_id=subject_id)
        facts = {"what": "phones", "subject_id": subject_id}
        note(self.engine, AuditLine(kind="sealed_data_read", by=audit_actor(by), facts=facts))
        history = subject_history(self.engine, subject_id, self.sealing, reader=reader)
        assert history is not None
        return history

    def _told(self, by: Actor, do: Change, subject_id: str, answer: Kept) -> Kept:
        """The answer; a refusal is noted first."""
        if not isinstance(answer, Refused):
            return answer
        return noted_refusal(self.engine, by, answer, do, subject_id=subject_id)

    def _may(self, by: Actor, do: Change, subject: SubjectFacts) -> Refused | None:
        return may(self.plan, by, do, _place(subject))

    def _known(self, subject_id: str) -> Registered:
        subject = find_subject(self.engine, subject_id)
        if subject is None:
            raise LookupError(subject_id)
        return subject

    @asynccontextmanager
    async def _held(self, *subject_ids: str) -> AsyncGenerator[tuple[Connection, list[Registered]]]:
        """The subjects, which nobody else changes until their cases have followed and the change is written."""
        connection = await asyncio.to_thread(self.engine.connect)
        try:
            yield connection, await asyncio.to_thread(subjects.hold, connection, *subject_ids)
            await asyncio.to_thread(connection.commit)
        finally:
            await asyncio.to_thread(connection.close)

    async def _transfer(self, subject: Registered, district: str, by: Actor, reason: str) -> Refused | None:
        """Its open cases outside the district go there; a refusal if one does not."""
        if district == subject.district:
            return None
        for case_id in await asyncio.to_thread(open_cases_of, self.engine, subject.subject_id, district):
            given = self._id(subject, "move", case_id)
            answer = await self._hand_in(case_id, Transfer(by=by, command_id=given, district=district, reason=reason))
            if isinstance(answer, Refused) and answer.code not in ("same_district", "case_closed"):
                return answer
        return None

    async def _note(self, subject: Registered, do: Change, by: Actor, words: str) -> None:
        for case_id in await asyncio.to_thread(open_cases_of, self.engine, subject.subject_id):
            await self._hand_in(case_id, AddNote(by=by, command_id=self._id(subject, do, case_id), text=words))

    async def _hand_in(self, case_id: str, command: AnyCommand) -> object:
        return await submit(await self.temporal(), self.engine, case_id, command)

    def _id(self, subject: Registered, do: Change, case_id: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rectify/{subject.subject_id}/{subject.version}/{do}/{case_id}"))


def _too_long(facts: SubjectFacts, before: SubjectFacts | None = None) -> Refused | None:
    found = too_long(facts, before)
    return found[1] if found else None


def _place(subject: SubjectFacts) -> Place:
    return Place(subject.district, subject.sector)
