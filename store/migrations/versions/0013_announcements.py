"""The outbox takes several lines of a step, tried again and dead after so many attempts; the inbox says what is told.

What the version before writes and reads goes on beside it: a line of its own is the first of its step and of the topic
`turn`, which the defaults say. Its turns have the number 1 in both versions, so that both deliver a line once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("outbox", "inbox"):
        op.add_column(table, sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("outbox", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("last_error", sa.Text()))
    for instant in ("next_attempt_at", "dead_at"):
        op.add_column("outbox", sa.Column(instant, sa.DateTime(timezone=True)))
    op.create_unique_constraint("uq_outbox_case_id_seq_number", "outbox", ["case_id", "seq", "number"])
    op.drop_constraint("uq_outbox_case_id_seq_topic", "outbox")
    op.drop_index("ix_outbox_waiting", "outbox")
    waiting = sa.text("done_at IS NULL")
    op.create_index("ix_outbox_waiting", "outbox", ["topic", "outbox_id"], postgresql_where=waiting)
    op.create_index("ix_outbox_dead", "outbox", ["outbox_id"], postgresql_where=sa.text("dead_at IS NOT NULL"))

    for name, default in (("topic", "turn"), ("what", "turn")):
        op.add_column("inbox", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    op.add_column("inbox", sa.Column("about", JSONB(), nullable=False, server_default="[]"))
    key = ["case_id", "seq", "number", "role", "person"]
    op.create_unique_constraint("uq_inbox_case_id_seq_number_role_person", "inbox", key)
    op.drop_constraint("uq_inbox_case_id_seq_role_person", "inbox")
    op.create_index("ix_inbox_at_inbox_id", "inbox", ["at", "inbox_id"])
    op.create_index("ix_inbox_person", "inbox", ["person", "inbox_id"], postgresql_where=sa.text("person <> ''"))
