"""The log of cases is searched by whose post a delegate acted in."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

# Of a body that was altered until it is no JSON nobody can tell, and still it can be read.
_ACTED_FOR = """CREATE FUNCTION acted_for(body text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN body::jsonb -> 'by' ->> 'principal';
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$"""


def upgrade() -> None:
    op.execute(_ACTED_FOR)
    by_delegates = sa.text("strpos(body, '\"principal\":') > 0")
    columns = [sa.text("acted_for(body)"), "at"]
    op.create_index("ix_case_log_acted_for", "case_log", columns, postgresql_where=by_delegates)
    op.execute("ANALYZE case_log")
