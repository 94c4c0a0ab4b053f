"""The tables of a campaign: its own log, the moves of its calendar, its certificate, what it takes over; jobs."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
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


def _campaign() -> Column[str]:
    return Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), primary_key=True)


# What the committee and the clock did with the campaign as a whole, append-only. `key` makes each line one line.
# Chained by a trigger: `hashed_text` is what `hash` was made of; the three are empty for lines from before that, which
# the first chained line pins. Triggers also write the lines of `calendar_moves` and `certificates`.
campaign_log = Table(
    "campaign_log",
    metadata,
    _campaign(),
    Column("key", Text, primary_key=True),
    Column("line", BigInteger, Identity(always=True), nullable=False),
    Column("at", Instant, nullable=False),
    Column("do", Text, nullable=False),
    Column("by", Text),
    Column("reason", Text),
    Column("body", JSONB, nullable=False),
    Column("recorded_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("seq", Integer),
    Column("hashed_text", Text),
    Column("hash", Text),
    UniqueConstraint("campaign_id", "seq"),
    Index(None, "campaign_id", "line"),
)

# Every boundary that was moved, append-only: `phases` is the whole calendar from the instant `moved_at` on.
# Every step of every case looks here (`store/log.py`). With `working_days` no boundary was moved, but that year
# published: phase and edge say so.
calendar_moves = Table(
    "calendar_moves",
    metadata,
    _campaign(),
    Column("number", Integer, primary_key=True),
    Column("moved_at", Instant, nullable=False),
    Column("phase", Text, nullable=False),
    Column("edge", Text, nullable=False),
    Column("old_at", Instant, nullable=False),
    Column("new_at", Instant, nullable=False),
    Column("phases", JSONB, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("working_days", JSONB),
    UniqueConstraint("campaign_id", "command_id"),
)

# Official calendars as the office published them, append-only: of each year the row with the highest number holds.
working_years = Table(
    "working_years",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("year", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("days", JSONB, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("published_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Index(None, "year", "number"),
)

# The account of a campaign that is over: cases opened = cases ended, by outcome. `digest`: sha256 of the whole account.
certificates = Table(
    "certificates",
    metadata,
    _campaign(),
    Column("at", Instant, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("outcomes", JSONB, nullable=False),
    Column("without_case", BigInteger),
    Column("digest", Text, nullable=False),
)

# What an earlier campaign left behind, taken over at the start of this one.
opening_stock = Table(
    "opening_stock",
    metadata,
    _campaign(),
    Column("case_id", Text, primary_key=True),
    Column("subject_id", Text, nullable=False),
    Column("unmet", JSONB, nullable=False),
    Index(None, "campaign_id", "subject_id"),
)

# Work over many rows: a frozen list, a result for each. `params` is what was asked, `state` running, done or stopped.
jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), nullable=False),
    Column("by", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="running"),
    Column("total", Integer, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("finished_at", Instant),
    Column("order", JSONB),
    Index(None, "campaign_id", "created_at"),
)

job_items = Table(
    "job_items",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("result", JSONB),
    Column("done_at", Instant),
    ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
    Index("ix_job_items_digest", text("(body ->> 'digest')")),
    Index("ix_job_items_subject", text("(body ->> 'subject_id')")),
    Index("ix_job_items_waiting", "job_id", "number", postgresql_where=text("state = 'waiting'")),
)

# A level of the reminder ladder that a missed deadline has reached: told once, to that level. Of a reminder by hand
# (`clock` by_hand, `about` its job) also who gave it, in which words.
reminders = Table(
    "reminders",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("set_seq", Integer, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("district", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("by", Text),
    Column("words", Text),
    Index(None, "level", "district", "at"),
)

# What a schedule found or compiled: the weekly digest, the nightly verification.
schedule_reports = Table(
    "schedule_reports",
    metadata,
    Column("report_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("campaign_id", Text),
    Column("at", Instant, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    UniqueConstraint("kind", "key"),
)

# Worker processes that live: each tells so every two seconds, and goes when it stops in order. Unlogged: empty after a
# crash of the database, to which they tell it again at once.
worker_beats = Table(
    "worker_beats",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("host", Text, primary_key=True),
    Column("pid", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    prefixes=["UNLOGGED"],
)

# Every payload key that was ever in keys.json, by fingerprint: a key that was lost or swapped is noticed. The keys
# themselves are never here.
payload_keys = Table(
    "payload_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("superseded_at", Instant),
    Column("retired_at", Instant),
)

# Keys that a process needed and did not have; unlogged, for it tells so again while it misses them.
payload_keys_needed = Table(
    "payload_keys_needed",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("process", Text, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    prefixes=["UNLOGGED"],
)
