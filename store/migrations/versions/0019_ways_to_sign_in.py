"""Tokens have a scope, a label and an owner's post."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT UPDATE (last_used_at) ON access_tokens TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    for name in ("scope", "label", "issued_by", "post_id"):
        op.add_column("access_tokens", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("access_tokens", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_access_tokens_post_id_posts"), "access_tokens", "posts", ["post_id"], ["post_id"])
    op.execute(_GRANTS)
