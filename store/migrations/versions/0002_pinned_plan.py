"""A pinned plan stays as it was pinned; the phase is the campaign's own and no longer repeated in each case's row."""

from alembic import op

revision = "0002"
down_revision = "0001"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    REVOKE UPDATE ON campaigns FROM rectify_app;
    GRANT UPDATE (phases, clock_offset) ON campaigns TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.drop_column("cases", "phase")
    op.execute(_GRANTS)
