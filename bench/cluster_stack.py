"""A cluster without containers: PostgreSQL, Temporal as two processes of each service, rectify on two machines.

The machines are two addresses of loopback. Temporal runs by `deploy/temporal/server.yaml` with mutual TLS; the homes
are made as a city makes them: `machine prepare` on the first, `machine pack` there, `machine join` on the second.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.processes import prepare
from embedded import postgres
from embedded.account import Account, account_of, give_file, own_folder, prepare_folders, take_home
from embedded.certificates import Certificates, home_certificates, renew_certificates
from embedded.children import Children, log_tail
from embedded.databases import OURS, TEMPORAL, VISIBILITY, Login, ensure_database, ensure_extension, ensure_role
from embedded.passwords import passwords_of
from embedded.ports import answers, is_free
from embedded.postgres_binary import find_postgres
from embedded.progress import Voice
from embedded.server_binary import ServerBinaries, find_server
from embedded.settings import StackSettings
from embedded.stack import down
from embedded.temporal import configuration, dynamic_config, environment, set_up_schemas
from embedded.throwaway import throwaway_folder, throwaway_settings
from engine.connection import Services
from workers.machines import join, pack

SERVICES = ("frontend", "history", "matching", "worker")
EXAMPLE = Path(__file__).resolve().parent.parent / "deploy" / "shared" / "cluster.env"
_PROGRAM = (sys.executable, "-P", "-m", "cli.main")
_STARTS_WITHIN = 120.0


@dataclass(frozen=True)
class Part:
    """One process of the cluster: its name, where it listens, and how it is started."""

    name: str
    children: Children
    argv: tuple[str | Path, ...]
    env: dict[str, str]
    account: Account | None = None
    at: tuple[str, int] | None = None
    """Where it takes connections; None for one that takes none."""

    def start(self) -> None:
        """Start it, unless it lives."""
        host, port = self.at or ("", None)
        self.children.start(self.name, self.argv, env=self.env, account=self.account, port=port, host=host)

    @property
    def listens(self) -> bool:
        """Whether it takes connections, if it ever does."""
        return self.at is None or answers(self.at[1], self.at[0])

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return f"{self.name}: {log_tail(self.children.log_of(self.name), 2000)}"


@dataclass
class Cluster:
    """All parts, and both machines' way in."""

    settings: StackSettings
    """Of the home in which PostgreSQL and Temporal live."""
    frontends: tuple[str, str]
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    homes: list[Path] = field(default_factory=list[Path])
    services: Services = field(init=False)
    """Of the first machine."""

    @property
    def webs(self) -> list[str]:
        """Where the pages and the API of each machine answer."""
        found = [part.at for name, part in sorted(self.parts.items()) if name.startswith("web") and part.at]
        return [f"http://{host}:{port}" for host, port in found]

    def start(self, names: Iterable[str]) -> None:
        """Start these, and wait until each takes connections.

        As a service manager does, whoever ends meanwhile is started again: of Temporal's services that meet an empty
        database together only one may write down the cluster, and the others end.
        """
        for name in names:
            self.parts[name].start()
        deadline = time.monotonic() + _STARTS_WITHIN
        for name in names:
            while not self.parts[name].listens:
                if time.monotonic() > deadline:
                    raise TimeoutError(self.parts[name].last_words)
                self.parts[name].start()
                time.sleep(0.05)

    def services_by(self, frontend: str) -> Services:
        """The first machine's, by one frontend alone."""
        return Services(self.services.endpoints.model_copy(update={"temporal_address": frontend}))


@contextmanager
def cluster(queues: tuple[str, ...], *, durable: bool = True) -> Generator[Cluster]:
    """A running cluster, with a worker of each queue and pages on both machines; `notices` on the first alone."""
    with throwaway_settings(durable=durable, time_skipping=False, name="servers") as settings:
        voice = Voice(settings)
        account = account_of(settings, voice)
        prepare_folders(settings, account)
        login, certificates = _postgres(settings, account, voice), _certificates(settings, account, voice)
        found = Cluster(settings, frontends=("", ""))
        found.parts[postgres.NAME] = _as_it_runs(Children(settings.home), postgres.NAME, account)
        _temporal(found, account, login.as_role(TEMPORAL, passwords_of(settings.home).temporal), certificates)
        found.start([name for name in found.parts if name.startswith("temporal")])
        with throwaway_folder(durable=durable) as folder:
            try:
                _machines(found, folder, login, certificates, queues)
                found.start([name for name in found.parts if not name.startswith("temporal")])
                yield found
            finally:
                if found.homes:
                    found.services.close()
                for home in found.homes:
                    down(StackSettings(home=home, database_url=login.url, temporal_address=found.frontends[0]))


def example() -> dict[str, str]:
    """The environment of a cluster as a city is shown it."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _postgres(settings: StackSettings, account: Account | None, voice: Voice) -> Login:
    """PostgreSQL with Temporal's two databases: its superuser's login."""
    children, passwords = Children(settings.home), passwords_of(settings.home)
    [port] = _free_ports(1, ("127.0.0.1",))
    binaries = find_postgres(settings, account, voice)
    if account:
        take_home(settings.home, account, voice)
    postgres.start_postgres(settings, children, binaries, account, passwords, port)
    admin = Login("127.0.0.1", port, postgres.SUPERUSER, passwords.superuser, "postgres")
    with admin.connect() as connection:
        ensure_role(connection, TEMPORAL, passwords.temporal)
        for database in (TEMPORAL, VISIBILITY):
            ensure_database(connection, database, TEMPORAL)
    ensure_extension(admin.to(VISIBILITY), "btree_gin")
    return admin.to(OURS)


def _as_it_runs(children: Children, name: str, account: Account | None) -> Part:
    """One that runs already, as it would be started again."""
    child = children.find(name)
    assert child is not None and child.port is not None
    process = psutil.Process(child.pid)
    return Part(name, children, tuple(process.cmdline()), process.environ(), account, (child.host, child.port))


def _certificates(settings: StackSettings, account: Account | None, voice: Voice) -> Certificates:
    renew_certificates(settings.home)
    if account:
        take_home(settings.home, account, voice)
    return home_certificates(settings.home)


def _temporal(found: Cluster, account: Account | None, login: Login, certificates: Certificates) -> None:
    """Two processes of each service, on two machines."""
    settings = found.settings
    binaries: ServerBinaries = find_server(settings, Voice(settings))
    set_up_schemas(binaries, login)
    folder = own_folder(settings.home / "temporal")
    config = give_file(folder / "server.yaml", configuration(certificates))
    dynamic = give_file(folder / "dynamic.yaml", dynamic_config(settings, closed=True))
    here = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}"
    hosts = (f"{here}.1", f"{here}.2")
    ports = _free_ports(2 * len(SERVICES), hosts)
    told = example() | environment(folder, dynamic, login, certificates)
    for place, service in enumerate(SERVICES):
        told |= {
            f"TEMPORAL_{service.upper()}_PORT": str(ports[2 * place]),
            f"TEMPORAL_{service.upper()}_PEER_PORT": str(ports[2 * place + 1]),
        }
    for number, host in enumerate(hosts, start=1):
        for place, service in enumerate(SERVICES):
            name = f"temporal-{service}-{number}"
            argv = (binaries.server, "--config-file", config, "--allow-no-auth", "start", "--service", service)
            at = (host, ports[2 * place + (service == "worker")])  # the server's own workers take calls of peers alone
            env = told | {"TEMPORAL_HOST": host}
            found.parts[name] = Part(name, Children(settings.home), argv, env, account, at)
    found.frontends = (f"{hosts[0]}:{ports[0]}", f"{hosts[1]}:{ports[0]}")


def _machines(found: Cluster, folder: Path, login: Login, certificates: Certificates, queues: tuple[str, ...]) -> None:
    """The first machine made ready, the second joined; their processes, not started yet."""
    plain = StackSettings(
        home=folder / "first",
        cache=found.settings.cache,
        database_url=login.url,
        temporal_address=",".join(found.frontends),
        temporal_tls_ca=certificates.server.authority,
        temporal_tls_certificate=certificates.client.certificate,
        temporal_tls_key=certificates.client.key,
        temporal_tls_server_name=certificates.server_name,
    )
    found.services = Services(asyncio.run(prepare(plain)))
    second = StackSettings(home=folder / "second", cache=found.settings.cache)
    join(second, pack(found.services, plain, ()), Voice(second))
    found.homes = [plain.home, second.home]
    ports = _free_ports(len(found.homes), ("127.0.0.1",))
    for number, (home, port) in enumerate(zip(found.homes, ports, strict=True), start=1):
        env = {name: value for name, value in os.environ.items() if not name.startswith("RECTIFY_")}
        env |= {"RECTIFY_HOME": str(home), "RECTIFY_CACHE": str(found.settings.cache), "RECTIFY_WEB_PORT": str(port)}
        children, web = Children(home), f"web-{number}"
        found.parts[web] = Part(web, children, (*_PROGRAM, "web"), env, at=("127.0.0.1", port))
        for queue in queues if number == 1 else [queue for queue in queues if queue != "notices"]:
            name = f"{queue}-{number}"
            found.parts[name] = Part(name, children, (*_PROGRAM, "worker", queue), env)


def _free_ports(number: int, hosts: Iterable[str]) -> list[int]:
    """Ports that are free on each of the hosts, below those that systems take for outgoing connections."""
    picked: list[int] = []
    while len(picked) < number:
        port = random.randint(20_000, 32_000)
        if port not in picked and all(is_free(port, host) for host in hosts):
            picked.append(port)
    return picked
