"""Cases are searched by name, pinyin initials and credit code as the register is, and listed by their officers."""

import sqlalchemy as sa
from alembic import op

from rules.subjects.search_words import found_by

revision = "0012"
down_revision = "0011"
_BATCH = 5_000

_OPENED = sa.text("""
SELECT case_id, body::jsonb #>> '{events,0,subject,name}' AS name, body::jsonb #>> '{events,0,subject,code}' AS code
FROM case_log WHERE seq = 1 AND case_id > :after ORDER BY case_id LIMIT :batch
""")
_SEARCHED = sa.text("UPDATE cases SET found_by = :found_by WHERE case_id = :case_id")


def upgrade() -> None:
    op.add_column("cases", sa.Column("found_by", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_cases_officers", "cases", ["officers"], postgresql_using="gin")
    connection, after = op.get_bind(), ""
    while opened := connection.execute(_OPENED, {"after": after, "batch": _BATCH}).all():
        rows = [{"case_id": o.case_id, "found_by": found_by(o.name, o.code)} for o in opened if o.name]
        if rows:
            connection.execute(_SEARCHED, rows)
        after = opened[-1].case_id
