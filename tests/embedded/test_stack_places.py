"""Where the stack can live: as an ordinary user, and on servers that somebody else runs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.databases import Login
from embedded.errors import StackError
from embedded.passwords import passwords_of
from embedded.settings import StackSettings
from embedded.stack import Endpoints, down, status, up
from embedded.temporal_access import connect_temporal
from embedded.throwaway import throwaway_settings

ROOT = Path(__file__).resolve().parent.parent.parent
AS_ORDINARY_USER = """
import asyncio, concurrent.futures.thread, encodings.idna, os, sys
sys.path.insert(0, os.environ["HOME"])
import psycopg
from embedded.settings import StackSettings
from embedded.stack import down, status, up
if os.geteuid() == 0:  # given up only now: the interpreter may be in a folder that the user cannot enter
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
assert os.geteuid() != 0
settings = StackSettings(postgres_port=0, temporal_port=0, ui=False, web=False, durable=False)
assert str(settings.home).startswith(os.environ["HOME"]), settings.home
try:
    endpoints = asyncio.run(up(settings))
    with psycopg.connect(endpoints.app_database_url.replace("+psycopg", "", 1)) as app:
        assert app.execute("SELECT 1").fetchone() == (1,)
    assert [service.state for service in status(settings)] == ["running", "running"]
finally:
    down(settings)
assert {service.state for service in status(settings)} == {"stopped"}
print("well")
"""


@pytest.fixture
def home_of_user() -> Iterator[Path]:
    """A user's home with a copy of the program."""
    home = Path(tempfile.mkdtemp(prefix="user-"))
    shutil.copytree(ROOT / "embedded", home / "embedded", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "deploy" / "temporal", home / "deploy" / "temporal")
    (home / "program.py").write_text(AS_ORDINARY_USER)
    if os.geteuid() == 0:
        for path in (home, *home.rglob("*")):
            os.chown(path, 65534, 65534)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.usefixtures("stack")
def test_ordinary_user_needs_no_root(stack_settings: StackSettings, home_of_user: Path) -> None:
    environment = {
        "HOME": str(home_of_user),
        "PATH": os.environ["PATH"],
        "RECTIFY_CACHE": str(stack_settings.cache),
        "RECTIFY_ENGINE": stack_settings.engine or "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    said = subprocess.run(
        [sys.executable, home_of_user / "program.py"],
        env=environment,
        cwd=home_of_user,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (said.stdout.strip(), said.returncode) == ("well", 0), said.stderr[-2000:]


def shown_by(stack: Endpoints) -> dict[str, Path | str | None]:
    """The settings by which another home shows itself to this one's Temporal server, and knows it."""
    tls = stack.temporal_tls
    if tls is None:
        return {}
    ours = {"temporal_tls_ca": tls.ca, "temporal_tls_certificate": tls.certificate, "temporal_tls_key": tls.key}
    return {**ours, "temporal_tls_server_name": tls.server_name}


async def test_external_servers_are_not_started_only_made_ready(stack: Endpoints) -> None:
    """One home runs PostgreSQL alone on the shared Temporal, another Temporal alone on that PostgreSQL."""
    with throwaway_settings() as lender, throwaway_settings() as borrower:
        lender = lender.model_copy(
            update={"temporal_address": stack.temporal_address, "temporal_namespace": "borrowed", **shown_by(stack)}
        )
        lent = await up(lender)
        try:
            assert [(service.name, service.state) for service in status(lender)] == [
                ("postgres", "running"),
                ("temporal", "external"),
            ]
            assert lent.ui_url is None
            client = await connect_temporal(lent.temporal)
            assert client.namespace == "borrowed"
            assert (await client.count_workflows("CaseStage = 'none'")).count == 0

            owner = Login.of_url(lent.database_url)
            admin = owner.as_role("postgres", passwords_of(lender.home).superuser).to("our_city")
            borrower = borrower.model_copy(update={"database_url": admin.url})
            with pytest.raises(StackError) as refused:
                await up(borrower)
            assert refused.value.code == "role_elsewhere" and "our_city_app" in refused.value.remedy_zh
            with psycopg.connect(lent.app_database_url.replace("+psycopg", "", 1)) as app:
                app.execute("SELECT 1")  # under the password that it had
            app_login = admin.as_role("our_city_app", "own")
            with admin.connect() as connection:
                connection.execute("CREATE ROLE our_city_app LOGIN PASSWORD 'own' IN ROLE rectify_app")
            borrower = borrower.model_copy(update={"app_database_url": app_login.url})
            got = await up(borrower)
            try:
                assert [(service.name, service.state) for service in status(borrower)] == [
                    ("postgres", "external"),
                    ("temporal", "running"),
                ]
                assert Login.of_url(got.database_url).database == "our_city"
                with psycopg.connect(got.app_database_url.replace("+psycopg", "", 1)) as app:
                    row = app.execute("SELECT current_user, current_database()").fetchone()
                assert row == ("our_city_app", "our_city")
            finally:
                down(borrower)
            assert status(lender)[0].answers  # down left the external server alone
        finally:
            down(lender)


async def test_external_servers_that_do_not_answer_are_told(idle_settings: StackSettings) -> None:
    nowhere = idle_settings.model_copy(update={"database_url": "postgresql://a:b@127.0.0.1:1/rectify"})
    with pytest.raises(StackError) as refused:
        await up(nowhere.model_copy(update={"temporal_address": "127.0.0.1:1"}))
    assert refused.value.code == "database_unreachable"
    assert "RECTIFY_DATABASE_URL" in refused.value.remedy_zh
