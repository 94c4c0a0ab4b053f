"""The application: the API's routes, one way for troubles, one pool of threads no larger than that of connections."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from temporalio.service import RPCError

from api import campaigns, cases, health, imports, metrics, overdue
from api.backing import Backing
from api.bodies import Patience
from api.clean import clean_path, clean_query
from api.guard import Guard
from api.problems import Trouble, told
from api.schemas import COMMAND_PARTS
from api.troubles import trouble_of
from engine.connection import Services
from engine.hand_in import Unreachable
from engine.keys import KeyTrouble
from store.campaigns import UnreadablePlan, plans_from
from store.rebuild import BrokenLog

_THREADS = 10  # as many as the engine has connections: who waits, waits for a thread
_FORESEEN = (
    *(
        Trouble,
        HTTPException,
        RequestValidationError,
        SQLAlchemyError,
        UnreadablePlan,
        Unreachable,
        KeyTrouble,
        RPCError,
    ),
    *(KeyTrouble, BrokenLog, Exception),
)
Teller = Callable[[Request, Trouble], Response]


def create_api(services: Services, tell: Teller | None = None, patience: Patience | None = None) -> FastAPI:
    """The API on these services; `tell` says troubles another way where it wants to (pages)."""
    behind = Backing(services)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        yield

    app = FastAPI(
        title="rectify",
        version="1",
        summary="Commands to the cases of a work-safety crackdown campaign, and what is to be seen of them",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(clean_query), Depends(clean_path)],
    )
    app.state.backing = behind
    app.state.patience = patience or Patience()
    for part in (cases, overdue, campaigns, imports, health, metrics):
        app.include_router(part.router)
    _tell_troubles(app, tell or (lambda _, trouble: told(trouble)))
    _complete_schema(app)
    app.add_middleware(Guard, metrics=behind.metrics)
    return app


def _tell_troubles(app: FastAPI, tell: Teller) -> None:
    async def handler(request: Request, error: Exception) -> Response:
        return tell(request, trouble_of(error))

    typed: Callable[[Request, Exception], Awaitable[Response]] = handler
    for kind in _FORESEEN:
        app.add_exception_handler(kind, typed)


def _complete_schema(app: FastAPI) -> None:
    """The commands' schemas beside those that the framework found."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        schema["components"]["schemas"] = {**COMMAND_PARTS, **schema["components"]["schemas"]}
        return schema

    app.openapi = openapi


def prepare(services: Services) -> None:
    """Let the rules of this process find the pinned plans; once, before the first request."""
    plans_from(services.engine)
