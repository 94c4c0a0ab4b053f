"""The embedded Temporal server: its tables set up, its configuration laid out, its process started."""

import os
import subprocess
import time
from pathlib import Path

from embedded.account import Account, give_file, own_folder
from embedded.certificates import Certificates
from embedded.children import Children, log_tail, mark_of, pid_of_command
from embedded.databases import TEMPORAL, VISIBILITY, Login
from embedded.errors import StackError, child_died, disk_full, port_taken, schema_failed
from embedded.ports import Ports, answers
from embedded.server_binary import ServerBinaries
from embedded.settings import StackSettings

NAME = "temporal"
CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "temporal"
_SCHEMAS = {TEMPORAL: "postgresql/v12/temporal", VISIBILITY: "postgresql/v12/visibility"}


def dynamic_config(settings: StackSettings, *, closed: bool = False) -> str:
    """Return the dynamic configuration these settings ask for; `closed`: for a server with certificates."""
    parts = ["dynamic.yaml"] + (["dynamic-time-skipping.yaml"] if settings.time_skipping else [])
    parts += ["dynamic-closed.yaml"] if closed else []
    return "\n".join((CONFIG / part).read_text() for part in parts)


def set_up_schemas(binaries: ServerBinaries, login: Login) -> None:
    """Make or upgrade Temporal's tables in its two databases."""
    for database, schema in _SCHEMAS.items():
        with login.to(database).connect() as connection:
            row = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone()
            has_versions = bool(row and row[0])
        if not has_versions:
            _schema_tool(binaries, login, database, "setup-schema", "--version", "0.0")
        _schema_tool(binaries, login, database, "update-schema", "--schema-name", schema)


def _schema_tool(binaries: ServerBinaries, login: Login, database: str, *words: str) -> None:
    env = {
        "PATH": os.defpath,
        "SQL_PLUGIN": "postgres12_pgx",
        "SQL_HOST": login.host,
        "SQL_PORT": str(login.port),
        "SQL_USER": login.user,
        "SQL_PASSWORD": login.password,
        "SQL_DATABASE": database,
    }
    if _wants_tls(login):
        env |= {"SQL_TLS": "true", "SQL_TLS_DISABLE_HOST_VERIFICATION": str(not _verifies(login)).lower()}
    said = subprocess.run(
        [binaries.schema_tool, *words], env=env, capture_output=True, text=True, check=False, timeout=300
    )
    if said.returncode:
        raise schema_failed(database, " ".join((said.stdout + said.stderr).split())[-600:])


def _wants_tls(login: Login) -> bool:
    return login.sslmode in ("require", "verify-ca", "verify-full")


def _verifies(login: Login) -> bool:
    return login.sslmode == "verify-full"


def _arguments(settings: StackSettings) -> list[str]:
    return ["--config-file", str(settings.home / NAME / "server.yaml"), "--allow-no-auth", "start"]


def adopt_temporal(settings: StackSettings, children: Children, port: int | None) -> None:
    """Adopt this home's server if it runs though its pid file was lost."""
    if children.find(NAME) is None and (pid := pid_of_command(" ".join(_arguments(settings)))):
        children.adopt(NAME, pid, port=port)


def configuration(certificates: Certificates) -> str:
    """The text of the server's configuration file: that of `deploy`, and by which certificates it is started."""
    return f"{(CONFIG / 'server.yaml').read_text()}# certificates {certificates.fingerprint}\n"


def start_temporal(
    settings: StackSettings,
    children: Children,
    binaries: ServerBinaries,
    account: Account | None,
    login: Login,
    ports: Ports,
    certificates: Certificates,
) -> None:
    """Start the server and wait until its frontend listens."""
    assert ports.temporal is not None
    folder = own_folder(settings.home / NAME)
    give_file(folder / "server.yaml", configuration(certificates))
    dynamic = give_file(folder / "dynamic.yaml", dynamic_config(settings, closed=True))
    env = environment(folder, dynamic, login, certificates) | {
        "TEMPORAL_FRONTEND_PORT": str(ports.temporal),
        "TEMPORAL_SHARDS": str(settings.temporal_shards),
    }
    env |= {f"TEMPORAL_{name.upper()}_PORT": str(port) for name, port in ports.internal.items()}
    argv = [binaries.server, *_arguments(settings)]
    if children.find(NAME) is None:
        _forget_dead_members(login)
    mark = mark_of(binaries.server)
    children.start(NAME, argv, env=env, cwd=folder, account=account, port=ports.temporal, version=mark)
    await_port(children, NAME, "Temporal", ports.temporal, "RECTIFY_TEMPORAL_PORT", within=120)


def environment(folder: Path, dynamic: Path, login: Login, certificates: Certificates) -> dict[str, str]:
    """What the configuration takes from the server's environment, but for ports and the machine's address."""
    return _of_certificates(certificates) | {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TZ": "UTC",
        "TEMPORAL_DYNAMIC_CONFIG": str(dynamic),
        "TEMPORAL_DB_HOST": login.host,
        "TEMPORAL_DB_PORT": str(login.port),
        "TEMPORAL_DB_USER": login.user,
        "TEMPORAL_DB_PASSWORD": login.password,
        "TEMPORAL_DB_TLS": str(_wants_tls(login)).lower(),
        "TEMPORAL_DB_TLS_VERIFY": str(_verifies(login)).lower(),
    }


def _of_certificates(certificates: Certificates) -> dict[str, str]:
    has, told = certificates, dict[str, Path]()
    for name, pair in {"SERVER": has.server, "CLIENT": has.client, "UI": has.ui, "INTERNODE": has.internode}.items():
        told[f"TEMPORAL_TLS_{name}_CA"] = pair.authority
    for name, pair in {"SERVER": has.server, "INTERNODE": has.internode}.items():
        told |= {f"TEMPORAL_TLS_{name}_CERT": pair.certificate, f"TEMPORAL_TLS_{name}_KEY": pair.key}
    return {name: str(path) for name, path in told.items()} | {"TEMPORAL_TLS_SERVER_NAME": has.server_name}


def _forget_dead_members(login: Login) -> None:
    """A server that was killed stays listed; the new one would wait for it. There is only ever one here."""
    with login.to(TEMPORAL).connect() as connection:
        connection.execute("DELETE FROM cluster_membership")


def await_port(children: Children, name: str, service: str, port: int, setting: str, within: float) -> None:
    """Wait until the child listens on its port, or say why it does not."""
    deadline = time.monotonic() + within
    while not ((child := children.find(name)) and answers(port, child.host)):
        if child is None or time.monotonic() > deadline:
            raise _why_not(children.log_of(name), service, port, setting)
        time.sleep(0.05)


def _why_not(log: Path, service: str, port: int, setting: str) -> StackError:
    said = log_tail(log, 4000)
    if "no space left" in said.lower():
        return disk_full(log.parent)
    if f":{port}: bind: address already in use" in said:
        return port_taken(service, port, setting)
    return child_died(service, log, said[-600:])
