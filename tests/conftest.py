"""One real stack a run, a fresh database a test: cloned from a migrated template, used as the application role."""

import asyncio
import gc
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import HealthCheck, settings
from psycopg import sql
from sqlalchemy import Engine
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, RPCError

from embedded.databases import Login
from embedded.evidence_place import EvidencePlace
from embedded.server_binary import can_have_server
from embedded.settings import StackSettings
from embedded.stack import Endpoints, up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.claims import console, speaks
from engine.connection import Services
from engine.schedules import ensure_schedules
from models.housekeeping import CHORES
from rules.files.plan_check import PlanFile
from rules.plans import remember
from store.campaigns import Campaign, add_campaign, move_clock
from store.engine import connect
from store.migrate import migrate
from tests import cast
from tests.deploy.tools import can_have_tools
from tests.durable.office import Office, eventually
from tests.s3 import ObjectStore
from tests.store.newer import expand
from tests.town import AUGUST, fill
from workers.cases import cases_worker

# No test is timed: a slow machine is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
speaks(console())  # tests hand in as the command line does; the API's say who speaks themselves
_TEMPLATE = "rectify_template"


_SLOW_FIRST = ("durable", "embedded", "cli", "golden", "web", "properties", "bench", "api", "store")
"""The rooms with servers and browsers come first, so that both processes end at about the same time."""
_LEFT_OUT = pytest.StashKey[Counter[str]]()
"""How many tests need the engine on PostgreSQL or a tool that Go builds, by the reason they give."""
_HOW_TO_GET_IT = (
    "They want a Temporal server on PostgreSQL, or Helm: install Go (make servers then builds it, minutes, once), or"
    " name a server by RECTIFY_TEMPORAL_SERVER, and unset RECTIFY_ENGINE."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """CI may not pass on half the tests; any folder runs on a schema of tomorrow."""
    parser.addoption("--whole", action="store_true", help="fail where a test has to be left out")
    parser.addoption("--newer-schema", action="store_true", help="on a schema to which a newer version has added")


def pytest_configure(config: pytest.Config) -> None:
    """Run on the trial engine where there is no other, or where RECTIFY_ENGINE says so."""
    settings = StackSettings()
    if settings.engine is None and not can_have_server(settings):
        os.environ["RECTIFY_ENGINE"] = "trial"
    if config.getoption("--whole") and (StackSettings().engine == "trial" or not can_have_tools()):
        raise pytest.UsageError(f"Some tests would be left out. {_HOW_TO_GET_IT}")
    config.stash[_LEFT_OUT] = Counter[str]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow rooms first; leave out what the trial engine cannot carry, and what only tools of Go can say."""
    items.sort(key=lambda item: _SLOW_FIRST.index(room) if (room := item.path.parent.name) in _SLOW_FIRST else 99)
    lacking = {"needs_postgres_engine"} if StackSettings().engine == "trial" else set[str]()
    lacking |= set() if can_have_tools() else {"needs_go"}
    marks = {item: next(filter(None, map(item.get_closest_marker, lacking)), None) for item in items}
    config.stash[_LEFT_OUT].update(mark.kwargs["reason"] for mark in marks.values() if mark)
    config.hook.pytest_deselected(items=[item for item in items if marks[item]])
    items[:] = [item for item in items if not marks[item]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each of several processes hands over what it left out."""
    if workeroutput := getattr(session.config, "workeroutput", None):
        workeroutput["left_out"] = dict(session.config.stash[_LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All processes collect the same tests, so any one's account of what was left out is that of the run."""
    node.config.stash[_LEFT_OUT] = Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what was left out, and how to get it."""
    left = config.stash[_LEFT_OUT]
    if left:
        title = f"LEFT OUT {left.total()} TESTS: THIS MACHINE LACKS WHAT THEY NEED  未运行：本机缺少所需程序"
        terminalreporter.section(title, sep="!", red=True, bold=True)
        for reason, count in left.most_common():
            terminalreporter.line(f"{count:4} {reason}")
        terminalreporter.line(_HOW_TO_GET_IT)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """No garbage collection while a failure is written down.

    The report parses source; a future collected meanwhile logs its traceback, which parses source too, and Python
    3.11 cannot do one inside the other: the whole run would end with a SystemError.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def stack_settings() -> Iterator[StackSettings]:
    """Settings of the stack that the whole run shares."""
    with throwaway_settings() as settings:
        yield settings


@pytest.fixture(scope="session")
def stack(stack_settings: StackSettings) -> Endpoints:
    """PostgreSQL and a Temporal server on which a workflow's clock can be moved."""
    return asyncio.run(up(stack_settings))


@pytest.fixture(scope="session")
def migrated(stack: Endpoints, pytestconfig: pytest.Config) -> str:
    """A database that was migrated once, as its owner."""
    owner = Login.of_url(stack.database_url)
    with owner.connect() as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_TEMPLATE)))
    engine = connect(owner.to(_TEMPLATE).url, pool=1)
    migrate(engine)
    keep_claim_keys(engine, stack.home)
    if pytestconfig.getoption("--newer-schema"):
        expand(engine)
    engine.dispose()
    return _TEMPLATE


def copied(stack: Endpoints, template: str, name: str) -> Services:
    """Services on a new database of that name, as the template is."""
    owner, app = Login.of_url(stack.database_url), Login.of_url(stack.app_database_url)
    _alone(owner, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)  # a third of the time here
    here = {"database_url": owner.to(name).url, "app_database_url": app.to(name).url}
    return Services(stack.model_copy(update=here))


Preparing = Callable[[str, Callable[[Services], object]], str]


@pytest.fixture(scope="session")
def prepared(stack: Endpoints, migrated: str) -> Preparing:
    """Makes a database of a name, fills it once, and names it: tests of their own take copies of it."""

    def prepare(name: str, filling: Callable[[Services], object]) -> str:
        services = copied(stack, migrated, name)
        filling(services)
        services.close()
        return name

    return prepare


@pytest.fixture(scope="session")
def filled(prepared: Preparing, plan_file: PlanFile) -> str:
    """A database with the town in it."""
    return prepared("test_town", lambda of: fill(of.engine, add_campaign(of.engine, plan_file, 2027), every=3))


@pytest.fixture
def template(request: pytest.FixtureRequest, migrated: str) -> str:
    """What a test's own database is copied from: the town where it asks for one."""
    return request.getfixturevalue("filled") if "town" in request.fixturenames else migrated


@pytest.fixture
def town(services: Services, campaign: Campaign) -> Campaign:
    """Some seventy cases as they stand on 15 August, 09:00, which it is now."""
    return move_clock(services.engine, campaign.campaign_id, AUGUST - campaign.now() + timedelta(seconds=1))


@pytest.fixture
def services(stack: Endpoints, template: str) -> Iterator[Services]:
    """The services of an installation with a database of its own."""
    name, owner = f"test_{uuid4().hex[:12]}", Login.of_url(stack.database_url)
    found = copied(stack, template, name)
    yield found
    found.close()
    for _ in range(20):
        try:
            return _alone(owner, "DROP DATABASE {} WITH (FORCE)", name)
        except psycopg.errors.InsufficientPrivilege:  # a vacuum of the server's own is at work there: it ends soon
            time.sleep(0.25)
    _alone(owner, "DROP DATABASE {} WITH (FORCE)", name)


def _alone(owner: Login, what: str, *names: str) -> None:
    with owner.connect() as admin:
        text = sql.SQL(what).format(*(sql.Identifier(name) for name in names))  # pyright: ignore[reportArgumentType]
        admin.execute(text)


@pytest.fixture
def engine(services: Services) -> Engine:
    """The test's database, as the application role."""
    return services.engine


@pytest.fixture
def superuser(services: Services) -> Iterator[psycopg.Connection]:
    """The test's database, as one whom nothing holds back but the tables themselves: their owner."""
    with Login.of_url(services.endpoints.database_url).connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def plan_file() -> PlanFile:
    """The plan of the notice, known to the rules of this process."""
    read = cast.plan_file()
    remember(read.digest, read.plan)
    return read


@pytest.fixture
def campaign(services: Services, plan_file: PlanFile) -> Campaign:
    """The campaign of 2027, its plan pinned."""
    return add_campaign(services.engine, plan_file, 2027)


@pytest.fixture(scope="session")
async def client(stack: Endpoints) -> Client:
    """A Temporal client that seals what it sends."""
    found = Services(stack)
    connected = await found.temporal()
    found.close()  # only the keys were asked for
    return connected


@pytest.fixture
async def idle_office(client: Client, services: Services, campaign: Campaign) -> AsyncIterator[Office]:
    """An office whose worker the test starts itself."""
    office = Office(client, services, campaign)
    yield office
    await office.shut()


@pytest.fixture
async def office(idle_office: Office, client: Client, services: Services) -> AsyncIterator[Office]:
    """An office with a worker."""
    async with cases_worker(client, services.engine):
        yield idle_office
        await idle_office.shut()


@pytest.fixture
async def schedules(client: Client) -> AsyncIterator[Client]:
    """A namespace of its own, so that what is paused here is paused for nobody else."""
    name = f"schedules-{uuid4().hex[:8]}"
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=86400))
    )
    there = Client(**{**client.config(), "namespace": name})

    async def known() -> bool:
        try:
            await ensure_schedules(there)
        except RPCError:  # it takes a moment until every part of the server knows the namespace
            return False
        return True

    await eventually(known)
    yield there
    for chore in CHORES:
        await there.get_schedule_handle(f"housekeeping-{chore}").delete()


@pytest.fixture(scope="session")
def _object_store() -> Iterator[ObjectStore]:
    """One server for all tests."""
    found = ObjectStore()
    yield found
    found.close()


@pytest.fixture
def object_store(_object_store: ObjectStore) -> Iterator[ObjectStore]:
    """A store that speaks S3, and answers anybody again when the test has ended."""
    yield _object_store
    _object_store.knows_its_own(only=False)
    _object_store.way.turn("open")


@pytest.fixture
def in_bucket(services: Services, object_store: ObjectStore, tmp_path: Path) -> EvidencePlace:
    """From now on the files of the test's installation are kept in a bucket, below a prefix of its own."""
    place = object_store.place(tmp_path)
    services.endpoints = services.endpoints.model_copy(update={"evidence": place})
    return place
