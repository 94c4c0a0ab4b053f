"""Whether every line of every log is the one that was hashed: cases, campaigns, audit log, without folding them."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from models.base import Frozen
from models.case_ids import campaign_in
from rules.files.plan_check import digest_of
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


WrongClaim = Callable[[str, Mapping[str, Any]], bool]
"""Whether the claim that a line of a case carries is not the one of that line, or nobody's signature."""


class Checked(Frozen):
    """How many logs of cases were read, how many lines of them, of the campaigns and of the audit log; what is wrong.

    `erased`: cases that were erased after their retention. `before_chaining`: lines of campaigns from before their
    logs were chained, held by the first chained line. `claimed`: lines of cases that carry a signed claim.
    """

    cases: int
    lines: int
    campaign_lines: int
    before_chaining: int
    erased: tuple[Tombstone, ...]
    audit_lines: int
    claimed: int
    differences: tuple[Difference, ...]


def check_chains(connection: Connection, is_wrong: WrongClaim) -> Checked:
    """Every log, the first thing that is wrong with each; as the connection's transaction sees them."""
    cases, lines, found, claimed = 0, 0, list[Difference](), 0
    pinned = _pinned(connection)
    altered = {campaign for campaign, (digest, named) in pinned.items() if digest != named}
    for case_id, log in groupby(_read(connection, _CASES), key=lambda line: str(line.case_id)):
        of_case = list(log)
        cases, lines = cases + 1, lines + len(of_case)
        said, wrong = _read_case(case_id, of_case)
        claimed += sum("claim" in line for line in said)
        found += wrong or wrong_in_claims(case_id, said, is_wrong)
        campaign = campaign_in(case_id)
        if said and campaign in pinned and not is_pinned(said[0], pinned[campaign][0]):
            altered.add(campaign)
    found += [difference("plan_altered", "", campaign_id=campaign) for campaign in sorted(altered)]
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
        claimed=claimed,
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


def _read_case(case_id: str, log: list[Row[Any]]) -> tuple[list[dict[str, Any]], list[Difference]]:
    """What the lines say, up to the first that is not as it was hashed, and what is wrong with that one."""
    last, said = "", list[dict[str, Any]]()
    for number, line in enumerate(log, start=1):
        says = _object(line.body) if holds(last, line.body, line.hash) else None
        if line.seq != number:
            return said, [difference("line_missing", case_id, line=number)]
        if says is None:
            broken = "line_unreadable" if holds(last, line.body, line.hash) else "chain_broken"
            return said, [difference(broken, case_id, line=number)]
        if number == 1 and (other := _case_opened(says)) != case_id:
            return said, [difference("line_of_another_case", case_id, line=number, other=other)]
        if not _beside(says, line):
            return said, [difference("chain_broken", case_id, line=number)]
        said.append(says)
        last = line.hash
    return said, []


def wrong_in_claims(case_id: str, said: list[dict[str, Any]], is_wrong: WrongClaim) -> list[Difference]:
    """The first line whose claim is not its own; or that has lost it, where an earlier one has one."""
    is_claimed = False
    for number, line in enumerate(said, start=1):
        if "claim" not in line:
            if is_claimed and line.get("by") is not None:
                return [difference("claim_gone", case_id, line=number)]
        elif is_wrong(case_id, line):
            return [difference("claim_wrong", case_id, line=number)]
        is_claimed = is_claimed or "claim" in line
    return []


def _pinned(connection: Connection) -> dict[str, tuple[str, str]]:
    """What each campaign's plan comes to, by its content, and what its row calls it."""
    rows = connection.execute(text("SELECT campaign_id, digest, plan FROM campaigns"))
    return {row.campaign_id: (digest_of(row.plan), row.digest) for row in rows}


def is_pinned(opened: Mapping[str, Any], digest: str | None) -> bool:
    """Whether a case was opened under a plan of that content; one of a campaign that is not there may have been."""
    try:
        return digest is None or opened["events"][0]["plan_hash"] == digest
    except (KeyError, IndexError, TypeError):
        return False


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
