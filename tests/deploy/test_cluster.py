"""A cluster as a city runs it: two processes of each service of Temporal, two machines; each part dies once."""

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.cluster import waits_by_death
from bench.cluster_stack import EXAMPLE, Cluster, cluster, example
from bench.cluster_town import TEMPORAL, Death, Town, Wait, command, killed, town
from embedded.temporal import CONFIG
from models.wire import Receipt
from tests.durable.auditor import audit

CASES, AT_ONCE = 30, 10
PARTS = (*TEMPORAL[::2], "cases-1", "web-1", "notices-1", *TEMPORAL[1::2], "cases-2", "web-2")
"""No two of a kind one after the other: the first may still be on its way back."""
TAKEN_OVER_WITHIN = 8.0
"""Seconds; Temporal's own ten for a worker that died would be too long."""
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    """A cluster, on tables that are thrown away."""
    with cluster(("cases", "notices"), durable=False) as found:
        yield found


@pytest.mark.timeout(300)
@pytest.mark.needs_postgres_engine(reason="every process of a cluster is killed while officials work")
async def test_each_part_dies_once_and_nothing_is_lost_or_doubled(running: Cluster) -> None:
    async with town(running) as place:
        async with asyncio.TaskGroup() as work:
            work.create_task(place.work(CASES, AT_ONCE, pause=0.1))
            work.create_task(place.kill_in_turn(PARTS, dead_for=0.2, between=AT_ONCE))
        assert [death.who for death in place.deaths] == list(PARTS)
        assert place.fallen == [], "nobody falls with another"
        assert not {said for said in place.said if said.isdigit()} - {"503"}, "no page broke, whoever was dead"
        client, engine = await running.services.temporal(), running.services.engine
        await _a_dead_worker_s_cases_are_taken_over(running, place)
        assert await audit(client, engine, place.calls) == []
        case_id, last = place.calls.made[-1].case_id, place.calls.made[-1].answer
        assert isinstance(last, Receipt)
        place.calls.note(case_id, command("add_note", text="nobody took it"), last)
        assert "acknowledged_without_line" in {
            found.code for found in await audit(client, engine, place.calls, within=0)
        }


async def _a_dead_worker_s_cases_are_taken_over(running: Cluster, place: Town) -> None:
    """Nobody works; one of two workers dies, who had about half of the cases in memory."""
    await killed(running.parts["cases-1"])
    began = time.monotonic()
    notes = [(f"case/{place.campaign.campaign_id}/s-{n}", command("add_note", text="later")) for n in range(CASES)]
    answers = await asyncio.gather(*(place.insist(place.ways[0], case_id, note) for case_id, note in notes))
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert time.monotonic() - began < TAKEN_OVER_WITHIN
    running.parts["cases-1"].start()


def test_waits_are_told_by_who_was_dead() -> None:
    deaths = [Death("history-1", at=10, back_at=20)]
    told = waits_by_death([Wait(1, 2), Wait(9, 15), Wait(19, 21), Wait(30, 31)], deaths)
    assert {who: waits["commands"] for who, waits in told.items()} == {"all": 4, "nobody": 2, "history-1": 2}
    assert told["history-1"]["max_s"] == 6


def test_the_example_says_all_that_the_configuration_asks_of_a_cluster() -> None:
    asked = re.findall(r'env "(TEMPORAL_\w+)"( \| default)?', (CONFIG / "server.yaml").read_text())
    needed = {name for name, default in asked if not default}
    assert needed <= set(example()) <= {name for name, _ in asked}
    assert {"TEMPORAL_HOST", "TEMPORAL_SHARDS"} <= set(example())


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed here; where systemd is, so is it")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "temporal@history.service"
    text = (EXAMPLE.parent / "temporal@.service").read_text()
    unit.write_text(text.replace("/usr/local/bin/temporal-server", "/bin/true").replace("=temporal\n", "=daemon\n"))
    done = subprocess.run(
        [ANALYZE or "", "verify", "--man=no", "--recursive-errors=no", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
