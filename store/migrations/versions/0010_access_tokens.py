"""Tokens of the API are known by id, so that each can be called back alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT ON access_tokens TO rectify_app;
    GRANT UPDATE (revoked_at) ON access_tokens TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_access_tokens")),
    )
    op.execute(_GRANTS)
