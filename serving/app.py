"""The application without routes: one way for troubles, one pool of threads no larger than that of connections."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread
import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from temporalio.service import RPCError

from desk.city_provider import CityProvider
from desk.kept_ledgers import delete_old_ledgers
from engine.connection import Services
from engine.keys import KeyTrouble
from engine.unreachable import Unreachable
from serving.backing import Backing
from serving.bodies import Patience
from serving.clean import clean_path, clean_query
from serving.gauges import Metrics
from serving.guard import Guard, tell_foreign
from serving.problems import Trouble, problem_response
from serving.streams import Streams
from serving.troubles import trouble_of
from store.campaigns import UnreadablePlan, plans_from
from store.files_trouble import FilesTrouble
from store.installation import IsCopy
from store.verify import BrokenLog

_log = structlog.stdlib.get_logger("web")
_HOUR = 3600.0
_THREADS = 10  # as many as the engine has connections: who waits, waits for a thread
_FORESEEN = (
    *(Trouble, HTTPException, RequestValidationError, SQLAlchemyError, UnreadablePlan, Unreachable, KeyTrouble),
    *(RPCError, BrokenLog, FilesTrouble, IsCopy, Exception),
)
Teller = Callable[[Request, Trouble], Response]


def bare_app(
    services: Services,
    tell: Teller | None = None,
    patience: Patience | None = None,
    city: CityProvider | None = None,
) -> FastAPI:
    """An application on these services; `tell` says troubles another way where it wants to (pages)."""
    behind = Backing(services, city)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        sweeping = asyncio.create_task(_sweep(services.home))
        yield
        sweeping.cancel()

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
    app.state.streams = Streams()
    app.state.patience = patience or Patience()
    _tell_troubles(app, behind.metrics, tell or (lambda _, trouble: problem_response(trouble)))
    app.add_middleware(Guard, metrics=behind.metrics, names=services.endpoints.web_listener.names)
    return app


async def _sweep(home: Path) -> None:
    """Each hour what was sent and not applied within a day goes."""
    while True:
        try:
            await asyncio.to_thread(delete_old_ledgers, home, datetime.now(UTC))
        except OSError as error:
            _log.warning("ledgers that were sent could not be deleted", reason=error.strerror)
        await asyncio.sleep(_HOUR)


def _tell_troubles(app: FastAPI, metrics: Metrics, tell: Teller) -> None:
    async def handler(request: Request, error: Exception) -> Response:
        trouble = trouble_of(error)
        tell_foreign(metrics, request, trouble)
        return await run_in_threadpool(tell, request, trouble)  # a page asks the database

    typed: Callable[[Request, Exception], Awaitable[Response]] = handler
    for kind in _FORESEEN:
        app.add_exception_handler(kind, typed)


def prepare(services: Services) -> None:
    """Let the rules of this process find the pinned plans; once, before the first request."""
    plans_from(services.engine)


def keep_what_is_loaded() -> None:
    """The collector walks what is there by now no more: it stays, and a walk is a tenth of a second of a request."""
    gc.collect()
    gc.freeze()
