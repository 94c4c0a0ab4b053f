"""The API's routes, and the document that describes them."""

from typing import Any

from fastapi import FastAPI

from api import campaigns, cases, files, health, imports, inbox, metrics, overdue, receipts
from api.schemas import COMMAND_PARTS


def add_api(app: FastAPI) -> None:
    """The routes for programs."""
    for part in (files, cases, receipts, overdue, inbox, campaigns, imports, health, metrics):
        app.include_router(part.router)
    _complete_schema(app)


def _complete_schema(app: FastAPI) -> None:
    """The commands' schemas beside those that the framework found."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        schema["components"]["schemas"] = {**COMMAND_PARTS, **schema["components"]["schemas"]}
        return schema

    app.openapi = openapi
