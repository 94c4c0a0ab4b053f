"""This version and the next one side by side, there and back again: nothing is lost, nothing twice, nobody misled.

The next version is this checkout with the changes of the recipe for a rule in August (`tests/deploy/august.py`). What a
real former version does beside this one is measured by `python -m bench.upgrade`.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import Client

from cli.doctor import workers_versions
from engine.connection import Services
from engine.hand_in import signal_result
from store.campaigns import Campaign, move_clock
from store.worker_beats import living_workers
from tests.api.conftest import token
from tests.cast import INSPECTOR
from tests.deploy import august
from tests.deploy.rollout import ABOUT, FILED, FOUND, MIGRATED, NOTE, Facts, Rollout
from tests.deploy.versions import ROOT, Version, home_of, this_version
from tests.durable.office import command, eventually, finding, instant

RUN = uuid4().hex[:6]
NAMES = [f"up-{RUN}-{n}" for n in range(6)]


class There(Rollout):
    """Both versions in one installation, with its record at hand."""

    services: Services
    client: Client

    def due(self, name: str, ref: str) -> object:
        """When a finding is to be rectified, as the record has it."""
        return self._one("SELECT due_at FROM findings WHERE case_id = :id AND ref = :ref", name, ref=ref)

    def lines(self, name: str) -> int:
        """How long the case's log is."""
        found = self._one("SELECT count(*) FROM case_log WHERE case_id = :id", name)
        assert isinstance(found, int)
        return found

    def last(self, name: str) -> object:
        """What the newest line of its log says happened."""
        newest = "FROM case_log WHERE case_id = :id ORDER BY seq DESC LIMIT 1"
        return self._one(f"SELECT body::jsonb -> 'events' -> 0 ->> 'kind' {newest}", name)

    def _one(self, sql: str, name: str, **given: str) -> object:
        with self.services.engine.connect() as connection:
            return connection.execute(text(sql), {"id": self.id(name), **given}).scalar_one()

    async def from_a_device(self, name: str, facts: Facts) -> None:
        """By signal, until the log has a line for it."""
        before = self.lines(name)
        await signal_result(self.client, self.services.engine, self.id(name), command(**facts))

        async def told() -> bool:
            return self.lines(name) > before

        await eventually(told)


@pytest.fixture
async def there(services: Services, campaign: Campaign, client: Client, tmp_path: Path) -> AsyncIterator[There]:
    """This version at work, on 10 May; the next one laid out beside it."""
    moved = move_clock(services.engine, campaign.campaign_id, instant("05-10") - campaign.now())
    inspector = token(services, INSPECTOR)  # before the home is copied: with its first token a home has a key for them
    home, then = home_of(services.endpoints, tmp_path / "home"), this_version(tmp_path / "next")
    august.in_august(then)
    found = There(home, moved.campaign_id, inspector, ROOT, then)
    found.services, found.client = services, client
    async with found:
        yield found


@pytest.mark.timeout(900)
async def test_a_new_version_comes_goes_and_comes_again(there: There, tmp_path: Path) -> None:
    s0, s1, s2, s3, s4, s5 = NAMES
    await there.serve(there.now)
    await there.work(there.now)
    await asyncio.gather(*(there.begun(name) for name in NAMES))
    in_may = there.due(s0, "F1")
    await there.from_a_device(s1, NOTE)
    assert there.last(s1) == "note_added"

    # what is careless is named before anything changes; what follows the recipe replays
    ours = {there.id(name) for name in NAMES}
    hasty = Version("hasty", this_version(tmp_path / "hasty"), there.home)
    august.careless(hasty.tree)
    assert {d["case_id"] for d in await there.replayed(hasty)} & ours == ours
    assert {d["case_id"] for d in await there.replayed(there.next)} & ours == set()

    # it migrates; a process of this version that dies starts again; both serve every case
    assert (await there.migrated(there.next))["revision"] == MIGRATED
    there.now.stop("worker cases", by=signal.SIGKILL)
    await there.serve(there.next)
    await there.work(there.now, there.next)
    await asyncio.gather(*(there.insist(name, ABOUT) for name in NAMES * 3))
    assert workers_versions(living_workers(there.services.engine)).warns

    # the new one alone: running cases keep their past, and what is new is judged by the new rule
    await there.work(there.next)
    await there.insist(s0, {**FOUND, "findings": [finding("F2", "H01")]})
    await there.insist(s0, {**FILED, "assignments": [{"ref": "F2", "responsible": "Sun"}]})
    assert (there.due(s0, "F1"), there.due(s0, "F2")) == (in_may, in_may - timedelta(days=5))  # pyright: ignore
    assert (await there.once("next", s1, NOTE)).code == "note_without_ref"
    await there.from_a_device(s1, NOTE)
    assert there.last(s1) == "command_refused", "the rule holds where the case took such a signal before, too"
    assert (await there.once("next", s2, {**ABOUT, "urgent": True})).status == 200
    read = await there.read("now", s2)
    assert (read.status_code, read.json()["code"]) == (503, "newer_record")

    # back: what the new one did stops the case that it did it to, and no other; nothing is dropped or refused for good
    await there.work(there.now)
    await asyncio.gather(*(there.insist(name, ABOUT, of=["now"]) for name in (s3, s4, s5)))
    kept = there.lines(s5)
    await there.signalled(there.next, s5, {**ABOUT, "urgent": True})
    late = {s1: ABOUT, s2: ABOUT, s4: {**ABOUT, "urgent": True}}
    late = {name: {"command_id": str(uuid4()), **facts} for name, facts in late.items()}
    first = await asyncio.gather(*(there.once("next", name, facts) for name, facts in late.items()))
    assert [(told.status, told.code) for told in first] == [
        (503, "case_stuck"),
        (503, "case_stuck"),
        (503, "worker_older"),
    ]
    assert there.lines(s5) == kept

    # and there again: each goes on where it stood
    await there.work(there.next)
    for name, facts in late.items():
        await there.insist(name, facts, of=["next"])

    async def signal_taken() -> bool:
        return there.lines(s5) == kept + 1

    await eventually(signal_taken)
    assert await there.audited(there.next, others={s1, s5}) == []

    # a version that took something away: this one refuses, and says why
    with there.services.owner.begin() as connection:
        connection.execute(text("UPDATE schema_serves SET from_revision = :newest"), {"newest": MIGRATED})
    ended = await there.says(there.now, "worker", "cases", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["error"]["code"]) == (1, "schema_ahead"), ended
