"""The place of a case beside its findings and musts, as 0024 has it beside deadlines, and indexes that need no row.

A district's lists and counts then compare what stands in the index itself: which deadlines run, which musts are owed,
how many cases of a stage there are.
"""

from alembic import op

from store.reading import ROLE

revision = "0029"
down_revision = "0028"

_COLUMNS = ("campaign_id", "subject_id", "district", "sector")
_PLACE = ", ".join(_COLUMNS)
_OLD, _NEW = (", ".join(f"{row}.{column}" for column in _COLUMNS) for row in ("OLD", "NEW"))
# in the order in which a step is recorded, so that whoever records one meanwhile waits, and neither waits for the other
_ALONE = "LOCK TABLE case_log, cases, findings, musts, deadlines IN ACCESS EXCLUSIVE MODE"
# what the version before writes while it still runs: a row without its place, a case that opens with rows, or moves
_TABLES = ("findings", "musts")
_PLACED = """CREATE TRIGGER {0}_placed BEFORE INSERT ON {0}
    FOR EACH ROW WHEN (NEW.campaign_id IS NULL) EXECUTE FUNCTION place_of_deadline()"""
_ALONG = f"""UPDATE {{0}} SET ({_PLACE}) = ROW({_NEW})
    WHERE case_id = NEW.case_id AND ({_PLACE}) IS DISTINCT FROM ({_NEW});"""
_KEPT = f"""
CREATE FUNCTION findings_and_musts_go_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {" ".join(_ALONG.format(table) for table in _TABLES)}
    RETURN NULL;
END $$;
CREATE TRIGGER cases_opened_with_more AFTER INSERT ON cases
    FOR EACH ROW EXECUTE FUNCTION findings_and_musts_go_along();
CREATE TRIGGER cases_moved_with_more AFTER UPDATE OF {_PLACE} ON cases
    FOR EACH ROW WHEN (({_OLD}) IS DISTINCT FROM ({_NEW})) EXECUTE FUNCTION findings_and_musts_go_along();
"""
_FILLED = f"""
UPDATE {{0}} AS r SET ({_PLACE}) = ROW({", ".join(f"c.{column}" for column in _COLUMNS)})
FROM cases c WHERE c.case_id = r.case_id
"""


def _is(setting: str, column: str) -> str:
    """The column is what was said, or everything was (0020)."""
    said = f"(SELECT current_setting('rectify.{setting}', true))"
    return f"(({said} = '*') OR {column} = {said})"


_OWN = " AND ".join(
    _is(setting, column)
    for setting, column in (
        ("campaign", "campaign_id"),
        ("district", "district"),
        ("sector", "sector"),
        ("subject", "subject_id"),
    )
)
_INDEXES = (
    """CREATE INDEX ix_musts_owed_there ON musts (campaign_id, district, must, case_id) INCLUDE (sector, subject_id)
    WHERE state IN ('owed', 'proposed', 'decided')""",
    """CREATE INDEX ix_deadlines_unmet_there ON deadlines (campaign_id, district, due_at, case_id, clock, about)
    INCLUDE (role, kind, sector, subject_id, set_at) WHERE met_at IS NULL AND replaced_at IS NULL""",
    # of what has no bound, as streets and officers, an index holds nothing
    """CREATE INDEX ix_cases_counted ON cases (campaign_id, district, stage, outcome)
    INCLUDE (sector, subject_id, case_id, due_at, next_role, listed,
        investigated, found, put_right, owes_must, executed_must)""",
    "DROP INDEX ix_musts_owed",
    "DROP INDEX ix_cases_campaign_id_district_stage_outcome",
)


def upgrade() -> None:
    op.execute(_ALONE)
    for table in _TABLES:
        for column in _COLUMNS:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} text")
        op.execute(_PLACED.format(table))
        op.execute(_FILLED.format(table))
        op.execute(f"DROP POLICY own_reach ON {table}")
        op.execute(f"CREATE POLICY own_reach ON {table} FOR SELECT TO {ROLE} USING (coalesce({_OWN}, false))")
    op.execute(_KEPT)
    for statement in _INDEXES:
        op.execute(statement)
    # an index alone answers where its rows were vacuumed: not only after a fifth of all has changed
    for table in ("cases", "deadlines", "musts"):
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02)")
