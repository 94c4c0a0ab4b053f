"""The register of subjects, with its licences, responsible persons and every change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from rules.subjects.names import normalised_name
from rules.subjects.search_words import found_by, grams

revision = "0003"
down_revision = "0002"

_APPEND_ONLY = """
CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER subject_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON subject_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
"""
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE ON subjects, licences, responsible_persons TO rectify_app;
    GRANT DELETE ON licences, responsible_persons TO rectify_app;
    GRANT SELECT, INSERT ON subject_changes TO rectify_app;
END IF;
END $$;
"""
# Whoever has a case is in the register: so are those of the cases that were opened before there was one.
_CASES = """
SELECT DISTINCT ON (subject_id) subject_id, c.subject_name AS name, c.district, c.street, c.sector,
    l.body::jsonb -> 'events' -> 0 -> 'subject' ->> 'code' AS code,
    l.body::jsonb -> 'events' -> 0 -> 'subject' ->> 'kind' AS kind
FROM cases c JOIN case_log l ON l.case_id = c.case_id AND l.seq = 1 ORDER BY subject_id, c.opened_at DESC
"""
_SUBJECT = sa.text("""
INSERT INTO subjects (subject_id, code, name, kind, district, street, sector, name_key, found_by, grams)
VALUES (:subject_id, :code, :name, :kind, :district, :street, :sector, :name_key, :found_by, :grams)
""")


def upgrade() -> None:
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("community", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("longitude", sa.Float(53), nullable=True),
        sa.Column("latitude", sa.Float(53), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("ceased_on", sa.Date(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.Column("grams", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_subjects_merged")),
        sa.CheckConstraint("state IN ('active', 'ceased', 'merged')", name=op.f("ck_subjects_state")),
        sa.ForeignKeyConstraint(["merged_into"], ["subjects.subject_id"], name=op.f("fk_subjects_merged_into")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subjects")),
    )
    op.create_index(op.f("ix_subjects_code"), "subjects", ["code"], unique=False)
    op.create_index(
        op.f("ix_subjects_district_street_community"), "subjects", ["district", "street", "community"], unique=False
    )
    op.create_index("ix_subjects_grams", "subjects", ["grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_subjects_merged_into",
        "subjects",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(op.f("ix_subjects_name_key"), "subjects", ["name_key"], unique=False)
    op.create_table(
        "licences",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name=op.f("fk_licences_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", "kind", "number", name=op.f("pk_licences")),
    )
    op.create_index(op.f("ix_licences_expires_on"), "licences", ["expires_on"], unique=False)
    op.create_table(
        "responsible_persons",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.subject_id"], name=op.f("fk_responsible_persons_subject_id")
        ),
        sa.PrimaryKeyConstraint("subject_id", "name", name=op.f("pk_responsible_persons")),
    )
    op.create_table(
        "subject_changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name=op.f("fk_subject_changes_subject_id")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_subject_changes")),
        sa.UniqueConstraint("subject_id", "version", name=op.f("uq_subject_changes_subject_id_version")),
    )

    op.execute(_APPEND_ONLY)
    op.execute(_GRANTS)
    connection = op.get_bind()
    for row in connection.execute(sa.text(_CASES)).mappings().all():
        by = (row["name"], row["code"])
        pieces = {"name_key": normalised_name(row["name"]), "found_by": found_by(*by), "grams": grams(*by)}
        connection.execute(_SUBJECT, {**row, **pieces})
