"""Tokens that were issued: each can be called back alone, and the next request knows."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator
from sqlalchemy import Engine, text

from models.actors import Actor
from models.audit import AuditActor, AuditKind, AuditLine, as_fact
from models.base import Frozen
from models.instants import show_instant
from rules.access.scope import ALL, Scope
from store.audit import note
from store.engine import even_in_copies
from store.people import held_columns, standing_of

_COLUMNS = """token_id, actor, issued_at, expires_at, revoked_at, scope, coalesce(label, '') AS label, issued_by,
    post_id, last_used_at, (SELECT until_at FROM posts WHERE posts.post_id = access_tokens.post_id) AS post_ends_at"""
_SEEN_EVERY = timedelta(minutes=1)


def _words(scope: object) -> object:
    return tuple(scope.split(",")) if isinstance(scope, str) else ALL if scope is None else scope


class NewToken(Frozen):
    """A token to be issued: who speaks by it, for what, until when; `post_id` binds it to a post."""

    token_id: str
    actor: Actor
    expires_at: datetime
    scope: Scope = ALL
    label: str = ""
    post_id: str | None = None


class IssuedToken(Frozen):
    """A token that was issued, without what makes it valid. `issued_by`: an id, as in the audit log."""

    token_id: str
    actor: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    scope: Annotated[Scope, BeforeValidator(_words)] = ALL
    label: str = ""
    issued_by: str | None = None
    post_id: str | None = None
    last_used_at: datetime | None = None
    post_ends_at: datetime | None = None

    @property
    def ends_with_its_post(self) -> bool:
        """Whether its post ends before the day that was set when it was issued."""
        return self.post_ends_at is not None and self.post_ends_at < self.expires_at

    @property
    def ends_at(self) -> datetime:
        """When it is valid no more, unless it is called back before."""
        return min(self.expires_at, self.post_ends_at or self.expires_at)


class TokenInForce(NamedTuple):
    """What the record says of a token that is valid now; `actor`: the holder of the post that it is bound to."""

    scope: Scope
    actor: Actor | None


def keep_token(engine: Engine, new: NewToken, by: AuditActor) -> IssuedToken:
    """A token is valid from here on; the audit log says who issued it, for which office. Kept twice it is the first."""
    who = new.actor
    facts = {"role": who.role, "territory": who.territory, "expires": str(show_instant(new.expires_at))}
    facts |= {"scope": as_fact(",".join(new.scope))}
    line = _line("permission_given", new.token_id, by, who.person, new.post_id, **facts)
    sql = """INSERT INTO access_tokens (token_id, actor, expires_at, scope, label, issued_by, post_id)
        VALUES (:token_id, :actor, :expires_at, :scope, :label, :issued_by, :post_id)
        ON CONFLICT DO NOTHING RETURNING 1"""
    row = {**new.model_dump(), "actor": str(who), "scope": ",".join(new.scope), "issued_by": by.id}
    with engine.begin() as connection:
        if connection.execute(text(sql), row).first() is not None:
            note(connection, line)
    kept = issued_token(engine, new.token_id)
    assert kept is not None
    return kept


def token_in_force(engine: Engine, token_id: str, now: datetime) -> TokenInForce | None:
    """The token, if it was issued here, is valid, was not called back, and its post, if it has one, is still held.

    That it was used is noted once a minute.
    """
    sql = f"""SELECT t.scope, t.last_used_at, t.post_id AS bound_to, p.name, {held_columns("o")}
        FROM access_tokens t
        LEFT JOIN posts o ON o.post_id = t.post_id AND o.since_at <= :now AND (o.until_at IS NULL OR o.until_at > :now)
        LEFT JOIN persons p ON p.person_id = o.person_id AND p.left_at IS NULL
        WHERE t.token_id = :id AND t.revoked_at IS NULL AND t.expires_at > :now"""
    with engine.connect() as connection:
        row = connection.execute(text(sql), {"id": token_id, "now": now}).mappings().first()
    if row is None or (row["bound_to"] is not None and row["name"] is None):
        return None
    if row["last_used_at"] is None or now - row["last_used_at"] > _SEEN_EVERY:
        sql = """UPDATE access_tokens SET last_used_at = :now
            WHERE token_id = :id AND (last_used_at IS NULL OR last_used_at < :before)"""
        with even_in_copies(engine).begin() as connection:
            connection.execute(text(sql), {"id": token_id, "now": now, "before": now - _SEEN_EVERY})
    own = {**row, "delegation_id": None, "principal_name": None}
    actor = standing_of(own, row["person_id"]).actor if row["bound_to"] is not None else None
    scope: Any = _words(row["scope"])
    return TokenInForce(scope, actor)


def issued_tokens(
    engine: Engine,
    *,
    limit: int = 1000,
    in_force_at: datetime | None = None,
    token_id: str | None = None,
    of_posts: Collection[str] | None = None,
) -> tuple[IssuedToken, ...]:
    """Every token, the newest first; those alone that were valid at the instant."""
    held = "(post_id IS NULL OR EXISTS (SELECT FROM posts o WHERE o.post_id = access_tokens.post_id"
    held += " AND (o.until_at IS NULL OR o.until_at > :now)))"
    conditions = [f"revoked_at IS NULL AND expires_at > :now AND {held}"] if in_force_at else []
    conditions += ["token_id = :id"] if token_id is not None else []
    conditions += ["post_id = ANY(:posts)"] if of_posts is not None else []
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f"SELECT {_COLUMNS} FROM access_tokens {where} ORDER BY issued_at DESC, token_id LIMIT :limit"
    facts = {"limit": limit, "now": in_force_at, "id": token_id, "posts": list(of_posts or ())}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), facts).mappings().all()
    return tuple(IssuedToken.model_validate(dict(row)) for row in rows)


def issued_token(engine: Engine, token_id: str) -> IssuedToken | None:
    """The token of that id; None where none was issued, or it is long forgotten."""
    return next(iter(issued_tokens(engine, token_id=token_id)), None)


def token_state(token: IssuedToken, now: datetime) -> str:
    """`valid`, `expired`, `revoked`, or `post_ended`."""
    if token.revoked_at is not None:
        return "revoked"
    if token.ends_at > now:
        return "valid"
    return "post_ended" if token.ends_with_its_post else "expired"


def revoke_tokens(engine: Engine, token_id: str | None, by: AuditActor) -> int:
    """Call one token back, or all; how many were in force. Each has its line in the audit log."""
    one = "AND token_id = :id" if token_id is not None else ""
    sql = f"UPDATE access_tokens SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL {one}"
    sql += """ RETURNING token_id, actor, post_id,
        (SELECT person_id FROM posts WHERE posts.post_id = access_tokens.post_id) AS person"""
    with engine.begin() as connection:
        revoked = connection.execute(text(sql), {"id": token_id} if token_id is not None else {}).all()
        for row in revoked:
            role, _, named = row.actor.partition(":")  # as it was written: a token of any version is called back
            place = {"role": role, "territory": named.rpartition("@")[2].partition("/")[0]}
            note(connection, _line("permission_revoked", row.token_id, by, row.person, row.post_id, **place))
        return len(revoked)


def labels_of(engine: Engine, token_ids: Collection[str]) -> dict[str, str]:
    """What those tokens are called that have a label, by id."""
    sql = text("SELECT token_id, label FROM access_tokens WHERE token_id = ANY(:ids) AND label <> ''")
    with engine.connect() as connection:
        return {row.token_id: row.label for row in connection.execute(sql, {"ids": list(token_ids)})}


def _line(
    kind: AuditKind, token_id: str, by: AuditActor, person: str | None, post_id: str | None, **facts: str
) -> AuditLine:
    """`person`: in whose name it speaks, where that is somebody of the office."""
    place = {"post": post_id} if post_id else {}
    facts = {"what": "token", "token_id": token_id, **{name: as_fact(value) for name, value in facts.items()}, **place}
    return AuditLine(kind=kind, by=by, about_person=person, facts=facts)
