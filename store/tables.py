"""The tables of cases. `case_log` is the record; all others are its fold and can be rebuilt from it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Instant = DateTime(timezone=True)

# A campaign pins its plan: `plan` is the canonical JSON of what was read, `digest` its hash, `phases` its calendar.
# `clock_offset` is added to wall time: zero but in demo and rehearsal.
campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", Text, primary_key=True),
    Column("plan_id", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("phases", JSONB, nullable=False),
    Column("clock_offset", BigInteger, nullable=False, server_default="0"),
    Column("started_at", Instant, nullable=False, server_default=func.now()),
)

ACTED_FOR = "acted_for(body)"
"""In whose post a delegate took a step, as it is indexed; of those lines alone that name one."""
BY_A_DELEGATE = "strpos(body, '\"principal\":') > 0"

# One row a transition, append-only (triggers refuse UPDATE, and DELETE but for an erased case). `hash` chains each
# case's rows: sha256(hash of the row before || body). `body` is the Transition as JSON, byte for byte what was hashed.
# `person`: the id of whoever signed in and took the step, read from it; none in what was written before 0025.
case_log = Table(
    "case_log",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("command_id", Text, nullable=False),
    Column("do", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("person", Text),
    UniqueConstraint("case_id", "command_id"),
    CheckConstraint("seq >= 1", name="seq_from_one"),
    Index("ix_case_log_person", "person", "at", "case_id", "seq", postgresql_where=text("person IS NOT NULL")),
    Index("ix_case_log_acted_for", text(ACTED_FOR), "at", postgresql_where=text(BY_A_DELEGATE)),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("street", Text),
    Column("sector", Text),
    Column("source", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("next_role", Text),
    Column("due_at", Instant),
    Column("outcome", Text),
    Column("listed", Text),
    Column("officers", JSONB, nullable=False, server_default="[]"),
    Column("unmet", JSONB),  # what a case left behind at completion: musts, overdue findings, a missed look-back
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("seq", Integer, nullable=False),
    Column("found_by", Text, nullable=False, server_default=""),  # name, credit code, initials of the name in pinyin
    Column("investigated", Boolean),  # these five are counted by campaign (store/case_facts.py)
    Column("found", Boolean),
    Column("put_right", Boolean),
    Column("owes_must", Boolean),
    Column("executed_must", Boolean),
    Index(None, "campaign_id", "subject_id"),
    Index(None, "subject_id"),
    Index(
        "ix_cases_counted",
        *("campaign_id", "district", "stage", "outcome"),
        postgresql_include=[
            *("sector", "subject_id", "case_id", "due_at", "next_role", "listed"),
            *("investigated", "found", "put_right", "owes_must", "executed_must"),
        ],
    ),
    Index(
        "ix_cases_open_by_district",
        *("campaign_id", "district", "due_at", "case_id"),
        postgresql_where=text("outcome IS NULL"),
    ),
    Index("ix_cases_open_due", "due_at", "case_id", postgresql_where=text("outcome IS NULL")),
    Index("ix_cases_officers", "officers", postgresql_using="gin"),
    Index(
        "ix_cases_listed",
        *("campaign_id", "district", "case_id"),
        postgresql_where=text("listed IS NOT NULL AND outcome IS NULL"),
    ),
)

findings = Table(
    "findings",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("category", Text, nullable=False),
    Column("counts_as", Text),
    Column("grade", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("illegal_operation", Boolean, nullable=False),
    Column("suspected_crime", Boolean, nullable=False),
    Column("imminent_danger", Boolean, nullable=False),
    Column("inspected_on", Date),
    Column("responsible", Text),
    Column("recorded_at", Instant, nullable=False),
    Column("registered_at", Instant),
    Column("due_at", Instant),
    Column("campaign_id", Text),  # the place of the case, as beside deadlines
    Column("subject_id", Text),
    Column("district", Text),
    Column("sector", Text),
    Index(
        "ix_findings_unsettled_there",
        *("campaign_id", "district", "grade", "case_id"),
        postgresql_include=["sector", "subject_id"],
        postgresql_where=text("state NOT IN ('absorbed', 'rescinded', 'verified')"),
    ),
)

musts = Table(
    "musts",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("must_id", Text, primary_key=True),
    Column("must", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("grounds", JSONB, nullable=False),
    Column("arose_at", Instant, nullable=False),
    Column("decide_by", Instant),
    Column("execute_by", Instant),
    Column("decided_at", Instant),
    Column("executed_at", Instant),
    Column("stayed_at", Instant),
    Column("campaign_id", Text),  # the place of the case, as beside deadlines
    Column("subject_id", Text),
    Column("district", Text),
    Column("sector", Text),
    Index(
        "ix_musts_owed_there",
        *("campaign_id", "district", "must", "case_id"),
        postgresql_include=["sector", "subject_id"],
        postgresql_where=text("state IN ('owed', 'proposed', 'decided')"),
    ),
)

# Every due instant that ever ran: unmet while met_at and replaced_at are null. "Overdue as of D" is
# set_at <= D, due_at <= D, and neither met nor replaced by D.
deadlines = Table(
    "deadlines",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("set_seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("met_at", Instant),
    Column("replaced_at", Instant),
    Column("campaign_id", Text),  # the place of the case, for whoever reads that place alone
    Column("subject_id", Text),
    Column("district", Text),
    Column("sector", Text),
    CheckConstraint("kind IN ('rectification', 'duty')", name="kind"),
    Index(
        "ix_deadlines_unmet_due",
        *("due_at", "case_id", "clock", "about"),
        postgresql_where=text("met_at IS NULL AND replaced_at IS NULL"),
    ),
    Index(
        "ix_deadlines_unmet_there",
        *("campaign_id", "district", "due_at", "case_id", "clock", "about"),
        postgresql_include=["role", "kind", "sector", "subject_id", "set_at"],
        postgresql_where=text("met_at IS NULL AND replaced_at IS NULL"),
    ),
    Index("ix_deadlines_ended_at", text("coalesce(met_at, replaced_at)")),
    Index(
        "ix_deadlines_missed",
        "case_id",
        postgresql_where=text("kind = 'rectification' AND coalesce(met_at, replaced_at) >= due_at"),
    ),
    Index(
        "ix_deadlines_not_in_time",
        *("campaign_id", "district", "due_at"),
        postgresql_where=text("coalesce(met_at, replaced_at, 'infinity'::timestamptz) >= due_at"),
    ),
)

# What was so of a case from one day to another (store/spans.py): Beijing's days, `until` the one on which it ended.
# Weeks, by their Mondays, are counted along the index alone, so the case's place is in it; no enterprise reads it.
case_spans = Table(
    "case_spans",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("since_week", Date, nullable=False),
    Column("until_week", Date),
    Column("campaign_id", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("sector", Text),
    Index("ix_case_spans_counted", "campaign_id", "district", "sector", "kind", "what", "since_week", "until_week"),
)

# Leaves the building from here: written in the same transaction as the log, turned into papers and notices later.
# A step writes several lines, by `number` from 1; a line of before 0013 is the only one, and its number is 1.
# A line whose delivery fails is tried again from `next_attempt_at` on, and is a dead letter from `dead_at` on.
outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger, Identity(always=True), primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("number", Integer, nullable=False, server_default="1"),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("done_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("next_attempt_at", Instant),
    Column("dead_at", Instant),
    UniqueConstraint("case_id", "seq", "number"),
    Index("ix_outbox_waiting", "topic", "outbox_id", postgresql_where=text("done_at IS NULL")),
    Index("ix_outbox_dead", "outbox_id", postgresql_where=text("dead_at IS NOT NULL")),
)

# Who was told what. What was told before 0013 was whose turn it is.
inbox = Table(
    "inbox",
    metadata,
    Column("inbox_id", BigInteger, Identity(always=True), primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("number", Integer, nullable=False, server_default="1"),
    Column("topic", Text, nullable=False, server_default="turn"),
    Column("what", Text, nullable=False, server_default="turn"),
    Column("about", JSONB, nullable=False, server_default="[]"),
    Column("role", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("person", Text, nullable=False, server_default=""),
    Column("stage", Text, nullable=False),
    Column("due_at", Instant),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),
    UniqueConstraint("case_id", "seq", "number", "role", "person"),
    Index(None, "role", "district", "inbox_id"),
    Index(None, "at", "inbox_id"),
    Index("ix_inbox_person", "person", "inbox_id", postgresql_where=text("person <> ''")),
)

# A closed case whose record was erased after its retention: where its log ended, and when, by whom and why it went.
# Append-only. `transaction` is the one that may delete its lines; `recorded_at` is that of its last line.
erased_cases = Table(
    "erased_cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("last_seq", Integer, nullable=False),
    Column("last_hash", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("transaction", BigInteger, nullable=False),
)
