"""A reminder by hand says who gave it, and in which words."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("reminders", sa.Column("by", sa.Text(), nullable=True))
    op.add_column("reminders", sa.Column("words", sa.Text(), nullable=True))
