"""Tokens that were issued: each can be called back alone, and the next request knows."""

from datetime import datetime

from sqlalchemy import Engine, text

from models.actors import Actor
from models.audit import AuditActor, AuditKind, AuditLine
from models.base import Frozen
from models.instants import show_instant
from store.audit import note, operator

_COLUMNS = "token_id, actor, issued_at, expires_at, revoked_at"


class IssuedToken(Frozen):
    """A token that was issued, without what makes it valid."""

    token_id: str
    actor: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def keep_token(engine: Engine, token_id: str, actor: Actor, expires_at: datetime, by: AuditActor | None = None) -> None:
    """A token is valid from here on; the audit log says who issued it, for which office. `by`: None is the operator."""
    office = {"role": actor.role, "territory": actor.territory, "expires": str(show_instant(expires_at))}
    line = _line("permission_given", token_id, by, **office).model_copy(update={"about_person": actor.person})
    sql = "INSERT INTO access_tokens (token_id, actor, expires_at) VALUES (:token_id, :actor, :expires_at)"
    with engine.begin() as connection:
        connection.execute(text(sql), {"token_id": token_id, "actor": str(actor), "expires_at": expires_at})
        note(connection, line)


def is_in_force(engine: Engine, token_id: str) -> bool:
    """Whether the token was issued here and not called back since."""
    sql = "SELECT 1 FROM access_tokens WHERE token_id = :id AND revoked_at IS NULL"
    with engine.connect() as connection:
        return connection.execute(text(sql), {"id": token_id}).first() is not None


def issued_tokens(engine: Engine, *, limit: int = 1000) -> tuple[IssuedToken, ...]:
    """Every token, the newest first."""
    sql = f"SELECT {_COLUMNS} FROM access_tokens ORDER BY issued_at DESC, token_id LIMIT :limit"
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"limit": limit}).mappings().all()
    return tuple(IssuedToken.model_validate(dict(row)) for row in rows)


def revoke_tokens(engine: Engine, token_id: str | None, by: AuditActor | None = None) -> int:
    """Call one token back, or all; how many were in force. Each has its line in the audit log."""
    one = "AND token_id = :id" if token_id is not None else ""
    sql = f"UPDATE access_tokens SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL {one} RETURNING token_id"
    with engine.begin() as connection:
        revoked = connection.execute(text(sql), {"id": token_id} if token_id is not None else {}).scalars().all()
        for one_id in revoked:
            note(connection, _line("permission_revoked", one_id, by))
        return len(revoked)


def _line(kind: AuditKind, token_id: str, by: AuditActor | None, **facts: str) -> AuditLine:
    return AuditLine(kind=kind, by=by or operator(), facts={"what": "token", "token_id": token_id, **facts})
