"""The application that is served: the pages and the API, troubles told as a page where a page was asked for."""

import gc

from fastapi import FastAPI, Request, Response

from api.app import create_api, prepare
from api.bodies import Patience
from api.problems import Trouble, told
from engine.connection import Services
from web import assets, board, campaign, case, cases
from web.render import page

_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def keep_what_is_loaded() -> None:
    """The collector walks what is there by now no more: it stays, and a walk is a tenth of a second of a request."""
    gc.collect()
    gc.freeze()


def create_app(services: Services, patience: Patience | None = None) -> FastAPI:
    """Pages and API on these services."""
    app = create_api(services, _tell, patience)
    for part in (board, cases, case, campaign):
        app.include_router(part.router)
    assets.serve(app)
    return app


def _tell(request: Request, trouble: Trouble) -> Response:
    if request.url.path.startswith(_FOR_PROGRAMS):
        return told(trouble)
    if "hx-request" in request.headers:  # a part of a page cannot show it: the whole page is asked for
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(headers={"HX-Redirect": request.url.path + query})
    response = page(request, "error.html", None, status=trouble.problem.status, problem=trouble.problem)
    response.headers.update(trouble.headers)
    return response


__all__ = ["create_app", "prepare"]
