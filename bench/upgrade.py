"""Upgrades with running cases: a real former version to this one, this one to the next, back, and there again.

    python -m bench.upgrade [--cases N] [--since COMMIT]

Officials work through the webs of both versions all the time. Told are the commands of each stage and what nobody
answered at first; at the end the auditor compares calls, histories, log, fold and running cases (`found`: nothing).
The former version comes out of git; the next one is this checkout, changed as the recipe for a rule in August says.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.stack import keep
from embedded.endpoints import Endpoints
from embedded.settings import StackSettings
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.connection import Services
from engine.payload_keys import register_keys
from engine.stuck import stuck_cases
from rules.files.plan_check import PlanFile, read_plan
from store.campaigns import add_campaign
from tests.cast import INSPECTOR
from tests.cli.homes import plan_around
from tests.deploy import august
from tests.deploy.rollout import ABOUT, Facts, Rollout
from tests.deploy.versions import ROOT, Version, of_commit, this_version

SINCE = "1741869"
"""The last commit whose code asks for its own schema and no other, and drops a signal that it does not understand."""
_AT_ONCE, _STREAMS = 16, 6
_STAGE = 8.0  # seconds, at least


class Upgrade(Rollout):
    """A rollout with many cases, and commands all the time."""

    cases: list[str]
    stages: dict[str, Any]

    async def begin(self, number: int) -> None:
        """So many cases, each with a finding that is filed."""
        self.cases, self.stages = [f"u-{n:05d}" for n in range(number)], {}
        gate, began = asyncio.Semaphore(_AT_ONCE), time.perf_counter()

        async def one(subject: str) -> None:
            async with gate:
                await self.begun(subject)

        await asyncio.gather(*map(one, self.cases))
        self.stages["opened"] = {"cases": number, "seconds": round(time.perf_counter() - began, 1)}

    @asynccontextmanager
    async def stage(self, name: str, webs: Iterable[str], cases: Iterable[str] = ()) -> AsyncGenerator[None]:
        """While something is done, and for some seconds, officials work on these cases (or all) through these webs."""
        turn, of, over = cycle(list(cases) or self.cases), list(webs), asyncio.Event()
        began, made, slowest, answered = time.perf_counter(), self.made, 0.0, 0

        async def work() -> None:
            nonlocal slowest, answered
            while not over.is_set():
                asked = time.perf_counter()
                await self.insist(next(turn), ABOUT, of=of)
                slowest, answered = max(slowest, time.perf_counter() - asked), answered + 1

        working = [asyncio.create_task(work()) for _ in range(_STREAMS)]
        try:
            yield
            await asyncio.sleep(_STAGE)
        finally:
            over.set()
            await asyncio.gather(*working)
        self.stages[name] = {
            "seconds": round(time.perf_counter() - began, 1),
            "answered": answered,
            "tries_without_answer": self.made - made - answered,
            "slowest_seconds": round(slowest, 1),
        }

    async def refuses(self, version: Version) -> str:
        """With which code a process of that version ends that starts anew."""
        ended = await self.says(version, "worker", "cases", "--json")
        assert ended.returncode == 1, ended
        return json.loads(ended.stdout)["error"]["code"]


async def _side_by_side(there: Upgrade, number: int) -> list[dict[str, str]]:
    """From this version alone to both at work on the next one's schema; the cases that do not replay under the next."""
    now, then = there.now, there.next
    await there.serve(now)
    await there.work(now)
    await there.begin(number)
    replayed = await there.replayed(then)
    async with there.stage("migration", ["now"]):
        await there.migrated(then)
    await there.serve(then)
    async with there.stage("side by side", ["now", "next"]):
        await there.work(now, then)
    return replayed


async def from_a_former_version(there: Upgrade, number: int) -> dict[str, Any]:
    """The former version refuses the new schema where it starts anew, and what runs of it goes on."""
    now, then = there.now, there.next
    replayed = await _side_by_side(there, number)
    async with there.stage("new alone", ["now", "next"]):
        await there.work(then)
    refused = await there.refuses(now)
    async with there.stage("after the refused return", ["next"]):
        pass
    found = await there.audited(then)
    return {"not_replayed": replayed, "return": refused, "stages": there.stages, "found": found}


async def to_the_next_version(there: Upgrade, number: int) -> dict[str, Any]:
    """What the next version wrote in its own words stops those cases alone while this one is back."""
    now, then = there.now, there.next
    replayed = await _side_by_side(there, number)
    ahead, others = there.cases[:: max(1, number // 10)], list[str]()
    others = [case for case in there.cases if case not in ahead]
    async with there.stage("new alone", ["now", "next"]):
        await there.work(then)
    urgent: Facts = {**ABOUT, "urgent": True}
    await asyncio.gather(*(there.insist(case, urgent, of=["next"]) for case in ahead))
    late = {case: {**ABOUT, "command_id": str(uuid4())} for case in ahead}
    async with there.stage("back", ["now", "next"], others):
        await there.work(now)
        first = await asyncio.gather(*(there.once("now", case, facts) for case, facts in late.items()))
        told_after = await _named(there, len(ahead))
    async with there.stage("there again", ["now", "next"], others):
        await there.work(then)
    for case, facts in late.items():
        await there.insist(case, facts, of=["next"])
    still = await there.audited(then)
    return {
        "not_replayed": replayed,
        "ahead": len(ahead),
        "first_answers": sorted({f"{told.status} {told.code}" for told in first}),
        "stuck_named_after_seconds": told_after,
        "stages": there.stages,
        "found": still,
    }


async def _named(there: Upgrade, number: int, within: float = 300) -> float | None:
    """How long it took until the server told all of them as stuck."""
    began, client = time.perf_counter(), await there.beats.temporal()
    while time.perf_counter() - began < within:
        if len(await stuck_cases(client)) >= number:
            return round(time.perf_counter() - began, 1)
        await asyncio.sleep(1)
    return None


async def installed(endpoints: Endpoints, folder: Path, first: Path) -> tuple[Path, str, str]:
    """A home as that version makes it, with a campaign in its second phase, and an inspector's token."""
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "endpoints.json").write_text(endpoints.model_copy(update={"home": home}).model_dump_json())
    version = Version("first", first, home)

    def said(*words: str) -> dict[str, Any]:
        told = version.says(*words, "--json")
        assert told.returncode == 0, told
        return json.loads(told.stdout)

    said("db", "migrate")
    services = Services.here(StackSettings(home=home))
    _ = services.keys
    assert not list(register_keys(services.owner, services.keys_file))
    now = datetime.now(UTC).replace(microsecond=0)
    plan = read_plan(plan_around(now, "upgrade"), "upgrade.toml")
    assert isinstance(plan, PlanFile), plan
    campaign = add_campaign(services.engine, plan, now.year)
    services.close()
    return home, campaign.campaign_id, said("user", "token", INSPECTOR)["token"]


async def measure(number: int, since: str) -> dict[str, Any]:
    """Both ways, each on a stack of its own."""
    told: dict[str, Any] = {"cases": number, "since": since}
    legs = {"from_a_former_version": from_a_former_version, "to_the_next_version": to_the_next_version}
    for name, leg in legs.items():
        with throwaway_settings(time_skipping=False, durable=True) as settings:
            folder = settings.home.parent / name
            folder.mkdir()
            former = of_commit(folder / "former", since) if name == "from_a_former_version" else ROOT
            then = ROOT if former != ROOT else this_version(folder / "next")
            if former == ROOT:
                august.in_august(then)
            home, campaign, token = await installed(await up(settings), folder, former)
            async with Upgrade(home, campaign, token, former, then) as there:
                told[name] = await leg(there, number)
    return told


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--since", default=SINCE)
    given = parser.parse_args()
    keep(asyncio.run(measure(given.cases, given.since)), "upgrade")


if __name__ == "__main__":
    main()
