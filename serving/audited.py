"""What the doors refuse is noted: who was refused, by person or token, what, and with which code."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Request
from sqlalchemy import Engine

from desk.refusals import note_refused
from models.actors import Actor
from models.audit import AuditActor, audit_actor
from rules.words.naming import Both
from serving.problems import Trouble

_REFUSALS = (403, 409)


def asked_by(request: Request, who: Actor) -> AuditActor:
    """The official who asks, as the audit log names him."""
    return audit_actor(who, token=getattr(request.state, "token_id", None))


@asynccontextmanager
async def refusals_noted(
    request: Request,
    engine: Engine,
    who: Actor,
    do: object,
    *,
    case_id: str | None = None,
    subject_id: object = None,
    person_id: str | None = None,
) -> AsyncGenerator[None]:
    """Around a command: if it is refused, that is noted before it is told, with the case or person that it is about."""
    try:
        yield
    except Trouble as trouble:
        if not trouble.is_noted and (trouble.problem.status in _REFUSALS or trouble.noted):
            about = {"case_id": case_id, "subject_id": None if subject_id is None else str(subject_id)}
            by, code = asked_by(request, who), trouble.noted or trouble.problem.code
            said = None if trouble.noted else Both(trouble.problem.zh, trouble.problem.en)
            await asyncio.to_thread(note_refused, engine, by, code, str(do), **about, person_id=person_id, said=said)
        raise
