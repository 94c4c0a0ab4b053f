"""The campaign as a whole: its log, moved boundaries, certificate, opening stock; jobs; reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_APPEND_ONLY = "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();\n"
    for table in ("campaign_log", "calendar_moves", "certificates", "opening_stock")
)
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT ON campaign_log, calendar_moves, certificates, opening_stock TO rectify_app;
    GRANT SELECT, INSERT, UPDATE ON jobs, job_items, reminders TO rectify_app;
    GRANT SELECT, INSERT ON schedule_reports TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("set_seq", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "clock", "about", "set_seq", "level", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_level_district_at"), "reminders", ["level", "district", "at"], unique=False)
    op.create_table(
        "schedule_reports",
        sa.Column("report_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_schedule_reports")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_schedule_reports_kind_key")),
    )
    op.create_table(
        "calendar_moves",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("edge", sa.Text(), nullable=False),
        sa.Column("old_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("new_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_calendar_moves_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "number", name=op.f("pk_calendar_moves")),
        sa.UniqueConstraint("campaign_id", "command_id", name=op.f("uq_calendar_moves_campaign_id_command_id")),
    )
    op.create_table(
        "campaign_log",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_campaign_log_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "key", name=op.f("pk_campaign_log")),
    )
    op.create_index(op.f("ix_campaign_log_campaign_id_line"), "campaign_log", ["campaign_id", "line"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_certificates_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_certificates")),
    )
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_jobs_campaign_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_campaign_id_created_at"), "jobs", ["campaign_id", "created_at"], unique=False)
    op.create_table(
        "opening_stock",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("unmet", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=op.f("fk_opening_stock_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "case_id", name=op.f("pk_opening_stock")),
    )
    op.create_index(
        op.f("ix_opening_stock_campaign_id_subject_id"), "opening_stock", ["campaign_id", "subject_id"], unique=False
    )
    op.create_table(
        "job_items",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name=op.f("fk_job_items_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_items")),
    )
    op.create_index("ix_job_items_digest", "job_items", [sa.text("(body ->> 'digest')")], unique=False)
    op.create_index(
        "ix_job_items_waiting",
        "job_items",
        ["job_id", "number"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column(
        "cases",
        sa.Column("officers", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.add_column("cases", sa.Column("unmet", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.drop_index(op.f("ix_cases_campaign_id_stage_district"), table_name="cases")
    op.create_index(
        op.f("ix_cases_campaign_id_district_stage_outcome"),
        "cases",
        ["campaign_id", "district", "stage", "outcome"],
        unique=False,
    )
    op.create_index(
        "ix_cases_open_by_district",
        "cases",
        ["campaign_id", "district", "due_at", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(op.f("ix_cases_subject_id"), "cases", ["subject_id"], unique=False)

    op.execute(_APPEND_ONLY)
    op.execute(_GRANTS)
