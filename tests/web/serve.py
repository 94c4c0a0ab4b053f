"""Pages and API served from a thread of this process, on a free port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from cli.site import create_site
from engine.connection import Services
from serving.app import prepare
from serving.bodies import Patience
from serving.server import Limits, server_config


@contextmanager
def served(
    services: Services, *, ready: bool = True, patience: Patience | None = None, limits: Limits | None = None
) -> Iterator[str]:
    """The address of pages and API on these services; `ready` where the database is there to prepare from."""
    if ready:
        prepare(services)
    server = uvicorn.Server(server_config(create_site(services, patience), 0, limits))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
