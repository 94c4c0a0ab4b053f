"""Who may come in: people, their posts and accounts, sessions, tokens. What makes any of them valid is in no table."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from store.tables import Instant, metadata

# `scope`: words with commas between, none of a token from before scopes. Of one that is bound to a post the actor is
# whoever holds it, as long as that is so. `issued_by`: the id by which the audit log knows who did.
access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("issued_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("scope", Text),
    Column("label", Text),
    Column("issued_by", Text),
    Column("post_id", Text, ForeignKey("posts.post_id")),
    Column("last_used_at", Instant),
)

persons = Table(
    "persons",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_demo", Boolean, nullable=False, server_default=text("false")),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("left_at", Instant),
)

# A post is a role in a territory, of one sector or all, from an instant up to another; of an enterprise's people for
# one subject. It is never changed, only ended: what was done under it stays true.
posts = Table(
    "posts",
    metadata,
    Column("post_id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.person_id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("sector", Text),
    Column("subject_id", Text),
    Column("since_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("until_at", Instant),
    Index(None, "person_id"),
    Index(None, "role", "territory"),
)

# The AB rule: whoever holds a post has somebody else act in it for a time, who then counts as the principal.
delegations = Table(
    "delegations",
    metadata,
    Column("delegation_id", Text, primary_key=True),
    Column("post_id", Text, ForeignKey("posts.post_id"), nullable=False),
    Column("delegate_id", Text, ForeignKey("persons.person_id"), nullable=False),
    Column("since_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Index(None, "delegate_id"),
    Index(None, "post_id"),
)

# A person may have several accounts. `login` is folded (models/typed.py:same_text); `password_hash` is Argon2id;
# `totp_secret` is sealed with the keys of the codec, `totp_step` the last code's, which is not taken again.
accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.person_id"), nullable=False),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("totp_secret", Text),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("closed_at", Instant),
    Index(None, "person_id"),
)

# `token_hash`: SHA-256 of what the browser's cookie holds. `proven_at`: when the person last proved to be that person.
sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("post_id", Text, ForeignKey("posts.post_id")),
    Column("delegation_id", Text, ForeignKey("delegations.delegation_id")),
    Column("device", Text, nullable=False),
    Column("began_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("proven_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("seen_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "account_id"),
)

# A link that sets a password once.
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "account_id"),
)

# Counted by login and by device, so that strangers who guess lock themselves out and nobody's own computer.
failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("failure_id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("failed_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Index(None, "login", "device", "failed_at"),
)

# A list as somebody keeps it: `asked` are the parameters of its address, as the query model of the page gave them.
# `shared_with`: `role@territory` of colleagues, or `@territory` of everybody there.
saved_views = Table(
    "saved_views",
    metadata,
    Column("view_id", Text, primary_key=True),
    Column("owner", Text, ForeignKey("persons.person_id"), nullable=False),
    Column("list", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("asked", JSONB, nullable=False),
    Column("shared_with", Text),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Index(None, "owner", "list"),
    Index("ix_saved_views_shared_with", "shared_with", "list"),
)

# The public halves of the keys that sign claims: written by the owner alone, kept for ever, since the log is checked by
# them. From `retired_at` on nothing is taken that the key has signed.
claim_keys = Table(
    "claim_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("retired_at", Instant),
    CheckConstraint("purpose IN ('door', 'work')", name="purpose"),
)

# What was sent by signal, to which nobody waits for an answer: its sender asks the record what became of it.
handed_in = Table(
    "handed_in",
    metadata,
    Column("command_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("handed_in_at", Instant, nullable=False, server_default=func.clock_timestamp()),
)
