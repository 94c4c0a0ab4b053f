"""What a started stack promises: it answers, it can be used, it is shut to the outside."""

import asyncio
import json
import re
import socket
import stat
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import ValidationError
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetClusterInfoRequest
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import TimeSkipper
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from embedded import temporal, ui
from embedded.children import Children, command_of
from embedded.doctor import examine
from embedded.namespace import SEARCH_ATTRIBUTES
from embedded.ports import answers, choose
from embedded.server_binary import SERVER, SERVER_BUILD
from embedded.settings import StackSettings
from embedded.stack import Endpoints, endpoints_of, status, up
from embedded.temporal import dynamic_config
from embedded.temporal_access import connect_temporal


def plain(url: str) -> str:
    """The URL without SQLAlchemy's driver name."""
    return url.replace("+psycopg", "", 1)


def test_owner_makes_tables_and_the_application_role_does_not(stack: Endpoints) -> None:
    with psycopg.connect(plain(stack.database_url)) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS probe (n int)")
    with psycopg.connect(plain(stack.app_database_url)) as app:
        row = app.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE theirs (n int)")
        app.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT * FROM probe")


def test_text_is_utf8_and_instants_are_utc(stack: Endpoints) -> None:
    with psycopg.connect(plain(stack.database_url)) as owner:
        assert owner.execute("SELECT '打非治违', current_setting('TimeZone')").fetchone() == (
            "打非治违",
            "UTC",
        )


def test_wrong_password_and_foreign_databases_are_refused(stack: Endpoints) -> None:
    wrong = re.sub(r":[^:@/]+@", ":wrong@", plain(stack.database_url))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    denied = 'database "temporal" does not exist' if stack.engine == "trial" else "permission denied"
    with pytest.raises(psycopg.OperationalError, match=denied):
        psycopg.connect(plain(stack.app_database_url).removesuffix("/rectify") + "/temporal")


def test_postgresql_is_as_large_as_the_settings_say(stack: Endpoints) -> None:
    names = ("shared_buffers", "effective_cache_size", "max_connections")
    with psycopg.connect(plain(stack.database_url)) as owner:
        found = [owner.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in names]
    assert found == [("160MB",), ("640MB",), ("180",)]


@pytest.mark.needs_postgres_engine(reason="the trial engine has one shard")
async def test_the_temporal_server_has_the_shards_of_the_settings(stack: Endpoints) -> None:
    client = await connect_temporal(stack.temporal)
    assert (await client.workflow_service.get_cluster_info(GetClusterInfoRequest())).history_shard_count == 2


@pytest.mark.parametrize("written", ["256", "0MB", "a lot", "1TB", "256 MB"])
def test_a_size_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="postgres_memory"):
        StackSettings(postgres_memory=written)


async def test_namespace_has_its_retention_and_search_attributes(stack: Endpoints) -> None:
    client = await connect_temporal(stack.temporal)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=stack.namespace))
    assert described.config.workflow_execution_retention_ttl.seconds == 30 * 86400
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=stack.namespace)
    )
    assert {name: listed.custom_attributes[name] for name in SEARCH_ATTRIBUTES} == SEARCH_ATTRIBUTES


@workflow.defn(name="Waits", sandboxed=False)
class Waits:
    """Sleeps for a month."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=30))
        return workflow.now().isoformat()


async def test_a_workflow_is_skipped_through_a_month_and_found_by_its_attribute(stack: Endpoints) -> None:
    client = await connect_temporal(stack.temporal)
    stage = SearchAttributeKey.for_keyword("CaseStage")
    found = TypedSearchAttributes([SearchAttributePair(stage, "rectifying")])
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue="waits", workflows=[Waits], workflow_runner=runner):
        started = await client.start_workflow("Waits", id="waits-1", task_queue="waits", search_attributes=found)
        async with asyncio.timeout(20):
            while (await client.count_workflows("CaseStage = 'rectifying'")).count == 0:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
            await TimeSkipper(client).fast_forward(started, timedelta(days=30, seconds=1))
            assert await started.result()


def test_ui_answers(stack: Endpoints) -> None:
    assert stack.ui_inner
    with urllib.request.urlopen(stack.ui_inner, timeout=10) as page:
        assert page.status == 200
    with urllib.request.urlopen(f"{stack.ui_inner}/api/v1/namespaces/{stack.namespace}", timeout=10) as answer:
        assert json.load(answer)["namespaceInfo"]["name"] == stack.namespace


async def test_started_twice_the_same_processes_are_adopted(stack: Endpoints, stack_settings: StackSettings) -> None:
    before = status(stack_settings)
    said: list[str] = []
    assert await up(stack_settings, said.append) == stack
    assert status(stack_settings) == before
    assert {service.state for service in before} == {"running"}
    assert len(said) == 1  # only that it waits for the namespace


def test_endpoints_are_kept_for_their_owner_only(stack: Endpoints, stack_settings: StackSettings) -> None:
    assert endpoints_of(stack_settings) == stack
    for name in ("endpoints.json", "passwords.json"):
        assert stat.S_IMODE((stack.home / name).stat().st_mode) == 0o600


def test_no_password_is_on_a_command_line_or_in_a_log(stack: Endpoints) -> None:
    passwords = json.loads((stack.home / "passwords.json").read_text()).values()
    shown = " ".join(command_of(child.pid) for child in Children(stack.home).all())
    shown += " ".join(log.read_text() for log in (stack.home / "logs").glob("*.log"))
    assert shown
    assert not [password for password in passwords if password in shown]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_only_loopback_is_listened_on(stack: Endpoints) -> None:
    listening: list[str] = []
    for child in Children(stack.home).all():
        sockets = {
            found[1]
            for link in Path(f"/proc/{child.pid}/fd").iterdir()
            if (found := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())))
        }
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{child.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    listening.append(socket.inet_ntoa(bytes.fromhex(fields[1][:8])[::-1]))
    assert len(listening) >= 4
    assert [host for host in listening if not host.startswith("127.")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only 127.0.0.1 is loopback")
def test_the_ui_listens_on_a_loopback_address_of_this_home_alone(stack: Endpoints) -> None:
    """It answers to any name: a page elsewhere that could guess its address would read and end cases."""
    assert stack.ui_inner
    host, _, port = stack.ui_inner.removeprefix("http://").partition(":")
    assert answers(int(port), host)
    children = Children(stack.home)
    served_by = children.alive(ui.NAME) or children.alive(temporal.NAME)  # the trial engine has it within
    assert served_by is not None
    connections = psutil.Process(served_by).net_connections("tcp")
    listening = [one.laddr for one in connections if one.status == psutil.CONN_LISTEN]
    assert {one.ip for one in listening if one.port == int(port)} == {host}
    others = {choose(StackSettings(home=stack.home / "none" / str(n)), {}).inner_host for n in range(9)}
    assert len(others | {host}) == 10


@pytest.mark.usefixtures("stack")
@pytest.mark.needs_postgres_engine(reason="the server itself judges its configuration")
@pytest.mark.parametrize("time_skipping", [False, True])
def test_dynamic_config_is_valid(tmp_path: Path, time_skipping: bool) -> None:
    file = tmp_path / "dynamic.yaml"
    settings = StackSettings(time_skipping=time_skipping)
    server = settings.temporal_server or settings.cache / SERVER_BUILD.folder / SERVER

    def verdict(text: str) -> str:
        file.write_text(text)
        said = subprocess.run(
            [server, "validate-dynamic-config", file], capture_output=True, text=True, check=True, timeout=30
        )
        return said.stdout + said.stderr

    assert "TimeSkipping" in dynamic_config(settings) or not time_skipping
    assert not re.search("warning|error", verdict(dynamic_config(settings, closed=True)))
    assert "warning" in verdict("frontend.noSuchKey:\n  - value: 1\n")  # the verdict can be bad


@pytest.mark.usefixtures("stack")
def test_doctor_finds_a_running_stack_well(stack_settings: StackSettings) -> None:
    checks = {check.name: check for check in examine(stack_settings)}
    program = "temporal_cli" if stack_settings.engine == "trial" else "go"
    assert {"python", "disk", "glibc", program, "postgres_port", "postgres", "temporal", "ui"} <= checks.keys()
    assert not [check for check in checks.values() if not check.ok]
