"""The heads of all logs: the last line of each chain. Signed and kept apart, they show what was cut since."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, Engine, Row, text

from models.base import Frozen
from models.hashes import named
from models.instants import say_instant
from store.campaign_chains import campaign_heads
from store.differences import Difference, difference
from store.erasure import Tombstone, erased_before_time, tombstones
from store.merkle import leaf_text

_BATCH = 5_000
_NEVER = datetime.min.replace(tzinfo=UTC)
Head = tuple[int, str]


class Heads(Frozen):
    """The number and hash of the last line of each case's and campaign's log, by id, and of the audit log.

    `recorded_at`: when the newest line of all of them was recorded. Hashes may name their algorithm or not.
    """

    at: datetime
    heads: dict[str, Head]
    audit: Head | None = None
    recorded_at: datetime | None = None
    campaigns: dict[str, Head] = Field(default_factory=dict[str, Head])

    @property
    def leaves(self) -> list[str]:
        """The leaves of the tree over all chains: the cases by id, the campaigns by id, then the audit log."""
        cases = [leaf_text("case", one, *_named(self.heads[one])) for one in sorted(self.heads)]
        campaigns = [leaf_text("campaign", one, *_named(self.campaigns[one])) for one in sorted(self.campaigns)]
        return cases + campaigns + ([leaf_text("audit", "", *_named(self.audit))] if self.audit else [])


def heads_from(at: datetime, leaves: Iterable[str], recorded_at: datetime | None) -> Heads:
    """The heads that the leaves of a tree tell. Raises ValueError for what is no leaf."""
    of: dict[str, dict[str, Head]] = {"case": {}, "campaign": {}, "audit": {}}
    for leaf in leaves:
        chain, name, seq, last = json.loads(leaf)
        if chain not in of:
            raise ValueError(f"no chain {chain}")
        of[chain][str(name)] = (int(seq), str(last))
    audit = of["audit"].get("")
    return Heads(at=at, heads=of["case"], campaigns=of["campaign"], audit=audit, recorded_at=recorded_at)


def compared(engine: Engine, signed: Heads | None, at: datetime) -> tuple[Heads, list[Difference]]:
    """The heads as they stand, and where a log is not what its signed head says; both as of one moment.

    A log that was found cut or rewritten keeps its signed head: it is told again until somebody restores it.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        now, found = heads_now(connection, at), list[Difference]()
        if signed:
            found = list(not_as_signed(connection, now, [signed]))
    if signed is None or not found:
        return now, found
    codes = {d.code for d in found}
    kept = {d.case_id: signed.heads[d.case_id] for d in found if d.case_id}
    audit = signed.audit if codes & {"audit_cut", "audit_rewritten"} else now.audit
    recorded_at = signed.recorded_at if "record_older" in codes else now.recorded_at
    campaigns = now.campaigns | {d.campaign_id: signed.campaigns[d.campaign_id] for d in found if d.campaign_id}
    told = {"heads": {**now.heads, **kept}, "campaigns": campaigns, "audit": audit, "recorded_at": recorded_at}
    return now.model_copy(update=told), found


def heads_now(connection: Connection, at: datetime) -> Heads:
    """The last line of every log, as the connection's transaction sees them."""
    heads, recorded = dict[str, Head](), set[datetime]()
    sql = """SELECT l.case_id, l.seq, l.hash, l.recorded_at FROM case_log l
    JOIN (SELECT case_id, max(seq) AS seq FROM case_log GROUP BY case_id) AS last USING (case_id, seq)"""
    for row in connection.execute(text(sql), execution_options={"yield_per": _BATCH}):
        heads[row.case_id] = (row.seq, row.hash)
        recorded.add(row.recorded_at)
    audited = connection.execute(text("SELECT seq, hash, at FROM audit_log ORDER BY seq DESC LIMIT 1")).first()
    audit = (audited.seq, audited.hash) if audited else None
    campaigns = dict(campaign_heads(connection))
    newest = max(recorded | _at(audited), default=None)
    return Heads(at=at, heads=heads, campaigns=campaigns, audit=audit, recorded_at=newest)


def _at(audited: Row[Any] | None) -> set[datetime]:
    return {audited.at} if audited else set()


def not_as_signed(connection: Connection, now: Heads, signed: Sequence[Heads]) -> Iterator[Difference]:
    """Where the logs are not what signed heads say, once for each log; the newest heads are to come first.

    Where several end earlier than was signed and nothing is as new as the newest line was, all is older: a backup.
    """
    found = [*_cases_not_as_signed(connection, now, signed), *_campaigns_not_as_signed(connection, signed)]
    found += _audit_not_as_signed(connection, signed)
    newest = max(signed, key=lambda s: s.recorded_at or _NEVER, default=None)
    cut = [d for d in found if d.code in ("log_cut", "campaign_cut", "audit_cut")]
    if len(cut) > 1 and newest and newest.recorded_at and (now.recorded_at or _NEVER) < newest.recorded_at:
        yield difference("record_older", "", newest=say_instant(now.recorded_at), signed_at=say_instant(newest.at))
    yield from found


def _cases_not_as_signed(connection: Connection, now: Heads, signed: Sequence[Heads]) -> Iterator[Difference]:
    told = set[str]()
    pledged = {(case_id, *head): s.at for s in reversed(signed) for case_id, head in s.heads.items()}
    lines, erased = list(pledged), {one.case_id: one for one in tombstones(connection)}
    for start in range(0, len(lines), _BATCH):
        batch = lines[start : start + _BATCH]
        hashes = {(case_id, seq): last for case_id, (seq, last) in _ends(now.heads, batch)}
        hashes |= _hashes(connection, [(c, seq) for c, seq, _ in batch if c in now.heads and now.heads[c][0] > seq])
        for case_id, seq, expected in batch:
            there = hashes.get((case_id, seq))
            if case_id in told or (there is not None and named(there) == named(expected)):
                continue
            signed_at, tombstone = pledged[case_id, seq, expected], erased.get(case_id)
            if there is None and tombstone and _ends_it(tombstone, seq, expected):
                if seq < tombstone.last_seq and erased_before_time(tombstone, signed_at):
                    told.add(case_id)
                    yield difference("erased_early", case_id, line=tombstone.last_seq, at=tombstone.erased_at.date())
                continue
            told.add(case_id)
            code = "log_cut" if there is None else "log_rewritten"
            yield difference(code, case_id, line=seq, signed_at=say_instant(signed_at))


def _ends_it(tombstone: Tombstone, seq: int, signed: str) -> bool:
    """Whether a case that was erased had the line that was signed, as far as can still be said."""
    if seq == tombstone.last_seq:
        return named(tombstone.last_hash) == named(signed)
    return seq < tombstone.last_seq


def _campaigns_not_as_signed(connection: Connection, signed: Sequence[Heads]) -> Iterator[Difference]:
    told = set[str]()
    sql = text("SELECT hash FROM campaign_log WHERE campaign_id = :id AND seq = :seq")
    for s in signed:
        for campaign_id, (seq, expected) in s.campaigns.items():
            there = connection.execute(sql, {"id": campaign_id, "seq": seq}).scalar()
            if campaign_id in told or (there is not None and named(there) == named(expected)):
                continue
            told.add(campaign_id)
            code = "campaign_cut" if there is None else "campaign_rewritten"
            yield difference(code, "", campaign_id=campaign_id, line=seq, signed_at=say_instant(s.at))


def _audit_not_as_signed(connection: Connection, signed: Sequence[Heads]) -> Iterator[Difference]:
    sql = text("SELECT hash FROM audit_log WHERE seq = :seq")
    for s in signed:
        if s.audit is None:
            continue
        seq, expected = s.audit
        there = connection.execute(sql, {"seq": seq}).scalar()
        if there is None or named(there) != named(expected):
            code = "audit_cut" if there is None else "audit_rewritten"
            yield difference(code, "", line=seq, signed_at=say_instant(s.at))
            return


def _ends(now: Mapping[str, Head], lines: Sequence[tuple[str, int, str]]) -> Iterator[tuple[str, Head]]:
    return ((case_id, now[case_id]) for case_id, seq, _ in lines if case_id in now and now[case_id][0] == seq)


def _hashes(connection: Connection, lines: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The hash of each of these lines; a line that is not there is left out."""
    sql = text("""SELECT l.case_id, l.seq, l.hash FROM case_log l
    JOIN unnest(CAST(:cases AS text[]), CAST(:lines AS integer[])) AS asked(case_id, seq) USING (case_id, seq)""")
    asked = {"cases": [case_id for case_id, _ in lines], "lines": [seq for _, seq in lines]}
    return {(row.case_id, row.seq): row.hash for row in connection.execute(sql, asked)} if lines else {}


def _named(head: Head) -> Head:
    seq, last = head
    return seq, named(last)
