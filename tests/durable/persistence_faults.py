"""Faults inside the Temporal server: its own persistence fails now and then, by its own fault injection (ADR 0059).

The configuration is that of `deploy/temporal/server.yaml`, as `up` laid it out, with the faults and an address for the
server's metrics written into it; `calm` lets `up` lay it out anew.
"""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psutil
import yaml
from prometheus_client.parser import text_string_to_metric_families

from embedded.account import account_of, give_file
from embedded.children import Children
from embedded.databases import TEMPORAL, Login
from embedded.ports import free_port
from embedded.settings import StackSettings
from embedded.stack import up
from embedded.temporal import NAME, await_port
from tests.durable.office import kill

Faults = dict[str, dict[str, float]]
"""By the method of the store, the kinds of errors and how often each comes (0 to 1)."""

_WRITES = ("CreateWorkflowExecution", "UpdateWorkflowExecution", "AppendHistoryNodes", "AddHistoryTasks")
_READS = ("GetWorkflowExecution", "GetCurrentExecution", "ReadHistoryBranch", "GetHistoryTasks")
_STORES = {
    "ExecutionStore": (*_WRITES, *_READS, "RangeCompleteHistoryTasks"),
    "ShardStore": ("UpdateShard",),
    "TaskStore": ("CreateTasks", "GetTasks", "UpdateTaskQueue"),
}
_OFTEN, _SELDOM = 0.06, 0.04


def _each(methods: tuple[str, ...], error: str, rate: float) -> Faults:
    return {method: {error: rate} for method in methods}


KINDS: dict[str, Faults] = {
    "timeout": _each(_WRITES, "Timeout", _SELDOM)
    | _each((*_READS, "CreateTasks", "GetTasks", "UpdateTaskQueue"), "Timeout", _OFTEN),
    "exhausted": _each((*_WRITES, *_READS, "CreateTasks", "GetTasks"), "ResourceExhausted", _OFTEN),
    "timeout_after_commit": _each((*_WRITES, "CreateTasks", "UpdateTaskQueue"), "ExecuteAndTimeout", _OFTEN),
    "shard_lost": _each((*_WRITES, "UpdateShard"), "ShardOwnershipLost", _SELDOM),
}
"""Whatever loses the end of a workflow task costs its case ten seconds, so what is not written at all is seldom."""
TOGETHER = (("timeout", "exhausted"), ("timeout_after_commit", "shard_lost"))
"""Two at a time, which the server's metrics tell apart: it says nothing of whether a timeout came after the commit."""
_COUNTED = "persistence_error_with_type_total"  # as the parser calls a counter
_SHOWN_AS = {
    "timeout": "persistence_TimeoutError",
    "timeout_after_commit": "persistence_TimeoutError",
    "shard_lost": "persistence_ShardOwnershipLostError",
    "exhausted": "serviceerror_ResourceExhausted",
}


def with_faults(configuration: str, kinds: Sequence[str], seed: int, metrics: str) -> str:
    """The server's configuration, in which its main store has faults of these kinds, and its metrics an address."""
    errors: Faults = {}
    for kind in kinds:
        for method, each in KINDS[kind].items():
            errors[method] = errors.get(method, {}) | each
    methods = {method: {"seed": seed + n, "errors": each} for n, (method, each) in enumerate(errors.items())}
    stores = {
        store: {"methods": {m: methods[m] for m in named if m in methods}}
        for store, named in _STORES.items()
        if any(m in methods for m in named)
    }
    faults = yaml.safe_dump({"targets": {"dataStores": stores}}, default_flow_style=True, width=10**6).strip()
    for before, added in (
        ("    default:\n", f"      faultInjection: {faults}\n"),
        ("global:\n", f"  metrics:\n    prometheus:\n      listenAddress: {metrics}\n"),
    ):
        assert configuration.count(before) == 1, f"server.yaml has another shape: {before!r}"
        configuration = configuration.replace(before, before + added)
    return configuration


class FaultyTemporal:
    """The Temporal server of a home that is up, with faults inside it or without."""

    def __init__(self, settings: StackSettings) -> None:
        self.settings, self.children = settings, Children(settings.home)
        self.file = settings.home / NAME / "server.yaml"
        self.usual = self.file.read_text()
        self.metrics = f"127.0.0.1:{free_port()}"

    async def fail(self, kinds: Sequence[str], seed: int) -> None:
        """Kill the server and start it anew, with faults of these kinds from its first moment on."""
        child, pid = self.children.find(NAME), self.children.alive(NAME)
        assert child is not None and child.port is not None and pid is not None
        running = psutil.Process(pid)
        argv, env, folder = running.cmdline(), running.environ(), Path(running.cwd())
        await kill(self.children, NAME)
        give_file(self.file, with_faults(self.usual, kinds, seed, self.metrics))
        port, account = child.port, account_of(self.settings)
        _forget_members(env)
        self.children.start(NAME, argv, env=env, cwd=folder, account=account, port=port, version=child.version)
        await asyncio.to_thread(await_port, self.children, NAME, "Temporal", port, "RECTIFY_TEMPORAL_PORT", 60)

    async def calm(self) -> None:
        """Start the server anew as it is in earnest."""
        await up(self.settings)
        assert self.file.read_text() == self.usual

    async def injected(self, kind: str) -> Counter[str]:
        """How many faults this server has had inside it so far, by the method that failed."""
        text = await asyncio.to_thread(_read, f"http://{self.metrics}/metrics")
        found = Counter[str]()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                is_ours = sample.name == _COUNTED and sample.labels["error_type"] == _SHOWN_AS[kind]
                if is_ours and sample.labels["operation"] in KINDS[kind]:
                    found[sample.labels["operation"]] += int(sample.value)
        return found


def _forget_members(env: dict[str, str]) -> None:
    """As `up` does: a server that was killed stays listed, and the new one would wait for it."""
    host, port = env["TEMPORAL_DB_HOST"], int(env["TEMPORAL_DB_PORT"])
    login = Login(host, port, env["TEMPORAL_DB_USER"], env["TEMPORAL_DB_PASSWORD"], TEMPORAL)
    with login.connect() as connection:
        connection.execute("DELETE FROM cluster_membership")


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()
