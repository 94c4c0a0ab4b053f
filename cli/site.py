"""The site that `rectify web` serves: pages and API on one application, the gate before the Temporal UI on another."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI

from api.app import add_api
from desk import sign_in
from desk.city_provider import CityProvider
from desk.sealed_reading import SealedReading
from engine.connection import Services
from models.people import Visit
from serving.app import bare_app
from serving.backing import Backing
from serving.bodies import Patience
from serving.guard import tell_foreign
from web.app import add_pages, tell_trouble
from web.codec import opening
from web.temporal_ui import Behind, UiGate


def create_site(services: Services, patience: Patience | None = None, city: CityProvider | None = None) -> FastAPI:
    """Pages and API on these services, beside the city's own sign-in where there is one."""
    app = bare_app(services, tell_trouble, patience, city)
    add_api(app)
    add_pages(app)
    return app


def create_gate(services: Services, site: FastAPI, inner: str, web_port: int) -> UiGate:
    """The gate before the Temporal UI that listens at `inner`; the site's pages are at the port."""
    backing: Backing = site.state.backing

    async def known(token: str) -> Visit | None:
        return await asyncio.to_thread(sign_in.visit, services.engine, token, datetime.now(UTC))

    reading = SealedReading(services.engine, services.keys)
    behind = Behind(known, opening(reading), partial(tell_foreign, backing.metrics))
    endpoints = services.endpoints
    return UiGate(inner, endpoints.namespace, web_port, behind, endpoints.web_listener)
