"""A certificate says how many subjects of the register it has no case of; one issued before says nothing of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("certificates", sa.Column("without_case", sa.BigInteger(), nullable=True))
