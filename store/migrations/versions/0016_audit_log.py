"""The audit log: one chain for the installation, numbered and hashed by the database as each transaction ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"

# Runs as the owner: the application role hands lines in, and can neither number nor chain them itself. The lock is
# taken when the transaction ends, so that nobody waits for whoever still works on his; the statement after it sees
# the line that was chained last.
_CHAINED = """
CREATE FUNCTION chain_audit_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    line jsonb := NEW.body::jsonb;
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock(7620130516);
    SELECT seq, hash INTO last FROM audit_log ORDER BY seq DESC LIMIT 1;
    INSERT INTO audit_log (seq, at, kind, "by", case_id, about_person, outcome, body, hash)
    VALUES (coalesce(last.seq, 0) + 1, (line ->> 'at')::timestamptz, line ->> 'kind', line -> 'by',
        line ->> 'case_id', line ->> 'about_person', line ->> 'outcome', NEW.body,
        'sha256:' || encode(sha256(convert_to(coalesce(last.hash, '') || NEW.body, 'UTF8')), 'hex'));
    DELETE FROM audit_waiting WHERE waiting_id = NEW.waiting_id;
    RETURN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION chain_audit_line() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
CREATE CONSTRAINT TRIGGER audit_waiting_is_chained AFTER INSERT ON audit_waiting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_audit_line();
"""

_APPEND_ONLY = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""

_GRANTS = """
REVOKE EXECUTE ON FUNCTION chain_audit_line() FROM PUBLIC;
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT ON audit_log TO rectify_app;
    GRANT INSERT ON audit_waiting TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "audit_waiting",
        sa.Column("waiting_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("waiting_id", name=op.f("pk_audit_waiting")),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", JSONB(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("about_person", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_log_seq_from_one")),
    )
    op.create_index(op.f("ix_audit_log_kind_seq"), "audit_log", ["kind", "seq"])
    told = sa.text("case_id IS NOT NULL")
    op.create_index("ix_audit_log_case_id", "audit_log", ["case_id", "seq"], postgresql_where=told)
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"])
    op.execute(_CHAINED)
    op.execute(_APPEND_ONLY)
    op.execute(_GRANTS)
