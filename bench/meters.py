"""What a stack's processes use: CPU seconds, memory, connections; what its databases write and keep.

CPU seconds depend much less on who else works on a machine than seconds of a clock do.
"""

import os
import subprocess
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import psutil

from embedded.children import Children
from embedded.databases import OURS, TEMPORAL, VISIBILITY, Login
from embedded.passwords import passwords_of
from embedded.postgres import SUPERUSER
from engine.connection import Services

ASKER = "asker"
"""This process: what hands in commands and verifies, as pages and the worker of notices do in earnest."""
_OF_POSTGRES = {"postgres for the record": (OURS,), "postgres for Temporal": (TEMPORAL, VISIBILITY)}
_SHARED = "postgres itself"
_TABLES = """SELECT c.relname, pg_total_relation_size(c.oid), pg_indexes_size(c.oid), c.reltuples::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 2 DESC"""
Usage = dict[str, float]


class Meters:
    """Of one stack: its servers, and the processes of ours that were started beside them."""

    def __init__(self, services: Services, started: Mapping[str, subprocess.Popen[bytes]]) -> None:
        self.services, self.started = services, started
        children = Children(services.home)
        self._temporal, self._postgres = (psutil.Process(_pid(children, name)) for name in ("temporal", "postgres"))
        port = Login.of_url(services.endpoints.owner_url).port
        self.admin = Login("127.0.0.1", port, SUPERUSER, passwords_of(services.home).superuser, "postgres")

    def cpu(self) -> Usage:
        """CPU seconds of each process since it began. Those of ended backends are PostgreSQL's own."""
        used = {name: _seconds(psutil.Process(one.pid)) for name, one in self.started.items() if one.poll() is None}
        used |= {"temporal": _seconds(self._temporal), ASKER: time.process_time()}
        used |= dict.fromkeys((*_OF_POSTGRES, _SHARED), 0.0)
        ended = self._postgres.cpu_times()
        used[_SHARED] = _seconds(self._postgres) + ended.children_user + ended.children_system
        for backend in self._postgres.children():
            try:
                used[_whose(backend)] += _seconds(backend)
            except psutil.NoSuchProcess:  # told with those that have ended next time
                continue
        return used

    def written(self) -> int:
        """Bytes of the write-ahead log since the cluster was made."""
        with self.admin.connect() as connection:
            row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
            assert row is not None
            return int(row[0])

    @contextmanager
    def metered(self, told: dict[str, Any], name: str, number: int) -> Generator[None]:
        """Note under the name what the block used for each of so many."""
        written, used, began = self.written(), self.cpu(), time.perf_counter()
        yield
        seconds, after = time.perf_counter() - began, self.cpu()
        spent = {who: round((after[who] - used.get(who, 0.0)) * 1000 / number, 2) for who in after}
        told[name] = {
            "number": number,
            "seconds": round(seconds, 1),
            "cpu_ms": {who: ms for who, ms in spent.items() if ms >= 0.01},
            "cpu_ms_of_all": round(sum(spent.values()), 2),
            "log_bytes": round((self.written() - written) / number),
        }

    def memory(self) -> dict[str, int]:
        """Megabytes of each process; of PostgreSQL what is shared counts once."""
        kept = {name: psutil.Process(one.pid).memory_info().rss for name, one in self.started.items()}
        kept["temporal"] = self._temporal.memory_info().rss
        kept["postgres"] = sum(map(_proportional, (self._postgres, *self._postgres.children())))
        return {name: round(size / 1e6) for name, size in kept.items()}

    def temporal_megabytes(self) -> int:
        """Of the Temporal server alone."""
        return round(self._temporal.memory_info().rss / 1e6)

    def connections(self) -> dict[str, int]:
        """To PostgreSQL, of each process."""
        pids = {name: one.pid for name, one in self.started.items()} | {"temporal": self._temporal.pid}
        return {name: _connections(pid, self.admin.port) for name, pid in pids.items()}

    def tables(self) -> dict[str, dict[str, dict[str, int]]]:
        """Bytes of each table with its indexes, by database, after a VACUUM; those of the indexes; rows."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for database in (OURS, TEMPORAL, VISIBILITY):
            with self.admin.to(database).connect() as connection:
                connection.execute("VACUUM ANALYZE")
                rows = connection.execute(_TABLES).fetchall()
            found[database] = {
                name: {"bytes": total, "of_indexes": indexes, "rows": max(0, number)}
                for name, total, indexes, number in rows
            }
        return found


def grown(before: Mapping[str, Any], after: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Bytes that each database has grown by for each of so many, and the tables that did by 20 or more."""
    told: dict[str, Any] = {}
    for database, tables in after.items():
        growth = {name: (kept["bytes"] - _bytes(before[database], name)) / number for name, kept in tables.items()}
        largest = {name: round(size) for name, size in growth.items() if size >= 20}
        told[database] = {"bytes": round(sum(growth.values())), "tables": largest}
    return told


def _bytes(tables: Mapping[str, Any], name: str) -> int:
    return tables[name]["bytes"] if name in tables else 0


def _pid(children: Children, name: Literal["temporal", "postgres"]) -> int:
    pid = children.alive(name)
    assert pid is not None, name
    return pid


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _whose(backend: psutil.Process) -> str:
    """A backend writes `postgres: user database …` over its command."""
    words = " ".join(backend.cmdline()).split()
    database = words[2] if len(words) > 2 else ""
    return next((name for name, databases in _OF_POSTGRES.items() if database in databases), _SHARED)


def _proportional(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def _connections(pid: int, port: int) -> int:
    found = psutil.Process(pid).net_connections("tcp")
    return sum(1 for one in found if one.raddr and one.raddr.port == port and one.status == psutil.CONN_ESTABLISHED)


@contextmanager
def peak() -> Generator[dict[str, int]]:
    """The megabytes that this process takes at most during the block, beyond those before; looked at now and then."""
    own, seen, over = psutil.Process(), dict[str, int](), threading.Event()
    before, most = own.memory_info().rss, [0]

    def look() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], own.memory_info().rss - before)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
        seen["megabytes"] = round(most[0] / 1e6)


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that is."""
    return {
        "cores": os.cpu_count(),
        "megabytes": round(psutil.virtual_memory().total / 1e6),
        "load": [round(one, 1) for one in os.getloadavg()],
    }
