"""Outbox to inbox: whose turn it is, told once."""

from sqlalchemy import Engine, text

# SKIP LOCKED lets several relays work side by side; the unique key of the inbox makes a second delivery nothing.
# An inspector's turn goes to the officers in charge by name where some are assigned, else to the role in the district.
_DELIVER = text("""
WITH taken AS (
    SELECT outbox_id, case_id, seq, payload FROM outbox
    WHERE done_at IS NULL AND topic = 'turn' ORDER BY outbox_id LIMIT :limit FOR UPDATE SKIP LOCKED
), persons AS (
    SELECT t.*, coalesce(o.person, '') AS person FROM taken t
    LEFT JOIN LATERAL jsonb_array_elements_text(t.payload -> 'officers') AS o(person)
        ON t.payload ->> 'role' = 'inspector'
    WHERE t.payload ->> 'role' IS NOT NULL
), told AS (
    INSERT INTO inbox (case_id, seq, role, district, person, stage, due_at, at)
    SELECT case_id, seq, payload ->> 'role', payload ->> 'district', person, payload ->> 'stage',
        CAST(payload ->> 'due_at' AS timestamptz), CAST(payload ->> 'at' AS timestamptz)
    FROM persons ON CONFLICT DO NOTHING
), done AS (
    UPDATE outbox SET done_at = now() FROM taken WHERE outbox.outbox_id = taken.outbox_id RETURNING 1
)
SELECT count(*) FROM done
""")


def deliver_turns(engine: Engine, limit: int = 500) -> int:
    """Turn up to `limit` waiting outbox lines into inbox rows, in one transaction; how many were taken."""
    with engine.begin() as connection:
        return int(connection.execute(_DELIVER, {"limit": limit}).scalar_one())
