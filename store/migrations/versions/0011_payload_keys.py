"""The payload keys that were ever used, by fingerprint, and those that a process missed of late."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE ON payload_keys TO rectify_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON payload_keys_needed TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "payload_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_payload_keys")),
    )
    op.create_table(
        "payload_keys_needed",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "process", name=op.f("pk_payload_keys_needed")),
        prefixes=["UNLOGGED"],
    )
    op.execute(_GRANTS)
