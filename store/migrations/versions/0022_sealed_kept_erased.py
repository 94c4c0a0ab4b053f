"""Phone numbers are sealed later; what is past its time is deleted; a closed case is erased, and leaves a tombstone."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_SEALED_LATER = """
CREATE FUNCTION refuse_but_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD."do" = 'person' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        IF NEW.reason::jsonb - 'phone' = OLD.reason::jsonb - 'phone' AND OLD.reason::jsonb ->> 'phone' <> ''
            AND starts_with(NEW.reason::jsonb ->> 'phone', 'sealed:')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'subject_changes is append-only';
END $$;
DROP TRIGGER subject_changes_append_only ON subject_changes;
CREATE TRIGGER subject_changes_append_only BEFORE DELETE OR TRUNCATE ON subject_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
CREATE TRIGGER subject_changes_only_sealed BEFORE UPDATE ON subject_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_but_sealing();
"""

# Ten years after its last line was recorded, by the clock of the database: no clock of a campaign counts here. Only the
# transaction that left the tombstone deletes lines.
_ERASED = """
CREATE FUNCTION check_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT seq, hash, recorded_at INTO last FROM case_log WHERE case_id = NEW.case_id ORDER BY seq DESC LIMIT 1;
    IF last.seq IS DISTINCT FROM NEW.last_seq OR last.hash IS DISTINCT FROM NEW.last_hash
        OR NOT EXISTS (SELECT FROM cases WHERE case_id = NEW.case_id AND outcome IS NOT NULL AND seq = NEW.last_seq)
        OR last.recorded_at > clock_timestamp() - interval '10 years'
    THEN
        RAISE EXCEPTION 'only a closed case is erased, ten years after its last line';
    END IF;
    NEW.recorded_at := last.recorded_at;
    NEW.erased_at := clock_timestamp();
    NEW.transaction := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER erased_cases_are_checked BEFORE INSERT ON erased_cases
    FOR EACH ROW EXECUTE FUNCTION check_tombstone();
CREATE TRIGGER erased_cases_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erased_cases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
CREATE FUNCTION refuse_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_cases WHERE case_id = OLD.case_id
        AND transaction = pg_current_xact_id()::text::bigint)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'case_log is append-only';
END $$;
DROP TRIGGER case_log_append_only ON case_log;
CREATE TRIGGER case_log_append_only BEFORE UPDATE OR TRUNCATE ON case_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_log_only_erased BEFORE DELETE ON case_log
    FOR EACH ROW EXECUTE FUNCTION refuse_but_erasure();
"""

# Runs as the owner: the application role deletes nothing itself, and nothing of the last seven days through this.
_EXPIRED = """
CREATE FUNCTION delete_expired(what text, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    past timestamptz := least(before, clock_timestamp() - interval '7 days');
    gone bigint;
BEGIN
    CASE what
    WHEN 'sessions' THEN DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < past;
    WHEN 'failed_sign_ins' THEN DELETE FROM failed_sign_ins WHERE failed_at < past;
    WHEN 'invitations' THEN DELETE FROM invitations WHERE expires_at < past;
    WHEN 'tokens' THEN DELETE FROM access_tokens WHERE coalesce(revoked_at, expires_at) < past;
    WHEN 'receipts' THEN DELETE FROM handed_in WHERE handed_in_at < past;
    WHEN 'read_inbox' THEN DELETE FROM inbox WHERE read_at < past;
    WHEN 'sent_outbox' THEN DELETE FROM outbox WHERE done_at < past;
    WHEN 'job_rows' THEN DELETE FROM job_items USING jobs WHERE jobs.job_id = job_items.job_id
        AND jobs.finished_at < past AND EXISTS (SELECT FROM certificates WHERE campaign_id = jobs.campaign_id);
    WHEN 'secrets_of_closed_accounts' THEN UPDATE accounts SET password_hash = NULL, totp_secret = NULL
        WHERE closed_at IS NOT NULL AND (password_hash IS NOT NULL OR totp_secret IS NOT NULL);
    END CASE;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF what = 'secrets_of_closed_accounts' AND to_regclass('passkeys') IS NOT NULL THEN
        EXECUTE 'DELETE FROM passkeys
            WHERE account_id IN (SELECT account_id FROM accounts WHERE closed_at IS NOT NULL)';
    END IF;
    RETURN gone;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION delete_expired(text, timestamptz) SET search_path = pg_catalog, %I, pg_temp',
        current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION delete_expired(text, timestamptz) FROM PUBLIC;
"""

# row-level security as 0020 has it: for the application what it has of the log itself, for readers nothing
_WALL = """
ALTER TABLE erased_cases ENABLE ROW LEVEL SECURITY;
DO $$ DECLARE who text; BEGIN
SELECT string_agg(quote_ident(role), ', ') INTO who FROM (
    SELECT unnest(roles) AS role FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = 'case_log' AND policyname = 'application') AS application;
IF who IS NOT NULL THEN
    EXECUTE 'CREATE POLICY application ON erased_cases FOR ALL TO ' || who || ' USING (true) WITH CHECK (true)';
END IF;
END $$;
"""

_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT ON erased_cases TO rectify_app;
    GRANT EXECUTE ON FUNCTION delete_expired(text, timestamptz) TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.execute(_SEALED_LATER)
    op.create_table(
        "erased_cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_erased_cases")),
    )
    op.execute(_ERASED)
    op.execute(_EXPIRED)
    op.execute(_WALL)
    op.execute(_GRANTS)
