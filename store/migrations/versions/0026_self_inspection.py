"""自查自纠: what enterprises found at themselves; and subjects at one place are found by it."""

import sqlalchemy as sa
from alembic import op

from store.reading import ROLE, ROLE_OF_ALL

revision = "0026"
down_revision = "0025"

# row-level security as 0020 has it: whoever reads the subject, in the campaign that is read
_WALL = f"""
ALTER TABLE self_inspections ENABLE ROW LEVEL SECURITY;
DO $$ DECLARE who text; BEGIN
SELECT string_agg(quote_ident(role), ', ') INTO who FROM (
    SELECT unnest(roles) AS role FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = 'case_log' AND policyname = 'application') AS application;
IF who IS NOT NULL THEN
    EXECUTE 'CREATE POLICY application ON self_inspections FOR ALL TO ' || who || ' USING (true) WITH CHECK (true)';
END IF;
END $$;
GRANT SELECT ON self_inspections TO {ROLE}, {ROLE_OF_ALL};
CREATE POLICY own_reach ON self_inspections FOR SELECT TO {ROLE}
    USING (((SELECT current_setting('rectify.campaign', true) = '*')
        OR campaign_id = (SELECT current_setting('rectify.campaign', true)))
    AND EXISTS (SELECT FROM subjects s WHERE s.subject_id = self_inspections.subject_id OFFSET 0));
CREATE POLICY everything ON self_inspections FOR SELECT TO {ROLE_OF_ALL} USING (true);
"""

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE (subject_id, rectified_on, case_id, ref) ON self_inspections TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "self_inspections",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text()),
        sa.Column("responsible", sa.Text()),
        sa.Column("due_on", sa.Date()),
        sa.Column("rectified_on", sa.Date()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("case_id", sa.Text()),
        sa.Column("ref", sa.Text()),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_self_inspections")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.subject_id"], name=op.f("fk_self_inspections_subject_id_subjects")
        ),
    )
    columns = ["campaign_id", "subject_id", "at"]
    op.create_index(op.f("ix_self_inspections_campaign_id_subject_id_at"), "self_inspections", columns)
    op.create_index(op.f("ix_self_inspections_subject_id"), "self_inspections", ["subject_id"])
    on_the_map = sa.text("longitude IS NOT NULL")
    op.create_index("ix_subjects_place", "subjects", ["longitude", "latitude"], postgresql_where=on_the_map)
    op.execute(_WALL)
    op.execute(_GRANTS)
