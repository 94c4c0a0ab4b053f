"""Pages and workers as processes of their own, as in earnest."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import httpx

from embedded.ports import free_port
from engine.connection import Services
from workers.process import QUEUES

_WITHIN = 300.0


class Running(NamedTuple):
    """Where the pages answer, and the processes: `web`, and a worker for each queue by its name."""

    address: str
    started: dict[str, subprocess.Popen[bytes]]


@contextmanager
def running(services: Services) -> Generator[Running]:
    """All of them, until the end."""
    port = free_port()
    (services.home / "endpoints.json").write_text(services.endpoints.model_dump_json())
    started = {queue: start(services, "worker", queue) for queue in QUEUES}
    try:
        started["web"] = start(services, "web", port=port)
        _await_answer(address := f"http://127.0.0.1:{port}", started["web"])
        yield Running(address, started)
    finally:
        for one in started.values():
            one.terminate()
        for one in started.values():
            one.wait(120)


def start(services: Services, *words: str, port: int = 0) -> subprocess.Popen[bytes]:
    """One of them; what it logs goes into a file of the home."""
    env = {**os.environ, "RECTIFY_HOME": str(services.home), "RECTIFY_WEB_PORT": str(port)}
    with (services.home / f"{words[-1]}.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-P", "-m", "cli.main", *words], env=env, stdout=log, stderr=log)


def _await_answer(address: str, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WITHIN
    with httpx.Client(base_url=address, timeout=5) as client:
        while time.monotonic() < deadline and web.poll() is None:
            with suppress(httpx.TransportError):
                client.get("/livez")
                return
            time.sleep(0.2)
    raise TimeoutError(f"no pages at {address}")
