"""Official calendars that the office publishes, and their publication as a move of a campaign's calendar."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_APPEND_ONLY = """
CREATE TRIGGER working_years_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON working_years
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
"""
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT ON working_years TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "working_years",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "published_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_working_years")),
    )
    op.create_index(op.f("ix_working_years_year_number"), "working_years", ["year", "number"], unique=False)
    op.add_column("calendar_moves", sa.Column("working_days", postgresql.JSONB(astext_type=sa.Text()), nullable=True))

    op.execute(_APPEND_ONLY)
    op.execute(_GRANTS)
