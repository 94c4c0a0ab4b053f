"""Whether each campaign's log is the one that was chained, and its calendar and certificate are what the log says."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from models.hashes import hashed
from store.differences import Difference, difference
from store.verify import holds

_BEGAN = "chaining_began"


def _utc(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# As the triggers of migration 0021 write them.
_LINE = f"""jsonb_build_object('campaign_id', campaign_id, 'key', key, 'at', {_utc("at")}, 'do', "do", 'by', "by",
    'reason', reason, 'body', body)"""
_MOVE = f"""jsonb_build_object('number', number, 'moved_at', {_utc("moved_at")}, 'phase', phase, 'edge', edge,
    'old_at', {_utc("old_at")}, 'new_at', {_utc("new_at")}, 'phases', phases, 'by', "by", 'reason', reason,
    'command_id', command_id, 'working_days', working_days)"""
_END = f"""jsonb_build_object('at', {_utc("at")}, 'opened', opened, 'outcomes', outcomes, 'without_case', without_case,
    'digest', digest)"""
_LINES = f"""SELECT campaign_id, seq, hashed_text, hash, "do", body, hashed_text = {_LINE}::text AS beside
FROM campaign_log WHERE seq IS NOT NULL ORDER BY campaign_id, seq"""
_BEFORE = f"""SELECT campaign_id, count(*) AS lines,
    'sha256:' || encode(sha256(convert_to(string_agg({_LINE}::text, E'\\n' ORDER BY line), 'UTF8')), 'hex') AS digest
FROM campaign_log WHERE seq IS NULL GROUP BY campaign_id"""
_MOVES = f"""SELECT campaign_id, number, {_MOVE} AS row, {_MOVE}::text AS text FROM calendar_moves
ORDER BY campaign_id, number"""
_ENDS = f"SELECT campaign_id, {_END} AS row FROM certificates"
_NOTHING = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def check_campaign_chains(connection: Connection) -> tuple[int, int, list[Difference]]:
    """How many chained lines there are, how many from before chaining, and the first thing wrong with each campaign."""
    chained = {c: list(log) for c, log in groupby(connection.execute(text(_LINES)), key=lambda line: line.campaign_id)}
    before = {row.campaign_id: row for row in connection.execute(text(_BEFORE))}
    moves = {c: list(rows) for c, rows in groupby(connection.execute(text(_MOVES)), key=lambda row: row.campaign_id)}
    ends = {row.campaign_id: row.row for row in connection.execute(text(_ENDS))}
    found = list[Difference]()
    for campaign_id in sorted({*chained, *before, *moves, *ends}):
        log = chained.get(campaign_id, [])
        wrong = _wrong(log) or _wrong_before(log, before.get(campaign_id))
        wrong = wrong or _wrong_beside(log, moves.get(campaign_id, []), ends.get(campaign_id))
        if wrong:
            code, line = wrong
            found.append(difference(code, "", campaign_id=campaign_id, line=line))
    return sum(map(len, chained.values())), sum(row.lines for row in before.values()), found


def _wrong(log: list[Row[Any]]) -> tuple[str, int] | None:
    last = ""
    for number, line in enumerate(log, start=1):
        if line.seq != number:
            return "campaign_line_missing", number
        if not holds(last, line.hashed_text, line.hash) or not line.beside:
            return "campaign_chain_broken", number
        last = line.hash
    return None


def _wrong_before(log: list[Row[Any]], before: Row[Any] | None) -> tuple[str, int] | None:
    """Lines without a hash are those that the first chained line pinned, and no others."""
    pinned = _pin(log)
    there = (before.lines, before.digest) if before else (0, _NOTHING)
    expected = (pinned.get("lines"), pinned.get("lines_digest")) if pinned else (0, _NOTHING)
    return None if there == expected else ("campaign_before_changed", 1)


def _wrong_beside(log: list[Row[Any]], moves: list[Row[Any]], end: object) -> tuple[str, int] | None:
    """Calendar and certificate hold what was logged of them, or what was pinned, and nothing else."""
    pinned = _pin(log)
    old = int(pinned.get("moves") or 0) if pinned else 0
    if pinned and _digest(moves[:old]) != pinned.get("moves_digest"):
        return "campaign_before_changed", 1
    logged = {line.body.get("number"): line for line in log if line.do in ("boundary_moved", "working_days_published")}
    there = {move.number: move.row for move in moves[old:]}
    for number in sorted({*logged, *there}):
        if number not in logged or there.get(number) != logged[number].body:
            return "campaign_differs", logged[number].seq if number in logged else len(log)
    issued = next((line for line in log if line.do == "certificate_issued"), None)
    expected = issued.body if issued else pinned and pinned.get("certificate")
    return None if end == (expected or None) else ("campaign_differs", issued.seq if issued else len(log))


def _pin(log: list[Row[Any]]) -> dict[str, Any] | None:
    return log[0].body if log and log[0].do == _BEGAN else None


def _digest(moves: list[Row[Any]]) -> str:
    return hashed("\n".join(move.text for move in moves).encode())


def campaign_heads(connection: Connection) -> Iterator[tuple[str, tuple[int, str]]]:
    """The number and hash of the last chained line of each campaign."""
    sql = """SELECT DISTINCT ON (campaign_id) campaign_id, seq, hash FROM campaign_log WHERE seq IS NOT NULL
    ORDER BY campaign_id, seq DESC"""
    for row in connection.execute(text(sql)):
        yield row.campaign_id, (row.seq, row.hash)
