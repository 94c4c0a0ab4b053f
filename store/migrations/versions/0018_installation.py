"""Which installation this is, and whether it is the live one: the newest line tells. The application only reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT ON installation TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("installation_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("backup_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('live', 'copy')", name=op.f("ck_installation_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_installation")),
    )
    op.execute("""INSERT INTO installation (installation_id, state, by)
    VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12), 'live', 'system')""")
    op.execute("""CREATE TRIGGER installation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON installation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record()""")
    op.execute(_GRANTS)
