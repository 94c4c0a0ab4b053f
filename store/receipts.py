"""What was handed in by signal, and what the log says became of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, text

from models.base import Frozen
from models.case import Outcome
from models.events import Transition
from store.lines import read_line

_FOUND = text("""
SELECT h.case_id, h.handed_in_at, l.seq, l.body, c.outcome
FROM handed_in h
JOIN cases c USING (case_id)
LEFT JOIN LATERAL (
    SELECT seq, body FROM case_log
    WHERE case_id = h.case_id AND command_id IN (h.command_id, 'refused:' || h.command_id || ':' || (seq - 1))
    ORDER BY command_id = h.command_id DESC, seq DESC LIMIT 1
) l ON true
WHERE h.command_id = :id ORDER BY h.handed_in_at DESC LIMIT 1
""")


class HandedIn(Frozen):
    """A command that was sent by signal; `line` is that of the log which took or refused it, None while there is none.

    `outcome`: how its case has ended, if it has.
    """

    case_id: str
    handed_in_at: datetime
    seq: int | None
    line: Transition | None
    outcome: Outcome | None


def keep_receipt(engine: Engine, command_id: str, case_id: str) -> None:
    """Before it is sent: whoever sends it can ask from now on. Sent again it is the same receipt."""
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO handed_in (command_id, case_id) VALUES (:command_id, :case_id)
            ON CONFLICT (command_id, case_id) DO NOTHING"""),
            {"command_id": command_id, "case_id": case_id},
        )


def handed_in(engine: Engine, command_id: str) -> HandedIn | None:
    """What became of it; None if no case was ever sent it."""
    with engine.connect() as connection:
        row = connection.execute(_FOUND, {"id": command_id}).mappings().first()
    if row is None:
        return None
    facts = {name: value for name, value in row.items() if name != "body"}
    line = read_line(row["case_id"], row["seq"], row["body"]) if row["body"] else None
    return HandedIn.model_validate({**facts, "line": line})


def judged_of(engine: Engine, case_id: str, command_ids: Sequence[str]) -> set[str]:
    """Which of these the log of the case took or refused."""
    sql = text("""SELECT id FROM unnest(CAST(:ids AS text[])) AS id WHERE EXISTS (
        SELECT FROM case_log WHERE case_id = :case_id
            AND command_id IN (id, 'refused:' || id || ':' || (seq - 1)))""")
    with engine.connect() as connection:
        return set(connection.execute(sql, {"case_id": case_id, "ids": list(command_ids)}).scalars())
