"""What the figures of a campaign count: whether somebody looked, what was found, put right, owed and executed."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"

_COLUMNS = ("investigated", "found", "put_right", "owes_must", "executed_must")
# as store/fold.py:case_row folds it
_FILLED = """
UPDATE cases SET investigated = coalesce(f.all, 0) > 0 OR c.outcome IS NOT DISTINCT FROM 'compliant',
    found = coalesce(f.standing, 0) > 0,
    put_right = coalesce(f.standing, 0) > 0 AND f.standing = f.verified,
    owes_must = coalesce(m.owed, false), executed_must = coalesce(m.executed, false)
FROM cases AS c
LEFT JOIN (SELECT case_id, count(*) AS all, count(*) FILTER (WHERE state NOT IN ('rescinded', 'absorbed')) AS standing,
        count(*) FILTER (WHERE state = 'verified') AS verified
    FROM findings GROUP BY case_id) AS f ON f.case_id = c.case_id
LEFT JOIN (SELECT case_id, bool_or(state IN ('owed', 'proposed', 'decided')) AS owed,
        bool_or(state = 'executed') AS executed
    FROM musts GROUP BY case_id) AS m ON m.case_id = c.case_id
WHERE cases.case_id = c.case_id
"""
_MISSED = "kind = 'rectification' AND coalesce(met_at, replaced_at) >= due_at"


def upgrade() -> None:
    for name in _COLUMNS:  # null: written by the version before, which runs beside this one during an upgrade
        op.add_column("cases", sa.Column(name, sa.Boolean()))
    op.execute(_FILLED)
    op.create_index("ix_deadlines_missed", "deadlines", ["case_id"], postgresql_where=sa.text(_MISSED))
