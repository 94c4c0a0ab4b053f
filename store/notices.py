"""Outbox to inbox: who is told what, once. A line that cannot be delivered holds back no other."""

from datetime import timedelta

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from rules.case.announce_table import TOPICS, Topic

ATTEMPTS = 12
"""Tries before a line is a dead letter: with pauses of 1, 2, 4… seconds some half an hour, longer than a restart or an
upgrade takes."""
_PAUSE = timedelta(seconds=1)

# SKIP LOCKED lets several relays work side by side; the unique key of the inbox makes a second delivery nothing.
_TAKE = text("""
SELECT outbox_id FROM outbox
WHERE done_at IS NULL AND topic = :topic AND dead_at IS NULL AND coalesce(next_attempt_at, '-infinity') <= now()
ORDER BY outbox_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
# An inspector's matter goes to the officers by name where some are named, else to the role in the district. What is
# nobody's, as the turn in a closed case was before 0013, is told to nobody.
_DELIVER = text("""
WITH taken AS (SELECT * FROM outbox WHERE outbox_id = ANY(:lines)), persons AS (
    SELECT t.*, coalesce(o.person, '') AS person FROM taken t
    LEFT JOIN LATERAL jsonb_array_elements_text(t.payload -> 'officers') AS o(person)
        ON t.payload ->> 'role' = 'inspector'
    WHERE t.payload ->> 'role' IS NOT NULL
), told AS (
    INSERT INTO inbox (case_id, seq, number, topic, what, about, role, district, person, stage, due_at, at)
    SELECT case_id, seq, number, topic, coalesce(payload ->> 'what', topic),
        coalesce(payload -> 'about', '[]'),
        payload ->> 'role', payload ->> 'district', person, payload ->> 'stage',
        CAST(payload ->> 'due_at' AS timestamptz), CAST(payload ->> 'at' AS timestamptz)
    FROM persons ON CONFLICT DO NOTHING
)
UPDATE outbox SET done_at = now() WHERE outbox_id = ANY(:lines)
""")
_FAILED = text("""
UPDATE outbox SET attempts = attempts + 1, last_error = :code,
    next_attempt_at = now() + :pause * power(2, attempts),
    dead_at = CASE WHEN attempts + 1 >= :attempts THEN now() END
WHERE outbox_id = :line
""")
_RETRY = text("""
UPDATE outbox SET attempts = 0, next_attempt_at = NULL, dead_at = NULL WHERE dead_at IS NOT NULL RETURNING outbox_id
""")


def deliver(engine: Engine, topic: Topic, limit: int = 500) -> int:
    """Turn up to `limit` waiting lines of the topic into inbox rows, in one transaction; how many were taken.

    Where the batch fails its lines are delivered one by one, and those that fail wait for their next try.
    """
    with engine.begin() as connection:
        lines = list(connection.execute(_TAKE, {"topic": topic, "limit": limit}).scalars())
        if lines and _failed(connection, lines):
            for line in lines:
                if code := _failed(connection, [line]):
                    facts = {"line": line, "code": code, "pause": _PAUSE, "attempts": ATTEMPTS}
                    connection.execute(_FAILED, facts)
    return len(lines)


def _failed(connection: Connection, lines: list[int]) -> str | None:
    """Deliver them; None, or the code (SQLSTATE) of what was wrong. A lost connection is no fault of a line."""
    try:
        with connection.begin_nested():
            connection.execute(_DELIVER, {"lines": lines})
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
    return None


def waiting_topics(engine: Engine) -> tuple[Topic, ...]:
    """The topics of this version that have a line whose time has come."""
    sql = """SELECT topic FROM unnest(CAST(:topics AS text[])) AS topics(topic) WHERE EXISTS (
        SELECT FROM outbox WHERE done_at IS NULL AND outbox.topic = topics.topic AND dead_at IS NULL
            AND coalesce(next_attempt_at, '-infinity') <= now()
    )"""
    with engine.connect() as connection:
        waiting = set(connection.execute(text(sql), {"topics": list(TOPICS)}).scalars())
    return tuple(topic for topic in TOPICS if topic in waiting)


def retry_dead_letters(engine: Engine) -> int:
    """Let every dead letter be tried anew, from its first pause on; how many there were."""
    with engine.begin() as connection:
        return len(connection.execute(_RETRY).all())
