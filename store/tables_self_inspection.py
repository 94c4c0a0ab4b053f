"""What enterprises found at themselves (3.1.ledger): a row each, of one subject in one campaign."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table, Text, func

from store.tables import Instant, metadata

# `case_id` and `ref`: the finding that an inspector recorded of it. Nothing of a row but these, the day on which it was
# put right, and the subject that stands for a merged one, ever changes.
self_inspections = Table(
    "self_inspections",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("campaign_id", Text, nullable=False),
    Column("subject_id", Text, ForeignKey("subjects.subject_id"), nullable=False),
    Column("found_on", Date, nullable=False),
    Column("description", Text, nullable=False),
    Column("measure", Text),
    Column("responsible", Text),
    Column("due_on", Date),
    Column("rectified_on", Date),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("case_id", Text),
    Column("ref", Text),
    Index(None, "campaign_id", "subject_id", "at"),
    Index(None, "subject_id"),
)
