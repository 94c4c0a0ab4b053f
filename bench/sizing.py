"""What a machine for so many subjects has to have: the figures that `docs/handbook/*/sizing.md` counts with.

    python -m bench.sizing [--cases N N] [--rows N N N]

CPU seconds of every process, bytes, memory and connections, each at growing sizes, so that what grows with a
city can be told from what does not. Cases are opened, worked, told of a moved boundary and settled by worker processes,
on a stack of their own for each number; pages are read over rows. Afterwards: `python -m docs.generate`.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text
from temporalio.client import Client

from bench.city import City, trial
from bench.meters import ASKER, Meters, grown, machine
from bench.processes import Running, running, start
from bench.sizing_pages import pages_at
from bench.stack import bench_services, keep
from desk.campaign import campaign_view
from desk.heads import heads_of
from desk.tokens import issue
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.connection import Services
from models.actors import Actor
from store.campaigns import add_campaign, plans_from
from workers.check import verify_all

_CASES = (200, 1600)
_ROWS = (2_000, 20_000, 200_000)
_SHARDS = (4, 64, 512)
_REST_SECONDS = 60.0
_QUIET_SECONDS = 3.0
_HISTORIES = 40
_NOTES = 300
_AT_ONCE = 16
_OFFICE = Actor(role="office", name="bench", territory="650200")


class Sized:
    """One stack and its processes; everything that is measured of so many cases."""

    def __init__(self, services: Services, processes: Running, cases: int, rest: float) -> None:
        self.services, self.processes, self.cases, self.rest = services, processes, cases, rest
        self.meters, self.told = Meters(services, processes.started), dict[str, Any]()
        now = datetime.now(UTC).replace(microsecond=0)
        self.ends_at = now + timedelta(days=40)
        plan = trial(now, self.ends_at)
        self.city = City(services, add_campaign(services.engine, plan, now.year), cases)

    async def measure(self, raw: int) -> dict[str, Any]:
        """From an empty stack to a certified campaign."""
        told, meters, city = self.told, self.meters, self.city
        told["machine"] = machine()
        await city.begin()
        await self._at_rest("empty")
        told["memory_at_rest"] = meters.memory()
        with meters.metered(told, "raw start", raw):
            await city.raw(raw)
        empty = meters.tables()
        with meters.metered(told, "subject", self.cases):
            city.register()
        registered = meters.tables()
        with meters.metered(told, "opened", self.cases):
            await city.open(60)
        told["ratio_to_raw_starts"] = city.told["opened"]["ratio_to_raw_starts"]
        await self._at_rest("open")
        opened = meters.tables()
        await self._verified()
        with meters.metered(told, "command", sum(map(len, city.courses()))):
            await city.work()
        told["refused"] = city.told["worked"]["refused"]
        worked = meters.tables()
        self._told_of_use()
        told["history"] = await self._histories(city.client)
        await self._notes()
        self._backup()
        await self._moved_and_settled()
        told["bytes"] = {
            "subject": grown(empty, registered, self.cases),
            "opened": grown(registered, opened, self.cases),
            "worked": grown(registered, worked, self.cases),
            "settled": grown(registered, meters.tables(), self.cases),
        }
        told["log_line"] = self._average("case_log")
        return told

    async def _verified(self) -> None:
        """The nightly verification while every case is open: its log, its rows, and its workflow, which is asked."""
        engine, files, heads = self.services.engine, self.services.files, heads_of(self.services)
        plans_from(engine)
        with self.meters.metered(self.told, "verified", self.cases):
            _, differences = await verify_all(self.city.client, engine, files, heads)
        assert not differences, differences[:3]

    async def _at_rest(self, name: str) -> None:
        """What everything uses in a minute in which nobody does anything."""
        await asyncio.sleep(_QUIET_SECONDS)
        used, began = self.meters.cpu(), time.perf_counter()
        await asyncio.sleep(self.rest)
        minutes = (time.perf_counter() - began) / 60
        after = self.meters.cpu()
        self.told[f"rest, {name}"] = {who: round((after[who] - used[who]) * 1000 / minutes) for who in after}

    def _told_of_use(self) -> None:
        self.told["memory_in_use"], self.told["connections"] = self.meters.memory(), self.meters.connections()

    async def _histories(self, client: Client) -> dict[str, float]:
        """Events and bytes of the histories of cases that were worked on, as Temporal keeps them."""
        events, size, number = 0, 0, min(_HISTORIES, self.cases)
        for n in range(number):
            case_id = f"case/{self.city.campaign.campaign_id}/s-{n:06d}"
            history = await client.get_workflow_handle(case_id).fetch_history()
            events, size = events + len(history.events), size + sum(e.ByteSize() for e in history.events)
        return {"events": round(events / number, 1), "bytes": round(size / number)}

    async def _notes(self) -> None:
        """A note in open cases through the API: of cases that the worker remembers, and of cases that it replays."""
        cases = self._open_cases()
        await self._noted(cases, "note, warming up")
        await self._noted(cases, "note")
        worker = self.processes.started["cases"]
        worker.terminate()
        worker.wait(120)
        self.processes.started["cases"] = start(self.services, "worker", "cases")
        await self._quiet("cases")  # starting is none of its cases
        await self._noted(cases, "note, replayed")

    async def _quiet(self, process: str) -> None:
        """Until the process has used less than a hundredth of a second in some seconds, after it has begun."""
        used = -1.0
        while (now := self.meters.cpu()[process]) - used > 0.01 or now < 1.0:
            used = now
            await asyncio.sleep(_QUIET_SECONDS)

    async def _noted(self, cases: list[str], name: str) -> None:
        until = datetime.now(UTC) + timedelta(days=1)
        token, _ = issue(self.services.engine, self.services.home, _OFFICE, until)
        gate, headers = asyncio.Semaphore(_AT_ONCE), {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self.processes.address, headers=headers, timeout=60) as site:

            async def note(case_id: str) -> None:
                facts = {"do": "add_note", "text": "how is it?", "command_id": str(uuid.uuid4())}
                async with gate:
                    answer = await site.post(f"/api/v1/cases/{case_id}/commands", json=facts)
                assert answer.status_code == 200, answer.text

            with self.meters.metered(self.told, name, len(cases)):
                await asyncio.gather(*map(note, cases))

    def _open_cases(self) -> list[str]:
        sql = text("SELECT case_id FROM cases WHERE outcome IS NULL ORDER BY case_id LIMIT :most")
        with self.services.engine.connect() as connection:
            return list(connection.execute(sql, {"most": _NOTES}).scalars())

    def _backup(self) -> None:
        """A whole backup by the command line: CPU of the program and its children, seconds, bytes of what it wrote."""
        folder = self.services.home / "backups"
        before, began = os.times(), time.perf_counter()
        env = {**os.environ, "RECTIFY_HOME": str(self.services.home)}
        with self.meters.metered(self.told, "backup", self.cases):
            subprocess.run(
                [sys.executable, "-P", "-m", "cli.main", "db", "backup", str(folder), "--plain", "--json"],
                env=env,
                check=True,
                capture_output=True,
            )
            after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        self.told["backup"] |= {
            "program_cpu_ms": round(used * 1000 / self.cases, 2),
            "bytes": round(size / self.cases),
            "all_bytes": size,
            "seconds": round(time.perf_counter() - began, 1),
        }

    async def _moved_and_settled(self) -> None:
        """Every open case is told of a moved boundary, a step that nobody asks for; then all complete by the clock."""
        left = self._number("SELECT count(*) FROM cases WHERE outcome IS NULL")
        to, phase = (self.ends_at + timedelta(days=1)).isoformat(), self.city.campaign.phases[-1].id
        with self.meters.metered(self.told, "told", left):
            await self.city.steered(do="move_boundary", phase=phase, edge="ends", to=to, reason="bench")
            await self.city.until(self._all_told)
            await asyncio.sleep(_QUIET_SECONDS)
        with self.meters.metered(self.told, "told and settled", left):
            await self.city.steered(do="complete_now", reason="bench")
            await self.city.until(self.city.certified)

    async def _all_told(self) -> bool:
        view = await campaign_view(self.city.client, self.city.campaign.campaign_id)
        return view is not None and view.state.told == view.state.calendar > 0

    def _number(self, sql: str) -> int:
        with self.services.owner.connect() as connection:
            return int(connection.execute(text(sql)).scalar_one())

    def _average(self, table: str) -> dict[str, int]:
        """Bytes of a row, without and with what indexes and pages add."""
        row = self._number(f"SELECT coalesce(avg(pg_column_size(t.*)), 0)::bigint FROM {table} t")
        whole = self._number(f"SELECT pg_total_relation_size('{table}') / greatest(count(*), 1) FROM {table}")
        return {"row": row, "with_indexes": whole}


def cases_at(cases: int, raw: int = 1000, rest: float = _REST_SECONDS) -> dict[str, Any]:
    """What so many cases use, on a stack of their own."""
    with bench_services() as services, running(services) as processes:
        return asyncio.run(Sized(services, processes, cases, rest).measure(raw))


def shards_at(number: int, rest: float = _REST_SECONDS) -> dict[str, int]:
    """What servers use in a quiet minute with so many shards, CPU milliseconds; megabytes of Temporal."""
    with throwaway_settings(time_skipping=False, durable=True) as settings:
        services = Services(asyncio.run(up(settings.model_copy(update={"temporal_shards": number}))))
        time.sleep(rest / 3)  # it begins
        meters = Meters(services, {})
        used = meters.cpu()
        time.sleep(rest)
        after = meters.cpu()
        spent = sum(after[who] - used[who] for who in after if who != ASKER)
        return {"cpu_ms": round(spent * 1000 * 60 / rest), "megabytes": meters.temporal_megabytes()}


def measure(cases: Sequence[int], rows: Sequence[int]) -> dict[str, Any]:
    """The whole report."""
    report: dict[str, Any] = {"begun_at": datetime.now(UTC).isoformat(timespec="minutes"), "cases": {}, "pages": {}}
    for number in cases:
        report["cases"][str(number)] = cases_at(number)
        print(f"· {number} cases {json.dumps(report['cases'][str(number)])}", file=sys.stderr)  # noqa: T201 -- a report
    for number in rows:
        with bench_services() as services, running(services) as processes:
            report["pages"][str(number)] = pages_at(services, processes, number)
        print(f"· {number} rows {json.dumps(report['pages'][str(number)])}", file=sys.stderr)  # noqa: T201 -- a report
    return report | {"shards": {str(number): shards_at(number) for number in _SHARDS}}


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=_CASES)
    parser.add_argument("--rows", type=int, nargs="+", default=_ROWS)
    given = parser.parse_args()
    keep(measure(given.cases, given.rows), "sizing")


if __name__ == "__main__":
    main()
