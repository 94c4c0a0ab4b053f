"""Files of cases: what a step names stays as long as its case; what none names goes after some weeks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.reading import ROLE, ROLE_OF_ALL

revision = "0023"
down_revision = "0022"

_KEPT = """
CREATE FUNCTION refuse_but_naming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.named_seq IS NOT NULL AND NEW IS DISTINCT FROM OLD
        OR to_jsonb(NEW) - 'at' - 'named_seq' IS DISTINCT FROM to_jsonb(OLD) - 'at' - 'named_seq'
    THEN
        RAISE EXCEPTION 'a file that was taken in does not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attachments_only_named BEFORE UPDATE ON attachments
    FOR EACH ROW EXECUTE FUNCTION refuse_but_naming();
CREATE FUNCTION refuse_if_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.named_seq IS NOT NULL AND NOT EXISTS (SELECT FROM erased_cases WHERE case_id = OLD.case_id
        AND transaction = pg_current_xact_id()::text::bigint)
    THEN
        RAISE EXCEPTION 'a file that the log names stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER attachments_kept BEFORE DELETE ON attachments
    FOR EACH ROW EXECUTE FUNCTION refuse_if_named();
CREATE TRIGGER attachments_append_only BEFORE TRUNCATE ON attachments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
"""

# Runs as the owner, as `delete_expired` does: the application role deletes nothing itself. Whoever takes a file in for
# the same case waits, or is waited for; the caller deletes the bytes before it commits.
_UNNAMED = """
CREATE FUNCTION delete_unnamed_files(before timestamptz) RETURNS TABLE (of_case text, hash text)
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    past timestamptz := least(before, clock_timestamp() - interval '7 days');
    one text;
BEGIN
    FOR one IN SELECT DISTINCT case_id FROM attachments WHERE named_seq IS NULL AND at < past ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(one, 2));
    END LOOP;
    RETURN QUERY DELETE FROM attachments WHERE named_seq IS NULL AND at < past RETURNING case_id, sha256;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION delete_unnamed_files(timestamptz) SET search_path = pg_catalog, %I, pg_temp',
        current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION delete_unnamed_files(timestamptz) FROM PUBLIC;
"""

# row-level security as 0020 has it: for the application what it has of the log itself, for readers through the case
_WALL = f"""
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
DO $$ DECLARE who text; BEGIN
SELECT string_agg(quote_ident(role), ', ') INTO who FROM (
    SELECT unnest(roles) AS role FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = 'case_log' AND policyname = 'application') AS application;
IF who IS NOT NULL THEN
    EXECUTE 'CREATE POLICY application ON attachments FOR ALL TO ' || who || ' USING (true) WITH CHECK (true)';
END IF;
END $$;
GRANT SELECT ON attachments TO {ROLE}, {ROLE_OF_ALL};
CREATE POLICY own_reach ON attachments FOR SELECT TO {ROLE}
    USING (EXISTS (SELECT FROM cases c WHERE c.case_id = attachments.case_id OFFSET 0));
CREATE POLICY everything ON attachments FOR SELECT TO {ROLE_OF_ALL} USING (true);
"""

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE (at, named_seq) ON attachments TO rectify_app;
    GRANT EXECUTE ON FUNCTION delete_unnamed_files(timestamptz) TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("exif", postgresql.JSONB()),
        sa.Column("named_seq", sa.Integer()),
        sa.PrimaryKeyConstraint("case_id", "sha256", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_unnamed", "attachments", ["at"], postgresql_where=sa.text("named_seq IS NULL"))
    op.execute(_KEPT)
    op.execute(_UNNAMED)
    op.execute(_WALL)
    op.execute(_GRANTS)
