"""A change of the register may have its phone number sealed later, by the owner; nothing else of it is ever changed."""

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


def upgrade() -> None:
    op.execute(_SEALED_LATER)
