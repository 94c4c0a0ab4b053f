"""By what somebody signs in beside a password, and what a sign-in that was begun waits for."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, func, text

from store.tables import Instant, metadata

# A passkey of an account: its public half, and how often it was used, as the authenticator counts. `host`: the name of
# the pages under which it was made, and under which alone browsers offer it. Texts are base64url.
passkeys = Table(
    "passkeys",
    metadata,
    Column("credential_id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("host", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
    Index(None, "account_id"),
)

# An account with the city's own sign-in, by which it signs in here: whoever the issuer calls by that subject.
city_links = Table(
    "city_links",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
    Index(None, "account_id"),
    Index(
        "uq_city_links_issuer_subject", "issuer", "subject", unique=True, postgresql_where=text("removed_at IS NULL")
    ),
)

# A sign-in that was begun: the hash of what comes back with its end (a challenge, a state), good once, for some minutes
# and for the browser or session that began it.
sign_in_steps = Table(
    "sign_in_steps",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("onward", Text, nullable=False, server_default="/"),
    Column("made_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", Instant, nullable=False),
    Index(None, "expires_at"),
)
