"""The audit log: one chain for the installation, append-only. Only the database numbers and chains."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from store.tables import Instant, metadata

OF_PERSON = "(\"by\" ->> 'person')"
"""Whoever acted, as it is indexed."""
OF_SUBJECTS = "audited_subjects(body)"
"""The subjects of the register that a line is about, as they are indexed."""

# A line waits here until its transaction ends; then a deferred trigger numbers it, chains it into audit_log and takes
# it away, so that writers wait for each other only while they commit.
audit_waiting = Table(
    "audit_waiting",
    metadata,
    Column("waiting_id", BigInteger, Identity(always=True), primary_key=True),
    Column("body", Text, nullable=False),
)

# `body` is the AuditLine as JSON, byte for byte what was hashed; the columns beside it are read from it. `hash`:
# `sha256:` and sha256(hash of the line before || body).
audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", JSONB, nullable=False),
    Column("case_id", Text),
    Column("about_person", Text),
    Column("outcome", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("seq >= 1", name="seq_from_one"),
    Index(None, "kind", "seq"),
    Index("ix_audit_log_case_id", "case_id", "seq", postgresql_where=text("case_id IS NOT NULL")),
    Index(None, "at"),
    Index("ix_audit_log_subjects", text(OF_SUBJECTS), postgresql_using="gin"),
    Index("ix_audit_log_person", text(OF_PERSON), "seq", postgresql_where=text(f"{OF_PERSON} IS NOT NULL")),
)
