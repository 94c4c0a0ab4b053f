"""The application in this process, on a test's own database; a caller for each official."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from api.app import add_api
from desk.tokens import issue
from engine.connection import Services
from models.actors import Actor, parse_actor
from serving.app import bare_app, prepare

Caller = Callable[[str | None], httpx.AsyncClient]


def token(services: Services, who: str, *, days: float = 1) -> str:
    """A token of this home."""
    actor = Actor.model_validate(parse_actor(who))
    return issue(services.engine, services.home, actor, datetime.now(UTC) + timedelta(days=days))[0]


@pytest.fixture
def api(services: Services) -> FastAPI:
    """The API alone."""
    prepare(services)
    app = bare_app(services)
    add_api(app)
    return app


@pytest.fixture
async def calls(api: FastAPI, services: Services) -> AsyncIterator[Caller]:
    """A client that speaks as an official, or as nobody."""
    opened: list[httpx.AsyncClient] = []

    def calling(who: str | None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token(services, who)}"} if who else {}
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=60)
        opened.append(client)
        return client

    yield calling
    for client in opened:
        await client.aclose()
