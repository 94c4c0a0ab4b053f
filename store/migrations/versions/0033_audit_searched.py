"""The audit log is searched by the subjects that its lines are about, and by whoever acted."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


# A body that was altered until it is no JSON is about nobody, and still can be read.
_SUBJECTS = """CREATE FUNCTION audited_subjects(body text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE facts jsonb;
BEGIN
    facts := body::jsonb -> 'facts';
    RETURN array_remove(ARRAY[facts ->> 'subject_id', facts ->> 'subject', facts ->> 'into'], NULL);
EXCEPTION WHEN data_exception THEN
    RETURN '{}';
END $$"""


def upgrade() -> None:
    op.execute(_SUBJECTS)
    about = [sa.text("audited_subjects(body)")]
    op.create_index("ix_audit_log_subjects", "audit_log", about, postgresql_using="gin")
    person = "(\"by\" ->> 'person')"
    acted = sa.text(f"{person} IS NOT NULL")
    op.create_index("ix_audit_log_person", "audit_log", [sa.text(person), "seq"], postgresql_where=acted)
    op.execute("ANALYZE audit_log")
