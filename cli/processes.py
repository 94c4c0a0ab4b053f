"""The stack's children that run our own code: workers, pages, keeper. Started, adopted, renewed by a newer version."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence

from embedded import keeper, stack
from embedded.account import Account, account_name, account_of
from embedded.children import Child, Children, uid_of
from embedded.machine_errors import member_starts_nothing
from embedded.ports import remembered
from embedded.progress import Progress, Voice, silent
from embedded.reach import with_python
from embedded.settings import StackSettings
from embedded.stack import Endpoints
from embedded.temporal import await_port
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from engine.payload_keys import register_keys
from store.installation import is_copy
from store.migrate import migrate
from store.sealed_fields import seal_older
from workers.machines import member_of
from workers.process import QUEUES
from workers.version import code_version

WEB = "web"
WORKERS = {f"worker-{queue}": queue for queue in QUEUES}
_PROGRAM = (sys.executable, "-P", "-m", "cli.main")
_KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR")
_KEYS_OF_THE_STORE = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
"""For the bucket of evidence, where no file has its key."""


async def prepare(settings: StackSettings, progress: Progress = silent) -> Endpoints:
    """The stack's servers with migrated tables and keys. StackError and KeyTrouble tell why not."""
    if member_of(settings.home):
        raise member_starts_nothing(settings.home)
    endpoints = await stack.up(settings, progress)
    found = Services(endpoints)
    try:
        migrate(found.owner)
        keep_claim_keys(found.owner, found.home)
        _ = found.keys  # made at the first start
        for trouble in register_keys(found.owner, found.keys_file):
            raise trouble
        if not is_copy(found.engine):
            seal_older(found.owner, found.sealing)
    finally:
        found.close()
    return endpoints


async def start(settings: StackSettings, progress: Progress = silent) -> Endpoints:
    """What `prepare` makes ready, with workers, pages and a keeper."""
    before = stack.endpoints_of(settings)
    endpoints = await prepare(settings, progress)
    voice, children = Voice(settings, progress), Children(settings.home)
    account = _account(settings, voice)
    with stack.alone(settings, progress):
        if before not in (None, endpoints):  # what lives still serves where the servers were
            _stop(children, [WEB, *WORKERS])
        _stop(children, _of_another_make(children, [WEB, *WORKERS], account, voice))
        _start(settings, children, account, endpoints, [*WORKERS, WEB])
    _keep(settings, children, account, voice)
    return endpoints


async def start_again(settings: StackSettings, names: Iterable[str], progress: Progress = silent) -> None:
    """Start again those that died, by the same way; nothing where the stack was stopped meanwhile."""
    wanted, children, before = set(names), Children(settings.home), stack.endpoints_of(settings)
    moved = False
    if not wanted <= {*WORKERS, WEB}:
        try:
            moved = await stack.up(settings, progress, again=True) != before
        except stack.Stopped:
            return
    account = _account(settings, Voice(settings, progress))
    with stack.alone(settings, progress):
        endpoints = stack.endpoints_of(settings)
        if endpoints is None:
            return
        if moved:
            wanted |= {*WORKERS, WEB}
            _stop(children, [WEB, *WORKERS])
        _start(settings, children, account, endpoints, [name for name in (*WORKERS, WEB) if name in wanted])


def revival() -> list[str]:
    """What the keeper calls, with the names of the dead behind it."""
    return [*_PROGRAM, "revive"]


def environment(settings: StackSettings) -> dict[str, str]:
    """What a child of ours is told: settings and language, and nothing else of what our caller had about him."""
    kept = (*_KEPT, *_KEYS_OF_THE_STORE) if settings.evidence and not settings.evidence_credentials else _KEPT
    beginning = ("RECTIFY_", "LC_", "OTEL_")
    told = {name: value for name, value in os.environ.items() if name in kept or name.startswith(beginning)}
    home = str(settings.home)
    return told | {"HOME": home, "RECTIFY_HOME": home, "RECTIFY_CACHE": str(settings.cache)}


def _account(settings: StackSettings, voice: Voice) -> Account | None:
    """The account for our own code; None, told aloud, where it cannot run the interpreter."""
    account = account_of(settings)
    able = with_python(account, environment(settings), ("cli.main", "temporalio", "uvicorn"))
    if account and able is None:
        name = account.name
        voice.say(
            f"ATTENTION: account {name} cannot read {sys.prefix}: workers and pages run as root; see rectify doctor",
            f"注意：账户 {name} 无法读取 {sys.prefix}，工作进程和网页将以 root 身份运行；请查看 rectify doctor",
        )
    return able


def _of_another_make(children: Children, names: Sequence[str], account: Account | None, voice: Voice) -> list[str]:
    """Those of our children that run another version, or as another account; told one by one."""
    found: list[str] = []
    for name in names:
        child = children.find(name)
        if child is None:
            continue
        has, wants = child.version.partition(" ")[0], code_version()
        runs_as, shall = uid_of(child.pid), account.uid if account else os.geteuid()
        if has != wants:
            en, zh = has or "an older version", has or "较早的版本"
            voice.say(
                f"{name} runs {en}, this is {wants}: restarting it",
                f"{name} 运行的是 {zh}，当前版本为 {wants}：正在重启",
            )
        elif runs_as not in (None, shall):
            voice.say(
                f"{name} runs as {account_name(runs_as)}, not as {account_name(shall)}: restarting it",
                f"{name} 以账户 {account_name(runs_as)} 运行，应为 {account_name(shall)}：正在重启",
            )
        else:
            continue
        found.append(name)
    return found


def _stop(children: Children, names: Iterable[str]) -> None:
    """Each finishes what it has begun."""
    for name in names:
        children.stop(name)


def _start(
    settings: StackSettings, children: Children, account: Account | None, endpoints: Endpoints, names: Sequence[str]
) -> None:
    """Start those of our children that do not live; the pages, if they are wanted, are waited for."""
    version = code_version()
    for place, (name, queue) in enumerate(WORKERS.items(), start=1):
        if name in names:
            argv, told = [*_PROGRAM, "worker", queue], environment(settings) | _metrics_at(settings, place)
            children.start(name, argv, env=told, cwd=settings.home, account=account, version=version)
    ports = remembered(settings.home)
    if WEB in names and endpoints.web_url is not None and (port := ports.web):
        told = environment(settings) | _metrics_at(settings, 0) | {"RECTIFY_WEB_PORT": str(port)}
        if endpoints.ui_url:
            told |= {"RECTIFY_UI_PORT": str(ports.ui)}
        argv = [*_PROGRAM, "web"]
        children.start(WEB, argv, env=told, cwd=settings.home, account=account, port=port, version=version)
        await_port(children, WEB, "web", port, "RECTIFY_WEB_PORT", within=60)


def _metrics_at(settings: StackSettings, place: int) -> dict[str, str]:
    """Where a child tells its metrics: the pages at the address of the settings, each worker at a port after it."""
    host, _, port = (settings.metrics_listen or "").rpartition(":")
    return {"RECTIFY_METRICS_LISTEN": f"{host}:{int(port) + place}"} if port else {}


def _keep(settings: StackSettings, children: Children, account: Account | None, voice: Voice) -> None:
    """Have a keeper of this version and these settings, or none where none is wanted."""
    told = environment(settings)
    version = f"{code_version()} {hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]}"
    living: Child | None = children.find(keeper.NAME)
    old = _of_another_make(children, [keeper.NAME], account, voice)
    if living and (old or living.version != version or not settings.supervise):
        children.stop(keeper.NAME)  # without the lock, which it may be waiting for
    if settings.supervise:
        argv = [sys.executable, "-P", "-m", "embedded.keeper", settings.home, *revival()]
        with stack.alone(settings, voice.progress):
            children.start(keeper.NAME, argv, env=told, cwd=settings.home, account=account, version=version)
