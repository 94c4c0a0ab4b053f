"""Every benchmark runs to its report on a few rows, and one that cannot end says why."""

import asyncio
import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

import bench
from bench import (
    alterations,
    city,
    courses,
    histories,
    lifecycle,
    overdue,
    pages,
    register,
    sign_in,
    sizing,
    sizing_pages,
)
from bench.failing import FailingTask
from bench.processes import running
from bench.stack import bench_services
from desk.heads import SignedHeads
from docs.sizing import Figures
from docs.sizing_tables import with_tables
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from models.events import Transition
from models.wire import CaseStart, Receipt, Submission
from store.campaigns import Campaign
from tests.durable.office import Office
from tests.durable.test_campaign import end_all
from workflows.case import CaseWorkflow

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def apart(services: Services, client: Client, tmp_path: Path) -> AsyncIterator[Services]:
    """The same services with a home of their own: worker processes are told by a file there where the services are."""
    shutil.copy(services.home / "keys.json", tmp_path)
    found = Services(services.endpoints.model_copy(update={"home": tmp_path}))
    keep_claim_keys(found.owner, found.home)
    yield found
    await end_all(client, services)
    async for left in client.list_workflows("TaskQueue = 'nobody' AND ExecutionStatus = 'Running'"):
        await client.get_workflow_handle(left.id).terminate("the test is over")
    found.close()


def test_make_bench_runs_every_benchmark() -> None:
    measuring = {name for _, name, _ in pkgutil.iter_modules(bench.__path__) if hasattr(_loaded(name), "main")}
    line = re.search(r"^bench:.*\n\t@for one in (.*?); do", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert line is not None
    assert set(re.findall(r"\b[a-z_]+\b(?! --)", line[1].replace("--no-work", ""))) == measuring


def _loaded(name: str) -> object:
    return importlib.import_module(f"bench.{name}")


async def test_cases_through_their_courses_beside_the_floor(services: Services) -> None:
    report = await lifecycle.measure(services, 2, 1)
    assert set(report["happy"]["cases_per_second"]) == {"case", "floor", "normal step"}
    assert report["escalated"]["updates"] > report["happy"]["updates"] > 4
    claims = report.pop("cost_of_claims")
    assert set(claims) == {"rate", "cpu"} and all(len(cost["rounds"]) == 2 for cost in claims.values())
    assert all(rate > 0 for part in report.values() for rate in part["cases_per_second"].values())


async def test_histories_over_a_whole_calendar(services: Services) -> None:
    report = await histories.measure(services)
    assert set(report) == {"happy", "extended", "escalated"}
    assert all(told["events"] > told["updates"] for told in report.values())


@pytest.mark.parametrize("work", [True, False])
async def test_a_city_from_its_opening_to_its_certificate(apart: Services, *, work: bool) -> None:
    told = await city.measure(apart, 6, work=work, raw=5, settle_within=1, by_order=True)
    assert told["opened"]["number"] == told["settled"]["number"] + (6 - told["open_at_the_end"]) == 6
    assert told["settled"]["missed"] == 0 and sum(told["settled"]["certificate"].values()) == 6
    assert told["verified"]["differences"] == 0 and told["verified"]["number"] == 6
    assert work is False or told["worked"]["number"] > 6


async def test_a_city_whose_worker_dies_ends_with_the_reason(apart: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city, "_LOOK_EVERY", 0.5)
    monkeypatch.setenv("RECTIFY_LANG", "none of ours")  # no worker starts under such a setting
    with pytest.raises(city.WorkerDied, match="lang: zh or en"):
        await city.measure(apart, 2, work=True, raw=1)


def test_what_is_overdue(services: Services, campaign: Campaign) -> None:
    report = overdue.measure(services, campaign, (300, 600), times=3)
    assert set(report) == {"300", "600", "growth"} and report["600"]["plan"]
    assert set(report["growth"]) == set(report["300"]) - {"plan"}


def test_alterations_and_writers_at_once(services: Services, campaign: Campaign, tmp_path: Path) -> None:
    heads = SignedHeads(tmp_path / "heads", tmp_path / "heads.key")
    report = alterations.measure(services, campaign, heads, len(alterations.KINDS), (4, 5))
    assert report["alterations"]["missed"] == [] and report["alterations"]["found"] == len(alterations.KINDS)
    assert report["at_once"]["false_alarms"] == 0 and report["at_once"]["appended"] == 20


def test_a_search_of_the_register(services: Services) -> None:
    report = register.measure(services, 500, rounds=2)
    assert report["化工"]["found"] > 0


def test_signing_in_while_others_read(services: Services, campaign: Campaign) -> None:
    report = sign_in.measure(services, campaign, at_once=3, each=1)
    assert report["sign_ins"] == 3 and report["p95_ms"] > 0 and report["board_ratio"] > 0


def test_pages_and_lists(services: Services, campaign: Campaign) -> None:
    report = pages.measure(services, campaign, 300, times=2)
    assert {name for name, _ in pages.paths(campaign).items()} < set(report)
    assert all(told["statements"] > 0 for name, told in report.items() if name != "metrics" and "anew" in name)


@pytest.mark.timeout(600)  # six processes of its own, on a machine that others use too
@pytest.mark.needs_postgres_engine(reason="bytes of Temporal's databases are measured")
def test_what_a_size_of_city_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "_QUIET_SECONDS", 0.3)
    monkeypatch.setattr(sizing_pages, "_FORGOTTEN_SECONDS", 0.1)
    with bench_services() as services, running(services) as processes:
        told = asyncio.run(sizing.Sized(services, processes, 8, 0.5).measure(5))
        pages_told = sizing_pages.pages_at(services, processes, 60, 1, 1)
    assert told["refused"] == 0 and all(told[step]["cpu_ms_of_all"] > 0 for step in ("opened", "command", "note"))
    assert told["bytes"]["settled"]["rectify"]["bytes"] > told["bytes"]["opened"]["rectify"]["bytes"] > 1000
    shards = {"4": {"cpu_ms": 840, "megabytes": 165}}
    found = Figures({"cases": {"4": told, "8": told}, "pages": {"60": pages_told}, "shards": shards})
    for name in ("cpu", "bytes", "pages", "processes", "steps"):
        assert with_tables(f"<!-- sizing: {name} -->\n", "zh", found).count("\n|") > 6


def test_a_ledger() -> None:
    run = [sys.executable, "-m", "bench.ledger", "--rows", "30"]
    told = json.loads(subprocess.run(run, cwd=ROOT, check=True, capture_output=True, timeout=60).stdout)
    assert (told["rows"], told["planned"], told["errors"]) == (30, 30, 0)


@workflow.defn(name="CaseThatFails")
class CaseThatFails(CaseWorkflow):
    """As the case, but that its record step answers nothing that it can go on with."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: CaseStart) -> Receipt | None:
        """As the case."""
        return await super().run(start)

    @workflow.update(name="submit")
    async def submit(self, submission: Submission) -> Receipt:
        """As the case."""
        return await super().submit(submission)

    @workflow.signal(name="inspection_result")
    async def inspection_result(self, submission: Submission) -> None:
        """As the case."""
        await super().inspection_result(submission)

    async def _record(self, transition: Transition, _: object = None) -> set[str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return {transition.command_id}


async def test_a_failing_workflow_task_ends_a_benchmark_with_its_reason(
    client: Client, services: Services, campaign: Campaign
) -> None:
    running = Office(client, services, campaign).campaign_at("11-08")
    bench_of = lifecycle.Bench(client, services, running)
    queue = "bench-that-fails"
    kinds = [CaseThatFails]
    async with Worker(client, task_queue=queue, workflows=kinds, workflow_runner=UnsandboxedWorkflowRunner()):
        with pytest.raises(FailingTask, match="'set' object has no attribute"):
            await bench_of.rate(lambda: bench_of.case(courses.happy(), "CaseThatFails", queue), 2)
    async for left in client.list_workflows(f"TaskQueue = '{queue}' AND ExecutionStatus = 'Running'"):
        await client.get_workflow_handle(left.id).terminate("the test is over")
