"""The trial's compose file is in order for what Docker reads it by; the image is as the handbook says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.release.tree import ROOT, version
from embedded.endpoints import Endpoints
from embedded.throwaway import throwaway_folder
from tests.deploy.tools import COMPOSE, tool
from workers.machines import MachineFile
from workers.process import QUEUES

CONTAINER = ROOT / "deploy" / "container"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("compose")
    text = (CONTAINER / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(_VARIABLE.sub(lambda found: found["default"] or "of-the-trial", text))
    said = subprocess.run([tool(COMPOSE), "compose.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return yaml.safe_load(said.stdout)["services"]


@pytest.mark.needs_go(reason="only Compose can say whether its file is in order")
def test_every_process_has_its_service(services: dict[str, Any]) -> None:
    told = {name: one["command"] for name, one in services.items() if one.get("entrypoint") == ["rectify-member"]}
    assert told == {"web": ["web"]} | {f"worker-{queue}": ["worker", queue] for queue in QUEUES}
    assert services.keys() - told.keys() == {"database", "temporal", "first"}


@pytest.mark.needs_go(reason="only Compose can say whether its file is in order")
def test_no_service_of_ours_may_more_than_it_needs(services: dict[str, Any]) -> None:
    for name, one in services.items():
        if name == "database":
            continue
        assert one["image"] == f"rectify:{version()}"
        assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert [port["host_ip"] for one in services.values() for port in one.get("ports", ())] == ["127.0.0.1"]
    knows_owner = {name for name, one in services.items() if "RECTIFY_DATABASE_URL" in (one.get("environment") or {})}
    assert knows_owner == {"first"}


def test_the_image_is_never_root_and_fetches_nothing() -> None:
    text = (CONTAINER / "Containerfile").read_text()
    orders = re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE)
    assert [what for name, what in orders if name == "USER"] == ["10001:10001"]
    assert {what.split()[0] for name, what in orders if name == "FROM"} == {"${BASE}"}
    assert "--no-index" in text
    assert "--require-hashes" in text


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the account can enter, whoever runs the tests."""
    with throwaway_folder() as folder:
        yield folder


def test_a_member_joins_by_its_file_and_shares_what_pods_have_in_common(place: Path) -> None:
    home, shared, machine = place / "home", place / "shared", place / "machine.json"
    shared.mkdir()
    machine.write_text(_packed().model_dump_json())
    text = (CONTAINER / "member.sh").read_text()
    for there, here in (("/var/lib/rectify/shared", shared), ("/run/rectify/machine.json", machine)):
        assert there in text
        text = text.replace(there, str(here))
    script = place / "member.sh"
    script.write_text(text)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    account = {} if os.geteuid() else {"RECTIFY_SERVICE_ACCOUNT": "daemon"}
    env = {"PATH": path, "HOME": str(place), "RECTIFY_HOME": str(home), "LANG": "C.UTF-8", **account}
    for words in ([], ["--help"]):  # joined twice it is the same member
        said = subprocess.run(["sh", script, *words], env=env, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
    assert "Usage" in said.stdout
    links = {one.name: one.readlink() for one in home.iterdir() if one.is_symlink()}
    assert links == {name: shared / name for name in ("files", "ledgers-sent")}
    assert {one.stat().st_mode & 0o777 for one in shared.iterdir()} == {0o700}


def _packed() -> MachineFile:
    endpoints = Endpoints(
        database_url=None,
        app_database_url="postgresql+psycopg://rectify_app@db.city.example/rectify",
        temporal_address="temporal.city.example:7233",
        namespace="rectify",
        engine="external",
        ui_url=None,
        home=Path(),
    )
    return MachineFile(
        installation_id="0123456789ab",
        packed_at=datetime.now(UTC),
        version=version(),
        endpoints=endpoints,
        files=(),
    )
