"""Which code a schema serves: code of before that finds a newer schema goes on with one that was only added to."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
serves_from = "0031"
"""Code of before asks for its own schema and no other."""

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT ON schema_serves TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "schema_serves",
        sa.Column("from_revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("from_revision", name=op.f("pk_schema_serves")),
    )
    op.execute(_GRANTS)
