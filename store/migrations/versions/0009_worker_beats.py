"""Worker processes tell every two seconds that they live; what only matters while it is fresh is not logged (WAL)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON worker_beats TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "worker_beats",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", "host", "pid", name=op.f("pk_worker_beats")),
        prefixes=["UNLOGGED"],
    )
    op.execute("ALTER TABLE worker_beats SET (fillfactor = 50)")
    op.execute(_GRANTS)
