"""An installation on several machines: made ready on one, packed into a file, joined on another, which works."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from embedded.databases import Login
from embedded.endpoints import Endpoints
from embedded.passwords import passwords_of
from embedded.postgres import SUPERUSER
from embedded.throwaway import throwaway_folder
from tests.cli.conftest import Installation
from tests.cli.homes import plan_around, work_in
from tests.cli.run import ROOT, Ran, invoke
from workers.machines import MachineFile

OFFICE = ("--by", "office:周主任@650200")
_DATABASE = "rectify_machines"


@dataclass(frozen=True)
class Machine:
    """A home with its settings; its servers are somebody else's."""

    env: dict[str, str]

    @property
    def home(self) -> Path:
        """Where its keys lie."""
        return Path(self.env["RECTIFY_HOME"])

    def run(self, *argv: str, code: int = 0) -> Ran:
        """A verb, whose exit code is that one; in this process, where many are cheap."""
        with pytest.MonkeyPatch.context() as patch:
            work_in(self.env, patch)
            ran = invoke(*argv)
        assert ran.code == code, ran
        return ran

    @contextmanager
    def serving(self, *verb: str) -> Generator[str]:
        """A process of it, until the end: the first line that it said."""
        settings = {k: v for k, v in os.environ.items() if not k.startswith("RECTIFY_")} | self.env
        argv = [sys.executable, "-P", "-m", "cli.main", *verb]
        with subprocess.Popen(argv, cwd=ROOT, env=settings, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                yield process.stderr.readline()
            finally:
                process.terminate()
                process.wait(60)


@pytest.fixture(scope="module")
def servers(cli_home: Installation) -> Iterator[dict[str, str]]:
    """Settings that name the servers of another home, as a city's own would be named."""
    home = Path(cli_home.env["RECTIFY_HOME"])
    endpoints = Endpoints.model_validate_json((home / "endpoints.json").read_text())
    admin = Login.of_url(endpoints.owner_url).as_role(SUPERUSER, passwords_of(home).superuser)
    settings = {
        "RECTIFY_DATABASE_URL": admin.to(_DATABASE).url.replace("+psycopg", ""),
        # roles belong to the whole server: that of the home keeps its password
        "RECTIFY_APP_DATABASE_URL": Login.of_url(endpoints.app_database_url).to(_DATABASE).url.replace("+psycopg", ""),
        "RECTIFY_TEMPORAL_ADDRESS": endpoints.temporal_address,
        "RECTIFY_TEMPORAL_NAMESPACE": "machines",
        "RECTIFY_WEB_PORT": "0",
    }
    if tls := endpoints.temporal_tls:
        settings["RECTIFY_TEMPORAL_TLS_CA"] = str(tls.ca)
        settings["RECTIFY_TEMPORAL_TLS_CERTIFICATE"] = str(tls.certificate)
        settings["RECTIFY_TEMPORAL_TLS_KEY"] = str(tls.key)
        settings["RECTIFY_TEMPORAL_TLS_SERVER_NAME"] = str(tls.server_name)
    yield settings
    with admin.to("postgres").connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)")


@pytest.fixture(scope="module")
def first(servers: dict[str, str]) -> Iterator[Machine]:
    """The machine on which the installation was made ready."""
    with throwaway_folder() as folder:
        machine = Machine({**servers, "RECTIFY_HOME": str(folder / "home")})
        assert machine.run("machine", "prepare", "--json").json["home"] == str(machine.home)
        yield machine


@pytest.fixture
def second() -> Iterator[Machine]:
    """Another machine, which knows nothing yet: neither a database nor a Temporal server is in its settings."""
    with throwaway_folder() as folder:
        yield Machine({"RECTIFY_HOME": str(folder / "second"), "RECTIFY_WEB_PORT": "0"})


def test_another_machine_joins_by_one_file_and_does_the_work(first: Machine, second: Machine, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    packed = first.run("machine", "pack", str(file), "--json").json
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and packed["also"] == []
    held = MachineFile.model_validate_json(file.read_text())
    assert (
        held.endpoints.database_url is None and first.env["RECTIFY_DATABASE_URL"].split("@")[0] not in file.read_text()
    )

    second.run("machine", "join", str(file))
    for name in packed["files"]:
        assert stat.S_IMODE((second.home / name).stat().st_mode) == 0o600
        assert first.env["RECTIFY_HOME"] not in (second.home / "endpoints.json").read_text()
    with second.serving("worker", "cases"), second.serving("worker", "campaigns"):
        plan = tmp_path / "plan.toml"
        plan.write_text(plan_around(datetime.now(UTC).replace(microsecond=0), "machines"), encoding="utf-8")
        begun = first.run("campaign", "start", str(plan), "--json").json
        assert second.run("campaign", "status", "--json").json["campaign"] == begun["campaign"]
        first.run("case", "open", *OFFICE, "--name", "永升", "--district", "650203", "--id", "far-1", "--json")
        for machine in (first, second):
            said = "seen by a worker on another machine"
            machine.run("case", "do", "far-1", *OFFICE, "--step", "add_note", "--set", f"text={said}", "--json")
        first.run("readmodel", "verify")
    timeline = second.run("case", "timeline", "far-1", "--json").json["timeline"]
    assert [line["do"] for line in timeline].count("add_note") == 2


def test_pages_of_another_machine_take_a_token_of_the_first(first: Machine, second: Machine, tmp_path: Path) -> None:
    second.run("machine", "join", str(packed(first, tmp_path)))
    token = first.run("user", "token", "office:周主任@650200", "--days", "1").out.split()[-1]
    with second.serving("web") as said:
        [at] = re.findall(r"http://\S+", said)
        answer = httpx.get(f"{at}/api/v1/campaigns", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


def test_a_member_is_told_which_folders_machines_with_pages_must_share(
    first: Machine, second: Machine, tmp_path: Path
) -> None:
    file, shared = packed(first, tmp_path), tmp_path / "shared"
    ledgers, photos = (str(second.home / name) for name in ("ledgers-sent", "files"))
    assert second.run("machine", "join", str(file), "--json").json["folders_to_share"] == [ledgers, photos]
    said = second.run("machine", "join", str(file), "--lang", "en").out
    assert ledgers in said and photos in said
    shared.mkdir()
    Path(ledgers).symlink_to(shared)
    assert second.run("machine", "join", str(file), "--json").json["folders_to_share"] == [photos]
    Path(photos).symlink_to(shared)
    assert str(second.home) + "/" not in second.run("machine", "join", str(file)).out


def packed(first: Machine, folder: Path, *also: str) -> Path:
    """The file to join by."""
    file = folder / "machine.json"
    first.run("machine", "pack", str(file), *also)
    return file


def test_only_who_has_the_owner_s_way_in_migrates(first: Machine, second: Machine, tmp_path: Path) -> None:
    second.run("machine", "join", str(packed(first, tmp_path)))
    refused = second.run("db", "migrate", "--json", code=3).problem
    assert refused["code"] == "owner_elsewhere" and "--with-owner" in refused["remedy_en"]
    refused = second.run("up", "--json", code=3).problem
    assert refused["code"] == "member_starts_nothing" and "rectify web" in refused["remedy_zh"]
    second.run("machine", "join", str(packed(first, tmp_path, "--with-owner")))
    assert second.run("db", "migrate", "--json").json["revision"]


def test_one_machine_alone_signs_the_heads_of_the_logs(first: Machine, second: Machine, tmp_path: Path) -> None:
    second.run("machine", "join", str(packed(first, tmp_path)))
    assert second.run("worker", "notices", "--json", code=3).problem["code"] == "heads_elsewhere"
    assert not (second.home / "heads.key").exists()
    second.run("machine", "join", str(packed(first, tmp_path, "--with-heads")))
    assert (second.home / "heads.key").read_bytes() == (first.home / "heads.key").read_bytes()


def test_newer_keys_come_by_joining_again(first: Machine, second: Machine, tmp_path: Path) -> None:
    second.run("machine", "join", str(packed(first, tmp_path)))
    key = first.run("keys", "add", "--json").json["key_id"]
    keys = second.run("keys", "status", "--json", code=1).json["keys"]
    assert {one["key_id"]: one["in_file"] for one in keys}[key] is False
    second.run("machine", "join", str(packed(first, tmp_path)))
    assert key in (second.home / "keys.json").read_text()


def test_a_home_with_keys_of_its_own_does_not_lose_them(first: Machine, tmp_path: Path) -> None:
    file = packed(first, tmp_path)
    keys = (first.home / "keys.json").read_bytes()
    assert first.run("machine", "join", str(file), "--json", code=1).problem["code"] == "not_a_member"
    assert (first.home / "keys.json").read_bytes() == keys


def test_a_member_does_not_become_another_installation_s(first: Machine, second: Machine, tmp_path: Path) -> None:
    file = packed(first, tmp_path)
    second.run("machine", "join", str(file))
    told = json.loads(file.read_text()) | {"installation_id": "another"}
    file.write_text(json.dumps(told))
    assert second.run("machine", "join", str(file), "--json", code=1).problem["code"] == "member_elsewhere"


@pytest.mark.parametrize("path", ["../keys.json", "/etc/passwd", "claims/../../x", ""])
def test_nothing_is_written_beside_the_home(first: Machine, second: Machine, tmp_path: Path, path: str) -> None:
    file = packed(first, tmp_path)
    told = json.loads(file.read_text())
    told["files"][0]["path"] = path
    file.write_text(json.dumps(told))
    refused = second.run("machine", "join", str(file), "--json", code=1).problem
    assert refused["code"] == "no_machine_file" and "files.0.path" in refused["en"]
    assert not second.home.exists()


def test_servers_on_loopback_are_no_servers_for_another_machine(cli_home: Installation, tmp_path: Path) -> None:
    own = Machine(cli_home.env)
    refused = own.run("machine", "pack", str(tmp_path / "machine.json"), "--json", code=1).problem
    assert refused["code"] == "servers_of_this_machine" and "RECTIFY_DATABASE_URL" in refused["remedy_en"]
    assert not (tmp_path / "machine.json").exists()


def test_what_is_no_such_file_is_told(second: Machine, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text('{"format": "rectify-machine/9"}')
    refused = second.run("machine", "join", str(file), "--json", code=1).problem
    assert refused["code"] == "no_machine_file" and "rectify machine pack" in refused["remedy_zh"]
    assert second.run("machine", "join", str(tmp_path / "none"), "--json", code=2).problem["code"] == "file_unreadable"
