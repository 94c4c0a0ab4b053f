"""Signed actors: a bearer token is an id, an actor, a scope, its expiry and a signature by a key of this home.

The record knows which ids were issued, for what, and which were called back, and it decides; the key is read at each
request, so that whoever removes it ends all tokens at once.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Engine

from embedded.account import write_private
from engine.operator import operator
from models.actors import Actor, parse_actor
from models.audit import AuditActor
from rules.access.scope import ALL, Scope
from store.people import held_posts, standings
from store.tokens import NewToken, keep_token

_MARK = "rectify1"
_LONGEST = 4000


class BadToken(Exception):
    """The token is none of ours, or was altered."""


class ExpiredToken(Exception):
    """The token was ours and its time is over."""


class SignedActor(NamedTuple):
    """Who speaks, until when the token of this id says so, and for what."""

    actor: Actor
    expires_at: datetime
    token_id: str
    scope: Scope = ALL


def ensure_token_key(home: Path) -> bytes:
    """The signing key, 32 bytes, made at first start and readable by its owner only (0600)."""
    file = home / "token.key"
    if not file.exists():
        write_private(file, secrets.token_hex(32).encode(), first=True)
    return bytes.fromhex(file.read_text().strip())


def token_key(home: Path) -> bytes:
    """The signing key as it is now; BadToken if there is none, for then no token is valid."""
    try:
        return bytes.fromhex((home / "token.key").read_text().strip())
    except (FileNotFoundError, ValueError):
        raise BadToken from None


def issue(
    engine: Engine,
    home: Path,
    actor: Actor,
    expires_at: datetime,
    by: AuditActor | None = None,
    *,
    scope: Scope = ALL,
    label: str = "",
    post_id: str | None = None,
    token_id: str | None = None,
) -> tuple[str, str]:
    """A token that is valid from now on, and its id, by which it can be called back. `by`: None is the operator.

    With `post_id` it ends with the post, and `actor` is whoever holds it. Issued again under its `token_id` it is the
    same token.
    """
    token_id = token_id or secrets.token_hex(6)
    key = ensure_token_key(home)
    new = NewToken(
        token_id=token_id, actor=actor, expires_at=expires_at, scope=scope, label=label.strip(), post_id=post_id
    )
    kept = keep_token(engine, new, by or operator())
    named = Actor.model_validate(parse_actor(kept.actor))
    return sign(key, SignedActor(named, kept.expires_at, token_id, kept.scope)), token_id


def holder_of(engine: Engine, post_id: str, now: datetime) -> Actor | None:
    """Whoever holds the post, by whom a token of it speaks; None where nobody does."""
    post = next((one for one in held_posts(engine, now) if one.post_id == post_id), None)
    holder = next((s for s in standings(engine, post.person_id, now) if s.post == post), None) if post else None
    return holder.actor if holder else None


def sign(key: bytes, signed: SignedActor) -> str:
    """`rectify1.<facts>.<signature>`, in letters that need no escaping."""
    facts = {"id": signed.token_id, "actor": str(signed.actor), "expires": int(signed.expires_at.timestamp())}
    body = _encode(json.dumps({**facts, "scope": ",".join(signed.scope)}, ensure_ascii=False).encode())
    return f"{_MARK}.{body}.{_encode(_signature(key, body))}"


def read(key: bytes, token: str, now: datetime | None = None) -> SignedActor:
    """The signed actor; BadToken or ExpiredToken. Nothing of the token is in either's words."""
    mark, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    if mark != _MARK or len(token) > _LONGEST or not token.isascii():
        raise BadToken
    try:
        if not hmac.compare_digest(_decode(signature), _signature(key, body)):
            raise BadToken
        facts = json.loads(_decode(body))
        actor = Actor.model_validate(parse_actor(facts["actor"]))
        expires_at, token_id = datetime.fromtimestamp(facts["expires"], UTC), str(facts["id"])
        scope = tuple(str(facts.get("scope", "all")).split(","))  # none in a token from before scopes
    except (ValueError, KeyError, TypeError, OverflowError, ValidationError):
        raise BadToken from None
    if (now or datetime.now(UTC)) >= expires_at:
        raise ExpiredToken
    return SignedActor(actor, expires_at, token_id, scope)


def _signature(key: bytes, body: str) -> bytes:
    return hmac.digest(key, f"{_MARK}.{body}".encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(shown: str) -> bytes:
    return urlsafe_b64decode(shown + "=" * (-len(shown) % 4))
