"""What the stack does when it, or a part of it, is killed, when two start at once, and when it is stopped."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from embedded import postgres
from embedded.children import Child, Children, command_of, started_at
from embedded.ports import Ports, choose, remember
from embedded.settings import StackSettings
from embedded.stack import down, status, up
from embedded.temporal_access import connect_temporal

STAYS = [sys.executable, "-c", "import time; time.sleep(600)"]


def eventually(holds: Callable[[], bool], within: float = 20) -> None:
    """Wait until the condition holds, or fail."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    with subprocess.Popen(STAYS) as started:
        yield started
        started.kill()


def pids(settings: StackSettings) -> dict[str, int]:
    return {child.name: child.pid for child in Children(settings.home).all()}


def kill(settings: StackSettings, *names: str) -> None:
    children = Children(settings.home)
    for name in names:
        pid = children.alive(name)
        assert pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda name=name: children.alive(name) is None)


def plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


async def test_two_at_once_start_one_stack(breakable_settings: StackSettings) -> None:
    first, second = await asyncio.gather(up(breakable_settings), up(breakable_settings))
    assert first == second
    assert pids(breakable_settings).keys() == {"postgres", "temporal"}
    with psycopg.connect(plain(first.database_url)) as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("INSERT INTO kept VALUES (7)")
    client = await connect_temporal(first.temporal)
    await client.start_workflow("Nobody", id="kept", task_queue="nobody")


@pytest.mark.parametrize("victims", [("postgres",), ("temporal",), ("postgres", "temporal")])
async def test_killed_servers_start_again_with_their_data(
    breakable_settings: StackSettings, victims: tuple[str, ...]
) -> None:
    before = pids(breakable_settings)
    kill(breakable_settings, *victims)
    endpoints = await up(breakable_settings)
    after = pids(breakable_settings)
    assert {name for name in before if before[name] != after[name]} == set(victims)
    with psycopg.connect(plain(endpoints.database_url)) as owner:
        assert owner.execute("SELECT n FROM kept").fetchone() == (7,)
    client = await connect_temporal(endpoints.temporal)
    assert (await client.get_workflow_handle("kept").describe()).id == "kept"


@pytest.mark.parametrize("wanted", [0, 23_457])
def test_a_server_that_was_killed_gets_its_port_again_though_the_kernel_still_clears_it(
    tmp_path: Path, wanted: int
) -> None:
    """For some ten milliseconds after its death the port is busy; its clients would look for it there in vain."""
    settings = StackSettings(home=tmp_path, postgres_port=0, temporal_port=wanted, ui=False)
    last = wanted or 23_456
    remember(tmp_path, Ports(temporal=last))
    with socket.create_server(("127.0.0.1", last)) as dying:
        Timer(0.3, dying.close).start()
        assert choose(settings, {}).temporal == last


async def test_orphaned_servers_are_adopted(breakable_settings: StackSettings) -> None:
    before = pids(breakable_settings)
    for name in before:
        (breakable_settings.home / "run" / f"{name}.json").unlink()
    assert pids(breakable_settings) == {}
    await up(breakable_settings)
    assert pids(breakable_settings) == before


async def test_a_server_whose_program_has_changed_is_restarted_on_its_port_and_that_is_told(
    breakable_settings: StackSettings,
) -> None:
    endpoints = await up(breakable_settings)
    before = pids(breakable_settings)
    file = breakable_settings.home / "run" / "temporal.json"
    written = Child.model_validate_json(file.read_text()).model_copy(update={"version": "/old/temporal-server 1"})
    file.write_text(written.model_dump_json())
    said: list[str] = []
    assert await up(breakable_settings.model_copy(update={"lang": "en"}), said.append) == endpoints
    assert [line for line in said if line.startswith("temporal runs /old/temporal-server, /")], said
    after = pids(breakable_settings)
    assert {name for name in before if before[name] != after[name]} == {"temporal"}


async def test_pid_file_that_names_a_stranger_is_seen_through(
    breakable_settings: StackSettings, stranger: subprocess.Popen[bytes]
) -> None:
    kill(breakable_settings, "postgres")
    pid_file = postgres.data_folder(breakable_settings) / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    await up(breakable_settings)
    assert pids(breakable_settings)["postgres"] != stranger.pid
    assert stranger.poll() is None


def test_down_stops_workers_first_then_all_and_no_stranger(
    breakable_settings: StackSettings, tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    home = breakable_settings.home
    children = Children(home)
    port = children.find("postgres")
    assert port
    assert port.port
    witness = tmp_path / "witness"
    program = f"""
import pathlib, signal, socket, sys, time
def leave(*_):
    socket.create_connection(("127.0.0.1", {port.port}), 2).close()
    pathlib.Path({str(witness)!r}).write_text("postgres was still there")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(600)
"""
    children.start("worker", [sys.executable, "-c", program])
    eventually(lambda: "ready" in children.log_of("worker").read_text())
    assert "worker" in {service.name for service in status(breakable_settings)}
    # a pid file from before a restart, whose pid a stranger has got since
    reused = Child(name="old-worker", pid=stranger.pid, started="another life", rank=9)
    (home / "run" / "old-worker.json").write_text(reused.model_dump_json())
    was = pids(breakable_settings)
    assert was.keys() == {"postgres", "temporal", "worker"}
    down(breakable_settings)
    assert witness.read_text() == "postgres was still there"
    assert pids(breakable_settings) == {}
    assert [pid for pid in was.values() if str(home) in command_of(pid)] == []
    assert {service.state for service in status(breakable_settings)} == {"stopped"}
    assert not (home / "endpoints.json").exists()
    assert stranger.poll() is None
    down(breakable_settings)  # a second time is no trouble


async def test_stopped_stack_starts_again_with_its_data(breakable_settings: StackSettings) -> None:
    endpoints = await up(breakable_settings)
    with psycopg.connect(plain(endpoints.database_url)) as owner:
        assert owner.execute("SELECT n FROM kept").fetchone() == (7,)


def test_child_outlives_its_starter(tmp_path: Path) -> None:
    program = f"""
import sys, pathlib
from embedded.children import Children
print(Children(pathlib.Path({str(tmp_path)!r})).start("worker", {STAYS!r}))
"""
    pid = int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
    children = Children(tmp_path)
    assert children.alive("worker") == pid
    assert children.start("worker", STAYS) == pid  # adopted, not started again
    assert children.stop("worker")
    assert started_at(pid) is None
    assert not children.stop("worker")


def test_child_that_will_not_leave_is_forced(tmp_path: Path) -> None:
    children = Children(tmp_path)
    program = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("x", flush=True)
time.sleep(600)
"""
    pid = children.start("stubborn", [sys.executable, "-c", program])
    eventually(lambda: "x" in children.log_of("stubborn").read_text())
    assert children.stop("stubborn", within=0.3)
    assert started_at(pid) is None


def test_child_that_ended_is_not_alive(tmp_path: Path) -> None:
    children = Children(tmp_path)
    children.start("brief", [sys.executable, "-c", "pass"])
    eventually(lambda: children.alive("brief") is None)
    assert children.all() == []
