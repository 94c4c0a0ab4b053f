"""What `rectify up` leaves running: under an account of its own, of this version, brought back when it dies."""

import json
import os
import pwd
import re
import signal
import sysconfig
import threading
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from embedded.children import Children, command_of, uid_of
from tests.cli.conftest import Installation
from tests.cli.homes import home_up
from tests.cli.run import ROOT, rectify
from workers.version import code_version

INSPECTOR = "inspector:王@650203"
_ROWS = 6000
SERVERS, OURS = (
    {"postgres", "temporal"},
    {"web", *(f"worker-{q}" for q in ("cases", "campaigns", "imports", "notices"))},
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's children run as another account; owner: embedded")


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A stack of its own, with a campaign: its parts are killed."""
    with home_up(durable=True, UI="false", LANG="en") as home:
        campaign = home.started_campaign("trial")
        yield Installation(home.env, home.folder, home.folder / "trial.toml", "", campaign)


@pytest.fixture
def children(installation: Installation) -> Children:
    """Those of the installation."""
    return Children(Path(installation.env["RECTIFY_HOME"]))


def pids(children: Children) -> dict[str, int]:
    """Who lives."""
    return {child.name: child.pid for child in children.all()}


def eventually(holds: Callable[[], bool], within: float = 120) -> None:
    """Wait until the condition holds, or fail."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.1)


def address(installation: Installation) -> str:
    """Where the pages are."""
    return json.loads((Path(installation.env["RECTIFY_HOME"]) / "endpoints.json").read_text())["web_url"]


def is_ready(installation: Installation) -> bool:
    """Whether `/readyz` says so."""
    try:
        with urllib.request.urlopen(f"{address(installation)}/readyz", timeout=30) as told:
            return told.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def checks(installation: Installation) -> dict[str, Any]:
    """What `doctor` says, by name."""
    return {c["name"]: c for c in rectify("doctor", "--json", env=installation.env).json["checks"]}


def test_doctor_tells_accounts_versions_and_that_nothing_has_died(installation: Installation) -> None:
    told = checks(installation)
    assert told["restarts"]["sentence_en"] == "nothing has died" and told["version"]["sentence_en"].endswith(
        code_version()
    )
    assert all(told[name]["ok"] for name in ("keeper", "account", "version", "restarts")), told
    workers = {n.replace("-", "_") for n in OURS - {"web"}}
    assert {name for name in told if name.startswith("worker_")} == {"worker_versions", *workers}


@as_root
def test_no_child_runs_as_root_and_the_home_belongs_to_the_account(
    installation: Installation, children: Children
) -> None:
    uid = pwd.getpwnam("rectify").pw_uid
    assert pids(children).keys() == SERVERS | OURS | {"keeper"}
    assert {name: uid_of(pid) for name, pid in pids(children).items()} == dict.fromkeys(pids(children), uid)
    for call in (("user", "token", "office:市安委办@650200"), ("readmodel", "verify")):
        assert rectify(*call, env=installation.env).code == 0
    home = Path(installation.env["RECTIFY_HOME"])
    assert home.stat().st_mode & 0o777 == 0o700
    others = {str(file): file.lstat().st_uid for file in (home, *home.rglob("*")) if file.lstat().st_uid != uid}
    assert others == {}, "what root's own calls wrote there too"
    assert {file.stat().st_mode & 0o077 for file in home.glob("*.*")} == {0}


@as_root
def test_the_reader_of_a_ledger_that_is_sent_in_runs_as_the_account_too(installation: Installation) -> None:
    uid = pwd.getpwnam("rectify").pw_uid
    token = rectify("user", "token", INSPECTOR, "--json", env=installation.env).json["token"]
    header = "企业名称,所属区,检查发现的问题,隐患类别,等级,整改责任人,检查日期"
    today = datetime.now(UTC).date()
    rows = [f"某厂{n},克拉玛依区,未开展应急演练,H05,一般,张某,{today}" for n in range(_ROWS)]
    seen: set[int | None] = set()
    over = threading.Event()

    web = Children(Path(installation.env["RECTIFY_HOME"])).alive("web")
    assert web is not None

    def watch() -> None:
        while not over.is_set():
            for child in psutil.Process(web).children():
                if "-m ledgers.reading.child" in command_of(child.pid):
                    seen.add(uid_of(child.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        where = f"{address(installation)}/api/v1/imports?dry_run=true&name=ledger.csv"
        for _ in range(9):  # the reader lives shortly: on a busy machine nobody may have looked meanwhile
            told = sent(where, token, "\n".join([header, *rows]).encode())
            assert told["check"]["rows"] == _ROWS
            if seen - {None}:
                break
    finally:
        over.set()
        watcher.join()
    assert seen - {None} == {uid}


def sent(url: str, token: str, content: bytes) -> Any:
    """The answer to a file that is sent in."""
    request = urllib.request.Request(url, content, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=120) as told:
        return json.load(told)


def test_up_again_adopts_in_silence_and_restarts_what_is_of_another_version(
    installation: Installation, children: Children
) -> None:
    before = pids(children)
    again = rectify("up", env=installation.env, within=200)
    assert again.code == 0 and pids(children) == before
    assert again.err.splitlines() == ["· waiting for the Temporal namespace"]
    for name in ("worker-imports", "web"):
        file = Path(installation.env["RECTIFY_HOME"]) / "run" / f"{name}.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "version": "0.0.9+0123456789"}))
    assert not checks(installation)["version"]["ok"]
    told = rectify("up", env=installation.env, within=200)
    for name in ("worker-imports", "web"):
        assert f"· {name} runs 0.0.9+0123456789, this is {code_version()}: restarting it" in told.err.splitlines()
    after = pids(children)
    assert {name for name in before if before[name] != after[name]} == {"worker-imports", "web"}
    eventually(lambda: is_ready(installation))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", ["worker-cases", "web", "postgres", "temporal"])
def test_what_is_killed_comes_back_by_itself_and_a_command_works(
    installation: Installation, children: Children, victim: str
) -> None:
    before = pids(children)[victim]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: pids(children).get(victim, before) != before)
    eventually(lambda: is_ready(installation))
    opened = rectify(
        "case",
        "open",
        "--by",
        INSPECTOR,
        "--name",
        f"厂 {victim}",
        "--district",
        "650203",
        "--json",
        env=installation.env,
    )
    assert opened.code == 0, opened
    restarts = checks(installation)["restarts"]
    # PostgreSQL does not start while processes of the one that was killed still end: a first try may be in vain
    assert re.search(rf"{victim} died (once|2 times)", restarts["sentence_en"]) and restarts["ok"]


@pytest.mark.timeout(300)
def test_whoever_wants_no_keeper_has_none_and_what_is_killed_stays_dead(
    installation: Installation, children: Children
) -> None:
    before = pids(children)
    unkept = {**installation.env, "RECTIFY_SUPERVISE": "false"}
    assert rectify("up", env=unkept, within=200).code == 0
    assert pids(children) == {name: pid for name, pid in before.items() if name != "keeper"}
    os.kill(before["worker-imports"], signal.SIGKILL)
    assert "keeper" not in {c["name"] for c in rectify("doctor", "--json", env=unkept).json["checks"]}
    assert "worker-imports" not in pids(children), "nobody brought it back"
    assert rectify("up", env=installation.env, within=200).code == 0
    assert pids(children).keys() == before.keys()


@as_root
@pytest.mark.timeout(300)
def test_an_account_that_cannot_read_the_program_is_told_and_root_takes_its_place(
    installation: Installation, children: Children, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    venv.create(closed, symlinks=True)
    (path,) = closed.glob("lib/python*/site-packages")
    (path / "open.pth").write_text("\n".join([str(ROOT), sysconfig.get_path("purelib")]))
    closed.chmod(0o700)
    ours = {"web", *(f"worker-{q}" for q in ("cases", "campaigns", "imports", "notices"))}
    told = rectify("up", env=installation.env, within=200, python=closed / "bin" / "python")
    account = f"account rectify cannot read {closed}: workers and pages run as root; see rectify doctor"
    assert told.code == 0 and f"· ATTENTION: {account}" in told.err.splitlines()
    assert {uid_of(pids(children)[name]) for name in ours} == {0}
    assert not checks(installation)["account"]["ok"]
    again = rectify("up", env=installation.env, within=200)
    assert "· web runs as root, not as rectify: restarting it" in again.err.splitlines()
    assert {uid_of(pids(children)[name]) for name in ours} == {pwd.getpwnam("rectify").pw_uid}
    assert checks(installation)["account"]["ok"]


def test_after_down_nothing_is_left_and_nothing_comes_back(installation: Installation, children: Children) -> None:
    was = pids(children)
    os.kill(was["worker-notices"], signal.SIGKILL)  # the keeper may be about to bring it back
    assert rectify("down", env=installation.env, within=120).code == 0
    home = installation.env["RECTIFY_HOME"]
    mark = f"RECTIFY_HOME={home}".encode()
    left = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit() and mark in environ_of(entry)]
    assert (left, pids(children), children.names()) == ([], {}, []), "no keeper, nobody whom it was starting"
    assert [name for name, pid in was.items() if home in command_of(pid)] == []


def environ_of(process: Path) -> bytes:
    """What the process was told; nothing once it is gone."""
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""
