"""Files of cases: a row for each that was taken in; the bytes lie in a folder (`store/files.py`)."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from store.tables import Instant, metadata

# `at` is wall time. `named_seq`: the first step of the case that names it; from then on the row stays (triggers), until
# the case is erased. `exif` is kept aside and shown nowhere: it says where and with what a picture was taken.
attachments = Table(
    "attachments",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("width", Integer),
    Column("height", Integer),
    Column("taken_at", Instant),
    Column("exif", JSONB),
    Column("named_seq", Integer),
    Index("ix_attachments_unnamed", "at", postgresql_where=text("named_seq IS NULL")),
)
