"""Lists as readers keep them: saved views, who took which step, which case owes which must.

A saved view is its owner's, and of those with whom it is shared: a post's colleagues or everybody of a territory.
PostgreSQL shows a reader no other, also one who reads all cases (`rectify.person`, `rectify.shares`).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.reading import ROLE, ROLE_OF_ALL

revision = "0025"
down_revision = "0024"

_MINE = """owner = (SELECT current_setting('rectify.person', true))
    OR shared_with = ANY ((SELECT string_to_array(current_setting('rectify.shares', true), ','))::text[])"""
# row-level security as 0020 has it
_WALL = f"""
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
DO $$ DECLARE who text; BEGIN
SELECT string_agg(quote_ident(role), ', ') INTO who FROM (
    SELECT unnest(roles) AS role FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = 'case_log' AND policyname = 'application') AS application;
IF who IS NOT NULL THEN
    EXECUTE 'CREATE POLICY application ON saved_views FOR ALL TO ' || who || ' USING (true) WITH CHECK (true)';
END IF;
END $$;
GRANT SELECT ON saved_views TO {ROLE}, {ROLE_OF_ALL};
CREATE POLICY own_reach ON saved_views FOR SELECT TO {ROLE} USING ({_MINE});
CREATE POLICY own_views ON saved_views FOR SELECT TO {ROLE_OF_ALL} USING ({_MINE});
"""
_MUSTS = f"""
GRANT SELECT ON musts TO {ROLE}, {ROLE_OF_ALL};
CREATE POLICY own_reach ON musts FOR SELECT TO {ROLE}
    USING (EXISTS (SELECT FROM cases c WHERE c.case_id = musts.case_id OFFSET 0));
CREATE POLICY everything ON musts FOR SELECT TO {ROLE_OF_ALL} USING (true);
"""
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE (name, shared_with), DELETE ON saved_views TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("view_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("shared_with", sa.Text()),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["persons.person_id"], name=op.f("fk_saved_views_owner")),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_owner_list"), "saved_views", ["owner", "list"])
    op.create_index("ix_saved_views_shared_with", "saved_views", ["shared_with", "list"])
    op.execute(_WALL)
    op.execute(_MUSTS)
    op.execute(_GRANTS)
    # what was written before has no person: a list of the last weeks fills by itself
    op.add_column("case_log", sa.Column("person", sa.Text()))
    op.create_index(
        "ix_case_log_person",
        "case_log",
        ["person", "at", "case_id", "seq"],
        postgresql_where=sa.text("person IS NOT NULL"),
    )
    op.create_index(
        "ix_musts_owed",
        "musts",
        ["must", "case_id"],
        postgresql_where=sa.text("state IN ('owed', 'proposed', 'decided')"),
    )
    op.create_index(
        "ix_cases_listed",
        "cases",
        ["campaign_id", "district", "case_id"],
        postgresql_where=sa.text("listed IS NOT NULL AND outcome IS NULL"),
    )
