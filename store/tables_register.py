"""The tables of the register of subjects: who they are, their licences and responsible persons, every change."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from store.tables import Instant, metadata

# `found_by` is the line of name, code and pinyin initials whose parts find a subject, `grams` are its pieces
# (rules/subjects/search_words.py); `name_key` is the name as ledgers compare it (rules/subjects/names.py).
# A merged subject is a duplicate: it points to the one that stands for both.
subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", Text, primary_key=True),
    Column("code", Text),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("street", Text),
    Column("community", Text),
    Column("sector", Text),
    Column("longitude", Float(53)),
    Column("latitude", Float(53)),
    Column("state", Text, nullable=False, server_default="active"),
    Column("ceased_on", Date),
    Column("merged_into", Text, ForeignKey("subjects.subject_id")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name_key", Text, nullable=False),
    Column("found_by", Text, nullable=False),
    Column("grams", ARRAY(Text), nullable=False),
    Column("changed_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("state IN ('active', 'ceased', 'merged')", name="state"),
    CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
    Index("ix_subjects_grams", "grams", postgresql_using="gin"),
    Index(None, "code"),
    Index(None, "name_key"),
    Index(None, "district", "street", "community"),
    Index("ix_subjects_place", "longitude", "latitude", postgresql_where=text("longitude IS NOT NULL")),
    Index("ix_subjects_changed", "subject_id", postgresql_where=text("version > 1")),
    Index("ix_subjects_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

licences = Table(
    "licences",
    metadata,
    Column("subject_id", Text, ForeignKey("subjects.subject_id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("expires_on", Date),
    Index(None, "expires_on"),
)

# `phone` is sealed (store/sealed_fields.py), here and in `subject_changes`.
responsible_persons = Table(
    "responsible_persons",
    metadata,
    Column("subject_id", Text, ForeignKey("subjects.subject_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("post", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
)

# Every change of a subject, append-only but for a phone number that is sealed later: what was asked, by whom and why,
# and the subject as it was before.
subject_changes = Table(
    "subject_changes",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_id", Text, ForeignKey("subjects.subject_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("do", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("before", JSONB),
    Column("after", JSONB, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("subject_id", "version"),
)
