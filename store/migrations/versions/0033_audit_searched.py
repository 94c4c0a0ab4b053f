"""The audit log is searched by the subjects that its lines are about, and by whoever acted."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    facts = ("subject_id", "subject", "into")
    about = ", ".join(f"(body::jsonb -> 'facts') ->> '{fact}'" for fact in facts)
    of_subjects = f"(ARRAY[{about}])"
    op.create_index("ix_audit_log_subjects", "audit_log", [sa.text(of_subjects)], postgresql_using="gin")
    person = "(\"by\" ->> 'person')"
    acted = sa.text(f"{person} IS NOT NULL")
    op.create_index("ix_audit_log_person", "audit_log", [sa.text(person), "seq"], postgresql_where=acted)
