"""The first schema: the log with its hash chain, its fold, outbox and inbox, campaigns that pin their plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'case_log is append-only';
END $$;
CREATE TRIGGER case_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# The application role owns nothing; on a cluster without it (an external one) the grants are somebody else's work.
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT ON case_log TO rectify_app;
    GRANT SELECT, INSERT, UPDATE ON campaigns, cases, findings, musts, deadlines, outbox, inbox
        TO rectify_app;
    GRANT DELETE ON cases, findings, musts, deadlines TO rectify_app;
    GRANT SELECT ON alembic_version TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:

    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("phases", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("clock_offset", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "case_log",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_case_log_seq_from_one")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_log")),
        sa.UniqueConstraint("case_id", "command_id", name=op.f("uq_case_log_case_id_command_id")),
    )
    op.create_table(
        "deadlines",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("set_seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('rectification', 'duty')", name=op.f("ck_deadlines_kind")),
        sa.PrimaryKeyConstraint("case_id", "clock", "about", "set_seq", name=op.f("pk_deadlines")),
    )
    op.create_index("ix_deadlines_ended_at", "deadlines", [sa.text("coalesce(met_at, replaced_at)")], unique=False)
    op.create_index(
        "ix_deadlines_unmet_due",
        "deadlines",
        ["due_at", "case_id", "clock", "about"],
        unique=False,
        postgresql_where=sa.text("met_at IS NULL AND replaced_at IS NULL"),
    )
    op.create_table(
        "findings",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("counts_as", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("illegal_operation", sa.Boolean(), nullable=False),
        sa.Column("suspected_crime", sa.Boolean(), nullable=False),
        sa.Column("imminent_danger", sa.Boolean(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "ref", name=op.f("pk_findings")),
    )
    op.create_table(
        "inbox",
        sa.Column("inbox_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("case_id", "seq", "role", "person", name=op.f("uq_inbox_case_id_seq_role_person")),
    )
    op.create_index(op.f("ix_inbox_role_district_inbox_id"), "inbox", ["role", "district", "inbox_id"], unique=False)
    op.create_table(
        "musts",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("must_id", sa.Text(), nullable=False),
        sa.Column("must", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("grounds", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("arose_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("execute_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "must_id", name=op.f("pk_musts")),
    )
    op.create_table(
        "outbox",
        sa.Column("outbox_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("case_id", "seq", "topic", name=op.f("uq_outbox_case_id_seq_topic")),
    )
    op.create_index(
        "ix_outbox_waiting", "outbox", ["outbox_id"], unique=False, postgresql_where=sa.text("done_at IS NULL")
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("next_role", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("listed", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_cases_campaign_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(
        op.f("ix_cases_campaign_id_stage_district"), "cases", ["campaign_id", "stage", "district"], unique=False
    )
    op.create_index(op.f("ix_cases_campaign_id_subject_id"), "cases", ["campaign_id", "subject_id"], unique=False)
    op.create_index(
        "ix_cases_open_due", "cases", ["due_at", "case_id"], unique=False, postgresql_where=sa.text("outcome IS NULL")
    )
    # ### end Alembic commands ###
    op.execute(_APPEND_ONLY)
    op.execute(_GRANTS)
