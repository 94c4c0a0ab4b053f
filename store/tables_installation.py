"""Which installation this is, and what it is: the live one, or a copy that a backup was restored into."""

from sqlalchemy import CheckConstraint, Column, Identity, Integer, Table, Text, func

from store.tables import Instant, metadata

# Append-only; the newest line tells. Its owner alone writes it.
installation = Table(
    "installation",
    metadata,
    Column("number", Integer, Identity(always=True), primary_key=True),
    Column("installation_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("by", Text, nullable=False),
    Column("backup_id", Text),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('live', 'copy')", name="state"),
)

# One row: the newest migration that the oldest code knows which this schema still serves (`store/migrate.py`).
schema_serves = Table(
    "schema_serves",
    metadata,
    Column("from_revision", Text, primary_key=True),
)
