"""A test's database as the version before a migration had it, with what has been written into it since."""

from typing import LiteralString

import psycopg

_UNDONE: dict[str, tuple[LiteralString, ...]] = {
    "0034": (
        "DROP INDEX ix_case_log_acted_for",
        "DROP FUNCTION acted_for",
        "UPDATE alembic_version SET version_num = '0033'",
    ),
    "0033": (
        "DROP INDEX ix_audit_log_subjects, ix_audit_log_person",
        "DROP FUNCTION audited_subjects",
        "UPDATE alembic_version SET version_num = '0032'",
    ),
    "0032": (
        "DROP INDEX ix_findings_unsettled_there, ix_subjects_changed",
        "UPDATE alembic_version SET version_num = '0031'",
    ),
    "0031": ("DROP TABLE schema_serves", "UPDATE alembic_version SET version_num = '0030'"),
    "0030": (
        "DROP INDEX ix_deadlines_not_in_time",
        "DROP TABLE case_spans",
        "DROP FUNCTION spans_go_along CASCADE",
        "UPDATE alembic_version SET version_num = '0029'",
    ),
    "0029": (
        "DROP INDEX ix_musts_owed_there, ix_deadlines_unmet_there, ix_cases_counted",
        "CREATE INDEX ix_musts_owed ON musts (must, case_id) WHERE state IN ('owed', 'proposed', 'decided')",
        """CREATE INDEX ix_cases_campaign_id_district_stage_outcome ON cases
        (campaign_id, district, stage, outcome)""",
        "DROP TRIGGER musts_placed ON musts",
        "DROP TRIGGER findings_placed ON findings",
        "DROP FUNCTION findings_and_musts_go_along CASCADE",
        "DROP POLICY own_reach ON musts",
        "DROP POLICY own_reach ON findings",
        "ALTER TABLE musts DROP campaign_id, DROP subject_id, DROP district, DROP sector",
        "ALTER TABLE findings DROP campaign_id, DROP subject_id, DROP district, DROP sector",
        """CREATE POLICY own_reach ON musts FOR SELECT TO rectify_reader
        USING (EXISTS (SELECT FROM cases c WHERE c.case_id = musts.case_id OFFSET 0))""",
        """CREATE POLICY own_reach ON findings FOR SELECT TO rectify_reader
        USING (EXISTS (SELECT FROM cases c WHERE c.case_id = findings.case_id OFFSET 0))""",
        "UPDATE alembic_version SET version_num = '0028'",
    ),
    "0028": (
        "DROP INDEX ix_deadlines_missed",
        "ALTER TABLE cases DROP investigated, DROP found, DROP put_right, DROP owes_must, DROP executed_must",
        "UPDATE alembic_version SET version_num = '0026'",
    ),
    "0026": (
        "DROP TABLE self_inspections",
        "DROP INDEX ix_subjects_place",
        "UPDATE alembic_version SET version_num = '0025'",
    ),
    "0025": (
        "DROP TABLE saved_views",
        "DROP POLICY own_reach ON musts",
        "DROP POLICY everything ON musts",
        "REVOKE ALL ON musts FROM rectify_reader, rectify_reader_all",
        "DROP INDEX ix_musts_owed, ix_cases_listed",
        "ALTER TABLE case_log DROP person",
        "UPDATE alembic_version SET version_num = '0024'",
    ),
    "0024": (
        "DROP FUNCTION place_of_deadline, deadlines_go_along CASCADE",
        "DROP POLICY own_reach ON deadlines",
        "ALTER TABLE deadlines DROP campaign_id, DROP subject_id, DROP district, DROP sector",
        """CREATE POLICY own_reach ON deadlines FOR SELECT TO rectify_reader
        USING (EXISTS (SELECT FROM cases c WHERE c.case_id = deadlines.case_id OFFSET 0))""",
        "UPDATE alembic_version SET version_num = '0023'",
    ),
    "0023": (
        "DROP TABLE attachments",
        "DROP FUNCTION refuse_but_naming, refuse_if_named, delete_unnamed_files",
        "UPDATE alembic_version SET version_num = '0022'",
    ),
    "0022": (
        "DROP TABLE erased_cases",
        "DROP FUNCTION refuse_but_sealing, refuse_but_erasure, check_tombstone, delete_expired CASCADE",
        "DROP TRIGGER case_log_append_only ON case_log",
        """CREATE TRIGGER case_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
        "DROP TRIGGER subject_changes_append_only ON subject_changes",
        """CREATE TRIGGER subject_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON subject_changes
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record()""",
        "UPDATE alembic_version SET version_num = '0021'",
    ),
    "0021": (
        "DROP FUNCTION chain_campaign_line, log_calendar_move, log_certificate CASCADE",
        "ALTER TABLE campaign_log DROP seq, DROP hashed_text, DROP hash",
        "UPDATE alembic_version SET version_num = '0020'",
    ),
    "0020": (
        """DO $$ DECLARE p record; BEGIN
        FOR p IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema() LOOP
            EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', p.tablename);
        END LOOP; END $$""",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM rectify_reader, rectify_reader_all",
        "UPDATE alembic_version SET version_num = '0019'",
    ),
    "0019": (
        "DROP TABLE passkeys, city_links, sign_in_steps",
        "ALTER TABLE access_tokens DROP scope, DROP label, DROP issued_by, DROP post_id, DROP last_used_at",
        "UPDATE alembic_version SET version_num = '0018'",
    ),
    "0014": (
        "DROP TABLE persons, posts, delegations, accounts, sessions, invitations, failed_sign_ins CASCADE",
        "DROP TABLE claim_keys, handed_in, audit_log, audit_waiting, installation CASCADE",
        'ALTER TABLE jobs DROP COLUMN "order"',
        "DROP FUNCTION chain_audit_line, refuse_audit_change",
        "UPDATE alembic_version SET version_num = '0013'",
    ),
    "0013": (
        "DELETE FROM outbox WHERE number > 1 OR topic <> 'turn'",
        "DELETE FROM inbox WHERE number > 1 OR topic <> 'turn'",
        "DROP INDEX ix_outbox_waiting",
        "ALTER TABLE outbox DROP number, DROP attempts, DROP last_error, DROP next_attempt_at, DROP dead_at",
        "ALTER TABLE inbox DROP number, DROP topic, DROP what, DROP about",
        "DROP INDEX ix_inbox_person, ix_inbox_at_inbox_id",
        "CREATE INDEX ix_outbox_waiting ON outbox (outbox_id) WHERE done_at IS NULL",
        "ALTER TABLE outbox ADD CONSTRAINT uq_outbox_case_id_seq_topic UNIQUE (case_id, seq, topic)",
        "ALTER TABLE inbox ADD CONSTRAINT uq_inbox_case_id_seq_role_person UNIQUE (case_id, seq, role, person)",
        "UPDATE alembic_version SET version_num = '0012'",
    ),
    "0012": (
        "DROP INDEX ix_cases_officers",
        "ALTER TABLE cases DROP COLUMN found_by",
        "UPDATE alembic_version SET version_num = '0011'",
    ),
}

LEFT_TO_A_REBUILD = {"the rows of case_spans are not the fold of the log"}
"""What a verification says of a case that was there before 0030: its spans are in its log alone."""


def before(migration: str, superuser: psycopg.Connection) -> None:
    """Undo the migrations down to this one."""
    for number, statements in _UNDONE.items():
        if number >= migration:
            for statement in statements:
                superuser.execute(statement)
    superuser.commit()
