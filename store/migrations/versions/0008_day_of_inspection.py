"""Findings keep the day of inspection where it was written down later; rows of imports are found by their subject."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("findings", sa.Column("inspected_on", sa.Date(), nullable=True))
    op.create_index("ix_job_items_subject", "job_items", [sa.text("(body ->> 'subject_id')")])
