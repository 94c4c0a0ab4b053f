"""How many of so many random alterations of the record are found, and whether writers at once raise a false alarm.

python -m bench.alterations [--number N] [--writers N] [--appends N]

Whoever makes them owns the database: no trigger holds him back, and where he can he chains the lines anew. Each
alteration is made, looked for and taken back in a transaction of its own.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from bench.stack import bench_services, keep, shipped_plan
from desk.audit import checked_on
from desk.heads import SignedHeads
from engine.connection import Services
from models.audit import AuditActor, AuditLine
from models.campaign import CampaignLine
from models.hashes import chained
from store.audit import note
from store.campaign_log import log_line
from store.campaigns import Campaign, add_campaign
from store.differences import Difference
from tests.store.paper import long_case, write

_AUDIT_LINES = 30
_YEAR = 2027
AUDIT = ""  # where a log is named: that of no case
CAMPAIGN = "campaign:"  # and that of a campaign, before its id
_FREE = "SET LOCAL session_replication_role = replica"  # no trigger fires


class Line(NamedTuple):
    """A line as it lies there, without what stands beside its body."""

    seq: int
    body: str
    hash: str


Log = list[Line]


class Vandal:
    """Alters what a seed tells, in the transaction of one connection."""

    def __init__(self, connection: Connection, random: Random) -> None:
        self.connection, self.random = connection, random
        self.cases: list[str] = list(connection.execute(text("SELECT DISTINCT case_id FROM case_log")).scalars())
        self.cases.sort()
        campaigns = connection.execute(text("SELECT DISTINCT campaign_id FROM campaign_log")).scalars()
        self.campaign = next((CAMPAIGN + one for one in campaigns), None)

    def alter(self, kind: str) -> list[str]:
        """One alteration of this kind; the logs that it touched."""
        return KINDS[kind](self)

    def a_log(self) -> tuple[str, Log]:
        """Any log of more than two lines: a quarter are the audit log, a quarter that of a campaign."""
        others = [AUDIT, self.campaign] if self.campaign else [AUDIT]
        beside = self.random.random() < 0.25 * len(others)
        which = self.random.choice(others if beside else self.cases)
        return which, self.read(which)

    def read(self, which: str) -> Log:
        """The lines of a log."""
        sql = f"SELECT seq, {_body(which)}, hash FROM {_table(which)} WHERE {_of(which)} ORDER BY seq"
        return [Line(*row) for row in self.connection.execute(text(sql), {"id": which})]

    def delete(self, which: str, seq: int) -> None:
        """A line is gone."""
        sql = f"DELETE FROM {_table(which)} WHERE {_of(which)} AND seq = :seq"
        assert self.connection.execute(text(sql), {"id": which, "seq": seq}).rowcount == 1

    def cut(self, which: str, last: int) -> None:
        """Every line after the last one is gone."""
        sql = f"DELETE FROM {_table(which)} WHERE {_of(which)} AND seq > :last"
        self.connection.execute(text(sql), {"id": which, "last": last})

    def put(self, which: str, place: int, /, **columns: Any) -> None:
        """A line says something else."""
        sets = ", ".join(f'"{_body(which) if name == "body" else name}" = :{name}' for name in columns)
        sql = f"UPDATE {_table(which)} SET {sets} WHERE {_of(which)} AND seq = :place"
        assert self.connection.execute(text(sql), {"id": which, "place": place, **columns}).rowcount == 1

    def chain_anew(self, which: str) -> None:
        """As if the log had been written so: numbers and hashes follow from the first line on."""
        last, log = "", self.read(which)
        for number, line in enumerate(log, start=1):
            last = chained(last, line.body, line.hash)
            if (number, last) != (line.seq, line.hash):
                self.put(which, line.seq, seq=number, hash=last)
        if which in self.cases:
            sql = text("UPDATE cases SET seq = :seq WHERE case_id = :id")
            self.connection.execute(sql, {"id": which, "seq": len(log)})

    def changed(self, body: str) -> str:
        """The body with one letter or digit another."""
        places = [n for n, sign in enumerate(body) if sign.isascii() and sign.isalnum()]
        place = self.random.choice(places)
        other = self.random.choice([sign for sign in "0123456789abcdefXYZ" if sign != body[place]])
        return body[:place] + other + body[place + 1 :]


def _table(which: str) -> str:
    if which.startswith(CAMPAIGN):
        return "campaign_log"
    return "case_log" if which else "audit_log"


def _of(which: str) -> str:
    if which.startswith(CAMPAIGN):
        return f"'{CAMPAIGN}' || campaign_id = :id"
    return "case_id = :id" if which else "CAST(:id AS text) = ''"


def _body(which: str) -> str:
    return "hashed_text" if which.startswith(CAMPAIGN) else "body"


def _edit(by: Vandal) -> list[str]:
    which, log = by.a_log()
    line = by.random.choice(log)
    by.put(which, line.seq, body=by.changed(line.body))
    return [which]


def _edit_and_chain(by: Vandal) -> list[str]:
    touched = _edit(by)
    by.chain_anew(touched[0])
    return touched


def _edit_hash(by: Vandal) -> list[str]:
    which, log = by.a_log()
    line = by.random.choice(log)
    by.put(which, line.seq, hash=line.hash[:-1] + ("0" if line.hash[-1] != "0" else "1"))
    return [which]


def _edit_beside(by: Vandal) -> list[str]:
    which, log = by.a_log()
    beside: dict[str, Any] = {"at": datetime(2027, 1, 1, tzinfo=UTC)}
    if which.startswith(CAMPAIGN):
        beside |= {"do": "x", "reason": "x"}
    else:
        beside |= {"outcome": "x", "kind": "x"} if which == AUDIT else {"do": "x", "command_id": "x"}
    column = by.random.choice(sorted(beside))
    by.put(which, by.random.choice(log).seq, **{column: beside[column]})
    return [which]


def _delete(by: Vandal) -> list[str]:
    which, log = by.a_log()
    by.delete(which, by.random.choice(log[:-1]).seq)
    return [which]


def _delete_and_chain(by: Vandal) -> list[str]:
    touched = _delete(by)
    by.chain_anew(touched[0])
    return touched


def _truncate(by: Vandal) -> list[str]:
    which, log = by.a_log()
    by.cut(which, by.random.randint(1, len(log) - 1))
    by.chain_anew(which)
    return [which]


def _delete_case(by: Vandal) -> list[str]:
    case_id = by.random.choice(by.cases)
    for table in ("case_log", "findings", "musts", "deadlines", "case_spans", "reminders", "cases"):
        by.connection.execute(text(f"DELETE FROM {table} WHERE case_id = :id"), {"id": case_id})
    return [case_id]


def _swap(by: Vandal) -> list[str]:
    which, log = by.a_log()
    one, other = by.random.sample(log, 2)
    by.put(which, one.seq, body=other.body)
    by.put(which, other.seq, body=one.body)
    return [which]


def _swap_and_chain(by: Vandal) -> list[str]:
    touched = _swap(by)
    by.chain_anew(touched[0])
    return touched


def _swap_lines_of_cases(by: Vandal) -> list[str]:
    mine, theirs = by.random.sample(by.cases, 2)
    one = by.random.choice(by.read(mine))
    # a step of the clock may say in both cases what it says in one: to swap these changes nothing
    other = by.random.choice([line for line in by.read(theirs) if line.body != one.body])
    by.put(mine, one.seq, body=other.body)
    by.put(theirs, other.seq, body=one.body)
    if by.random.random() < 0.5:
        by.chain_anew(mine)
        by.chain_anew(theirs)
    return [mine, theirs]


def _swap_cases(by: Vandal) -> list[str]:
    mine, theirs = by.random.sample(by.cases, 2)
    for was, becomes in ((mine, "aside"), (theirs, mine), ("aside", theirs)):
        by.connection.execute(
            text("UPDATE case_log SET case_id = :becomes WHERE case_id = :was"), {"was": was, "becomes": becomes}
        )
    by.chain_anew(mine)
    by.chain_anew(theirs)
    return [mine, theirs]


def _older(by: Vandal) -> list[str]:
    """All is as it was some lines ago: a backup was put back."""
    keep = by.random.uniform(0.1, 0.9)
    touched = list[str]()
    for which in (*by.cases, *([by.campaign] if by.campaign else []), AUDIT):
        log = by.read(which)
        gone = log[max(1, int(len(log) * keep)) :]
        by.cut(which, len(log) - len(gone))
        by.chain_anew(which)
        touched += [which] if gone else []
    return touched


KINDS: dict[str, Callable[[Vandal], list[str]]] = {
    "edit": _edit,
    "edit, chained anew": _edit_and_chain,
    "edit of a hash": _edit_hash,
    "edit beside a body": _edit_beside,
    "deletion": _delete,
    "deletion, chained anew": _delete_and_chain,
    "truncation": _truncate,
    "deletion of a case": _delete_case,
    "swap": _swap,
    "swap, chained anew": _swap_and_chain,
    "swap between cases": _swap_lines_of_cases,
    "swap of two cases": _swap_cases,
    "old backup": _older,
}


def record_of(services: Services, campaign: Campaign, heads: SignedHeads, cases: int = 8, steps: int = 60) -> None:
    """Some long cases, some lines of the campaign's and of the audit log, signed."""
    for seed in range(cases):
        write(services.engine, campaign.plan, long_case(campaign, seed, steps))
    for number in range(_AUDIT_LINES):
        by = AuditActor(account=f"a-{number % 4}")
        note(services.engine, AuditLine(kind="sign_in", by=by, facts={"number": number}))
        at = datetime(_YEAR, 3, 1, tzinfo=UTC)
        line = CampaignLine(campaign_id=campaign.campaign_id, key=f"opened:{number}", at=at, do="cases_opened")
        log_line(services.engine, line.model_copy(update={"body": {"count": number}}))
    assert heads.check_and_sign(services.engine) == []


def alterations(services: Services, heads: SignedHeads, number: int, seed: int) -> dict[str, Any]:
    """Make them one by one, look for each, take it back; those that were missed are named with their seed."""
    made, missed = Counter[str](), list[dict[str, Any]]()
    _hold_back(services, "DISABLE")
    began = time.perf_counter()
    for place in range(number):
        random = Random(f"{seed}/{place}")
        kind = list(KINDS)[place % len(KINDS)]
        with services.owner.connect() as connection:
            touched = Vandal(connection, random).alter(kind)
            found = checked_on(connection, heads).differences
            connection.rollback()
        made[kind] += 1
        if not all(_names(found, which) for which in touched) or (kind == "old backup" and not _tells_older(found)):
            told = [f"{d.code} {d.case_id} {d.line}" for d in found]
            missed.append({"kind": kind, "seed": f"{seed}/{place}", "touched": touched, "found": told})
    took = time.perf_counter() - began
    _hold_back(services, "ENABLE")
    found_all = {"made": number, "found": number - len(missed), "by_kind": dict(made), "missed": missed[:10]}
    return {**found_all, "milliseconds_each": round(took / max(number, 1) * 1000, 1)}


def _hold_back(services: Services, how: str) -> None:
    """Whether triggers hold back even the owner."""
    with services.owner.begin() as connection:
        for table in ("case_log", "audit_log", "campaign_log"):
            connection.execute(text(f"ALTER TABLE {table} {how} TRIGGER USER"))


def _names(found: tuple[Difference, ...], which: str) -> bool:
    """Whether what was found names this log, the line, and what to do."""
    return any(d.remedy_zh and d.remedy_en and d.line is not None for d in found if _is_of(d, which))


def _is_of(found: Difference, which: str) -> bool:
    if which.startswith(CAMPAIGN):
        return found.campaign_id == which.removeprefix(CAMPAIGN)
    return found.case_id == which if which else found.code.startswith("audit_")


def _tells_older(found: tuple[Difference, ...]) -> bool:
    return any(d.code == "record_older" for d in found)


def writers(services: Services, heads: SignedHeads, number: int, appends: int) -> dict[str, Any]:
    """So many at once append to the audit log, while the record is signed and verified again and again."""
    by = AuditActor(account="os:bench")

    def write_lines(writer: int) -> None:
        for n in range(appends):
            note(services.engine, AuditLine(kind="sign_in", by=by, facts={"writer": writer, "number": n}))

    before = _count(services)
    rounds, alarms, began = 0, 0, time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        writing = [pool.submit(write_lines, writer) for writer in range(number)]
        while not all(one.done() for one in writing):
            alarms += len(heads.check_and_sign(services.engine))
            with services.owner.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                alarms += len(checked_on(connection, heads).differences)
            rounds += 1
        for one in writing:
            one.result()
    took = time.perf_counter() - began
    appended = _count(services) - before
    assert appended == number * appends, "a line was lost or doubled"
    told = {"writers": number, "appended": appended, "verified": rounds, "false_alarms": alarms}
    return {**told, "appends_per_second": round(appended / took)}


def _count(services: Services) -> int:
    with services.engine.connect() as connection:
        return int(connection.execute(text("SELECT coalesce(max(seq), 0) FROM audit_log")).scalar_one())


def measure(
    services: Services, campaign: Campaign, heads: SignedHeads, number: int, of_writers: tuple[int, int], seed: int = 14
) -> dict[str, Any]:
    """Alterations found, and writers at once."""
    record_of(services, campaign, heads)
    found = alterations(services, heads, number, seed)
    return {"alterations": found, "at_once": writers(services, heads, *of_writers)}


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--appends", type=int, default=1_000)
    given = parser.parse_args()
    with bench_services() as services, tempfile.TemporaryDirectory() as folder:
        campaign = add_campaign(services.engine, shipped_plan(), _YEAR)
        heads = SignedHeads(Path(folder) / "heads", Path(folder) / "heads.key")
        report = measure(services, campaign, heads, given.number, (given.writers, given.appends))
    keep(report, "alterations")


if __name__ == "__main__":
    main()
