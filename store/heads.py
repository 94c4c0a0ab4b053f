"""The heads of all logs: the last line of each case's chain. Signed and kept apart, they show what was cut since."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.instants import say_instant
from store.differences import Difference, difference

_BATCH = 5_000
Head = tuple[int, str]


class Heads(Frozen):
    """The number and hash of the last line of each case's log, by case, as of an instant."""

    at: datetime
    heads: dict[str, Head]


def compared(engine: Engine, signed: Heads | None, at: datetime) -> tuple[Heads, list[Difference]]:
    """The heads as they stand, and where a log is not what its signed head says; both as of one moment.

    A log that was found cut or rewritten keeps its signed head: it is told again until somebody restores it.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        now = dict(_last_lines(connection))
        found = list(_differences(connection, signed, now)) if signed else []
    kept = {d.case_id: signed.heads[d.case_id] for d in found} if signed else {}
    return Heads(at=at, heads={**now, **kept}), found


def _last_lines(connection: Connection) -> Iterator[tuple[str, Head]]:
    sql = """SELECT l.case_id, l.seq, l.hash FROM case_log l
    JOIN (SELECT case_id, max(seq) AS seq FROM case_log GROUP BY case_id) AS last USING (case_id, seq)"""
    for row in connection.execution_options(yield_per=_BATCH).execute(text(sql)):
        yield row.case_id, (row.seq, row.hash)


def _differences(connection: Connection, signed: Heads, now: Mapping[str, Head]) -> Iterator[Difference]:
    signed_at = say_instant(signed.at)
    known = list(signed.heads.items())
    for start in range(0, len(known), _BATCH):
        batch = known[start : start + _BATCH]
        grown = [(case_id, seq) for case_id, (seq, _) in batch if case_id in now and now[case_id][0] > seq]
        hashes = {case_id: now[case_id][1] for case_id, (seq, _) in batch if now.get(case_id, (0, ""))[0] == seq}
        hashes |= _hashes(connection, grown)
        for case_id, (seq, expected) in batch:
            if case_id not in hashes:
                yield difference("log_cut", case_id, line=seq, signed_at=signed_at)
            elif hashes[case_id] != expected:
                yield difference("log_rewritten", case_id, line=seq, signed_at=signed_at)


def _hashes(connection: Connection, lines: list[tuple[str, int]]) -> dict[str, str]:
    """The hash of one line of each of these cases; a case that lacks it is left out."""
    sql = text("""SELECT l.case_id, l.hash FROM case_log l
    JOIN unnest(CAST(:cases AS text[]), CAST(:lines AS integer[])) AS asked(case_id, seq) USING (case_id, seq)""")
    asked = {"cases": [case_id for case_id, _ in lines], "lines": [seq for _, seq in lines]}
    return {row.case_id: row.hash for row in connection.execute(sql, asked)} if lines else {}
