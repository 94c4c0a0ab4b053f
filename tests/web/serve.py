"""Pages and API served from a thread of this process, on a free port."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn

from cli.site import create_gate, create_site
from desk.city_provider import CityProvider
from embedded.web_listener import WebListener
from engine.connection import Services
from serving.app import prepare
from serving.bodies import Patience
from serving.server import Limits, server_config
from web.temporal_ui import Doors

_UI: dict[int, int] = {}
"""Ports of UIs, by those of their pages."""


@contextmanager
def served(
    services: Services,
    *,
    ready: bool = True,
    patience: Patience | None = None,
    limits: Limits | None = None,
    listener: WebListener | None = None,
    inner: str | None = None,
    city: CityProvider | None = None,
) -> Iterator[str]:
    """The address of pages and API on these services; `ready` where the database is there to prepare from.

    `inner`: where a Temporal UI listens, which is then handed on at the next address, that of `ui_of`.
    """
    if listener is not None:
        own = Services(services.endpoints.model_copy(update={"web_listener": listener}))
        of = served(own, ready=ready, patience=patience, limits=limits, inner=inner, city=city)
        with closing(own), of as address:
            yield address
        return
    listener = services.endpoints.web_listener
    if ready:
        prepare(services)
    site, sockets = create_site(services, patience, city), listener.sockets(0)
    port, app = sockets[0].getsockname()[1], site
    if inner is not None:
        ui = listener.sockets(0)
        _UI[port] = ui[0].getsockname()[1]
        app, sockets = Doors(site, create_gate(services, site, inner, port), _UI[port]), [*sockets, *ui]
    server = uvicorn.Server(server_config(app, 0, limits, listener))
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener.url_at(port)
    finally:
        server.should_exit = True
        thread.join(20)


def port_of(address: str) -> int:
    """The number at its end."""
    return int(address.rpartition(":")[2])


def ui_of(address: str) -> str:
    """Where the site of the address hands the Temporal UI on."""
    host, _, port = address.rpartition(":")
    return f"{host}:{_UI[int(port)]}"
