"""The Temporal web UI, on loopback."""

import os
from pathlib import Path

from embedded.account import Account, give_file, own_folder
from embedded.children import Children, pid_of_command
from embedded.ports import Ports
from embedded.settings import StackSettings
from embedded.temporal import CONFIG, await_port

NAME = "ui"


def _arguments(settings: StackSettings) -> list[str]:
    return ["--root", str(settings.home / NAME), "--config", ".", "--env", "ui", "start"]


def adopt_ui(settings: StackSettings, children: Children, port: int | None) -> None:
    """Adopt this home's UI server if it runs though its pid file was lost."""
    if children.find(NAME) is None and (pid := pid_of_command(" ".join(_arguments(settings)))):
        children.adopt(NAME, pid, port=port)


def start_ui(settings: StackSettings, children: Children, program: Path, account: Account | None, ports: Ports) -> None:
    """Start the UI server and wait until it listens."""
    assert ports.ui is not None
    folder = own_folder(settings.home / NAME, account)
    give_file(folder / "ui.yaml", (CONFIG / "ui.yaml").read_text(), account)
    env = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{ports.temporal}",
        "TEMPORAL_UI_PORT": str(ports.ui),
        "TEMPORAL_DEFAULT_NAMESPACE": settings.temporal_namespace,
    }
    argv = [program, *_arguments(settings)]
    children.start(NAME, argv, env=env, cwd=folder, account=account, port=ports.ui)
    await_port(children, NAME, "Temporal UI", ports.ui, "RECTIFY_UI_PORT", within=30)
