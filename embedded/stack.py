"""Starts the whole stack, tells how it is, and stops it; starting what runs already adopts it."""

import asyncio
import errno
import shutil
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from embedded import keeper, postgres, temporal, trial, ui
from embedded.account import Account, account_name, account_of, give_file, prepare_folders, refuse_foreign, take_home
from embedded.backup_errors import restore_unfinished
from embedded.certificates import Certificates
from embedded.children import Children, is_of, uid_of
from embedded.databases import (
    APP_ROLE,
    OURS,
    TEMPORAL,
    VISIBILITY,
    Login,
    ensure_app_role,
    ensure_database,
    ensure_extension,
    ensure_readers,
    ensure_role,
    let_connect,
)
from embedded.endpoints import Endpoints, endpoints_of
from embedded.engine import TRIAL_EN, TRIAL_ZH, engine_for, engine_of_home, keep_engine
from embedded.errors import disk_full
from embedded.frontends import addresses, split
from embedded.given_certificates import certificates_of
from embedded.lock import FileLock
from embedded.namespace import ensure_namespace
from embedded.passwords import Passwords, passwords_of
from embedded.ports import answers, choose, elsewhere, remember, remembered
from embedded.postgres_binary import find_postgres, planned_postgres
from embedded.progress import Progress, Voice, silent
from embedded.server_binary import find_server, find_ui, planned_server, planned_ui
from embedded.settings import StackSettings
from embedded.staging import is_interrupted
from embedded.web_listener import listener_of

_NEEDED_BYTES = 500_000_000
SERVERS = (ui.NAME, temporal.NAME, postgres.NAME)
"""In the order of stopping; every other child is stopped before them."""


class ServiceStatus(BaseModel):
    """How one service is."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["running", "stopped", "external"]
    pid: int | None = None
    address: str | None = None
    answers: bool = False


class Stopped(Exception):
    """`down` came first: there is nothing to start again."""


async def up(settings: StackSettings, progress: Progress = silent, *, again: bool = False) -> Endpoints:
    """Start what does not run, adopt what does, and return where everything is once all of it works.

    `again` starts what died since: raises Stopped, and does nothing, where the stack was stopped meanwhile.
    """
    endpoints = await asyncio.to_thread(_start, settings, Voice(settings, progress), again)
    Voice(settings, progress).say("waiting for the Temporal namespace", "正在等待 Temporal 命名空间就绪")
    await ensure_namespace(endpoints.temporal, timedelta(days=settings.retention_days))
    give_file(settings.home / "endpoints.json", endpoints.model_dump_json(indent=2))
    return endpoints


def down(settings: StackSettings, progress: Progress = silent) -> None:
    """Stop every child of this home, its keeper first and the servers last; leaves everybody else's processes alone."""
    if not settings.home.is_dir():
        return
    voice = Voice(settings, progress)
    children = Children(settings.home)
    _stop(children, [keeper.NAME], voice)  # before the lock, for which it may wait
    with alone(settings, progress):
        (settings.home / "endpoints.json").unlink(missing_ok=True)  # from here on nobody starts anything again
        keeper.state_file(settings.home).unlink(missing_ok=True)
        if (settings.home / "passwords.json").exists():
            _adopt_orphans(settings, children, passwords_of(settings.home))
        _stop_all(children, voice)
        if settings.embeds_postgres:
            postgres.remove_socket_folder(settings)


def _stop_all(children: Children, voice: Voice) -> None:
    others = [child.name for child in reversed(children.all()) if child.name not in SERVERS]
    _stop(children, others, voice)
    _stop(children, SERVERS, voice)
    for name in children.names():  # whoever died is not started again either
        children.stop(name)


def _stop(children: Children, names: Iterable[str], voice: Voice) -> None:
    for name in names:
        if children.alive(name) is not None:
            voice.say(f"stopping {name}", f"正在停止 {name}")
        children.stop(name)


def status(settings: StackSettings) -> list[ServiceStatus]:
    """Tell how each service is, our servers first, then the other children of this home."""
    children = Children(settings.home)
    found: list[ServiceStatus] = []
    if settings.database_url:
        login = Login.of_url(settings.database_url)
        found.append(_external(postgres.NAME, login.host, login.port))
    else:
        found.append(_embedded(children, postgres.NAME, "127.0.0.1:{}"))
    if settings.temporal_address:
        found += [_external(temporal.NAME, *split(one)) for one in addresses(settings.temporal_address)]
    else:
        found.append(_embedded(children, temporal.NAME, "127.0.0.1:{}"))
        if settings.ui:
            found.append(_ui(children, settings))
    others = [child for child in children.all() if child.name not in SERVERS]
    return found + [ServiceStatus(name=other.name, state="running", pid=other.pid, answers=True) for other in others]


def _embedded(children: Children, name: str, address: str) -> ServiceStatus:
    child = children.find(name)
    if child is None or child.port is None:
        return ServiceStatus(name=name, state="stopped")
    shown = address.format(child.port)
    return ServiceStatus(name=name, state="running", pid=child.pid, address=shown, answers=answers(child.port))


def _ui(children: Children, settings: StackSettings) -> ServiceStatus:
    child, ports = children.find(_serves_ui(settings)), remembered(settings.home)
    if child is None or not ports.ui_inner or not ports.inner_host:
        return ServiceStatus(name=ui.NAME, state="stopped")
    shown, there = f"http://{ports.inner_host}:{ports.ui_inner}", answers(ports.ui_inner, ports.inner_host)
    return ServiceStatus(name=ui.NAME, state="running", pid=child.pid, address=shown, answers=there)


def _serves_ui(settings: StackSettings) -> str:
    """The child that serves the UI: the trial engine does it itself."""
    return temporal.NAME if engine_of_home(settings.home) == "trial" else ui.NAME


def _external(name: str, host: str, port: int) -> ServiceStatus:
    return ServiceStatus(name=name, state="external", address=f"{host}:{port}", answers=answers(port, host))


def alone(settings: StackSettings, progress: Progress = silent) -> FileLock:
    """Hold this while children are started or stopped: one at a time does so in a home, and its keeper looks away."""
    voice = Voice(settings, progress)
    return FileLock(
        settings.home / "lock",
        within=2400,
        on_wait=lambda: voice.say("waiting for another rectify up or down", "正在等待另一个 rectify up 或 down 结束"),
    )


def _start(settings: StackSettings, voice: Voice, again: bool) -> Endpoints:
    try:
        account = account_of(settings, voice)
        prepare_folders(settings, account)
        with alone(settings, voice.progress):
            if again and endpoints_of(settings) is None:
                raise Stopped
            return _start_alone(settings, voice, account)
    except OSError as trouble:
        if trouble.errno == errno.ENOSPC:
            raise disk_full(settings.home) from None
        raise


def _start_alone(settings: StackSettings, voice: Voice, account: Account | None) -> Endpoints:
    children = Children(settings.home)
    if is_interrupted(settings.home):
        raise restore_unfinished(settings.home)
    if account:
        refuse_foreign(settings.home, account)
    passwords = passwords_of(settings.home)
    is_trial = settings.embeds_temporal and engine_for(settings) == "trial"
    _adopt_orphans(settings, children, passwords)
    if account:
        _stop_what_runs_as_another(settings, children, account, voice)
        take_home(settings.home, account, voice)
    certificates, tls = certificates_of(settings, account, is_trial=is_trial)
    listener = listener_of(settings, account)
    _stop_what_has_changed(settings, children, voice, account, certificates)
    ui.stop_elsewhere(children, remembered(settings.home))
    running = {child.name: child.port for child in children.all() if child.port and _is_there(children, child.name)}
    if not set(_wanted(settings)) <= set(running):
        _require_room(settings)
    ports = choose(settings, running, trial=is_trial)
    remember(settings.home, ports)
    # First what can fail for want of a tool, so that nothing is left half started.
    starts = settings.embeds_temporal and temporal.NAME not in running
    if starts and is_trial:
        voice.say(TRIAL_EN, TRIAL_ZH)
    cli = trial.find_cli(settings) if starts and is_trial else None
    binaries = find_server(settings, voice) if starts and not is_trial else None
    ui_program = find_ui(settings, voice) if ports.ui_inner and not is_trial and ui.NAME not in running else None
    # once more: building takes minutes, in which another program may take a port
    ports = choose(settings, running, trial=is_trial)
    remember(settings.home, ports)
    for name, usual, port in elsewhere(settings, ports):
        voice.say(f"port {usual} is taken: {name} gets {port}", f"端口 {usual} 已被占用，{name} 改用 {port}")
    keeps_temporal = settings.embeds_temporal and not is_trial
    owner, app, for_temporal = _databases(
        settings, voice, account, children, passwords, ports.postgres, keeps_temporal=keeps_temporal
    )
    if starts:
        keep_engine(settings.home, "trial" if is_trial else "postgres")
    if cli:
        voice.say("starting the Temporal server", "正在启动 Temporal 服务")
        trial.start_trial(settings, children, cli, account, ports)
    address = settings.temporal_address or f"127.0.0.1:{ports.temporal}"
    if binaries and certificates:
        voice.say("setting up Temporal's tables", "正在建立 Temporal 的数据表")
        temporal.set_up_schemas(binaries, for_temporal)
        voice.say("starting the Temporal server", "正在启动 Temporal 服务")
        temporal.start_temporal(settings, children, binaries, account, for_temporal, ports, certificates)
    if ui_program and certificates:
        voice.say("starting the Temporal web UI", "正在启动 Temporal 网页界面")
        ui.start_ui(settings, children, ui_program, account, ports, certificates)
    has_ui = ports.ui_inner and children.find(temporal.NAME if is_trial else ui.NAME)
    ui_inner = f"http://{ports.inner_host}:{ports.ui_inner}" if has_ui else None
    return Endpoints(
        database_url=owner.url,
        app_database_url=app,
        temporal_address=address,
        namespace=settings.temporal_namespace,
        engine="trial" if is_trial else "postgres" if settings.embeds_temporal else "external",
        temporal_tls=tls,
        temporal_api_key_file=settings.temporal_api_key_file,
        ui_url=listener.url_at(ports.ui) if ui_inner and ports.ui and ports.web else None,
        ui_inner=ui_inner,
        web_url=listener.pages_url(ports.web) if ports.web else None,
        web_listener=listener,
        evidence=settings.evidence_place,
        home=settings.home,
    )


def _adopt_orphans(settings: StackSettings, children: Children, passwords: Passwords) -> None:
    """Count servers of this home as ours again whose pid files were lost."""
    ports = remembered(settings.home)
    if settings.embeds_postgres:
        postgres.adopt_postgres(settings, children, passwords)
    if settings.embeds_temporal:
        temporal.adopt_temporal(settings, children, ports.temporal)
        trial.adopt_trial(settings, children, ports.temporal)
        ui.adopt_ui(settings, children, ports)


def _stop_what_runs_as_another(settings: StackSettings, children: Children, account: Account, voice: Voice) -> None:
    """Servers that run as another account cannot go on in files that are not theirs any more."""
    for name in SERVERS:
        pid = children.alive(name)
        uid = uid_of(pid) if pid else None
        if uid in (None, account.uid):
            continue
        theirs = account_name(uid)
        voice.say(
            f"{name} runs as {theirs}, not as {account.name}: stopping everything, to start it as that account",
            f"{name} 以账户 {theirs} 运行，而非 {account.name}：先全部停止，再以该账户启动",
        )
        _stop_all(children, voice)
        postgres.remove_socket_folder(settings)  # the account could not use another one's
        return


def _stop_what_has_changed(
    settings: StackSettings,
    children: Children,
    voice: Voice,
    account: Account | None,
    certificates: Certificates | None,
) -> None:
    """A server whose program or configuration is another one by now is stopped, once the new one is at hand.

    It starts again below. One from before there were certificates is such a server.
    """
    planned = {postgres.NAME: planned_postgres(settings)}
    texts: dict[str, tuple[Path, str]] = {}
    if certificates:
        folder = settings.home
        texts[temporal.NAME] = folder / temporal.NAME / "server.yaml", temporal.configuration(certificates)
        texts[ui.NAME] = folder / ui.NAME / "ui.yaml", ui.configuration(certificates)
        planned |= {temporal.NAME: planned_server(settings), ui.NAME: planned_ui(settings)}
    elif settings.embeds_temporal:
        planned[temporal.NAME] = trial.planned_trial(settings, account)
    for name in SERVERS:
        child, shall = children.find(name), planned.get(name)
        if child is None or shall is None:
            continue
        was = child.version.rpartition(" ")[0]
        en, zh = f"runs {was}, {shall} is to run", f"运行的是 {was}，应为 {shall}"
        if is_of(child.version, shall):
            if name not in texts or _holds(*texts[name]):
                continue
            en, zh = "has another configuration or other certificates", "的配置或证书已变更"
        if name == temporal.NAME and certificates:
            find_server(settings, voice)
        voice.say(f"{name} {en}: restarting it", f"{name} {zh}：正在重启")
        _stop(children, SERVERS if name == postgres.NAME else [name], voice)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text() == text


def _is_there(children: Children, name: str) -> bool:
    """Whether a child truly runs: one that was just killed may still be on its way out."""
    for _ in range(100):
        child = children.find(name)
        if child is None or child.port is None:
            return False
        if answers(child.port, child.host):
            return True
        time.sleep(0.05)
    return True


def _wanted(settings: StackSettings) -> list[str]:
    return [postgres.NAME] * settings.embeds_postgres + [temporal.NAME] * settings.embeds_temporal


def _require_room(settings: StackSettings) -> None:
    """Refuse to start servers on a full disk, where PostgreSQL would only fall over later."""
    for folder in (settings.home, settings.cache):
        if shutil.disk_usage(folder).free < _NEEDED_BYTES:
            raise disk_full(folder)


def _databases(
    settings: StackSettings,
    voice: Voice,
    account: Account | None,
    children: Children,
    passwords: Passwords,
    port: int | None,
    *,
    keeps_temporal: bool,
) -> tuple[Login, str, Login]:
    """Have PostgreSQL run with our databases; return owner's login, application's URL, Temporal's login."""
    if settings.database_url:
        return _external_databases(settings, settings.database_url, passwords, keeps_temporal=keeps_temporal)
    assert port is not None
    if children.find(postgres.NAME) is None:
        binaries = find_postgres(settings, account, voice)
        voice.say("starting PostgreSQL", "正在启动 PostgreSQL")
        postgres.start_postgres(settings, children, binaries, account, passwords, port)
    admin = Login("127.0.0.1", port, postgres.SUPERUSER, passwords.superuser, "postgres")
    with admin.connect() as connection:
        ensure_role(connection, OURS, passwords.owner, "CREATEDB")
        ensure_role(connection, APP_ROLE, passwords.app)
        ensure_role(connection, TEMPORAL, passwords.temporal)
        ensure_readers(connection, OURS, APP_ROLE)
        ensure_database(connection, OURS, OURS)
        if keeps_temporal:
            ensure_database(connection, TEMPORAL, TEMPORAL)
            ensure_database(connection, VISIBILITY, TEMPORAL)
        let_connect(connection, OURS, APP_ROLE)
    if keeps_temporal:
        ensure_extension(admin.to(VISIBILITY), "btree_gin")
    owner = admin.to(OURS).as_role(OURS, passwords.owner)
    return owner, owner.as_role(APP_ROLE, passwords.app).url, owner.as_role(TEMPORAL, passwords.temporal)


def _external_databases(
    settings: StackSettings, url: str, passwords: Passwords, *, keeps_temporal: bool
) -> tuple[Login, str, Login]:
    owner = Login.of_url(url)
    with owner.to("postgres").connect() as connection:
        ensure_database(connection, owner.database, None)
        if keeps_temporal:
            ensure_database(connection, TEMPORAL, None)
            ensure_database(connection, VISIBILITY, None)
        if settings.app_database_url is None:
            ensure_app_role(connection, owner.database, passwords.app)
        app = Login.of_url(settings.app_database_url).user if settings.app_database_url else APP_ROLE
        let_connect(connection, owner.database, app)
        ensure_readers(connection, owner.user, app)
    if keeps_temporal:
        ensure_extension(owner.to(VISIBILITY), "btree_gin")
    return owner, settings.app_database_url or owner.as_role(APP_ROLE, passwords.app).url, owner
