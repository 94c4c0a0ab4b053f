"""Every route of an application, also of the routers that it took in: method and path, as `GET /cases`."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount


def routes(of: FastAPI) -> set[str]:
    """What can be asked for, whether or not the document tells of it; files that are served are left out."""
    return {f"{method} {path.replace(':case_id', '')}" for method, path in _routes(of.routes)}


def _routes(found: list[Any]) -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount):
            continue
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from _routes(router.routes)
        else:
            yield from ((method, route.path) for method in route.methods - {"HEAD"})
