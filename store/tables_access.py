"""Who may come in: the tokens that were issued. What makes a token valid is in none of these tables."""

from sqlalchemy import Column, Table, Text, func

from store.tables import Instant, metadata

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("issued_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
