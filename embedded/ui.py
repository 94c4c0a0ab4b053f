"""The Temporal web UI, on a loopback address of this home alone."""

import json
import os
from pathlib import Path

from embedded.account import Account, give_file, own_folder
from embedded.certificates import Certificates
from embedded.children import Children, mark_of, pid_of_command
from embedded.ports import Ports
from embedded.settings import StackSettings
from embedded.temporal import CONFIG, await_port

NAME = "ui"


def _arguments(settings: StackSettings) -> list[str]:
    return ["--root", str(settings.home / NAME), "--config", ".", "--env", "ui", "start"]


def adopt_ui(settings: StackSettings, children: Children, ports: Ports) -> None:
    """Adopt this home's UI server if it runs though its pid file was lost."""
    if ports.inner_host and children.find(NAME) is None and (pid := pid_of_command(" ".join(_arguments(settings)))):
        children.adopt(NAME, pid, port=ports.ui_inner, host=ports.inner_host)


def stop_elsewhere(children: Children, ports: Ports) -> None:
    """End a UI server of an older version, which listens where the web process hands the UI on now."""
    child = children.find(NAME)
    if child and (child.host, child.port) != (ports.inner_host, ports.ui_inner):
        children.stop(NAME)


def configuration(certificates: Certificates) -> str:
    """The text of its configuration file: that of `deploy`, and the certificates by which it asks the server."""
    tls = {
        "caFile": str(certificates.server.authority),
        "certFile": str(certificates.ui.certificate),
        "keyFile": str(certificates.ui.key),
        "serverName": certificates.server_name,
        "enableHostVerification": True,
    }
    text = (CONFIG / "ui.yaml").read_text()
    return f"{text}tls: {json.dumps(tls, ensure_ascii=False)}\n# certificates {certificates.fingerprint}\n"


def start_ui(
    settings: StackSettings,
    children: Children,
    program: Path,
    account: Account | None,
    ports: Ports,
    certificates: Certificates,
) -> None:
    """Start the UI server and wait until it listens."""
    assert ports.ui_inner is not None and ports.inner_host is not None
    folder = own_folder(settings.home / NAME)
    give_file(folder / "ui.yaml", configuration(certificates))
    env = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{ports.temporal}",
        "TEMPORAL_UI_HOST": ports.inner_host,
        "TEMPORAL_UI_PORT": str(ports.ui_inner),
        "TEMPORAL_DEFAULT_NAMESPACE": settings.temporal_namespace,
    }
    argv = [program, *_arguments(settings)]
    children.start(
        NAME,
        argv,
        env=env,
        cwd=folder,
        account=account,
        port=ports.ui_inner,
        host=ports.inner_host,
        version=mark_of(program),
    )
    await_port(children, NAME, "Temporal UI", ports.ui_inner, "RECTIFY_UI_PORT", within=30)
