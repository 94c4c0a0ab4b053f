"""Whether every line of every log is the one that was hashed: cases, campaigns, audit log, without folding them."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from models.base import Frozen
from store.campaign_chains import check_campaign_chains
from store.differences import Difference, difference
from store.erasure import Tombstone, check_tombstones
from store.verify import holds

_BATCH = 2_000
_CASES = """SELECT case_id, seq, body, hash, "do", at, command_id FROM case_log ORDER BY case_id, seq"""
_AUDIT = """SELECT seq, body, hash, at, kind, "by", case_id, about_person, outcome FROM audit_log ORDER BY seq"""
# What the read model knows of a case beyond its log: lines at its end that are gone.
_BEYOND = """SELECT c.case_id, c.seq AS known, l.seq FROM cases c
LEFT JOIN LATERAL (SELECT max(seq) AS seq FROM case_log WHERE case_id = c.case_id) AS l ON true
WHERE l.seq IS NULL OR l.seq < c.seq ORDER BY c.case_id"""


class Checked(Frozen):
    """How many logs of cases were read, how many lines of them, of the campaigns and of the audit log; what is wrong.

    `erased`: cases that were erased after their retention. `before_chaining`: lines of campaigns from before their
    logs were chained, held by the first chained line.
    """

    cases: int
    lines: int
    campaign_lines: int
    before_chaining: int
    erased: tuple[Tombstone, ...]
    audit_lines: int
    differences: tuple[Difference, ...]


def check_chains(connection: Connection) -> Checked:
    """Every log, the first thing that is wrong with each; as the connection's transaction sees them."""
    cases, lines, found = 0, 0, list[Difference]()
    for case_id, log in groupby(_read(connection, _CASES), key=lambda line: str(line.case_id)):
        of_case = list(log)
        cases, lines = cases + 1, lines + len(of_case)
        found += _wrong_in_case(case_id, of_case)
    broken = {d.case_id for d in found}
    beyond = (row for row in connection.execute(text(_BEYOND)) if row.case_id not in broken)
    found += [
        difference("log_gone", row.case_id)
        if row.seq is None
        else difference("log_shorter", row.case_id, known=row.known, line=row.seq)
        for row in beyond
    ]
    campaign_lines, before, wrong = check_campaign_chains(connection)
    erased, wrongly_erased = check_tombstones(connection)
    audit_lines, wrong_in_audit = check_audit_chain(connection)
    return Checked(
        cases=cases,
        lines=lines,
        campaign_lines=campaign_lines,
        before_chaining=before,
        audit_lines=audit_lines,
        erased=erased,
        differences=(*found, *wrongly_erased, *wrong, *wrong_in_audit),
    )


def check_audit_chain(connection: Connection) -> tuple[int, list[Difference]]:
    """How many lines the audit log has, and the first thing that is wrong with it."""
    last, count, found = "", 0, list[Difference]()
    for count, line in enumerate(_read(connection, _AUDIT), start=1):
        if not found and (code := _wrong_in_audit(count, last, line)):
            found = [difference(code, "", line=count)]
        last = line.hash
    return count, found


def _wrong_in_audit(number: int, last: str, line: Row[Any]) -> str | None:
    if line.seq != number:
        return "audit_line_missing"
    says = _object(line.body) if holds(last, line.body, line.hash) else None
    return None if says is not None and _beside_audit(says, line) else "audit_chain_broken"


def _wrong_in_case(case_id: str, log: list[Row[Any]]) -> Iterator[Difference]:
    last = ""
    for number, line in enumerate(log, start=1):
        if line.seq != number:
            yield difference("line_missing", case_id, line=number)
            return
        if not holds(last, line.body, line.hash):
            yield difference("chain_broken", case_id, line=number)
            return
        says = _object(line.body)
        if says is None:
            yield difference("line_unreadable", case_id, line=number)
            return
        if number == 1 and (other := _case_opened(says)) != case_id:
            yield difference("line_of_another_case", case_id, line=number, other=other)
            return
        if not _beside(says, line):
            yield difference("chain_broken", case_id, line=number)
            return
        last = line.hash


def _read(connection: Connection, sql: str) -> Iterator[Row[Any]]:
    return iter(connection.execute(text(sql), execution_options={"yield_per": _BATCH}))


def _object(body: str) -> dict[str, Any] | None:
    try:
        says: Any = json.loads(body)
    except ValueError:
        return None
    return says if isinstance(says, dict) else None  # pyright: ignore[reportUnknownVariableType] -- any object


def _case_opened(says: dict[str, Any]) -> str:
    try:
        return str(says["events"][0]["case_id"])
    except (KeyError, IndexError, TypeError):
        return ""


def _beside(says: dict[str, Any], line: Row[Any]) -> bool:
    """Whether the columns beside a body say what it says."""
    return (says.get("do"), says.get("command_id"), _instant(says.get("at"))) == (line.do, line.command_id, line.at)


def _beside_audit(says: dict[str, Any], line: Row[Any]) -> bool:
    told = (says.get(name) for name in ("kind", "by", "case_id", "about_person", "outcome"))
    return (_instant(says.get("at")), *told) == (
        *(line.at, line.kind, line.by, line.case_id, line.about_person, line.outcome),
    )


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
