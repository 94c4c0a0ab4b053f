"""Pages and API served from a thread of this process, on a free port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from desk.connection import Services
from web.app import create_app, prepare


@contextmanager
def served(services: Services, *, ready: bool = True) -> Iterator[str]:
    """The address of pages and API on these services; `ready` where the database is there to prepare from."""
    if ready:
        prepare(services)
    config = uvicorn.Config(create_app(services), host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
