"""The keys that sign claims, the claim of the order that a job carries out, and receipts of signals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT ON claim_keys TO rectify_app;
    GRANT SELECT, INSERT ON handed_in TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "claim_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('door', 'work')", name=op.f("ck_claim_keys_purpose")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_claim_keys")),
    )
    op.create_table(
        "handed_in",
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column(
            "handed_in_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("command_id", "case_id", name=op.f("pk_handed_in")),
    )
    op.add_column("jobs", sa.Column("order", JSONB()))
    op.execute(_GRANTS)
