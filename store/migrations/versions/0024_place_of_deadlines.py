"""The place of a case beside each of its deadlines: a district's list compares the row itself, and asks no case for it.

The fold writes it (`store/fold.py`). Triggers fill it in where a worker of the version before adds a row or opens a
case, and take it along when the case moves to another place.
"""

from alembic import op

from store.reading import ROLE

revision = "0024"
down_revision = "0023"

_COLUMNS = ("campaign_id", "subject_id", "district", "sector")
_PLACE, _NEW = ", ".join(_COLUMNS), ", ".join(f"NEW.{column}" for column in _COLUMNS)
_KEPT = f"""
CREATE FUNCTION place_of_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT {_PLACE} INTO {", ".join(f"NEW.{column}" for column in _COLUMNS)} FROM cases WHERE case_id = NEW.case_id;
    RETURN NEW;
END $$;
CREATE TRIGGER deadlines_placed BEFORE INSERT ON deadlines
    FOR EACH ROW WHEN (NEW.campaign_id IS NULL) EXECUTE FUNCTION place_of_deadline();
CREATE FUNCTION deadlines_go_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deadlines SET ({_PLACE}) = ROW({_NEW})
        WHERE case_id = NEW.case_id AND ({_PLACE}) IS DISTINCT FROM ({_NEW});
    RETURN NULL;
END $$;
CREATE TRIGGER cases_opened AFTER INSERT ON cases
    FOR EACH ROW EXECUTE FUNCTION deadlines_go_along();
CREATE TRIGGER cases_moved AFTER UPDATE OF {_PLACE} ON cases
    FOR EACH ROW WHEN (({", ".join(f"OLD.{column}" for column in _COLUMNS)}) IS DISTINCT FROM ({_NEW}))
    EXECUTE FUNCTION deadlines_go_along();
"""
_FILLED = f"""
UPDATE deadlines AS d SET ({_PLACE}) = ROW({", ".join(f"c.{column}" for column in _COLUMNS)})
FROM cases c WHERE c.case_id = d.case_id
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


# in the order in which a step is recorded, so that whoever records one meanwhile waits, and neither waits for the other
_ALONE = "LOCK TABLE case_log, cases, findings, musts, deadlines IN ACCESS EXCLUSIVE MODE"


def upgrade() -> None:
    op.execute(_ALONE)
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE deadlines ADD COLUMN {column} text")
    op.execute(_KEPT)
    op.execute(_FILLED)
    op.execute("DROP POLICY own_reach ON deadlines")
    op.execute(f"CREATE POLICY own_reach ON deadlines FOR SELECT TO {ROLE} USING (coalesce({_OWN}, false))")
