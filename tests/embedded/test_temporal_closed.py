"""Temporal lets in who shows a certificate of the home, or of the city, and nobody else."""

import asyncio
import json
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from embedded import temporal
from embedded.account import Account
from embedded.certificates import renew_certificates
from embedded.children import Children
from embedded.doctor import Check, examine
from embedded.errors import StackError
from embedded.given_certificates import certificates_of, elsewhere
from embedded.namespace import ensure_namespace
from embedded.ports import remembered
from embedded.settings import StackSettings
from embedded.stack import Endpoints, endpoints_of, up
from embedded.temporal_access import TemporalAccess, TemporalTls, connect_temporal
from embedded.throwaway import throwaway_folder, throwaway_settings
from embedded.tls_refusal import refusal_of
from tests.embedded.shared_server import TokenOffice, shared_configuration
from tests.embedded.test_trial_engine import listening

pytestmark = pytest.mark.needs_postgres_engine(reason="the trial engine asks nobody for a certificate")
Shown = Callable[[TemporalTls], TemporalTls | None]
"""What a client shows instead of ours."""


@pytest.fixture(scope="module")
def foreign() -> Iterator[Path]:
    """The certificates of another home, which are as good as ours, where the servers can read them."""
    with throwaway_folder() as folder:
        renew_certificates(folder)
        (folder / "certificates").chmod(0o711)
        yield folder / "certificates"


def showing(pair: Path) -> Shown:
    """Our authority, and the certificate and key in this file."""
    return lambda ours: ours.model_copy(update={"certificate": pair, "key": pair})


async def is_let_in(at: TemporalAccess) -> bool:
    """Whether Temporal answers."""
    try:
        client = await connect_temporal(at)
        return (await client.count_workflows()).count >= 0
    except RuntimeError:
        return False


def as_shown(at: TemporalAccess, shown: Shown) -> TemporalAccess:
    """The same server, with something else to show."""
    assert at.tls
    return at.model_copy(update={"tls": shown(at.tls)})


async def test_nobody_is_let_in_without_a_certificate_of_this_home(stack: Endpoints, foreign: Path) -> None:
    at = stack.temporal
    assert await is_let_in(at)
    assert refusal_of(at) is None
    attempts: dict[str, tuple[Shown, str]] = {
        "plain text": (lambda _: None, "certificate required"),
        "no certificate": (
            lambda ours: ours.model_copy(update={"certificate": None, "key": None}),
            "certificate required",
        ),
        "of another authority": (showing(foreign / "client.pem"), "unknown ca"),
        "that of the server itself": (showing(stack.home / "certificates" / "server.pem"), "unknown ca"),
    }
    for what, (shown, why) in attempts.items():
        tried = as_shown(at, shown)
        assert not await is_let_in(tried), what
        assert why in (refusal_of(tried) or ""), what


async def test_we_speak_to_no_server_but_ours(stack: Endpoints, foreign: Path) -> None:
    """Another account of the machine may listen on the port while the server is down."""
    elsewhere = as_shown(stack.temporal, lambda ours: ours.model_copy(update={"ca": foreign / "server-ca.crt"}))
    assert not await is_let_in(elsewhere)
    named = as_shown(stack.temporal, lambda ours: ours.model_copy(update={"server_name": "other"}))
    assert not await is_let_in(named)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
def test_every_port_of_the_server_wants_a_certificate_and_those_between_its_parts_one_of_their_own(
    stack: Endpoints, stack_settings: StackSettings
) -> None:
    pid = Children(stack.home).alive("temporal")
    assert pid and stack.temporal_tls
    inner = json.loads((stack_settings.home / "ports.json").read_text())["internal"].values()
    ports = listening(pid)
    assert set(ports) == {*inner, int(stack.temporal_address.rpartition(":")[2])}
    folder = stack.home / "certificates"
    for port in inner:
        at = stack.temporal.model_copy(update={"address": f"127.0.0.1:{port}"})
        assert "certificate required" in (refusal_of(as_shown(at, lambda _: None)) or "")
        for own_pair in (folder / "client.pem", folder / "ui.pem"):
            own = {"ca": folder / "internode-ca.crt", "server_name": "internode"}
            shown = stack.temporal_tls.model_copy(update={**own, "certificate": own_pair, "key": own_pair})
            assert "unknown ca" in (refusal_of(at.model_copy(update={"tls": shown})) or ""), (port, own_pair)


def test_the_ui_is_let_in_by_a_certificate_of_its_own(stack: Endpoints) -> None:
    assert stack.ui_inner
    with urllib.request.urlopen(f"{stack.ui_inner}/api/v1/namespaces/{stack.namespace}", timeout=10) as answer:
        assert json.load(answer)["namespaceInfo"]["name"] == stack.namespace
    shown = (stack.home / "ui" / "ui.yaml").read_text()
    assert "ui.pem" in shown and "client.pem" not in shown


def test_no_key_is_in_endpoints_configuration_logs_or_on_a_command_line(stack: Endpoints) -> None:
    files = [*stack.home.glob("*.json"), *stack.home.glob("*/*.yaml"), *stack.home.glob("logs/*.log")]
    shown = "".join(file.read_text(errors="replace") for file in files)
    secrets = [pem.read_text().splitlines()[1] for pem in (stack.home / "certificates").glob("*.pem")]
    assert len(secrets) == 8
    assert not [secret for secret in secrets if secret in shown]


@pytest.fixture(scope="module")
def changed_settings() -> Iterator[StackSettings]:
    """Settings of a stack whose certificates are replaced."""
    with throwaway_settings(time_skipping=False) as settings:
        yield settings.model_copy(update={"lang": "en"})


async def changed(settings: StackSettings) -> Endpoints:
    """After `up`, which says that the server is restarted, and for what reason."""
    before, said = Children(settings.home).alive("temporal"), list[str]()
    endpoints = await up(settings, said.append)
    assert "temporal has another configuration or other certificates: restarting it" in said, said
    assert Children(settings.home).alive("temporal") != before
    assert await is_let_in(endpoints.temporal)
    return endpoints


async def kept(endpoints: Endpoints) -> str:
    """A workflow from before the first change is there."""
    client = await connect_temporal(endpoints.temporal)
    return (await client.get_workflow_handle("kept").describe()).id


def without_certificates(patch: pytest.MonkeyPatch) -> None:
    """The stack as it was before: the server asks nobody, and nobody shows anything."""
    text = (temporal.CONFIG / "server.yaml").read_text()
    open_to_all = re.sub(r"(?m)^  # Nobody without.*\n  tls:\n(    .*\n)+", "", text)
    assert "tls:\n    frontend" in text and "requireClientAuth" not in open_to_all
    dynamic = temporal.dynamic_config
    patch.setattr(temporal, "configuration", lambda _: open_to_all)
    patch.setattr(temporal, "dynamic_config", lambda settings, **_: dynamic(settings))

    def none_shown(settings: StackSettings, account: Account | None, *, is_trial: bool) -> tuple[Any, None]:
        return certificates_of(settings, account, is_trial=is_trial)[0], None

    patch.setattr("embedded.stack.certificates_of", none_shown)


async def test_a_home_from_before_there_were_certificates_gets_them_and_its_cases_go_on(
    changed_settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        without_certificates(before)
        old = await up(changed_settings)
        client = await Client.connect(old.temporal_address, namespace=old.namespace)
        await client.start_workflow("Nobody", id="kept", task_queue="nobody")
    shutil.rmtree(changed_settings.home / "certificates")
    new = await changed(changed_settings)
    assert (new.temporal_address, old.temporal_tls, bool(new.temporal_tls)) == (old.temporal_address, None, True)
    assert await kept(new) == "kept"
    assert not await is_let_in(old.temporal)
    assert endpoints_of(changed_settings) == new


async def test_up_renews_what_is_past_its_middle_and_shuts_out_who_was_replaced(
    changed_settings: StackSettings,
) -> None:
    folder, before = changed_settings.home / "certificates", endpoints_of(changed_settings)
    lost = (folder / "client.pem").rename(changed_settings.home / "lost.pem")
    remove(folder, "client*", "ui.pem")
    renew_certificates(changed_settings.home, ("ui",), datetime.now(UTC) - timedelta(days=2 * 365))
    aged = (folder / "ui.pem").read_bytes()
    after = await changed(changed_settings)
    assert (folder / "ui.pem").read_bytes() != aged
    assert before and before.temporal_tls and after.temporal_tls
    assert after.temporal_tls.fingerprint != before.temporal_tls.fingerprint  # so workers and pages are restarted
    assert await is_let_in(as_shown(after.temporal, showing(folder / "ui.pem")))
    assert not await is_let_in(as_shown(after.temporal, showing(lost)))
    assert "unknown ca" in (refusal_of(as_shown(after.temporal, showing(lost))) or "")
    assert await up(changed_settings) == after
    assert await kept(after) == "kept"


def remove(folder: Path, *patterns: str) -> None:
    """Take these files away."""
    for file in (file for pattern in patterns for file in folder.glob(pattern)):
        file.unlink()


async def test_a_broken_certificate_is_told_and_what_runs_goes_on(changed_settings: StackSettings) -> None:
    running, own = endpoints_of(changed_settings), changed_settings.home / "certificates" / "client.pem"
    good, pid = own.read_text(), Children(changed_settings.home).alive("temporal")
    own.write_text(good[:100])
    with pytest.raises(StackError) as told:
        await up(changed_settings)
    assert (told.value.code, str(own) in told.value.sentence_zh) == ("bad_certificate", True)
    assert not (await asyncio.to_thread(certificates_check, changed_settings)).ok
    own.write_text(good)
    assert Children(changed_settings.home).alive("temporal") == pid
    assert (await asyncio.to_thread(certificates_check, changed_settings)).ok
    assert running and await is_let_in(running.temporal)


def certificates_check(settings: StackSettings) -> Check:
    """What doctor says of them."""
    [check] = [check for check in examine(settings) if check.name == "temporal_certificates"]
    return check


def of_the_city(settings: StackSettings, folder: Path) -> StackSettings:
    """These settings with certificates of the city, which the servers' account may read."""
    bundle, client, server = folder / "city-ca.crt", folder / "client.pem", folder / "server.pem"
    bundle.write_text("".join((folder / f"{name}-ca.crt").read_text() for name in ("server", "client")))
    for file in (folder, *folder.iterdir()):
        shutil.chown(file, settings.home.stat().st_uid)
    ours = {"temporal_tls_ca": bundle, "temporal_tls_certificate": client, "temporal_tls_key": client}
    its = {"temporal_tls_server_certificate": server, "temporal_tls_server_key": server}
    return settings.model_copy(update={**ours, **its})


async def test_the_city_s_own_certificates_are_taken(changed_settings: StackSettings, foreign: Path) -> None:
    before = endpoints_of(changed_settings)
    city = of_the_city(changed_settings, foreign)
    after = await changed(city)
    assert before and not await is_let_in(before.temporal)
    assert await kept(after) == "kept"


async def test_a_shared_server_lets_in_by_certificate_and_token_and_a_token_is_renewed_while_we_run(
    changed_settings: StackSettings, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `deploy/shared` configures it; the last of those that share the stack."""
    folder, office = changed_settings.home / "certificates", TokenOffice.at(foreign / "token-keys.json")
    with monkeypatch.context() as shared:
        text, usual = shared_configuration(folder, office.keys_file), temporal._arguments  # pyright: ignore[reportPrivateUsage] -- what another administrator would call
        services = ("frontend", "internal-frontend", "history", "matching", "worker")
        names = [word for service in services for word in ("--service", service)]
        shared.setattr(temporal, "configuration", lambda _: text)
        shared.setattr(temporal, "_arguments", lambda of: [*usual(of)[:2], "start", *names])
        with pytest.raises(StackError) as without_token:
            await up(changed_settings)
    assert without_token.value.code == "temporal_refuses"
    assert "RECTIFY_TEMPORAL_API_KEY_FILE" in without_token.value.remedy_zh

    token = foreign / "token"
    written(token, office.token("other:admin"))
    settings = StackSettings(
        home=changed_settings.home,
        temporal_address=f"127.0.0.1:{remembered(changed_settings.home).temporal}",
        temporal_namespace="of_the_city",
        temporal_tls_ca=folder / "server-ca.crt",
        temporal_tls_certificate=folder / "client.pem",
        temporal_tls_key=folder / "client.pem",
        temporal_tls_server_name="localhost",
        temporal_api_key_file=token,
    )
    at = elsewhere(settings)
    for wrong in (office.token("other:admin"), office.token("of_the_city:admin", lasts=timedelta(seconds=-9)), "x"):
        written(token, wrong)
        with pytest.raises(StackError, match="does not let us in"):
            await ensure_namespace(at, timedelta(days=1))
    written(token, office.token("of_the_city:read"))
    monkeypatch.setattr("embedded.temporal_access._TOKEN_READ_EVERY", 0.02)
    with pytest.raises(StackError, match="does not let us in"):
        await ensure_namespace(at, timedelta(days=1))
    written(token, office.token("of_the_city:admin"))
    await ensure_namespace(at, timedelta(days=1))

    written(token, office.token("of_the_city:read"))
    await ensure_namespace(at, timedelta(days=1))  # which needs no more once all of it is there
    client = await connect_temporal(at)
    with pytest.raises(RPCError, match="unauthorized"):
        await client.start_workflow("Nobody", id="w", task_queue="nobody")
    newest = office.token("of_the_city:write")
    written(token, newest)
    async with asyncio.timeout(20):
        while client.api_key != newest:  # noqa: ASYNC110 -- a task of the product's own follows the file
            await asyncio.sleep(0.02)
    assert (await client.start_workflow("Nobody", id="w", task_queue="nobody")).id == "w"
    assert at.tls
    unknown = at.model_copy(update={"tls": at.tls.model_copy(update={"certificate": None, "key": None})})
    with pytest.raises(StackError, match="certificate required"):
        await ensure_namespace(unknown, timedelta(days=1))


def written(file: Path, token: str) -> None:
    """The newest token, readable by its owner alone."""
    file.write_text(f"{token}\n")
    file.chmod(0o600)


def test_doctor_says_when_they_end_in_time_to_renew_them(tmp_path: Path) -> None:
    settings = StackSettings(home=tmp_path, engine="postgres")
    assert certificates_check(settings).sentence_en == "the first start makes them"
    for left, is_well in ((90, True), (30, False)):
        remove(tmp_path / "certificates", "*")
        renew_certificates(tmp_path, now=datetime.now(UTC) - timedelta(days=3 * 365 - left))
        told = certificates_check(settings)
        assert f"{datetime.now(UTC) + timedelta(days=left):%Y-%m-%d}" in told.sentence_zh
        assert (told.ok, "rectify up" in told.remedy_zh, "rectify up" in told.remedy_en) == (
            is_well,
            not is_well,
            not is_well,
        )
