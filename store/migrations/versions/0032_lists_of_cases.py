"""Cases are listed by the grade of their unsettled findings, and found by what a subject is called since."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index(
        "ix_findings_unsettled_there",
        "findings",
        ["campaign_id", "district", "grade", "case_id"],
        postgresql_include=["sector", "subject_id"],
        postgresql_where=sa.text("state NOT IN ('absorbed', 'rescinded', 'verified')"),
    )
    op.create_index("ix_subjects_changed", "subjects", ["subject_id"], postgresql_where=sa.text("version > 1"))
