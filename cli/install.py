"""`rectify install`: the service that a city's server starts with the machine, its nightly backup, its logs."""

import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cli.output import UNREACHABLE, AsJson, Lang, fail, out, print_json, say
from cli.services import stack_problem, stack_settings, voice_of
from embedded.account import Account, account_of, prepare_folders, take_home
from embedded.backup_key import make_key_file
from embedded.errors import StackError
from embedded.machine_errors import no_systemd, not_root
from embedded.progress import Voice
from embedded.service_manager import systemd_lives
from embedded.settings import StackSettings
from embedded.systemd_units import Placed, Plan, place, planned, require_program


def install(
    member: Annotated[
        bool, typer.Option("--member", help="Of a machine that joined: pages and workers. 成员机器：网页与工作进程。")
    ] = False,
    backups: Annotated[
        Path, typer.Option("--backups", metavar="FOLDER", help="Where nightly backups go. 每夜备份的目录。")
    ] = Path("/var/backups/rectify"),
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", metavar="FOLDER", help="Write below this folder, and change nothing else. 只写到该目录下。"
        ),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Enable and start them too. 同时启用并启动。")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write units of systemd, a backup timer, log rotation and a settings file; again after moving. 安装为系统服务。"""
    settings = stack_settings(as_json=as_json)
    try:
        changed, plan = _install(settings, member=member, backups=backups, root=root, now=now)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    files = [str(file.path) for file in planned(plan)]
    if as_json:
        print_json({"files": files, "changed": [str(file.path) for file in changed], "units": list(plan.enabled)})
        return
    for file in changed:
        out().print(f"✓ {file.path}", markup=False, soft_wrap=True)
    zh, en = f"{len(changed)} 个文件已写入", f"{len(changed)} of {len(files)} files were written"
    out().print(say(zh, en))
    if not now and root is None:
        command = f"systemctl enable --now {' '.join(plan.enabled)}"
        out().print(say(f"启用并启动：{command}", f"to start them: {command}"), markup=False, soft_wrap=True)


def _install(
    settings: StackSettings, *, member: bool, backups: Path, root: Path | None, now: bool
) -> tuple[list[Placed], Plan]:
    if root is None:
        if os.geteuid() != 0:
            raise not_root()
        if not systemd_lives():
            raise no_systemd()
    voice = voice_of(settings)
    plan = Plan(settings, settings.service_account, backups.absolute(), member=member)
    account: Account | None = None
    if root is None:
        account = account_of(settings, voice)
        require_program(plan, account)
        _prepare(plan, account, voice)
    changed = [file for file in planned(plan) if place(file, root or Path("/"), account)]
    if root is None:
        _systemctl("daemon-reload")
        if now:
            _systemctl("enable", "--now", *plan.enabled)
    return changed, plan


def _prepare(plan: Plan, account: Account | None, voice: Voice) -> None:
    """Folders of the account; and, once, the key that seals the backups."""
    had_cache = plan.settings.cache.exists()
    prepare_folders(plan.settings, account)
    if account is None:
        return
    take_home(plan.settings.home, account, voice)
    if not had_cache:  # else an administrator filled it, and it is read
        os.chown(plan.settings.cache, account.uid, account.gid)
    if plan.member:
        return
    plan.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chown(plan.backups, account.uid, account.gid)
    plan.etc.mkdir(parents=True, exist_ok=True, mode=0o755)
    key = plan.etc / "backup.key"
    if not key.exists():
        make_key_file(key)
        os.chown(key, account.uid, account.gid)


def _systemctl(*argv: str) -> None:
    subprocess.run(["systemctl", *argv], check=False, timeout=1900)
