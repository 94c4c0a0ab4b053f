"""The read model is a fold of the log: built anew from it, and checked against it."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.case import Case
from models.hashes import UnknownAlgorithm, chained
from models.plan import Plan
from rules.case.evolve import apply
from rules.plans import plan_by_digest
from store.attachments import check_rows, name_files
from store.differences import BrokenLog, Difference, difference
from store.fold import Changes, Row, case_row, deadline_changes, finding_rows, must_rows, place
from store.lines import read_line
from store.log import LOCK_CASE, write_fold
from store.spans import fold_spans, place_of_spans, span_changes
from store.tables import metadata

__all__ = [
    "BrokenLog",
    "Folded",
    "all_case_ids",
    "case_ids",
    "check_case",
    "fold_case",
    "fold_cases",
    "holds",
    "rebuild_case",
]
_LINE = 'seq, body, hash, "do", at, command_id'
_TABLES = ("cases", "findings", "musts", "deadlines", "case_spans")


def case_ids(engine: Engine, after: str = "", limit: int = 1000) -> list[str]:
    """The next cases by id: those that the log opens, and those that only the read model has."""
    sql = """SELECT case_id FROM (
        (SELECT case_id FROM case_log WHERE seq = 1 AND case_id > :after ORDER BY case_id LIMIT :limit)
        UNION (SELECT case_id FROM cases WHERE case_id > :after ORDER BY case_id LIMIT :limit)
    ) AS known ORDER BY case_id LIMIT :limit"""
    with engine.connect() as connection:
        return list(connection.execute(text(sql), {"after": after, "limit": limit}).scalars())


def all_case_ids(engine: Engine) -> Iterator[str]:
    """Every case of the log and of the read model, batch by batch."""
    last = ""
    while batch := case_ids(engine, last):
        yield from batch
        last = batch[-1]


class Folded(Frozen):
    """A case as its log tells it, with the rows that the read model must have, and what is wrong with the chain."""

    case: Case
    rows: dict[str, list[Row]]
    broken_at: int | None


def fold_case(engine: Engine, case_id: str) -> Folded:
    """Fold one case's log; LookupError for an unknown case, BrokenLog for one that cannot be read."""
    with engine.connect() as connection:
        return _fold(connection, case_id)


def fold_cases(engine: Engine, case_ids: Sequence[str]) -> dict[str, Folded]:
    """Fold the logs of some cases, read by one statement; an unknown one is left out. BrokenLog."""
    sql = text(f"SELECT case_id, {_LINE} FROM case_log WHERE case_id = ANY(:ids) ORDER BY case_id, seq")
    with engine.connect() as connection:
        lines = connection.execute(sql, {"ids": list(case_ids)}).all()
    return {case_id: _folded(case_id, list(own)) for case_id, own in groupby(lines, key=lambda line: line.case_id)}


def _fold(connection: Connection, case_id: str) -> Folded:
    sql = text(f"SELECT {_LINE} FROM case_log WHERE case_id = :id ORDER BY seq")
    lines = connection.execute(sql, {"id": case_id}).all()
    if not lines:
        raise LookupError(case_id)
    return _folded(case_id, lines)


def _folded(case_id: str, lines: Sequence[Any]) -> Folded:
    case: Case | None = None
    plan: Plan | None = None
    last, broken_at = "", None
    deadlines: dict[tuple[str, str, int], Row] = {}
    spans: list[Row] = []
    for number, line in enumerate(lines, start=1):
        follows = broken_at is None and holds(last, line.body, line.hash)
        transition = read_line(case_id, line.seq, line.body, chained=follows)
        beside = (line.do, line.at, line.command_id) == (transition.do, transition.at, transition.command_id)
        if broken_at is None and not (follows and line.seq == number and beside):
            broken_at = line.seq
        last = line.hash
        before = case
        try:
            case = apply(case, transition)
            plan = plan or plan_by_digest(case.plan_hash)
            _fold_deadlines(deadlines, *deadline_changes(plan, before, transition, case))
            fold_spans(spans, *span_changes(before, case))
        except Exception as error:  # whatever a line that does not follow makes of the rules
            raise BrokenLog(difference("line_does_not_follow", case_id, line=line.seq)) from error
    assert case is not None and plan is not None
    rows = {
        "cases": [case_row(plan, case, case.clock_at)],
        "findings": finding_rows(case),
        "musts": must_rows(case),
        "deadlines": [{**row, **place(case)} for row in deadlines.values()],
        "case_spans": [{**row, **place_of_spans(case)} for row in spans],
    }
    return Folded(case=case, rows=rows, broken_at=broken_at)


def holds(before: str, body: str, stored: str) -> bool:
    """Whether the stored hash of a line is that of its body and the line before, by the algorithm that it names."""
    try:
        return chained(before, body, stored) == stored
    except UnknownAlgorithm:
        return False


def _fold_deadlines(rows: dict[tuple[str, str, int], Row], newly_set: list[Row], ended: list[Row]) -> None:
    for end in ended:
        running = next(
            row
            for (clock, about, _), row in rows.items()
            if (clock, about) == (end["clock"], end["about"]) and not (row["met_at"] or row["replaced_at"])
        )
        running.update(met_at=end["met_at"], replaced_at=end["replaced_at"])
    for row in newly_set:
        rows[row["clock"], row["about"], row["set_seq"]] = row


def rebuild_case(engine: Engine, case_id: str) -> None:
    """Throw the case's rows away and write them anew from the log, in one transaction; writers wait meanwhile.

    Raises BrokenLog for a log that was changed, LookupError for one that is gone: then the rows stay as they are.
    """
    with engine.begin() as connection:
        connection.execute(text(f"SELECT {LOCK_CASE}"), {"case_id": case_id})
        folded = _fold(connection, case_id)
        if folded.broken_at is not None:
            raise BrokenLog(difference("chain_broken", case_id, line=folded.broken_at))
        rows = folded.rows
        for table in _TABLES:
            connection.execute(text(f"DELETE FROM {table} WHERE case_id = :id"), {"id": case_id})
        case, spans = rows["cases"][0], rows["case_spans"]
        anew = Changes(case, rows["findings"], rows["musts"], [], rows["deadlines"], [], spans, [], [])
        write_fold(connection, anew)
        name_files(connection, case_id, [(file.seq, file) for file in folded.case.files])


def check_case(engine: Engine, case_id: str) -> list[Difference]:
    """Whether the chain holds and the rows are the fold of the log, as of one moment."""
    found: list[Difference] = []
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        try:
            folded = _fold(connection, case_id)
        except BrokenLog as broken:
            return [broken.found]
        except LookupError:
            return [difference("log_gone", case_id)]
        if folded.broken_at is not None:
            found.append(difference("chain_broken", case_id, line=folded.broken_at))
        for table, expected in folded.rows.items():
            if _as_text(_stored(connection, table, case_id)) != _as_text(expected):
                found.append(difference("rows_differ", case_id, table=table))
        found += check_rows(connection, case_id, folded.case.files)
    return found


def _stored(connection: Connection, table: str, case_id: str) -> list[Row]:
    names = ", ".join(f'"{c.name}"' for c in metadata.tables[table].columns)  # a newer schema may have more
    rows = connection.execute(text(f"SELECT {names} FROM {table} WHERE case_id = :id"), {"id": case_id})
    return [dict(row) for row in rows.mappings()]


def _as_text(rows: list[Row]) -> list[str]:
    """Rows in one form, whatever their order and the time zone of their instants."""
    return sorted(repr(sorted((name, _plain(value)) for name, value in row.items())) for row in rows)


def _plain(value: Any) -> Any:
    if hasattr(value, "timestamp"):
        return value.timestamp()
    return json.dumps(value, sort_keys=True) if isinstance(value, (list, dict)) else value
