"""Tokens that were issued: each can be called back alone, and the next request knows."""

from datetime import datetime

from sqlalchemy import Engine, text

from models.base import Frozen

_COLUMNS = "token_id, actor, issued_at, expires_at, revoked_at"


class IssuedToken(Frozen):
    """A token that was issued, without what makes it valid."""

    token_id: str
    actor: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def keep_token(engine: Engine, token_id: str, actor: str, expires_at: datetime) -> None:
    """A token is valid from here on."""
    sql = "INSERT INTO access_tokens (token_id, actor, expires_at) VALUES (:token_id, :actor, :expires_at)"
    with engine.begin() as connection:
        connection.execute(text(sql), {"token_id": token_id, "actor": actor, "expires_at": expires_at})


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


def revoke_tokens(engine: Engine, token_id: str | None) -> int:
    """Call one token back, or all; how many were in force."""
    one = "AND token_id = :id" if token_id is not None else ""
    sql = f"UPDATE access_tokens SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL {one} RETURNING 1"
    with engine.begin() as connection:
        return len(connection.execute(text(sql), {"id": token_id} if token_id is not None else {}).all())
