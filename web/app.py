"""The pages' routes and files, and troubles told as a page where a page was asked for."""

from fastapi import FastAPI, Request, Response

from serving.problems import Trouble, problem_response
from web import assets, board, campaign, case, cases, inbox
from web.render import page

_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def add_pages(app: FastAPI) -> None:
    """The routes for people."""
    for part in (board, cases, case, inbox, campaign):
        app.include_router(part.router)
    assets.serve(app)


def tell_trouble(request: Request, trouble: Trouble) -> Response:
    """A page for people, a problem document for programs."""
    if request.url.path.startswith(_FOR_PROGRAMS):
        return problem_response(trouble)
    if "hx-request" in request.headers:  # a part of a page cannot show it: the whole page is asked for
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(headers={"HX-Redirect": request.url.path + query})
    response = page(request, "error.html", None, status=trouble.problem.status, problem=trouble.problem)
    response.headers.update(trouble.headers)
    return response
