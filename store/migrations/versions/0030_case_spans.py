"""Numbers over time: what was so of a case from one day to another, and deadlines that were not met in time.

The spans of cases that are there already stand in their logs alone: `rectify readmodel rebuild` fills them in.
"""

import sqlalchemy as sa
from alembic import op

from store.reading import ROLE, ROLE_OF_ALL

revision = "0030"
down_revision = "0028"


def _is(setting: str, column: str) -> str:
    """The column is what was said, or everything was (0020)."""
    said = f"(SELECT current_setting('rectify.{setting}', true))"
    return f"(({said} = '*') OR {column} = {said})"


# whoever speaks for one subject reads none: so no row need say of which subject it is, and the index alone is counted
_OWN = " AND ".join(
    (
        *(_is(name, column) for name, column in (("campaign", "campaign_id"), ("district", "district"))),
        _is("sector", "sector"),
        "(SELECT current_setting('rectify.subject', true)) = '*'",
    )
)
# row-level security as 0020 has it
_WALL = f"""
ALTER TABLE case_spans ENABLE ROW LEVEL SECURITY;
DO $$ DECLARE who text; BEGIN
SELECT string_agg(quote_ident(role), ', ') INTO who FROM (
    SELECT unnest(roles) AS role FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = 'case_log' AND policyname = 'application') AS application;
IF who IS NOT NULL THEN
    EXECUTE 'CREATE POLICY application ON case_spans FOR ALL TO ' || who || ' USING (true) WITH CHECK (true)';
END IF;
END $$;
GRANT SELECT ON case_spans TO {ROLE}, {ROLE_OF_ALL};
CREATE POLICY own_reach ON case_spans FOR SELECT TO {ROLE} USING (coalesce({_OWN}, false));
CREATE POLICY everything ON case_spans FOR SELECT TO {ROLE_OF_ALL} USING (true);
"""
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON case_spans TO rectify_app;
END IF;
END $$;
"""
_GO_ALONG = """
CREATE FUNCTION spans_go_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE case_spans SET (campaign_id, district, sector) = ROW(NEW.campaign_id, NEW.district, NEW.sector)
        WHERE case_id = NEW.case_id;
    RETURN NULL;
END $$;
CREATE TRIGGER spans_moved AFTER UPDATE OF campaign_id, district, sector ON cases
    FOR EACH ROW WHEN ((OLD.campaign_id, OLD.district, OLD.sector)
        IS DISTINCT FROM (NEW.campaign_id, NEW.district, NEW.sector))
    EXECUTE FUNCTION spans_go_along();
"""
_NOT_IN_TIME = "coalesce(met_at, replaced_at, 'infinity'::timestamptz) >= due_at"


def upgrade() -> None:
    op.create_table(
        "case_spans",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("case_id", "kind", "what", "about")),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("since_week", sa.Date(), nullable=False),
        sa.Column("until_week", sa.Date()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("campaign_id", "district")),
        sa.Column("sector", sa.Text()),
        sa.PrimaryKeyConstraint("case_id", "kind", "what", "about", "seq", name=op.f("pk_case_spans")),
    )
    counted = ["campaign_id", "district", "sector", "kind", "what", "since_week", "until_week"]
    op.create_index("ix_case_spans_counted", "case_spans", counted)
    late, of_place = sa.text(_NOT_IN_TIME), ["campaign_id", "district", "due_at"]
    op.create_index("ix_deadlines_not_in_time", "deadlines", of_place, postgresql_where=late)
    for statement in (_WALL, _GRANTS, _GO_ALONG):
        op.execute(statement)
