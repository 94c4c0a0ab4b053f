"""Reading the log of a case: its timeline, which commands it holds, its present stage."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text

from models.events import Transition
from models.wire import Receipt
from store.lines import read_line


def opened_by(engine: Engine, campaign_id: str, subject_ids: Sequence[str], command_id: str) -> tuple[str, str] | None:
    """The case of the subject that holds a command of this id, and the command's digest."""
    found = _rows(
        engine,
        """SELECT case_id, case_log.seq, body FROM cases JOIN case_log USING (case_id)
        WHERE campaign_id = :campaign_id AND subject_id = ANY(:subject_ids) AND command_id = :command_id LIMIT 1""",
        campaign_id=campaign_id,
        subject_ids=list(subject_ids),
        command_id=command_id,
    )
    return (found[0]["case_id"], _line(found[0]).content) if found else None


def recorded_content(engine: Engine, case_id: str, command_id: str) -> str | None:
    """The digest of a command that the log accepted under this id."""
    found = _rows(
        engine,
        "SELECT case_id, seq, body FROM case_log WHERE case_id = :case_id AND command_id = :command_id",
        case_id=case_id,
        command_id=command_id,
    )
    return _line(found[0]).content if found else None


def case_receipt(engine: Engine, case_id: str) -> Receipt | None:
    """The present stage of a case, as the record has it."""
    found = _rows(engine, "SELECT case_id, seq, stage, due_at, outcome FROM cases WHERE case_id = :id", id=case_id)
    return Receipt.model_validate(found[0]) if found else None


def timeline(engine: Engine, case_id: str) -> tuple[Transition, ...]:
    """The case's log, oldest first; empty for an unknown case."""
    rows = _rows(engine, "SELECT case_id, seq, body FROM case_log WHERE case_id = :id ORDER BY seq", id=case_id)
    return tuple(_line(row) for row in rows)


def steps_of(engine: Engine, case_ids: Sequence[str], dos: Sequence[str] | None = None) -> dict[str, list[Transition]]:
    """Of each case the steps, all or of these kinds, oldest first; cases without any are left out."""
    if not case_ids:
        return {}
    kinds = "" if dos is None else ' AND "do" = ANY(:dos)'
    sql = f"SELECT case_id, seq, body FROM case_log WHERE case_id = ANY(:ids){kinds} ORDER BY case_id, seq"
    asked: dict[str, list[str]] = {"ids": list(case_ids)} | ({} if dos is None else {"dos": list(dos)})
    found: dict[str, list[Transition]] = {}
    for row in _rows(engine, sql, **asked):
        found.setdefault(row["case_id"], []).append(_line(row))
    return found


def _line(row: dict[str, Any]) -> Transition:
    return read_line(row["case_id"], row["seq"], row["body"])


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found: Sequence[Any] = connection.execute(text(sql), parameters).mappings().all()
    return [dict(row) for row in found]
