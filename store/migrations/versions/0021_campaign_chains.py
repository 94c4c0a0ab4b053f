"""A campaign's log is chained by the database, and holds each move of its calendar and the account of its end."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_INSTANT = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''


def _utc(column: str) -> str:
    return f"to_char({column} AT TIME ZONE 'UTC', {_INSTANT})"


_LINE = f"""jsonb_build_object('campaign_id', {{0}}campaign_id, 'key', {{0}}key, 'at', {_utc("{0}at")}, 'do', {{0}}"do",
    'by', {{0}}"by", 'reason', {{0}}reason, 'body', {{0}}body)"""
_MOVE = f"""jsonb_build_object('number', {{0}}number, 'moved_at', {_utc("{0}moved_at")}, 'phase', {{0}}phase,
    'edge', {{0}}edge, 'old_at', {_utc("{0}old_at")}, 'new_at', {_utc("{0}new_at")}, 'phases', {{0}}phases,
    'by', {{0}}"by", 'reason', {{0}}reason, 'command_id', {{0}}command_id, 'working_days', {{0}}working_days)"""
_END = f"""jsonb_build_object('at', {_utc("{0}at")}, 'opened', {{0}}opened, 'outcomes', {{0}}outcomes,
    'without_case', {{0}}without_case, 'digest', {{0}}digest)"""

# The lock makes writers of one campaign wait for each other; the statement after it sees the line before.
_CHAINED = f"""
CREATE FUNCTION chain_campaign_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.campaign_id, 3));
    SELECT seq, hash INTO last FROM campaign_log WHERE campaign_id = NEW.campaign_id AND seq IS NOT NULL
        ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last.seq, 0) + 1;
    NEW.hashed_text := {_LINE.format("NEW.")}::text;
    NEW.hash := 'sha256:' || encode(sha256(convert_to(coalesce(last.hash, '') || NEW.hashed_text, 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_log_is_chained BEFORE INSERT ON campaign_log
    FOR EACH ROW EXECUTE FUNCTION chain_campaign_line();
CREATE FUNCTION log_calendar_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_log (campaign_id, key, at, "do", "by", reason, body)
    VALUES (NEW.campaign_id, 'moved:' || NEW.number, NEW.moved_at,
        CASE WHEN NEW.working_days IS NULL THEN 'boundary_moved' ELSE 'working_days_published' END,
        NEW."by", NEW.reason, {_MOVE.format("NEW.")});
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_moves_are_logged AFTER INSERT ON calendar_moves
    FOR EACH ROW EXECUTE FUNCTION log_calendar_move();
CREATE FUNCTION log_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_log (campaign_id, key, at, "do", body)
    VALUES (NEW.campaign_id, 'certificate', NEW.at, 'certificate_issued', {_END.format("NEW.")});
    RETURN NULL;
END $$;
CREATE TRIGGER certificates_are_logged AFTER INSERT ON certificates
    FOR EACH ROW EXECUTE FUNCTION log_certificate();
"""


def _digest(row: str, order: str) -> str:
    listed = f"coalesce(string_agg({row.format('')}::text, E'\\n' ORDER BY {order}), '')"
    return f"'sha256:' || encode(sha256(convert_to({listed}, 'UTF8')), 'hex')"


# What a campaign had before is pinned by its first chained line.
_PINNED = f"""
INSERT INTO campaign_log (campaign_id, key, at, "do", body)
SELECT c.campaign_id, 'chaining_began', clock_timestamp(), 'chaining_began', jsonb_build_object(
    'lines', (SELECT count(*) FROM campaign_log WHERE campaign_id = c.campaign_id),
    'lines_digest', (SELECT {_digest(_LINE, "line")} FROM campaign_log WHERE campaign_id = c.campaign_id),
    'moves', (SELECT count(*) FROM calendar_moves WHERE campaign_id = c.campaign_id),
    'moves_digest', (SELECT {_digest(_MOVE, "number")} FROM calendar_moves WHERE campaign_id = c.campaign_id),
    'certificate', (SELECT {_END.format("")} FROM certificates WHERE campaign_id = c.campaign_id))
FROM campaigns c
WHERE EXISTS (SELECT FROM campaign_log WHERE campaign_id = c.campaign_id)
    OR EXISTS (SELECT FROM calendar_moves WHERE campaign_id = c.campaign_id)
"""


def upgrade() -> None:
    op.add_column("campaign_log", sa.Column("seq", sa.Integer()))
    op.add_column("campaign_log", sa.Column("hashed_text", sa.Text()))
    op.add_column("campaign_log", sa.Column("hash", sa.Text()))
    op.create_unique_constraint(op.f("uq_campaign_log_campaign_id_seq"), "campaign_log", ["campaign_id", "seq"])
    op.execute(_CHAINED)
    op.execute(_PINNED)
